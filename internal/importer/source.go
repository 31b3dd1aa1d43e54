package importer

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

const (
	// maxField bounds one field; more is no honest value.
	maxField = 64 << 10
	// maxRow bounds a whole row, quoted line breaks and all, so that a quote that is never closed, or a gzip
	// file of zeros, is not read into memory.
	maxRow = 4 << 20
)

// errLongRow ends the reading of a file: what follows cannot be told from the row.
var errLongRow = errors.New("a row is longer than 4 MiB; is a quote never closed")

// rows gives the bytes of one row at most before it is told that the next row begins.
type rows struct {
	r    io.Reader
	left int
}

func (r *rows) begin() { r.left = maxRow }

// Read reads on within the row.
func (r *rows) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errLongRow
	}
	n, err := r.r.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}

// source reads the rows of a CSV file, gzip or not, and knows their line numbers.
type source struct {
	file *os.File
	zip  *gzip.Reader
	rows *rows
	csv  *csv.Reader
	f    format
	at   map[string]int
}

// open checks the header, so that a wrong file is refused before anything is written.
func open(path string, f format) (*source, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, errs.Newf(errs.NotFound, "import_file", "Cannot open the file: %v.", errors.Unwrap(err))
	}
	s := &source{file: file, f: f}
	in := bufio.NewReaderSize(file, 1<<16)
	var r io.Reader = in
	if magic, _ := in.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		if s.zip, err = gzip.NewReader(in); err != nil {
			return nil, errors.Join(errs.Newf(errs.Invalid, "import_gzip", "The file begins like gzip but cannot be unpacked."), file.Close())
		}
		r = s.zip
	}
	s.rows = &rows{r: r, left: maxRow}
	s.csv = csv.NewReader(s.rows)
	s.csv.ReuseRecord, s.csv.FieldsPerRecord, s.csv.LazyQuotes = true, -1, true
	head, err := s.csv.Read()
	if errors.Is(err, errLongRow) {
		return nil, errors.Join(unreadable(err), s.close())
	}
	if err != nil {
		return nil, errors.Join(errs.Newf(errs.Invalid, "import_empty", "The file has no header line."), s.close())
	}
	if s.at, err = readHeader(f, head); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *source) close() error {
	if s.zip != nil {
		return errors.Join(s.zip.Close(), s.file.Close())
	}
	return s.file.Close()
}

// lineError is a line that cannot be taken; the reading goes on.
type lineError struct{ reason string }

func (e lineError) Error() string { return e.reason }

// next gives one row with its line number; io.EOF at the end. The record is only valid until the next call.
func (s *source) next() (record, int, error) {
	s.rows.begin()
	fields, err := s.csv.Read()
	line := 0
	if len(fields) > 0 {
		line, _ = s.csv.FieldPos(0)
	}
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return record{}, line, io.EOF
	case errors.As(err, &parse):
		return record{}, parse.StartLine, lineError{parse.Err.Error()}
	case err != nil:
		return record{}, line, unreadable(err)
	}
	if len(fields) < len(s.at) {
		return record{}, line, lineError{fmt.Sprintf("has %d columns, the header has %d", len(fields), len(s.at))}
	}
	for _, f := range fields {
		if len(f) > maxField || !utf8.ValidString(f) {
			return record{}, line, lineError{"holds a value that is too long or is no UTF-8 text"}
		}
	}
	return record{s.at, fields}, line, nil
}

func unreadable(err error) error {
	return errs.Newf(errs.Invalid, "import_read", "The file cannot be read to its end: %v.", err)
}

// errorFile writes the lines that were not taken: number, reason, and the line's own fields. It comes
// into being with the first of them.
type errorFile struct {
	path  string
	file  *os.File
	out   *csv.Writer
	count int64
}

func (e *errorFile) add(line int, reason string, r record) error {
	e.count++
	if e.file == nil {
		f, err := os.OpenFile(e.path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return errs.Newf(errs.Invalid, "import_errors", "Cannot write the error file %s. Choose another with --errors.", e.path)
		}
		e.file, e.out = f, csv.NewWriter(f)
		if err := e.out.Write([]string{"line", "reason", "fields"}); err != nil {
			return errs.Wrapf(err, "write error file")
		}
	}
	return errs.Wrapf(e.out.Write(append([]string{fmt.Sprint(line), reason}, r.fields...)), "write error file")
}

func (e *errorFile) close() error {
	if e.file == nil {
		return nil
	}
	e.out.Flush()
	return errs.Wrapf(errors.Join(e.out.Error(), e.file.Sync(), e.file.Close()), "write error file")
}
