// Package id makes and carries the identifiers of the product: UUIDv7 (RFC 9562),
// 16 bytes in both databases and text only on the wire, and the workspace's number.
// An id shows when it was made and is never a secret.
package id

import (
	"crypto/rand"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Workspace is the number of a workspace (the tenant); it leads every key. Rooms call it tenant.ID.
type Workspace int64

// ID is a UUIDv7. The zero ID means "none" and is NULL in the database.
type ID [16]byte

// Zero is the absent id.
var Zero ID

// errSyntax is what Parse answers to anything that is not a UUID.
var errSyntax = errors.New("not an id: want 36 characters like 01890a5d-ac96-774b-bcce-b302099a8057")

// made remembers how far each recent instant has come, in two generations so that forgetting is cheap. Instants
// are apart, so that a second clock in the process does not disturb the order of the first.
var made struct { //nolint:gochecknoglobals // the order of ids is a promise of the whole process
	sync.Mutex
	now, old map[uint64]uint64 // tick → random part of its newest id
}

// remembered is how many instants a generation holds.
const remembered = 4096

// New makes an id for the instant: 48 bits of milliseconds, 12 bits of fraction (RFC 9562 method 3), 62 random
// bits. Ids of one process increase strictly while the clock does not step back; of one instant, because the
// random bits are counted up (method 2).
func New(now time.Time) ID {
	tick := tickOf(now)
	i := at(tick)
	random := binary.BigEndian.Uint64(i[8:]) &^ (7 << 61) // the variant's two bits, and one to count into
	made.Lock()
	defer made.Unlock()
	last, ok := made.now[tick]
	if !ok {
		last, ok = made.old[tick]
	}
	if ok {
		random = last + 1 + random>>32
	}
	if made.now == nil || len(made.now) >= remembered {
		made.now, made.old = make(map[uint64]uint64, remembered), made.now
	}
	made.now[tick] = random
	binary.BigEndian.PutUint64(i[8:], random|1<<63)
	return i
}

// At makes an id that sorts by the given instant without touching the process's order, for history
// that is imported long after it happened. Ties sort at random.
func At(when time.Time) ID {
	return at(tickOf(when))
}

// tickOf counts in 4096ths of a millisecond.
func tickOf(t time.Time) uint64 {
	return uint64(t.UnixMilli())<<12 | uint64(t.Nanosecond()%1_000_000)*4096/1_000_000 //nolint:gosec // after 1970
}

func at(tick uint64) ID {
	var i ID
	ms := tick >> 12
	binary.BigEndian.PutUint64(i[:8], ms<<16|0x7000|tick&0xfff)
	_, _ = rand.Read(i[8:]) // never fails since Go 1.24
	i[8] = i[8]&0x3f | 0x80
	return i
}

// Parse reads the 36-character form.
func Parse(s string) (ID, error) {
	var i ID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return ID{}, errSyntax
	}
	raw := make([]byte, 0, 32)
	raw = append(raw, s[:8]...)
	raw = append(raw, s[9:13]...)
	raw = append(raw, s[14:18]...)
	raw = append(raw, s[19:23]...)
	raw = append(raw, s[24:]...)
	if _, err := hex.Decode(i[:], raw); err != nil {
		return ID{}, errSyntax
	}
	return i, nil
}

// IsZero reports the absent id.
func (i ID) IsZero() bool { return i == ID{} }

// Pointer is nil for the zero id, for the wire, where an absent id is null.
func (i ID) Pointer() *ID {
	if i.IsZero() {
		return nil
	}
	return &i
}

// Time is the instant in the id, to the millisecond.
func (i ID) Time() time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(i[:8]) >> 16)).UTC()
}

// String is the 36-character form; the zero id is the empty string.
func (i ID) String() string {
	if i.IsZero() {
		return ""
	}
	var b [36]byte
	hex.Encode(b[:8], i[:4])
	b[8] = '-'
	hex.Encode(b[9:13], i[4:6])
	b[13] = '-'
	hex.Encode(b[14:18], i[6:8])
	b[18] = '-'
	hex.Encode(b[19:23], i[8:10])
	b[23] = '-'
	hex.Encode(b[24:], i[10:])
	return string(b[:])
}

// MarshalText is the form on the wire.
func (i ID) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads the form on the wire; empty text is the zero id.
func (i *ID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*i = ID{}
		return nil
	}
	v, err := Parse(string(b))
	if err != nil {
		return err
	}
	*i = v
	return nil
}

// Value gives 16 bytes, or NULL for the zero id.
func (i ID) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil // NULL is what driver.Valuer calls nil
	}
	return append([]byte(nil), i[:]...), nil
}

// Scan reads 16 bytes, text, or NULL as the zero id.
func (i *ID) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i = ID{}
		return nil
	case []byte:
		if len(v) == 16 {
			copy(i[:], v)
			return nil
		}
		return i.UnmarshalText(v)
	case string:
		return i.UnmarshalText([]byte(v))
	}
	return fmt.Errorf("scan id from %T", src)
}
