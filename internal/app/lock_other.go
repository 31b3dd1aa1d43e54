//go:build !unix

package app

import "os"

// lockFile does nothing either.
func lockFile(*os.File) error { return nil }

// lockFolder does nothing where there are no advisory locks; SQLite still keeps writers apart.
func lockFolder(string) (unlock func(), err error) { return func() {}, nil }
