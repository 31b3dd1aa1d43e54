// Package customerapi is the operations on customers, their notes, tags, identities and groups, and the
// journey. What other rooms know about a customer is joined here.
package customerapi
