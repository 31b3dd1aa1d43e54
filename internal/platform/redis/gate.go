package redis

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
)

// gateWithin is how long a request waits for the shared count, unless told otherwise.
const gateWithin = 20 * time.Millisecond

// GateOptions are what a gate needs; Within may be zero.
type GateOptions struct {
	Local    *ratelimit.Limiter
	Replicas func() int    // how many processes share a limit, as far as this one knows
	Within   time.Duration // how long a request may wait for the shared count before its process counts alone; 20 ms
}

// Gate counts uses for all replicas together, by the server's clock. Each process counts along for itself, so
// that it knows what it has let pass when Redis is slow or gone: it then goes on alone, with its share of the
// limit. The sum over all replicas stays within the limit, and nobody is locked out.
type Gate struct {
	client   *Client
	local    *ratelimit.Limiter
	replicas func() int
	within   time.Duration
	alone    atomic.Int64
}

var _ ratelimit.Gate = (*Gate)(nil)

// NewGate makes a gate.
func NewGate(c *Client, o GateOptions) *Gate {
	if o.Within <= 0 {
		o.Within = gateWithin
	}
	return &Gate{client: c, local: o.Local, replicas: o.Replicas, within: o.Within}
}

// count is the generic cell rate algorithm of ratelimit.Limiter, in microseconds: the key holds the instant at
// which everything is free again.
var count = goredis.NewScript(countText) //nolint:gochecknoglobals // a constant text and its hash

const countText = `
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local step = tonumber(ARGV[1])
local span = tonumber(ARGV[2])
local free = tonumber(redis.call('GET', KEYS[1]) or '0')
if free < now then free = now end
if free > now + span then free = now + span end
local after = free + step
local over = after - span - now
if over > 0 then return {0, 0, free - now, over} end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
return {1, math.floor((span - (after - now)) / step), after - now, 0}
`

// Allow counts one use of the key for all replicas.
func (g *Gate) Allow(key string, l ratelimit.Limit) ratelimit.Result {
	if l.Unlimited() {
		return ratelimit.Result{OK: true}
	}
	step := max(1, l.Per.Microseconds()/int64(l.N))
	var got []int64
	err := g.client.Do(context.Background(), g.within, func(ctx context.Context, rdb *goredis.Client) (err error) { //nolint:forbidigo // a gate has no context
		got, err = count.Run(ctx, rdb, []string{g.key(key)}, step, step*int64(l.N)).Int64Slice()
		if err == nil && len(got) != 4 {
			err = errors.New("redis: the count has another form")
		}
		return err
	})
	if err != nil {
		g.alone.Add(1)
		out := g.local.Allow(key, g.share(l))
		out.Limit = l.N
		return out
	}
	out := ratelimit.Result{OK: got[0] == 1, Limit: l.N, Remaining: int(got[1]), Reset: micros(got[2]), RetryAfter: micros(got[3])}
	if out.OK {
		g.local.Allow(key, g.share(l)) // so that what it let pass counts when it goes on alone
	}
	return out
}

// share is this process's part of a limit: never more than all of it, never nothing.
func (g *Gate) share(l ratelimit.Limit) ratelimit.Limit {
	return ratelimit.Limit{N: max(1, l.N/max(1, g.replicas())), Per: l.Per}
}

// Forget gives a key its whole limit back, here and, when Redis answers, everywhere.
func (g *Gate) Forget(key string) {
	g.local.Forget(key)
	// Without Redis it stays limited until it has waited, which is what a limit is for.
	_ = g.client.Do(context.Background(), g.within, func(ctx context.Context, rdb *goredis.Client) error { //nolint:forbidigo // a gate has no context
		return rdb.Del(ctx, g.key(key)).Err()
	})
}

// Alone is how many uses this process has counted without the others.
func (g *Gate) Alone() int64 { return g.alone.Load() }

// key hides who is counted: the text holds addresses and names.
func (g *Gate) key(text string) string { return g.client.name("limit", text) }

// name makes the name of a key or channel, which another installation on the same server does not use.
func (c *Client) name(kind, text string) string {
	m := hmac.New(sha256.New, c.secret)
	_, _ = fmt.Fprintf(m, "%s\x00%s", kind, text) // a hash takes everything
	return "throughline:" + kind + ":" + base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:18])
}

func micros(n int64) time.Duration {
	return time.Duration(min(n, math.MaxInt64/1000)) * time.Microsecond
}
