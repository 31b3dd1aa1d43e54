// Package server is the listening side: the http.Server, the order of the middleware, every mount on one
// page (routes.go), the web app's files, health, and metrics on their own listener. What operations do
// belongs to the rooms, and how they look on the wire to httpx.
package server
