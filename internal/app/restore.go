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
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/secret"
	"github.com/throughlinehq/throughline/internal/schema"
)

// maxManifest bounds the manifest, a line of about 150 bytes per file.
const maxManifest = 1 << 30

const (
	stagingFolder = ".restore"               // in the data folder, so that moving is renaming
	asideForm     = "20060102-150405.000000" // names what is set aside
)

// Restore puts a backup into the data folder and the database, whichever engine it was made on: first into a
// folder beside, where every checksum and the schema are checked, then in one step per file and in one
// transaction. With force, what was there is kept beside it, on PostgreSQL in a schema of its own.
// Errors: Conflict when something is there and force is not set, or a newer program made the backup;
// Invalid when the backup is damaged; Unavailable while a server runs or when a disk is full.
func Restore(ctx context.Context, cfg config.Config, file string, force bool, report Report) (m Manifest, err error) {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return m, errs.Wrapf(err, "make the data folder")
	}
	there, err := contents(cfg.DataDir)
	if err != nil {
		return m, err
	}
	if len(there) > 0 && !force {
		return m, errs.Newf(errs.Conflict, "folder_not_empty", "The data folder %s is not empty. Choose another one, or add --force to set aside what is there.", cfg.DataDir)
	}
	unlock, err := lockFolder(cfg.DataDir)
	if err != nil {
		return m, err
	}
	defer unlock()

	staging := filepath.Join(cfg.DataDir, stagingFolder)
	if err := os.RemoveAll(staging); err != nil {
		return m, errs.Wrapf(err, "clear %s", staging)
	}
	defer func() { err = errs.Disk(errors.Join(err, os.RemoveAll(staging)), "the data folder") }()
	if cfg.DatabaseURL.IsSet() {
		return restorePostgres(ctx, cfg, file, force, there, report)
	}
	if m, err = unpack(ctx, file, staging, report); err != nil {
		return m, err
	}
	if m.Format == withRows {
		err = makeDatabase(ctx, staging, m, report)
	} else {
		err = checkRestored(ctx, filepath.Join(staging, DatabaseFile))
	}
	if err != nil {
		return m, err
	}
	_, err = place(cfg.DataDir, there, DatabaseFile, secret.FileName, FilesFolder)
	return m, err
}

// contents lists a data folder without what only marks it.
func contents(dir string) ([]string, error) {
	all, err := os.ReadDir(dir)
	if err != nil {
		return nil, errs.Wrapf(err, "read %s", dir)
	}
	var names []string
	for _, e := range all {
		if n := e.Name(); n != "serve.lock" && n != stagingFolder && n != "throughline.conf" && !strings.HasPrefix(n, "before-restore-") {
			names = append(names, n)
		}
	}
	return names, nil
}

// place moves what is there into a folder beside, and the named from the staging folder into its place, as
// far as they were restored. undo takes both back.
func place(dir string, there []string, names ...string) (undo func() error, err error) {
	type move struct{ from, to string }
	var made string
	var done []move
	undo = func() (err error) {
		for _, m := range slices.Backward(done) {
			err = errors.Join(err, os.Rename(m.to, m.from))
		}
		if made != "" {
			err = errors.Join(err, os.Remove(made))
		}
		return errs.Wrapf(err, "put back what was there")
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, undo())
		}
	}()
	var moves []move
	if len(there) > 0 {
		aside := filepath.Join(dir, "before-restore-"+clock.System{}.Now().Format(asideForm))
		if err := os.Mkdir(aside, 0o700); err != nil {
			return nil, errs.Wrapf(err, "set aside what is there")
		}
		made = aside
		for _, n := range there {
			moves = append(moves, move{filepath.Join(dir, n), filepath.Join(aside, n)})
		}
	}
	for _, n := range names {
		moves = append(moves, move{filepath.Join(dir, stagingFolder, n), filepath.Join(dir, n)})
	}
	for _, m := range moves {
		if err := os.Rename(m.from, m.to); err == nil {
			done = append(done, m)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, errs.Wrapf(err, "put %s in its place", filepath.Base(m.from))
		}
	}
	return undo, nil
}

func damaged(err error, format string, args ...any) error {
	e := errs.Newf(errs.Invalid, "backup_damaged", format, args...)
	e.Err = err
	return e
}

// brokenOff is damaged, unless it was the operator or a full disk that ended it.
func brokenOff(ctx context.Context, err error, format string, args ...any) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if full := errs.Disk(err, "the data folder"); errs.Has(full, errs.Unavailable) {
		return full
	}
	return damaged(err, format, args...)
}

// watched reads until the context ends, which a transaction on SQLite does not see, and tells how far it is.
type watched struct {
	ctx         context.Context //nolint:containedctx // a reader has no other way to be told
	r           io.Reader
	done, total int64
	report      Report
}

func watch(ctx context.Context, r io.Reader, total int64, report Report) *watched {
	return &watched{ctx: ctx, r: r, total: total, report: report}
}

// Read reads on.
func (w *watched) Read(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.r.Read(b)
	w.done += int64(n)
	w.report(w.done, w.total)
	return n, err
}

// unpack writes the archive's files below dir and compares them with the manifest.
func unpack(ctx context.Context, file, dir string, report Report) (m Manifest, err error) {
	f, err := os.Open(file) //nolint:gosec // the operator names it
	if errors.Is(err, fs.ErrNotExist) {
		return m, errs.Newf(errs.NotFound, "no_backup", "There is no file %s.", file)
	}
	if err != nil {
		return m, errs.Wrapf(err, "open the backup")
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return m, errs.Wrapf(err, "open the backup")
	}
	zip, err := gzip.NewReader(watch(ctx, f, info.Size(), report))
	if err != nil {
		return m, damaged(err, "%s is no backup.", file)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return m, errs.Wrapf(err, "make %s", dir)
	}
	sums := map[string]BackedFile{}
	for r := tar.NewReader(zip); ctx.Err() == nil; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			// What is left is the checksum of everything, the manifest with it.
			_, err = io.Copy(io.Discard, io.LimitReader(zip, maxManifest))
			if err == nil {
				break
			}
		}
		if err != nil {
			return m, brokenOff(ctx, err, "%s is damaged or was cut short.", file)
		}
		if h.Name == manifestName {
			if err := json.NewDecoder(io.LimitReader(r, maxManifest)).Decode(&m); err != nil {
				return m, damaged(err, "%s has a manifest that cannot be read.", file)
			}
			continue
		}
		got, err := unpackOne(ctx, r, h, dir)
		if err != nil {
			return m, err
		}
		sums[h.Name] = got
	}
	if err := ctx.Err(); err != nil {
		return m, err
	}
	return m, compare(file, m, sums)
}

func unpackOne(ctx context.Context, r io.Reader, h *tar.Header, dir string) (BackedFile, error) {
	ours := h.Name == DatabaseFile || h.Name == secret.FileName || strings.HasPrefix(h.Name, FilesFolder+"/") || strings.HasPrefix(h.Name, rowsFolder+"/")
	if h.Typeflag != tar.TypeReg || !ours || path.Clean(h.Name) != h.Name || !filepath.IsLocal(filepath.FromSlash(h.Name)) {
		return BackedFile{}, damaged(nil, "The backup holds %q, which is none of ours.", h.Name)
	}
	to := filepath.Join(dir, filepath.FromSlash(h.Name))
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return BackedFile{}, errs.Wrapf(err, "make %s", filepath.Dir(to))
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the name has been checked
	if err != nil {
		return BackedFile{}, errs.Wrapf(err, "write %s", h.Name)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), r)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return BackedFile{}, brokenOff(ctx, err, "%s cannot be unpacked.", h.Name)
	}
	return BackedFile{Name: h.Name, Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

func compare(file string, m Manifest, sums map[string]BackedFile) error {
	switch {
	case m.Format == "":
		return damaged(nil, "%s has no manifest: it is no backup, or was cut short.", file)
	case m.Format != withDatabase && m.Format != withRows:
		return errs.Newf(errs.Conflict, "backup_newer", "%s has the form %q, which this program does not know. Use the newer program.", file, m.Format)
	}
	for _, want := range m.Files {
		if sums[want.Name] != want {
			return damaged(nil, "%s in the backup is damaged.", want.Name)
		}
	}
	if len(sums) != len(m.Files) {
		return damaged(nil, "%s holds files that its manifest does not know.", file)
	}
	return nil
}

// checkRestored refuses a SQLite database that is broken or newer than this program. An older schema is
// brought up to date by the next start.
func checkRestored(ctx context.Context, file string) error {
	if _, err := os.Stat(file); err != nil {
		return damaged(err, "The backup holds no database.")
	}
	d, err := db.Open(ctx, db.Options{Path: file})
	if err != nil {
		return err
	}
	_, err = history(ctx, d)
	return errors.Join(err, d.Close())
}

// history lists the steps of a database that was restored, when this program knows them.
func history(ctx context.Context, d *db.DB) (ran []schema.Ran, err error) {
	err = d.ReadAll(ctx, func(ctx context.Context, q db.Reader) error {
		if ran, err = schema.History(ctx, q); err != nil {
			return err
		}
		return schema.CheckHistory("The backup", d.Engine(), ran)
	})
	return ran, err
}
