package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/secret"
)

// partFolder holds files that are being written; what a crash leaves there is removed once it is old.
const partFolder = "part"

// stale is how old a partial file must be before a start removes it: another process may be writing it.
const stale = 24 * time.Hour

// Folder keeps files in a local folder that it cannot leave, not even through a symbolic link.
type Folder struct {
	root *os.Root
}

var _ Store = (*Folder)(nil)

// OpenFolder opens a folder, makes it when it is absent, and removes old partial uploads.
func OpenFolder(dir string, c clock.Clock) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, errs.Disk(fmt.Errorf("open file store: %w", err), dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open file store: %w", err)
	}
	f := &Folder{root: root}
	if err := errors.Join(root.MkdirAll(partFolder, 0o700), f.removeParts(c.Now().Add(-stale))); err != nil {
		return nil, errors.Join(errs.Disk(fmt.Errorf("open file store: %w", err), dir), root.Close())
	}
	return f, nil
}

// Close lets go of the folder.
func (f *Folder) Close() error { return f.root.Close() }

// Put writes a file durably: to a partial file, synced, renamed, and the folder synced.
// Errors: Unavailable when the disk is full or read-only; then nothing is left.
func (f *Folder) Put(ctx context.Context, key string, r io.Reader, size int64) (n int64, err error) {
	if err := checkKey(key); err != nil {
		return 0, err
	}
	part := partFolder + "/" + secret.Token(16)
	defer func() {
		if err != nil {
			_ = f.root.Remove(part)
			err = errs.Disk(fmt.Errorf("put file %s: %w", key, err), "uploaded files")
		}
	}()
	if n, err = f.write(ctx, part, r, size); err != nil {
		return 0, err
	}
	dir := path.Dir(key)
	if err = f.root.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	if err = f.root.Rename(part, key); err != nil {
		return 0, err
	}
	// The entry, and those of the folders above, which may be new.
	for _, d := range []string{dir, path.Dir(dir), "."} {
		if err = f.sync(d); err != nil {
			return 0, err
		}
	}
	return n, nil
}

func (f *Folder) write(ctx context.Context, part string, r io.Reader, size int64) (int64, error) {
	out, err := f.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	if size >= 0 {
		r = io.LimitReader(r, size+1) // one more, to notice a file that is longer than announced
	}
	n, err := io.Copy(out, contextReader{ctx, r})
	if err == nil && size >= 0 && n != size {
		err = ErrSize
	}
	if err == nil {
		err = out.Sync()
	}
	return n, errors.Join(err, out.Close())
}

func (f *Folder) sync(dir string) error {
	d, err := f.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// contextReader stops a copy whose request has gone.
type contextReader struct {
	ctx context.Context // lives as long as one copy
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// Open reads a file.
func (f *Folder) Open(_ context.Context, key string) (File, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	file, err := f.root.Open(key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	}
	if err != nil {
		return nil, fmt.Errorf("open file %s: %w", key, err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = ErrMissing
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open file %s: %w", key, err), file.Close())
	}
	return openFile{file, infoOf(key, info)}, nil
}

type openFile struct {
	*os.File
	info Info
}

func (o openFile) Info() Info { return o.info }

func infoOf(key string, i fs.FileInfo) Info {
	return Info{Key: key, Size: i.Size(), ModTime: i.ModTime().UTC()}
}

// Delete removes a file.
func (f *Folder) Delete(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := f.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete file %s: %w", key, err)
	}
	return nil
}

// List walks the folders of one workspace or of all; files that nobody here has named are left alone.
func (f *Folder) List(ctx context.Context, w id.Workspace, before time.Time, each func(Info) error) error {
	from := "."
	if w != 0 {
		from = folderOf(w)
	}
	err := fs.WalkDir(f.root.FS(), from, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile, or a workspace without files
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || d.IsDir() || checkKey(name) != nil {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !info.Mode().IsRegular() || !info.ModTime().Before(before) {
			return err
		}
		return each(infoOf(name, info))
	})
	if err != nil {
		return fmt.Errorf("list files: %w", err)
	}
	return nil
}

// Clear removes partial files whose writers fell silent.
func (f *Folder) Clear(ctx context.Context, before time.Time) error {
	if err := errors.Join(ctx.Err(), f.removeParts(before)); err != nil {
		return fmt.Errorf("clear half uploads: %w", err)
	}
	return nil
}

func (f *Folder) removeParts(before time.Time) error {
	entries, err := fs.ReadDir(f.root.FS(), partFolder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.ModTime().Before(before) {
			continue
		}
		if err := f.root.Remove(partFolder + "/" + e.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
