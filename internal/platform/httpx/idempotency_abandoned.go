package httpx

import (
	"sync"
	"time"
)

// abandonedMost bounds what is remembered; beyond it, keys become free after their minute.
const abandonedMost = 10_000

// abandoned are keys whose request has failed here while the database was away, so that their rows look like
// those of a request that runs. A repeat need not wait until the row is taken for dead.
type abandoned struct {
	mu  sync.Mutex
	ids map[abandonedKey]struct{}
}

// abandonedKey is one use of a key; the instant tells it from another's.
type abandonedKey struct {
	caller     Caller
	route, key string
	at         int64
}

func (a *abandoned) add(k keptKey) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ids == nil || len(a.ids) >= abandonedMost {
		a.ids = map[abandonedKey]struct{}{}
	}
	a.ids[abandonedKey{k.caller, k.route, k.key, k.at.UnixMicro()}] = struct{}{}
}

// has reports that the row which was made at the instant is a remembered one.
func (a *abandoned) has(k keptKey, made time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, ok := a.ids[abandonedKey{k.caller, k.route, k.key, made.UnixMicro()}]
	return ok
}
