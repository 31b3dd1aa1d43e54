package media

import (
	"bytes"
	"context"
	"errors"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/blob"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// makeThumbnail makes the small form of a picture.
type makeThumbnail struct {
	File id.ID `json:"file"`
}

// JobKind names the job.
func (makeThumbnail) JobKind() string { return "media.thumbnail" }

// removeBytes deletes bytes whose rows are gone.
type removeBytes struct {
	Keys []string `json:"keys"`
}

// JobKind names the job.
func (removeBytes) JobKind() string { return "media.remove" }

func (s *Service) registerJobs() {
	jobs.Handle(s.queue, s.thumbnail)
	jobs.Handle(s.queue, s.removeBytes)
	s.queue.Every("media.sweep", func(after time.Time) time.Time { return after.Truncate(time.Hour).Add(time.Hour) }, s.Sweep)
}

func (s *Service) thumbnail(ctx context.Context, j *jobs.Job, args makeThumbnail) error {
	return s.makeThumbnail(ctx, j.Workspace, args.File, j.Finish)
}

// makeThumbnail may run twice: it writes the same place and the same row. finish ends the job in the same
// transaction as the row.
func (s *Service) makeThumbnail(ctx context.Context, t tenant.ID, file id.ID, finish func(ctx context.Context, tx db.Tx) error) error {
	var f File
	err := s.db.Read(ctx, t, func(ctx context.Context, q db.Reader) (err error) {
		f, err = readFile(ctx, q, t, file)
		return err
	})
	if errs.Has(err, errs.NotFound) || err == nil && f.HasThumbnail() {
		return nil // deleted meanwhile, or made before
	}
	if err != nil {
		return err
	}
	b, err := s.blobs.Open(ctx, f.blobKey)
	if errors.Is(err, blob.ErrMissing) {
		return jobs.Permanent(errs.Wrapf(err, "make thumbnail of %s", f.ID))
	}
	if err != nil {
		return errs.Wrapf(err, "make thumbnail of %s", f.ID)
	}
	small, err := blob.Thumbnail(b, thumbnailSide)
	err = errors.Join(err, b.Close())
	if errors.Is(err, blob.ErrNotImage) || errors.Is(err, blob.ErrImageTooWide) {
		return nil // it stays a file without a small picture
	}
	if err != nil {
		return errs.Wrapf(err, "make thumbnail of %s", f.ID)
	}
	key := thumbnailKey(t, f.ID)
	if _, err := s.blobs.Put(ctx, key, bytes.NewReader(small.Data), int64(len(small.Data))); err != nil {
		return errs.Wrapf(err, "keep thumbnail of %s", f.ID)
	}
	return s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
		if err := setThumbnail(ctx, tx, t, f.ID, key, small.SourceW, small.SourceH); err != nil {
			return err
		}
		return finish(ctx, tx)
	})
}

func (s *Service) removeBytes(ctx context.Context, _ *jobs.Job, args removeBytes) error {
	for _, key := range args.Keys {
		if err := s.blobs.Delete(ctx, key); err != nil {
			return errs.Wrapf(err, "remove bytes")
		}
	}
	return nil
}

const sweepBatch = 200

// Sweep removes files that were staged a day ago and never attached, bytes that have no row because a
// process ended between writing the two, and uploads that a process left half. Running it twice does no harm.
func (s *Service) Sweep(ctx context.Context) error {
	before := s.clock.Now().Add(-stagedFor)
	var all []tenant.ID
	err := s.db.ReadAll(ctx, func(ctx context.Context, q db.Reader) (err error) {
		all, err = workspaces(ctx, q)
		return err
	})
	if err != nil {
		return err
	}
	for _, t := range all {
		if err := errors.Join(s.sweepStaged(ctx, t, before), s.sweepBytes(ctx, t, before)); err != nil {
			return errs.Wrapf(err, "sweep files of workspace %d", t)
		}
	}
	return errs.Wrapf(s.blobs.Clear(ctx, before), "sweep half uploads")
}

func (s *Service) sweepStaged(ctx context.Context, t tenant.ID, before time.Time) error {
	for {
		n := 0
		err := s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
			files, err := staleStaged(ctx, tx, t, before, sweepBatch)
			if err != nil {
				return err
			}
			n = len(files)
			return s.removeTx(ctx, tx, t, files)
		})
		if err != nil || n < sweepBatch {
			return err
		}
	}
}

func (s *Service) sweepBytes(ctx context.Context, t tenant.ID, before time.Time) error {
	var batch []string
	flush := func() error {
		defer func() { batch = batch[:0] }()
		return s.removeUnknown(ctx, t, batch)
	}
	err := s.blobs.List(ctx, t, before, func(i blob.Info) error {
		batch = append(batch, i.Key)
		if len(batch) < sweepBatch {
			return nil
		}
		return flush()
	})
	return errors.Join(err, flush())
}

// removeUnknown deletes the keys whose file has no row. A row is written right after its bytes, never a day later.
func (s *Service) removeUnknown(ctx context.Context, t tenant.ID, keys []string) error {
	files := make([]id.ID, 0, len(keys))
	for _, k := range keys {
		if i, ok := idOf(t, k); ok {
			files = append(files, i)
		}
	}
	if len(files) == 0 {
		return nil
	}
	var have map[id.ID]bool
	err := s.db.Read(ctx, t, func(ctx context.Context, q db.Reader) (err error) {
		have, err = known(ctx, q, t, files)
		return err
	})
	if err != nil {
		return err
	}
	removed := 0
	for _, k := range keys {
		if i, ok := idOf(t, k); ok && !have[i] {
			if err := s.blobs.Delete(ctx, k); err != nil {
				return err
			}
			removed++
		}
	}
	if removed > 0 {
		s.log.InfoContext(ctx, "removed files without a record", "workspace", int64(t), "count", removed)
	}
	return nil
}

// idOf is the file that a key of the workspace belongs to.
func idOf(t tenant.ID, key string) (id.ID, bool) {
	if !strings.HasPrefix(key, strconv.FormatInt(int64(t), 10)+"/") {
		return id.ID{}, false
	}
	i, err := id.Parse(path.Base(key))
	return fileOf(i), err == nil
}
