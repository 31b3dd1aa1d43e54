package app

// Build makes the program on a database that a test has opened.
var Build = build
