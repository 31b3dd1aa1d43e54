// Package blob keeps files' bytes under names the server makes, judges what a file really is, and makes
// thumbnails. Who may read a file, what it is called and what it hangs on are rows in the rooms' tables;
// a file is written first and its row after, and what no row names is swept up later.
package blob
