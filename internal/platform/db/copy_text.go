package db

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
)

// The text form of PostgreSQL's COPY: columns parted by tabs, \N for NULL, and a backslash before what would
// be read as something else.

const copyNull = `\N`

// appendCopyLine adds one row of SQLite's values, each as its column's type asks for.
func appendCopyLine(b []byte, columns []Column, values []any) ([]byte, error) {
	for i, c := range columns {
		if i > 0 {
			b = append(b, '\t')
		}
		var err error
		if b, err = appendCopyValue(b, c.Type, values[i]); err != nil {
			return b, fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	return append(b, '\n'), nil
}

func appendCopyValue(b []byte, kind string, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(b, copyNull...), nil
	case bool:
		return append(b, map[bool]byte{true: 't', false: 'f'}[v]), nil
	case int64:
		if kind == "BOOLEAN" {
			return appendCopyValue(b, kind, v != 0)
		}
		return strconv.AppendInt(b, v, 10), nil
	case float64:
		return strconv.AppendFloat(b, v, 'g', -1, 64), nil
	case string:
		return appendCopyText(b, v), nil
	case []byte:
		switch {
		case kind == "BYTEA":
			return hex.AppendEncode(append(b, `\\x`...), v), nil
		case kind == "UUID" && len(v) == 16:
			return fmt.Appendf(b, "%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:]), nil
		case kind == "TEXT", kind == "JSONB":
			return appendCopyText(b, string(v)), nil
		}
	}
	return b, fmt.Errorf("no %s is made of %T", kind, value)
}

func appendCopyText(b []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; c {
		case '\\':
			b = append(b, `\\`...)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		default:
			b = append(b, c)
		}
	}
	return b
}

// parseCopyLine gives SQLite's values of one row, whose line end has been cut off.
func parseCopyLine(line []byte, columns []Column) ([]any, error) {
	values := make([]any, len(columns))
	for i, c := range columns {
		field, rest, more := bytes.Cut(line, []byte{'\t'}) // a tab in a value is written as \t
		if more != (i < len(columns)-1) {
			return nil, fmt.Errorf("want a row of %d columns", len(columns))
		}
		line = rest
		if string(field) == copyNull {
			continue
		}
		text, err := unescapeCopy(field)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		if values[i], err = parseCopyValue(c.Type, text); err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	return values, nil
}

func parseCopyValue(kind, s string) (any, error) {
	switch kind {
	case "TEXT", "JSONB":
		return s, nil
	case "BIGINT", "SMALLINT":
		return strconv.ParseInt(s, 10, 64)
	case "DOUBLE PRECISION":
		return strconv.ParseFloat(s, 64)
	case "BOOLEAN":
		if s == "t" || s == "f" {
			return s == "t", nil
		}
	case "BYTEA":
		if len(s) >= 2 && s[:2] == `\x` {
			return hex.DecodeString(s[2:])
		}
	case "UUID":
		if len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' {
			return hex.DecodeString(s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:])
		}
	}
	return nil, fmt.Errorf("%.40q is no %s", s, kind)
}

// unescapeCopy undoes the backslashes that PostgreSQL writes.
func unescapeCopy(field []byte) (string, error) {
	if bytes.IndexByte(field, '\\') < 0 {
		return string(field), nil
	}
	out := make([]byte, 0, len(field))
	for i := 0; i < len(field); i++ {
		if field[i] != '\\' {
			out = append(out, field[i])
			continue
		}
		if i++; i == len(field) {
			return "", fmt.Errorf("a backslash stands at the end")
		}
		switch c := field[i]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'v':
			out = append(out, '\v')
		case '\\':
			out = append(out, '\\')
		default:
			return "", fmt.Errorf(`there is no \%c`, c)
		}
	}
	return string(out), nil
}
