package field

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// value brings a JSON value into the field's form and checks it against type and rules.
func (f *Field) value(at string, v any) (any, *errs.Field) {
	wrong := func(format string, args ...any) (any, *errs.Field) {
		return nil, &errs.Field{Location: at, Message: fmt.Sprintf(format, args...)}
	}
	switch f.Type {
	case Number:
		n, ok := number(v)
		switch {
		case !ok:
			return wrong("must be a number")
		case f.Rules.Min != nil && n < *f.Rules.Min:
			return wrong("must be at least %v", *f.Rules.Min)
		case f.Rules.Max != nil && n > *f.Rules.Max:
			return wrong("must be at most %v", *f.Rules.Max)
		}
		return n, nil
	case Boolean:
		b, ok := v.(bool)
		if !ok {
			return wrong("must be true or false")
		}
		return b, nil
	case Date:
		s, ok := v.(string)
		switch {
		case !ok || !isDate(s):
			return wrong("must be a date such as 2026-01-31")
		case f.Rules.MinDate != "" && s < f.Rules.MinDate:
			return wrong("must not be before %s", f.Rules.MinDate)
		case f.Rules.MaxDate != "" && s > f.Rules.MaxDate:
			return wrong("must not be after %s", f.Rules.MaxDate)
		}
		return s, nil
	case List:
		s, ok := v.(string)
		if !ok || !slices.Contains(f.Options, s) {
			return wrong("must be one of %s", strings.Join(f.Options, ", "))
		}
		return s, nil
	case Text:
	}
	s, ok := v.(string)
	if !ok {
		return wrong("must be text")
	}
	if p := errs.Length(at, s, 0, f.limit()); p != nil {
		return nil, p
	}
	if f.pattern != nil && s != "" && !f.pattern.MatchString(s) {
		return wrong("must match the pattern %s", f.Rules.Pattern)
	}
	return s, nil
}

func number(v any) (float64, bool) {
	var n float64
	switch x := v.(type) {
	case float64:
		n = x
	case int:
		n = float64(x)
	case int64:
		n = float64(x)
	case json.Number:
		parsed, err := x.Float64()
		if err != nil {
			return 0, false
		}
		n = parsed
	default:
		return 0, false
	}
	return n + 0, !math.IsNaN(n) && !math.IsInf(n, 0)
}

// The first byte of an encoded value; objects without a value sort behind those with one.
const (
	present = 1
	absent  = 2
)

// encode gives bytes that compare as the values do: numbers by size, dates by time, text by code point.
// nil is the row of an object without a value.
func (f *Field) encode(v any) []byte {
	switch x := v.(type) {
	case nil:
		return []byte{absent}
	case bool:
		if x {
			return []byte{present, 1}
		}
		return []byte{present, 0}
	case string:
		// A longer text can only be older than the limit of indexed fields; it is found by its beginning.
		r := []rune(x)
		return append([]byte{present}, string(r[:min(len(r), maxIndexedText)])...)
	}
	n, _ := number(v)
	if n == 0 {
		n = 0 // minus zero equals zero
	}
	bits := math.Float64bits(n)
	if bits>>63 == 1 {
		bits = ^bits
	} else {
		bits |= 1 << 63
	}
	return binary.BigEndian.AppendUint64([]byte{present}, bits)
}
