package media

import (
	"context"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/blob"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// MaxSize is how many bytes one file may have where the configuration says nothing else.
const MaxSize = 10 << 20

// Staged is the owner kind of a file that is attached to nothing yet: only its uploader may read it.
const Staged = "staged"

// stagedFor is how long a staged file waits to be attached, and how long bytes wait for their row.
const stagedFor = 24 * time.Hour

// thumbnailSide is the longest side of a thumbnail, in pixels.
const thumbnailSide = 480

// File is what is known about an uploaded file. Width and Height are of pictures, once they were looked at.
type File struct {
	ID          id.ID
	Name        string // cleaned; fit to be shown and saved under
	ContentType string // what name, declaration and content agree on
	Size        int64
	SHA256      []byte
	Width       int64
	Height      int64
	OwnerKind   string // Staged, or the kind of the object it is attached to
	Owner       id.ID
	CreatedBy   id.ID
	CreatedAt   time.Time

	blobKey      string
	thumbnailKey string
}

// IsImage reports a raster picture that a browser shows and cannot run.
func (f File) IsImage() bool {
	return strings.HasPrefix(f.ContentType, "image/") && blob.Inline(f.ContentType)
}

// HasThumbnail reports that the small picture is ready.
func (f File) HasThumbnail() bool { return f.thumbnailKey != "" }

// Owner is a room whose objects carry files: it says who may read those.
type Owner interface {
	// OwnerKind is the word in File.OwnerKind.
	OwnerKind() string
	// MayRead answers NotFound when the actor may not see the object.
	MayRead(ctx context.Context, q db.Reader, who auth.Actor, object id.ID) error
}

// thumbnailID is the id under which a file's thumbnail is kept: the file's own with another version in it,
// so that making it twice writes the same place and the sweeper can tell whose it is.
func thumbnailID(file id.ID) id.ID {
	file[6] = file[6]&0x0f | 0x80
	return file
}

// fileOf is the file that a key's id belongs to, be it the file's own or its thumbnail's.
func fileOf(key id.ID) id.ID {
	key[6] = key[6]&0x0f | 0x70
	return key
}

func blobKey(t tenant.ID, file id.ID) string      { return blob.NewKey(t, file) }
func thumbnailKey(t tenant.ID, file id.ID) string { return blob.NewKey(t, thumbnailID(file)) }
