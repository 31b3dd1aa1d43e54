// Package search finds customers, orders, products, tickets and messages by their words. The index lies in
// the same database, is written in the caller's transaction, and every question is about one workspace.
//
// Words are cut and folded here, so that both engines index and answer the same: SQLite through FTS5,
// PostgreSQL through tsvector. Words in use are also kept in a vocabulary per workspace and kind; it turns a
// prefix into the few words that have it, and a word with a typing mistake into the words it may have been.
//
// What belongs: folding, the index, questions to it. What does not: which fields of a record are searched and
// who may see a hit; the rooms decide that.
package search
