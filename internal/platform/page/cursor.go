// Package page reads what a list request asks for (filters, sort, cursor, limit) against the list of
// fields that a room allows, and turns it into conditions for keyset paging. Column names come from
// the room's code; a name that is not in its list is refused.
package page

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// Limits of a page.
const (
	DefaultLimit = 50
	MaxLimit     = 200
	maxCursor    = 1024 // characters
	maxFilters   = 20
	maxValues    = 50 // per filter
)

// cursor is where the last page ended: the sort it belongs to and the last row's keys.
type cursor struct {
	Sort string            `json:"s"`
	Keys []json.RawMessage `json:"k"`
}

func encodeCursor(sort string, keys ...any) (string, error) {
	c := cursor{Sort: sort}
	for _, k := range keys {
		b, err := json.Marshal(k)
		if err != nil {
			return "", errs.Wrapf(err, "encode cursor")
		}
		c.Keys = append(c.Keys, b)
	}
	b, err := json.Marshal(c)
	if err != nil {
		return "", errs.Wrapf(err, "encode cursor")
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

func badCursor() error {
	return &errs.Error{
		Kind: errs.Malformed, Code: "bad_cursor", Message: "This cursor does not belong to this list. Start again without it.",
		Fields: []errs.Field{{Location: "query.cursor", Message: "is not a cursor of this list and sort"}},
	}
}

// decodeCursor fills dest with the keys; another sort or number of keys is refused.
func decodeCursor(text, sort string, dest ...any) error {
	if len(text) > maxCursor {
		return badCursor()
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return badCursor()
	}
	var c cursor
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if d.Decode(&c) != nil || c.Sort != sort || len(c.Keys) != len(dest) {
		return badCursor()
	}
	for i := range dest {
		if string(c.Keys[i]) == "null" || json.Unmarshal(c.Keys[i], dest[i]) != nil {
			return badCursor()
		}
		if text, ok := dest[i].(*string); ok && !keepable(*text) { // JSON can write U+0000, no database keeps it
			return badCursor()
		}
	}
	return nil
}

// keepable reports text that both databases take.
func keepable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// Result is one page of rows; Next is empty on the last page.
type Result[T any] struct {
	Data  []T
	Next  string
	Total *int64
}
