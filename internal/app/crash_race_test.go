//go:build race

package app_test

// everyNth thins out which requests are stopped. The race detector makes the databases' code about nine times
// slower and has nothing to find in what one goroutine does; scripts/test.sh runs all of them without it.
const everyNth = 6
