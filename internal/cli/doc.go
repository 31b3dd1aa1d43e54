// Package cli is the command line: one file per command, what it prints, and the exit codes. Commands call
// services like any other way in; they hold no rules of their own.
package cli
