// Package media is uploaded files: what is known about each (name, type, size, digest, thumbnail), where its
// bytes lie, and who may read it. A file is staged by the user who uploads it and then attached to an
// object of another room; from then on that room says who may read it.
//
// Invariants: bytes are written before the row, so a row always has its bytes; what no row names, and what
// was staged and never attached, is swept up after a day. Nothing an uploader sends is part of a key.
package media
