package media

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/blob"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// box is a kind of object whose files everybody in its workspace may read, except the one who may not.
type box struct{ shut id.ID }

func (*box) OwnerKind() string { return "box" }

func (b *box) MayRead(_ context.Context, _ db.Reader, who auth.Actor, _ id.ID) error {
	if who.User == b.shut {
		return errs.Missing()
	}
	return nil
}

type world struct {
	d         *db.DB
	clock     *clock.Fake
	store     *blob.Folder
	dir       string // of the store
	files     *Service
	mia, sam  auth.Actor
	neighbour auth.Actor
	box       *box
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	// Files on disk carry the machine's times, so the clock starts there.
	w := &world{d: d, clock: clock.NewFake(clock.System{}.Now()), box: &box{}, dir: t.TempDir()}
	store, err := blob.OpenFolder(w.dir, w.clock)
	must(t, err)
	t.Cleanup(func() { _ = store.Close() })
	w.store = store
	q := jobs.New(d, w.clock, slog.New(slog.DiscardHandler), jobs.Options{})
	w.files, err = New(Deps{DB: d, Clock: w.clock, Blobs: store, Queue: q, Log: slog.New(slog.DiscardHandler), Owners: []Owner{w.box}})
	must(t, err)
	must(t, q.Validate())
	can := auth.PermissionSet("tickets:create", "tickets:update_own")
	for n := range 2 {
		must(t, d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO workspace (id, slug, name, currency, timezone, locale, status, settings, created_at, updated_at)
				VALUES ($1, $2, 'Acme', 'GBP', 'UTC', 'en', 'active', '{}', 1, 1)`, n+1, []string{"acme", "other"}[n])
			return err
		}))
	}
	w.mia = auth.NewActor(1, id.New(w.clock.Now()), "agent", can)
	w.sam = auth.NewActor(1, id.New(w.clock.Now()), "agent", can)
	w.neighbour = auth.NewActor(2, w.mia.User, "agent", can)
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func picture(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))))
	return b.Bytes()
}

func (w *world) stage(t *testing.T, name string, data []byte) File {
	t.Helper()
	f, err := w.files.Stage(t.Context(), w.mia, Upload{Name: name, Body: bytes.NewReader(data)})
	must(t, err)
	return f
}

// stored counts the files in the store.
func (w *world) stored(t *testing.T) int {
	t.Helper()
	n := 0
	must(t, w.store.List(t.Context(), 0, w.clock.Now().Add(48*time.Hour), func(blob.Info) error { n++; return nil }))
	return n
}

func TestUploadIsKeptAsItIs(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		f := w.stage(t, `C:\temp\a <b>.txt`, []byte("hello"))
		if f.Name != "a _b_.txt" || f.ContentType != "text/plain" || f.Size != 5 || len(f.SHA256) != 32 {
			t.Errorf("got %+v", f)
		}
		c, err := w.files.Open(t.Context(), w.mia, f.ID)
		must(t, err)
		defer func() { _ = c.Close() }()
		if b, err := io.ReadAll(c.Bytes); err != nil || string(b) != "hello" {
			t.Errorf("got %q, %v", b, err)
		}
		for name, who := range map[string]auth.Actor{"a colleague": w.sam, "a neighbour with the same id": w.neighbour, "the product": auth.System(1, "x")} {
			if _, err := w.files.Open(t.Context(), who, f.ID); !errs.Has(err, errs.NotFound) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}

func TestRefusedUploadLeavesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for name, tc := range map[string]struct {
			u    Upload
			kind errs.Kind
		}{
			"over the limit":         {Upload{Name: "a.txt", Body: io.LimitReader(endless{}, MaxSize+1)}, errs.TooLarge},
			"content disagrees":      {Upload{Name: "a.png", Body: strings.NewReader("hello")}, errs.Unsupported},
			"declaration disagrees":  {Upload{Name: "a.txt", Declared: "image/png", Body: strings.NewReader("hello")}, errs.Unsupported},
			"a page with script":     {Upload{Name: "a.html", Body: strings.NewReader("<script>")}, errs.Unsupported},
			"empty":                  {Upload{Name: "a.txt", Body: strings.NewReader("")}, errs.Unsupported},
			"a connection that ends": {Upload{Name: "a.txt", Body: io.MultiReader(strings.NewReader(strings.Repeat("a", 9000)), broken{})}, errs.Malformed},
		} {
			if _, err := w.files.Stage(t.Context(), w.mia, tc.u); !errs.Has(err, tc.kind) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if _, err := w.files.Stage(t.Context(), auth.NewActor(1, w.mia.User, "x", auth.PermissionSet("orders:read")), Upload{Name: "a.txt", Body: strings.NewReader("a")}); !errs.Has(err, errs.Forbidden) {
			t.Errorf("without permission: %v", err)
		}
		if n := w.stored(t); n != 0 {
			t.Errorf("%d files are left", n)
		}
		// The limit itself is taken.
		if _, err := w.files.Stage(t.Context(), w.mia, Upload{Name: "a.txt", Body: io.LimitReader(endless{}, MaxSize)}); err != nil {
			t.Error(err)
		}
	})
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestAttachedFileIsUsedOnceAndReadByWhoSeesItsOwner(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		f := w.stage(t, "a.txt", []byte("hello"))
		object := id.New(w.clock.Now())
		attach := func(n tenant.ID, user id.ID) error {
			return d.Write(t.Context(), n, func(ctx context.Context, tx db.Tx) error {
				_, err := w.files.AttachTx(ctx, tx, n, user, []id.ID{f.ID}, "attachments", "box", object)
				return err
			})
		}
		for name, err := range map[string]error{"a colleague": attach(1, w.sam.User), "a neighbour": attach(2, w.mia.User)} {
			if !errs.Has(err, errs.Invalid) {
				t.Errorf("%s took it: %v", name, err)
			}
		}
		must(t, attach(1, w.mia.User))
		if err := attach(1, w.mia.User); !errs.Has(err, errs.Invalid) {
			t.Errorf("used twice: %v", err)
		}
		c, err := w.files.Open(t.Context(), w.sam, f.ID)
		must(t, err)
		must(t, c.Close())
		w.box.shut = w.sam.User
		if _, err := w.files.Open(t.Context(), w.sam, f.ID); !errs.Has(err, errs.NotFound) {
			t.Errorf("got %v", err)
		}
		if err := w.files.Discard(t.Context(), w.mia, f.ID); !errs.Has(err, errs.NotFound) {
			t.Errorf("an attached file was discarded: %v", err)
		}
	})
}

func TestPictureGetsAThumbnailOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		f := w.stage(t, "a.png", picture(t, 1000, 500))
		if _, err := w.files.OpenThumbnail(t.Context(), w.mia, f.ID); !errs.Has(err, errs.NotFound) {
			t.Errorf("before the job: %v", err)
		}
		if n := queued(t, d, "media.thumbnail"); n != 1 {
			t.Errorf("%d jobs", n)
		}
		for range 2 {
			must(t, w.files.makeThumbnail(t.Context(), 1, f.ID, func(context.Context, db.Tx) error { return nil }))
		}
		c, err := w.files.OpenThumbnail(t.Context(), w.mia, f.ID)
		must(t, err)
		defer func() { _ = c.Close() }()
		small, _, err := image.Decode(c.Bytes)
		must(t, err)
		if small.Bounds().Dx() != 480 || c.File.Width != 1000 || c.File.Height != 500 || c.ContentType != "image/jpeg" {
			t.Errorf("got %v of %+v as %s", small.Bounds(), c.File, c.ContentType)
		}
		if n := w.stored(t); n != 2 {
			t.Errorf("%d files, want the picture and its thumbnail", n)
		}
	})
}

func queued(t *testing.T, d *db.DB, kind string) int64 {
	t.Helper()
	var n int64
	must(t, d.Read(t.Context(), 1, func(ctx context.Context, q db.Reader) (err error) {
		n, err = db.Scalar[int64](ctx, q, `SELECT COUNT(*) FROM job WHERE tenant_id = 1 AND kind = $1`, kind)
		return err
	}))
	return n
}

func TestSweepTakesWhatNobodyNeeds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		kept := w.stage(t, "kept.png", picture(t, 10, 10))
		must(t, w.files.makeThumbnail(t.Context(), 1, kept.ID, func(context.Context, db.Tx) error { return nil }))
		must(t, d.Write(t.Context(), 1, func(ctx context.Context, tx db.Tx) error {
			_, err := w.files.AttachTx(ctx, tx, 1, w.mia.User, []id.ID{kept.ID}, "a", "box", id.New(w.clock.Now()))
			return err
		}))
		old := w.stage(t, "old.txt", []byte("x"))
		// Bytes whose process ended before the row was written.
		_, err := w.store.Put(t.Context(), blob.NewKey(1, id.New(w.clock.Now())), strings.NewReader("lost"), -1)
		must(t, err)
		half := filepath.Join(w.dir, "part", "half")
		must(t, os.WriteFile(half, []byte("ha"), 0o600))
		must(t, os.Chtimes(half, w.clock.Now(), w.clock.Now()))
		w.clock.Advance(23 * time.Hour)
		must(t, w.files.Sweep(t.Context()))
		if n := w.stored(t); n != 4 {
			t.Errorf("after 23 hours %d files, want all 4", n)
		}
		if _, err := os.Stat(half); err != nil {
			t.Errorf("an upload that may still go on was taken: %v", err)
		}
		w.clock.Advance(2 * time.Hour)
		fresh := w.stage(t, "fresh.txt", []byte("x"))
		for range 2 {
			must(t, w.files.Sweep(t.Context()))
		}
		if _, err := os.Stat(half); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the half upload is there: %v", err)
		}
		if _, err := w.files.Open(t.Context(), w.mia, old.ID); !errs.Has(err, errs.NotFound) {
			t.Errorf("the old one is there: %v", err)
		}
		for _, f := range []File{kept, fresh} {
			c, err := w.files.Open(t.Context(), w.mia, f.ID)
			must(t, err)
			must(t, c.Close())
		}
		if n := w.stored(t); n != 3 {
			t.Errorf("%d files, want the picture, its thumbnail and the fresh one", n)
		}
	})
}

func TestThumbnailKeysLeadBackToTheirFile(t *testing.T) {
	t.Parallel()
	f := id.New(time.UnixMilli(1_700_000_000_000))
	if fileOf(thumbnailID(f)) != f || fileOf(f) != f || thumbnailID(f) == f {
		t.Error("ids do not map back")
	}
	if i, ok := idOf(7, thumbnailKey(7, f)); !ok || i != f {
		t.Errorf("got %v", i)
	}
	if _, ok := idOf(7, blobKey(77, f)); ok {
		t.Error("a neighbour's key was taken")
	}
}

func TestNewRefusesTwoOwnersOfOneKind(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	w := newWorld(t, d)
	q := jobs.New(d, w.clock, slog.New(slog.DiscardHandler), jobs.Options{})
	if _, err := New(Deps{DB: d, Clock: w.clock, Blobs: w.store, Queue: q, Log: slog.New(slog.DiscardHandler), Owners: []Owner{&box{}, &box{}}}); err == nil {
		t.Error("taken")
	}
	if _, err := New(Deps{}); err == nil || errors.Is(err, io.EOF) {
		t.Error("taken without dependencies")
	}
}
