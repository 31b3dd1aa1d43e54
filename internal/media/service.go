package media

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/blob"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Deps is what the room stands on; all but MaxSize are needed.
type Deps struct {
	DB     *db.DB
	Clock  clock.Clock
	Blobs  blob.Store
	Queue  *jobs.Queue
	Log    *slog.Logger
	Owners []Owner // one per kind

	MaxSize int64 // bytes of one file; 0 means MaxSize of the package
}

// Service is the use cases of files. It is safe for concurrent use.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	blobs  blob.Store
	queue  *jobs.Queue
	log    *slog.Logger
	owners map[string]Owner
	limit  int64
}

// New builds the room and registers its jobs. Errors: a missing dependency, two owners of one kind.
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Clock == nil || d.Blobs == nil || d.Queue == nil || d.Log == nil {
		return nil, errors.New("media: a dependency is missing")
	}
	s := &Service{db: d.DB, clock: d.Clock, blobs: d.Blobs, queue: d.Queue, log: d.Log, owners: map[string]Owner{}, limit: d.MaxSize}
	if s.limit <= 0 {
		s.limit = MaxSize
	}
	for _, o := range d.Owners {
		if _, taken := s.owners[o.OwnerKind()]; taken || o.OwnerKind() == Staged {
			return nil, fmt.Errorf("media: two owners of files of kind %q", o.OwnerKind())
		}
		s.owners[o.OwnerKind()] = o
	}
	s.registerJobs()
	return s, nil
}

// MaxSize is how many bytes one file may have here.
func (s *Service) MaxSize() int64 { return s.limit }

// Upload is a file as it arrives.
type Upload struct {
	Name     string
	Declared string // content type the sender claims; empty claims nothing
	Body     io.Reader
}

// Stage keeps an upload for its uploader until it is attached. The bytes are streamed; at most MaxSize() are
// taken, and name, declared type and content must agree. Pictures get a thumbnail in a job.
// Errors: Unauthenticated, Forbidden for who neither creates nor answers tickets, TooLarge, Unsupported.
func (s *Service) Stage(ctx context.Context, who auth.Actor, u Upload) (File, error) {
	if !who.Can("tickets:create") && who.Reach("tickets:update") == auth.None {
		return File{}, who.Require("tickets:create")
	}
	name := blob.CleanName(u.Name)
	body := bufio.NewReaderSize(u.Body, blob.HeadSize)
	head, err := body.Peek(blob.HeadSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return File{}, uploadError(err)
	}
	contentType, err := blob.Sniff(name, u.Declared, head)
	if err != nil {
		return File{}, err
	}
	now := s.clock.Now()
	f := File{ID: id.New(now), Name: name, ContentType: contentType, OwnerKind: Staged, CreatedBy: who.User, CreatedAt: now}
	f.blobKey = blobKey(who.Tenant, f.ID)
	sum := sha256.New()
	f.Size, err = s.blobs.Put(ctx, f.blobKey, &limited{r: io.TeeReader(body, sum), left: s.limit, limit: s.limit}, -1)
	if err != nil {
		return File{}, uploadError(err)
	}
	f.SHA256 = sum.Sum(nil)
	// When this fails or the process ends here, the sweeper finds bytes without a row.
	err = s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		if err := insertFile(ctx, tx, who.Tenant, f); err != nil {
			return err
		}
		if !f.IsImage() {
			return nil
		}
		_, err := s.queue.Enqueue(ctx, tx, who.Tenant, makeThumbnail{File: f.ID}, jobs.CreatedBy(who.User))
		return err
	})
	if err != nil {
		return File{}, errs.Wrapf(err, "stage file")
	}
	return f, nil
}

// limited ends a copy with TooLarge instead of cutting a file short.
type limited struct {
	r           io.Reader
	left, limit int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, tooLarge(l.limit)
	}
	return n, err
}

func tooLarge(limit int64) error {
	return errs.Newf(errs.TooLarge, "file_too_large", "A file may have at most %s.", SizeText(limit))
}

// SizeText is a number of bytes in words, such as "10 MiB".
func SizeText(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// uploadError keeps our own errors; what the connection says while it is read is the sender's.
func uploadError(err error) error {
	var known *errs.Error
	if errors.As(err, &known) {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "request body too large") {
		return errs.New(errs.Malformed, "upload_incomplete", "The upload ended early.")
	}
	return errs.Wrapf(err, "keep upload")
}

// Content is an open file or thumbnail. Close it.
type Content struct {
	File        File
	ContentType string // of these bytes
	Bytes       blob.File
}

// Close lets go of the bytes.
func (c Content) Close() error { return c.Bytes.Close() }

// Open opens a file's bytes for who may see what it is attached to, or the uploader while it is staged.
// Errors: NotFound.
func (s *Service) Open(ctx context.Context, who auth.Actor, file id.ID) (Content, error) {
	f, err := s.visible(ctx, who, file)
	if err != nil {
		return Content{}, err
	}
	b, err := s.blobs.Open(ctx, f.blobKey)
	if err != nil {
		return Content{}, errs.Wrapf(err, "open file %s", file)
	}
	return Content{File: f, ContentType: f.ContentType, Bytes: b}, nil
}

// OpenThumbnail opens a picture's small form. Errors: NotFound, also while it is not made.
func (s *Service) OpenThumbnail(ctx context.Context, who auth.Actor, file id.ID) (Content, error) {
	f, err := s.visible(ctx, who, file)
	if err != nil {
		return Content{}, err
	}
	if !f.HasThumbnail() {
		return Content{}, errs.Missing()
	}
	b, err := s.blobs.Open(ctx, f.thumbnailKey)
	if err != nil {
		return Content{}, errs.Wrapf(err, "open thumbnail of %s", file)
	}
	// Thumbnails are PNG when they have transparent parts and JPEG otherwise.
	var first [1]byte
	contentType := "image/jpeg"
	if _, err := io.ReadFull(b, first[:]); err == nil && first[0] == 0x89 {
		contentType = "image/png"
	}
	if _, err := b.Seek(0, io.SeekStart); err != nil {
		return Content{}, errors.Join(errs.Wrapf(err, "read thumbnail of %s", file), b.Close())
	}
	return Content{File: f, ContentType: contentType, Bytes: b}, nil
}

// Discard takes back a file that the actor has staged. Errors: NotFound for anything else.
func (s *Service) Discard(ctx context.Context, who auth.Actor, file id.ID) error {
	return s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		f, err := readFile(ctx, tx, who.Tenant, file)
		if err != nil {
			return err
		}
		if f.OwnerKind != Staged || f.CreatedBy != who.User {
			return errs.Missing()
		}
		return s.removeTx(ctx, tx, who.Tenant, []File{f})
	})
}

func (s *Service) visible(ctx context.Context, who auth.Actor, file id.ID) (File, error) {
	var f File
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		var err error
		if f, err = readFile(ctx, q, who.Tenant, file); err != nil {
			return err
		}
		if f.OwnerKind == Staged {
			if f.CreatedBy != who.User || who.User.IsZero() {
				return errs.Missing()
			}
			return nil
		}
		owner, ok := s.owners[f.OwnerKind]
		if !ok {
			return errs.Missing()
		}
		return owner.MayRead(ctx, q, who, f.Owner)
	})
	return f, err
}

// AttachTx hangs files that the user has staged onto an object, in the caller's transaction, in the order
// given. Errors: Invalid naming <location>[i] for a file that is not there, not the user's or already used.
func (s *Service) AttachTx(ctx context.Context, tx db.Tx, t tenant.ID, user id.ID, files []id.ID, location, kind string, object id.ID) ([]File, error) {
	if len(files) == 0 {
		return nil, nil
	}
	out := make([]File, 0, len(files))
	var problems []*errs.Field
	for i, one := range files {
		f, err := attach(ctx, tx, t, user, one, kind, object)
		if errs.Has(err, errs.NotFound) {
			problems = append(problems, &errs.Field{Location: fmt.Sprintf("%s[%d]", location, i), Message: "is no file that you have uploaded and not used yet"})
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, errs.Check(problems...)
}

// DetachTx makes attached files staged ones of the user again, for a message that is taken back. They have
// a fresh day to be used in.
func (s *Service) DetachTx(ctx context.Context, tx db.Tx, t tenant.ID, user id.ID, kind string, object id.ID, files []id.ID) error {
	if len(files) == 0 {
		return nil
	}
	return detach(ctx, tx, t, user, kind, object, files, s.clock.Now())
}

// RemoveOwnedTx deletes every file of an object: the rows in the caller's transaction, the bytes in a job.
func (s *Service) RemoveOwnedTx(ctx context.Context, tx db.Tx, t tenant.ID, kind string, object id.ID) error {
	files, err := ownedFiles(ctx, tx, t, kind, object)
	if err != nil {
		return err
	}
	return s.removeTx(ctx, tx, t, files)
}

// RemoveTx deletes some files of an object, as RemoveOwnedTx does for all.
func (s *Service) RemoveTx(ctx context.Context, tx db.Tx, t tenant.ID, kind string, object id.ID, files []id.ID) error {
	var out []File
	for _, one := range files {
		f, err := readFile(ctx, tx, t, one)
		if errs.Has(err, errs.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if f.OwnerKind == kind && f.Owner == object {
			out = append(out, f)
		}
	}
	return s.removeTx(ctx, tx, t, out)
}

func (s *Service) removeTx(ctx context.Context, tx db.Tx, t tenant.ID, files []File) error {
	if len(files) == 0 {
		return nil
	}
	keys := make([]string, 0, 2*len(files))
	for _, f := range files {
		if err := deleteFile(ctx, tx, t, f.ID); err != nil {
			return err
		}
		// The thumbnail may be on its way: its place is known before it is made.
		keys = append(keys, f.blobKey, thumbnailKey(t, f.ID))
	}
	_, err := s.queue.Enqueue(ctx, tx, t, removeBytes{Keys: keys})
	return err
}
