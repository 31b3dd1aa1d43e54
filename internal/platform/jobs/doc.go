// Package jobs runs work that follows from a change: a table in the same database, so that a job
// exists exactly when the transaction that asked for it commits.
//
// What belongs: enqueueing, claiming fairly between workspaces, leases, retries, schedules, the
// dead-letter list. What does not: what a job does; each room brings its own handlers.
//
// Invariants:
//   - A job runs at least once. A handler that calls Job.Finish inside its own transaction has its
//     effect in the database exactly once: the transaction commits only while the lease is held.
//   - At most one holder of a lease can settle a job; the lease token fences off the others.
//   - An idle queue only reads.
//   - No workspace can take every worker, and each gets its turn however long another's queue is.
package jobs
