// Package db is the only door to the database: SQLite in a file or PostgreSQL, with one
// SQL text for both. It owns pools, prepared statements, transactions and their retry,
// and the few helpers that the engines force. It knows no table.
//
// Rules: placeholders are $1, $2, …; every call names the workspace whose rows it may
// touch; nothing slow and nothing outside the database happens inside Write.
package db
