// Package faults shows what becomes of the program when something it stands on fails: a disk, the database, the
// network to it, the mail server, the clock, the process itself. Each test is a row of the table in
// docs/operations.md: what people see, what is kept, how it recovers. The real program runs, on both databases.
package faults
