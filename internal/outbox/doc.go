// Package outbox is the mail that the product itself sends to staff: written in the transaction of the
// change that it tells of, sent by a job. Without a mail server it is kept for Settings to show.
// Mail with customers belongs to channel/email; campaigns have their own queue.
package outbox
