// Package mediaapi is files on the wire: upload, bytes and thumbnails. What a file hangs on and who may
// read it is decided below.
package mediaapi

import (
	"github.com/throughlinehq/throughline/internal/media"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
)

// formRoom is for the form around the file.
const formRoom = 64 << 10

type api struct{ files *media.Service }

// Register adds the operations.
func Register(a *httpx.API, files *media.Service) {
	h := &api{files: files}
	httpx.Register(a, httpx.POST("/media/upload"), httpx.Doc{
		ID: "upload-file", Tag: "Files", Summary: "Upload a file",
		Description: "Keeps a file of at most " + media.SizeText(files.MaxSize()) + " for a day, until a message names it in attachments. Its name, declared type and content must agree. Pictures get a thumbnail in the background.",
		Permission:  "tickets:create", Creates: true, MaxBody: files.MaxSize() + formRoom,
		Errors: []errs.Kind{errs.Malformed, errs.TooLarge, errs.Unsupported, errs.Invalid},
	}, h.upload)
	httpx.Register(a, httpx.DELETE("/media/{id}"), httpx.Doc{
		ID: "discard-file", Tag: "Files", Summary: "Discard an upload",
		Description: "Removes a file that one has uploaded and not used yet.",
		Errors:      []errs.Kind{errs.NotFound},
	}, h.discard)
	httpx.RegisterStream(a, httpx.GET("/files/{id}"), httpx.Doc{
		ID: "read-file", Tag: "Files", Summary: "Read a file's bytes",
		Description: "For everyone who may see what the file is attached to; the uploader until then. Pictures may be shown in a page, everything else is sent as a download.",
		Errors:      []errs.Kind{errs.NotFound},
	}, "application/octet-stream", h.file)
	httpx.RegisterStream(a, httpx.GET("/files/{id}/thumbnail"), httpx.Doc{
		ID: "read-thumbnail", Tag: "Files", Summary: "Read a picture's thumbnail",
		Description: "At most 480 pixels a side. Missing for other files, and for a moment after the upload.",
		Errors:      []errs.Kind{errs.NotFound},
		Outside:     []errs.Kind{errs.NotFound},
	}, "image/jpeg, image/png", h.thumbnail)
}
