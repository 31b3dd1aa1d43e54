// Package mailer hands one message to a mail server and says plainly whether it was taken, may be tried
// again, or never will be. Keeping messages until they are taken, and knowing whom not to write to, belong
// to the outbox; reading mail belongs to channel/email.
package mailer
