package app

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/secret"
)

const (
	manifestName   = "manifest.json"
	manifestFormat = "throughline-backup-1"
)

// Manifest is the last entry of a backup: what is in it. An archive without it was cut short.
type Manifest struct {
	Format  string       `json:"format"`
	Version string       `json:"version"` // of the program that made it
	MadeAt  string       `json:"madeAt"`
	Files   []BackedFile `json:"files"`
}

// BackedFile is one file of a backup; Name is below the data folder.
type BackedFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Bytes is the size of all files.
func (m Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

// Backup writes a consistent copy of the SQLite database, the uploaded files and the key to a new
// archive, also while others read and write. The database comes first: a file that a row names was there
// before the row. Errors: Invalid on PostgreSQL, whose own tools do this; Conflict when the file exists.
func Backup(ctx context.Context, cfg config.Config, d *db.DB, file string) (m Manifest, err error) {
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator names it
	if errors.Is(err, fs.ErrExist) {
		return m, errs.Newf(errs.Conflict, "file_exists", "%s exists already. Choose another name.", file)
	}
	if err != nil {
		return m, errs.Wrapf(err, "make the backup")
	}
	defer func() {
		err = errors.Join(err, out.Close())
		if err != nil {
			err = errors.Join(err, os.Remove(file)) // half a backup is none
		}
	}()
	copied := file + ".db"
	if err := d.Backup(ctx, copied); err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.Remove(copied)) }()

	zip := gzip.NewWriter(out)
	w := &archive{tar: tar.NewWriter(zip), now: clock.System{}.Now()}
	w.manifest = Manifest{Format: manifestFormat, Version: Version, MadeAt: w.now.Format(time.RFC3339), Files: []BackedFile{}}
	if err := w.add(copied, DatabaseFile); err != nil {
		return m, err
	}
	if err := w.add(filepath.Join(cfg.DataDir, secret.FileName), secret.FileName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, err // without the file the key comes from the configuration
	}
	if err := w.addFolder(ctx, filepath.Join(cfg.DataDir, FilesFolder)); err != nil {
		return m, err
	}
	if err := w.finish(); err != nil {
		return m, err
	}
	return w.manifest, errs.Wrapf(errors.Join(zip.Close(), out.Sync()), "finish the backup")
}

type archive struct {
	tar      *tar.Writer
	now      time.Time
	manifest Manifest
}

// add copies one file. Its size is fixed before it is read, since the archive announces it.
func (a *archive) add(from, name string) error {
	f, err := os.Open(from) //nolint:gosec // below the data folder
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return errs.Wrapf(err, "back up %s", name)
	}
	if err := a.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: a.now}); err != nil {
		return errs.Wrapf(err, "back up %s", name)
	}
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(a.tar, sum), f, info.Size()); err != nil {
		return errs.Wrapf(err, "back up %s", name)
	}
	a.manifest.Files = append(a.manifest.Files, BackedFile{Name: name, Size: info.Size(), SHA256: hex.EncodeToString(sum.Sum(nil))})
	return nil
}

func (a *archive) addFolder(ctx context.Context, dir string) error {
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		}
		if err != nil {
			return err
		}
		if d.IsDir() && p == filepath.Join(dir, "part") {
			return fs.SkipDir // uploads that have not ended
		}
		if !d.Type().IsRegular() {
			return ctx.Err()
		}
		below, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		if err := a.add(p, path.Join(FilesFolder, filepath.ToSlash(below))); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return ctx.Err()
	})
	return errs.Wrapf(err, "back up files")
}

func (a *archive) finish() error {
	b, err := json.MarshalIndent(a.manifest, "", "  ")
	if err != nil {
		return errs.Wrapf(err, "write the manifest")
	}
	if err := a.tar.WriteHeader(&tar.Header{Name: manifestName, Mode: 0o600, Size: int64(len(b)), ModTime: a.now}); err != nil {
		return errs.Wrapf(err, "write the manifest")
	}
	_, err = a.tar.Write(b)
	return errs.Wrapf(errors.Join(err, a.tar.Close()), "write the manifest")
}
