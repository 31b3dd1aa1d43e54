// Package safehttp is the only way out: an HTTP client and a dialer for addresses that users may choose.
// It judges the address a connection is really made to, after names are resolved, so neither spelling nor
// a changing DNS answer gets around it. Signing, retrying and queueing belong to the caller.
package safehttp
