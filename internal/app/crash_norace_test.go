//go:build !race

package app_test

// everyNth thins out which requests are stopped: none are left out.
const everyNth = 1
