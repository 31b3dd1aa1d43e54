package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/schema"
)

const (
	// rowsFolder holds rows/<table>/<part>: a table's rows, cut anywhere.
	rowsFolder = "rows"
	// partBytes bounds what is held in memory of a table, since an archive announces an entry's size.
	partBytes = 4 << 20
)

// BackedTable is a table whose rows a backup holds.
type BackedTable struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
	Parts   int      `json:"parts"` // files that hold them
}

func partName(table string, part int) string {
	return path.Join(rowsFolder, table, fmt.Sprintf("%06d", part))
}

// addRows adds every table of one moment.
func (a *archive) addRows(ctx context.Context, d *db.DB, dataDir string) error {
	a.manifest.Format = withRows
	return d.Snapshot(ctx, func(ctx context.Context, s db.Snapshot) (err error) {
		if a.manifest.Schema, err = schema.History(ctx, s); err != nil {
			return err
		}
		if err := schema.CheckHistory("The database", s.Engine(), a.manifest.Schema); err != nil {
			return err
		}
		size, err := db.Size(ctx, s)
		if err != nil {
			return errs.Wrapf(err, "measure the database")
		}
		a.expect(size, dataDir)
		if a.manifest.Missing, err = missingFiles(ctx, s, filepath.Join(dataDir, FilesFolder)); err != nil {
			return err
		}
		tables, err := schema.Tables(s.Engine(), len(a.manifest.Schema))
		if err != nil {
			return err
		}
		for _, t := range tables {
			if err := a.addTable(ctx, s, t.Name); err != nil {
				return errs.Wrapf(err, "back up table %s", t.Name)
			}
		}
		return nil
	})
}

func (a *archive) addTable(ctx context.Context, s db.Snapshot, table string) error {
	columns, err := db.Columns(ctx, s, table)
	if err != nil {
		return err
	}
	t := BackedTable{Name: table}
	for _, c := range columns {
		t.Columns = append(t.Columns, c.Name)
	}
	w := &partWriter{archive: a, table: table}
	if t.Rows, err = s.CopyOut(ctx, w, table, columns); err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	t.Parts = w.parts
	a.manifest.Tables = append(a.manifest.Tables, t)
	return nil
}

// partWriter cuts a table's rows into entries of the archive.
type partWriter struct {
	archive *archive
	table   string
	held    bytes.Buffer
	parts   int
}

// Write holds rows back until they fill a part.
func (w *partWriter) Write(b []byte) (int, error) {
	if w.held.Len() > 0 && w.held.Len()+len(b) > partBytes {
		if err := w.flush(); err != nil {
			return 0, err
		}
	}
	return w.held.Write(b)
}

func (w *partWriter) flush() error {
	if w.held.Len() == 0 {
		return nil
	}
	w.parts++
	return w.archive.addReader(&w.held, partName(w.table, w.parts), int64(w.held.Len()))
}

// missingFiles counts the uploaded files that rows name and the folder does not have: a backup made on a
// machine without the shared folder would otherwise look whole.
func missingFiles(ctx context.Context, q db.Reader, dir string) (n int64, err error) {
	rows, err := q.Query(ctx, `SELECT blob_key FROM media_file`)
	if err != nil {
		return 0, errs.Wrapf(err, "list uploaded files")
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return n, errs.Wrapf(err, "list uploaded files")
		}
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(key))); errors.Is(err, fs.ErrNotExist) {
			n++
		}
	}
	return n, errs.Wrapf(rows.Err(), "list uploaded files")
}
