// Package job lets people see what the queue does, and mend it: list and read background work, retry what
// failed for good, cancel what waits or runs.
//
// What belongs: who may see and mend it, and the audit of that. What does not: running it, which is
// platform/jobs, and what a job does, which is its room's.
//
// Invariants: what a job was given to work on is never shown; why it failed is shown only with jobs:read,
// because an error may name a customer; another person's job does not exist for who lacks it.
package job
