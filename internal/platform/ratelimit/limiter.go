package ratelimit

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
)

const (
	shards = 64
	// DefaultKeys is how many keys a Limiter keeps when New is told 0: about 32 MiB when full.
	DefaultKeys = 1 << 20
)

// Limiter counts in this process with the generic cell rate algorithm: N uses at once, then one every
// Per/N. A key costs one number, whatever its text, and is dropped once its limit is free again.
// It is safe for concurrent use.
type Limiter struct {
	clock   clock.Clock
	seed    maphash.Seed // secret, so that nobody can choose keys that collide
	perPart int
	parts   [shards]part
}

// part holds, per hashed key, the instant (Unix nanoseconds) at which everything is free again.
type part struct {
	mu   sync.Mutex
	free map[uint64]int64
}

var _ Gate = (*Limiter)(nil)

// New makes a limiter that keeps at most the given number of keys; 0 means DefaultKeys.
func New(c clock.Clock, keys int) *Limiter {
	if keys <= 0 {
		keys = DefaultKeys
	}
	l := &Limiter{clock: c, seed: maphash.MakeSeed(), perPart: max(1, keys/shards)}
	for i := range l.parts {
		l.parts[i].free = make(map[uint64]int64)
	}
	return l
}

// Allow counts one use of the key. A refused use does not count, so that waiting RetryAfter always helps.
func (l *Limiter) Allow(key string, lim Limit) Result {
	if lim.Unlimited() {
		return Result{OK: true}
	}
	step := max(1, int64(lim.Per)/int64(lim.N))
	span := step * int64(lim.N)
	h := maphash.String(l.seed, key)
	p := &l.parts[h%shards]
	now := l.clock.Now().UnixNano()

	p.mu.Lock()
	defer p.mu.Unlock()
	free, known := p.free[h]
	if free < now {
		free = now
	}
	// More than the whole window is used only where the clock has gone back: what was used before it did is
	// forgotten, since otherwise everybody who has used anything would be locked out for a window.
	if free > now+span {
		free = now
	}
	next := free + step
	if over := next - span - now; over > 0 {
		return Result{Limit: lim.N, Reset: time.Duration(free - now), RetryAfter: time.Duration(over)}
	}
	if !known && len(p.free) >= l.perPart {
		p.makeRoom(now)
	}
	p.free[h] = next
	return Result{
		OK: true, Limit: lim.N,
		Remaining: int((span - (next - now)) / step),
		Reset:     time.Duration(next - now),
	}
}

// Forget gives a key its whole limit back.
func (l *Limiter) Forget(key string) {
	h := maphash.String(l.seed, key)
	p := &l.parts[h%shards]
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.free, h)
}

// Keys is how many keys are kept now, for metrics.
func (l *Limiter) Keys() int {
	n := 0
	for i := range l.parts {
		l.parts[i].mu.Lock()
		n += len(l.parts[i].free)
		l.parts[i].mu.Unlock()
	}
	return n
}

// makeRoom drops what has expired among a sample, and otherwise the key of the sample that is closest to
// being free. A bounded sample keeps a flood of keys from making each request slow.
func (p *part) makeRoom(now int64) {
	const sample = 16
	var (
		seen, dropped int
		soonest       uint64
		at            int64
	)
	for k, free := range p.free {
		if free <= now {
			delete(p.free, k)
			dropped++
		} else if at == 0 || free < at {
			soonest, at = k, free
		}
		if seen++; seen == sample {
			break
		}
	}
	if dropped == 0 {
		delete(p.free, soonest)
	}
}
