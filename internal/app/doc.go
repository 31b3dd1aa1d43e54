// Package app builds the program: database, platform, rooms, API and server, in that order, each from
// what stands before it. react_*.go holds what follows when something happens, each reaction an
// idempotent job. No rule of the business is here.
package app
