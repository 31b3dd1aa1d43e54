// Package tagapi is the operations on the dictionary of tags. Tagging an object is an operation of the
// object.
package tagapi
