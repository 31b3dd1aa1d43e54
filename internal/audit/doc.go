// Package audit keeps who did what to which object, from where, with old and new values. Entries are only
// ever added. Sensitive values are masked before they are kept. What happened to a customer is the
// journey's and lives in platform/event.
package audit
