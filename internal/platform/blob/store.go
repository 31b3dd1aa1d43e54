package blob

import (
	"context"
	"io"
	"regexp"
	"strconv"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Errors of a Store.
var (
	ErrMissing = errs.New(errs.NotFound, "not_found", "There is nothing here.")
	ErrKey     = errs.New(errs.Internal, "blob_key", "The key of a file is not one that was made here.")
	ErrSize    = errs.New(errs.Malformed, "upload_incomplete", "The upload has another size than was announced.")
)

// Info is what a store knows of a file.
type Info struct {
	Key     string
	Size    int64
	ModTime time.Time
}

// File is an open file; it must be closed.
type File interface {
	io.ReadSeekCloser
	Info() Info
}

// Store keeps bytes. Keys come from NewKey; any other is ErrKey. It is safe for concurrent use.
type Store interface {
	// Put writes the whole of r under the key, or nothing. A size of 0 or more must be met exactly
	// (ErrSize); -1 is an unknown one. A key that exists is replaced, so that a retry is harmless.
	// It returns the bytes written, which are durable by then.
	Put(ctx context.Context, key string, r io.Reader, size int64) (int64, error)
	// Open reads a file. Errors: ErrMissing.
	Open(ctx context.Context, key string) (File, error)
	// Delete removes a file; one that is not there is no error.
	Delete(ctx context.Context, key string) error
	// List calls each for the files of a workspace (0 means all) last changed before the instant, in no
	// order, until each gives an error.
	List(ctx context.Context, w id.Workspace, before time.Time, each func(Info) error) error
	// Clear removes what is left of uploads that were begun before the instant and never came to their end.
	Clear(ctx context.Context, before time.Time) error
}

// keyForm is <workspace>/<two hex digits>/<id>: the digits spread files over folders.
var keyForm = regexp.MustCompile(`^[1-9][0-9]{0,18}/[0-9a-f]{2}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// NewKey is where a workspace's file is kept. Nothing of it comes from the uploader.
func NewKey(w id.Workspace, file id.ID) string {
	name := file.String()
	if w <= 0 || name == "" {
		return ""
	}
	return folderOf(w) + "/" + name[len(name)-2:] + "/" + name
}

func folderOf(w id.Workspace) string { return strconv.FormatInt(int64(w), 10) }

func checkKey(key string) error {
	if !keyForm.MatchString(key) {
		return ErrKey
	}
	return nil
}
