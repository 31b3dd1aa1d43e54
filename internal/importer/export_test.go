package importer

import (
	"errors"
	"io"

	"github.com/throughlinehq/throughline/internal/order"
)

// ReadAll reads a file through a format and gives the lines that can be taken, and how many cannot.
func ReadAll(path string, o Options) (lines []order.Line, bad int, err error) {
	f, err := newFormat(o)
	if err != nil {
		return nil, 0, err
	}
	s, err := open(path, f)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for {
		r, _, err := s.next()
		var skip lineError
		switch {
		case errors.Is(err, io.EOF):
			return lines, bad, nil
		case errors.As(err, &skip):
			bad++
			continue
		case err != nil:
			return lines, bad, err
		}
		parsed, err := f.parse(r)
		if err != nil {
			bad++
			continue
		}
		lines = append(append(lines, parsed.line), parsed.more...)
	}
}
