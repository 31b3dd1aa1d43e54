//go:build !unix

package app

// lockFolder does nothing where there are no advisory locks; SQLite still keeps writers apart.
func lockFolder(string) (unlock func(), err error) { return func() {}, nil }
