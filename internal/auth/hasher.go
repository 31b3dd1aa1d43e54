package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// Hashing is the cost of a password hash (argon2id). Another cost applies to a user's next sign-in.
type Hashing struct {
	Memory  uint32 // KiB
	Time    uint32
	Threads uint8
	Workers int // hashes at once; 0 means one per core
	Waiting int // how many more may wait before the rest is told to come back; 0 means 32 per worker
}

// DefaultHashing takes about 50 ms and 46 MiB.
func DefaultHashing() Hashing { return Hashing{Memory: 46 * 1024, Time: 1, Threads: 1} }

const (
	saltSize = 16
	hashSize = 32
)

// hasher bounds how many hashes run and wait, since each takes a core and much memory.
type hasher struct {
	cost    Hashing
	slots   chan struct{}
	waiting atomic.Int64
	dummy   string
}

func newHasher(h Hashing) (*hasher, error) {
	if h.Memory < 8 || h.Time < 1 || h.Threads < 1 {
		return nil, errors.New("auth: hashing needs memory, time and threads")
	}
	if h.Workers <= 0 {
		h.Workers = runtime.GOMAXPROCS(0)
	}
	if h.Waiting <= 0 {
		h.Waiting = 32 * h.Workers
	}
	out := &hasher{cost: h, slots: make(chan struct{}, h.Workers)}
	// Comparing takes the same time whatever the hash is; a real one would cost the start 46 MiB.
	out.dummy = out.phc(random(saltSize), random(hashSize))
	return out, nil
}

// hash makes the PHC text of a password. Errors: Unavailable when too many wait.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	done, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return h.make(password), nil
}

func (h *hasher) make(password string) string {
	salt := random(saltSize)
	return h.phc(salt, argon2.IDKey([]byte(password), salt, h.cost.Time, h.cost.Memory, h.cost.Threads, hashSize))
}

func (h *hasher) phc(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.cost.Memory, h.cost.Time, h.cost.Threads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}

// verify compares a password with a PHC text; an empty text is compared with a hash that nothing matches,
// so that a user who is not there takes as long. stale says that the cost has changed since.
func (h *hasher) verify(ctx context.Context, password, phc string) (ok, stale bool, err error) {
	known := phc != ""
	if !known {
		phc = h.dummy
	}
	p, err := parsePHC(phc)
	if err != nil {
		return false, false, err
	}
	done, err := h.enter(ctx)
	if err != nil {
		return false, false, err
	}
	defer done()
	key := argon2.IDKey([]byte(password), p.salt, p.cost.Time, p.cost.Memory, p.cost.Threads, uint32(len(p.key))) //nolint:gosec // 16 to 64, see parsePHC
	ok = subtle.ConstantTimeCompare(key, p.key) == 1 && known
	stale = p.cost.Memory != h.cost.Memory || p.cost.Time != h.cost.Time || p.cost.Threads != h.cost.Threads || len(p.key) != hashSize
	return ok, stale, nil
}

func (h *hasher) enter(ctx context.Context) (done func(), err error) {
	select {
	case h.slots <- struct{}{}:
		return h.leave, nil
	default:
	}
	if h.waiting.Add(1) > int64(h.cost.Waiting) {
		h.waiting.Add(-1)
		return nil, &errs.Error{Kind: errs.Unavailable, Code: "busy", Message: "Many people are signing in at this moment. Try again shortly.", RetryAfter: 2 * time.Second}
	}
	defer h.waiting.Add(-1)
	select {
	case h.slots <- struct{}{}:
		return h.leave, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (h *hasher) leave() { <-h.slots }

type phc struct {
	cost      Hashing
	salt, key []byte
}

// parsePHC reads "$argon2id$v=19$m=…,t=…,p=…$salt$hash" within limits that keep a broken row from
// taking the machine's memory.
func parsePHC(text string) (phc, error) {
	broken := errors.New("a stored password hash cannot be read")
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, broken
	}
	var p phc
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.cost.Memory, &p.cost.Time, &p.cost.Threads); err != nil {
		return phc{}, broken
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return phc{}, broken
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return phc{}, broken
	}
	if p.cost.Memory < 8 || p.cost.Memory > 1<<20 || p.cost.Time < 1 || p.cost.Time > 16 || p.cost.Threads < 1 || len(p.salt) < 8 || len(p.salt) > 64 || len(p.key) < 16 || len(p.key) > 64 {
		return phc{}, broken
	}
	return p, nil
}
