// Package httpx is the API's edge: operations with their documentation, the one table from error kinds to
// problem answers, strict reading of requests, safe retries, limits, and the reference that is made from
// the same types. Middleware that every answer passes is here too, one file each.
// What an operation does belongs to the rooms; where things are mounted and in which order, to server.
package httpx
