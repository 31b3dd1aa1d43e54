// Package fieldapi is the operations on custom field definitions. Values are written through the
// operations of the objects that have them.
package fieldapi
