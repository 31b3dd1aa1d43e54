// Package tag is a workspace's dictionary of tags and the way they hang on customers, tickets and
// products.
//
// What belongs: names, colours, the built-in set, the operations that every link table shares. What does
// not: who may tag an object; the object's room decides that and owns its link table.
//
// Invariants: a name is unique in its workspace whatever its case; built-in tags cannot be deleted or
// renamed, because other parts of the product set them.
package tag
