// Package web holds the browser app and the built files that the server
// hands out. It holds no handlers: how the files are served is the server's
// business.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// FS returns the built app, rooted where index.html lies. A binary built
// without the app holds only a placeholder, so index.html may be missing.
func FS() fs.FS {
	built, err := fs.Sub(dist, "dist")
	if err != nil { // only an invalid path fails, and this one is fixed
		return dist
	}
	return built
}
