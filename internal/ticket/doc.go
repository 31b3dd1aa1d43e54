// Package ticket is the conversations of a workspace's service desk: tickets with their numbers, states,
// assignment and tags; the messages and notes in them; who follows, has read and is drafting; and the
// escalation contact sheet. Customers, users, files, tags and custom fields live in their own rooms; this
// one only joins their names into what it reads.
//
// Invariants: a number is given out once per workspace and increases. is_open follows from the status.
// message_count, preview, last_* and waiting_since tell of sent messages alone: a held message changes
// nothing that anybody but its author can see. Load is counted from the tickets, never kept.
package ticket
