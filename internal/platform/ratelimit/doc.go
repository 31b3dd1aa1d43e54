// Package ratelimit says how often somebody may do something, and who somebody is: it counts by key in
// memory and reads the client's address behind trusted proxies. Which limit applies to which route, and how
// a refusal looks on the wire, belong to httpx.
package ratelimit
