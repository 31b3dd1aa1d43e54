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
	"log/slog"
	"os"
	"path"
	"path/filepath"
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

// Restore puts a backup into the data folder: first into a folder beside it, where every checksum and the
// database are checked, and then in one step per file. With force, what was there is kept in a folder
// beside it. Errors: Conflict when the folder is not empty and force is not set, or a newer program made
// the backup; Invalid when the backup is damaged; Unavailable while a server runs.
func Restore(ctx context.Context, cfg config.Config, file string, force bool, log *slog.Logger) (m Manifest, err error) {
	if cfg.DatabaseURL.IsSet() {
		return m, errs.New(errs.Invalid, "restore_engine", "This restores a SQLite database. Unset THROUGHLINE_DATABASE_URL, or use pg_restore.")
	}
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

	staging := filepath.Join(cfg.DataDir, ".restore")
	if err := os.RemoveAll(staging); err != nil {
		return m, errs.Wrapf(err, "clear %s", staging)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(staging)) }()
	if m, err = unpack(ctx, file, staging); err != nil {
		return m, err
	}
	if err := checkRestored(ctx, filepath.Join(staging, DatabaseFile)); err != nil {
		return m, err
	}
	if err := setAside(cfg.DataDir, there); err != nil {
		return m, err
	}
	fresh, err := contents(staging)
	if err != nil {
		return m, err
	}
	for _, name := range fresh {
		if err := os.Rename(filepath.Join(staging, name), filepath.Join(cfg.DataDir, name)); err != nil {
			return m, errs.Wrapf(err, "put %s in its place", name)
		}
	}
	log.InfoContext(ctx, "restored", "files", len(m.Files))
	return m, nil
}

// contents lists a data folder without what only marks it.
func contents(dir string) ([]string, error) {
	all, err := os.ReadDir(dir)
	if err != nil {
		return nil, errs.Wrapf(err, "read %s", dir)
	}
	var names []string
	for _, e := range all {
		if n := e.Name(); n != "serve.lock" && n != ".restore" && n != "throughline.conf" && !strings.HasPrefix(n, "before-restore-") {
			names = append(names, n)
		}
	}
	return names, nil
}

func setAside(dir string, names []string) error {
	if len(names) == 0 {
		return nil
	}
	aside := filepath.Join(dir, "before-restore-"+clock.System{}.Now().Format("20060102-150405.000000"))
	if err := os.Mkdir(aside, 0o700); err != nil {
		return errs.Wrapf(err, "set aside what is there")
	}
	for _, n := range names {
		if err := os.Rename(filepath.Join(dir, n), filepath.Join(aside, n)); err != nil {
			return errs.Wrapf(err, "set aside %s", n)
		}
	}
	return nil
}

func damaged(err error, format string, args ...any) error {
	e := errs.Newf(errs.Invalid, "backup_damaged", format, args...)
	e.Err = err
	return e
}

// unpack writes the archive's files below dir and compares them with the manifest.
func unpack(ctx context.Context, file, dir string) (m Manifest, err error) {
	f, err := os.Open(file) //nolint:gosec // the operator names it
	if errors.Is(err, fs.ErrNotExist) {
		return m, errs.Newf(errs.NotFound, "no_backup", "There is no file %s.", file)
	}
	if err != nil {
		return m, errs.Wrapf(err, "open the backup")
	}
	defer func() { _ = f.Close() }()
	zip, err := gzip.NewReader(f)
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
			break
		}
		if err != nil {
			return m, damaged(err, "%s is damaged or was cut short.", file)
		}
		if h.Name == manifestName {
			if err := json.NewDecoder(io.LimitReader(r, maxManifest)).Decode(&m); err != nil {
				return m, damaged(err, "%s has a manifest that cannot be read.", file)
			}
			continue
		}
		got, err := unpackOne(r, h, dir)
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

func unpackOne(r io.Reader, h *tar.Header, dir string) (BackedFile, error) {
	ours := h.Name == DatabaseFile || h.Name == secret.FileName || strings.HasPrefix(h.Name, FilesFolder+"/")
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
		return BackedFile{}, damaged(err, "%s cannot be unpacked.", h.Name)
	}
	return BackedFile{Name: h.Name, Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

func compare(file string, m Manifest, sums map[string]BackedFile) error {
	if m.Format != manifestFormat {
		return damaged(nil, "%s has no manifest: it is no backup, or was cut short.", file)
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

// checkRestored refuses a database that is broken or newer than this program.
func checkRestored(ctx context.Context, file string) error {
	if _, err := os.Stat(file); err != nil {
		return damaged(err, "The backup holds no database.")
	}
	d, err := db.Open(ctx, db.Options{Path: file})
	if err != nil {
		return err
	}
	err = schema.Check(ctx, d)
	if err != nil && !schema.Newer(err) && errs.Has(err, errs.Conflict) {
		err = nil // an older schema is brought up to date by the next start
	}
	return errors.Join(err, d.Close())
}
