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
	"slices"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/secret"
	"github.com/throughlinehq/throughline/internal/schema"
)

const (
	manifestName = "manifest.json"
	withDatabase = "throughline-backup-1" // holds a SQLite database
	withRows     = "throughline-backup-2" // holds the rows of every table, as PostgreSQL gave them
)

// Manifest is the last entry of a backup: what is in it. An archive without it was cut short.
type Manifest struct {
	Format  string        `json:"format"`
	Version string        `json:"version"` // of the program that made it
	MadeAt  string        `json:"madeAt"`
	Engine  db.Engine     `json:"engine,omitempty"` // empty in archives of the first versions, which knew only SQLite
	Schema  []schema.Ran  `json:"schema,omitempty"` // the steps that the tables of a backup of rows have run
	Tables  []BackedTable `json:"tables,omitempty"` // of a backup of rows, each after those it points at
	Files   []BackedFile  `json:"files"`
	Missing int64         `json:"missing,omitempty"` // uploaded files that rows name and the data folder did not have
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

// HasKey reports whether the secret key is in it; otherwise the configuration held it.
func (m Manifest) HasKey() bool {
	return slices.ContainsFunc(m.Files, func(f BackedFile) bool { return f.Name == secret.FileName })
}

// Report is told how much of a whole is done, in bytes.
type Report func(done, total int64)

// Backup writes one moment of the database, the uploaded files and the key to a new archive, also while
// others read and write. The database comes first: a file that a row names was there before the row.
// The archive grows beside its place and takes it when it is whole, so that a process that was killed leaves
// nothing under the name. Errors: Conflict when the file exists, is being made or a newer program has used
// the database; Unavailable when a disk is full or the database does not answer.
func Backup(ctx context.Context, cfg config.Config, d *db.DB, file string, report Report) (m Manifest, err error) {
	err = d.ReadAll(ctx, func(ctx context.Context, q db.Reader) error {
		ran, err := schema.History(ctx, q)
		if err != nil {
			return err
		}
		return schema.CheckHistory("The database", d.Engine(), ran) // another folder's name mistyped has none
	})
	if err != nil {
		return m, err
	}
	out, err := openPart(file)
	if err != nil {
		return m, errs.Disk(err, "the backup")
	}
	defer func() {
		if err != nil {
			err = errs.Disk(errors.Join(err, removed(out.Name())), "the backup") // half a backup is none
		}
		err = errors.Join(err, out.Close())
	}()
	zip := gzip.NewWriter(out)
	a := newArchive(zip, d.Engine(), report)
	if d.Engine() == db.Postgres {
		err = a.addRows(ctx, d, cfg.DataDir)
	} else {
		err = a.addDatabase(ctx, d, out.Name()+".db", cfg.DataDir)
	}
	if err != nil {
		return m, err
	}
	if err := a.add(filepath.Join(cfg.DataDir, secret.FileName), secret.FileName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, err // without the file the key comes from the configuration
	}
	if err := a.addFolder(ctx, filepath.Join(cfg.DataDir, FilesFolder)); err != nil {
		return m, err
	}
	if err := a.finish(); err != nil {
		return m, err
	}
	if err := errors.Join(zip.Close(), out.Sync()); err != nil {
		return m, errs.Wrapf(err, "finish the backup")
	}
	return a.manifest, takePlace(out.Name(), file)
}

// openPart opens the file that the archive grows in, and clears what a killed process has left of an earlier one.
func openPart(file string) (*os.File, error) {
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return nil, errs.Wrapf(err, "make the backup")
		}
		return nil, fileExists(file)
	}
	part := file + ".part"
	out, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE, 0o600) //nolint:gosec // beside what the operator names
	if err != nil {
		return nil, errs.Wrapf(err, "make the backup")
	}
	if err = lockFile(out); err == nil {
		// Whoever held it may have put it in its place meanwhile.
		err = sameFile(out, part)
	}
	if errors.Is(err, errLocked) {
		err = errs.Newf(errs.Conflict, "backup_running", "Another process makes the backup %s just now.", file)
	} else if err == nil {
		err = errors.Join(out.Truncate(0), removed(part+".db"), removed(part+".db-journal"))
	}
	if err != nil {
		return nil, errors.Join(errs.Wrapf(err, "make the backup"), out.Close())
	}
	return out, nil
}

// errLocked says that another process holds a file.
var errLocked = errors.New("another process holds the file")

func sameFile(f *os.File, path string) error {
	mine, err := f.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(mine, there) {
		return errLocked
	}
	return err
}

func fileExists(file string) error {
	return errs.Newf(errs.Conflict, "file_exists", "%s exists already. Choose another name.", file)
}

// takePlace gives the whole archive its name. A link, unlike a rename, does not replace a file that appeared
// meanwhile; some file systems have none.
func takePlace(part, file string) error {
	err := os.Link(part, file)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fileExists(file)
	case err == nil:
		err = os.Remove(part)
	default:
		err = os.Rename(part, file)
	}
	if err != nil {
		return errs.Wrapf(err, "finish the backup")
	}
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return errs.Wrapf(err, "finish the backup")
	}
	return errs.Wrapf(errors.Join(dir.Sync(), dir.Close()), "finish the backup")
}

// archive is a backup while it is written.
type archive struct {
	tar      *tar.Writer
	now      time.Time
	manifest Manifest
	report   Report
	done     int64
	total    int64 // expected, never less than done
}

func newArchive(w io.Writer, e db.Engine, report Report) *archive {
	now := clock.System{}.Now()
	m := Manifest{Format: withDatabase, Version: Version, MadeAt: now.Format(time.RFC3339), Engine: e, Files: []BackedFile{}}
	return &archive{tar: tar.NewWriter(w), now: now, manifest: m, report: report}
}

// addDatabase copies a SQLite database beside the archive, where it may take its time, and adds the copy.
func (a *archive) addDatabase(ctx context.Context, d *db.DB, copied, dataDir string) (err error) {
	if err := d.Backup(ctx, copied); err != nil {
		return errors.Join(err, removed(copied), removed(copied+"-journal"))
	}
	defer func() { err = errors.Join(err, removed(copied)) }()
	info, err := os.Stat(copied)
	if err != nil {
		return errs.Wrapf(err, "look at the copy")
	}
	a.expect(info.Size(), dataDir)
	return a.add(copied, DatabaseFile)
}

func removed(file string) error {
	if err := os.Remove(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// expect says how much there is to do: the database's size and that of the uploaded files.
func (a *archive) expect(database int64, dataDir string) {
	a.total = database
	// What cannot be read is found when it is added; this is only for the bar.
	_ = filepath.WalkDir(filepath.Join(dataDir, FilesFolder), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				a.total += info.Size()
			}
		}
		return nil
	})
	a.advance(0)
}

func (a *archive) advance(n int) {
	a.done += int64(n)
	a.total = max(a.total, a.done)
	a.report(a.done, a.total)
}

// passing is told how much passes by.
type passing func(n int)

// Write never fails.
func (p passing) Write(b []byte) (int, error) {
	p(len(b))
	return len(b), nil
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
	return a.addReader(f, name, info.Size())
}

func (a *archive) addReader(r io.Reader, name string, size int64) error {
	if err := a.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: a.now}); err != nil {
		return errs.Wrapf(err, "back up %s", name)
	}
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(a.tar, sum, passing(a.advance)), r, size); err != nil {
		return errs.Wrapf(err, "back up %s", name)
	}
	a.manifest.Files = append(a.manifest.Files, BackedFile{Name: name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))})
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
