// Package redis is what replicas share beside the database: a client whose every wait is bounded, a bus that
// carries small messages between processes and knows when some may have been missed, and the shared count of
// rate limits. Nothing is kept here alone: without Redis each process goes on with what it has.
package redis
