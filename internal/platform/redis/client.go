package redis

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/throughlinehq/throughline/internal/platform/clock"
)

// Waits of the client. Callers give shorter ones where somebody is waiting.
const (
	dialTimeout = time.Second
	ioTimeout   = time.Second
	pingTimeout = time.Second
)

// The breaker: after so many failures in a row nobody asks for a while, then one does.
const (
	breakAfter = 5
	breakFor   = time.Second
)

// ErrAway is the answer while Redis is not asked because it did not answer a moment ago.
var ErrAway = errors.New("redis did not answer a moment ago and is not asked again yet")

// Options say where Redis is. Installation tells one that shares the server from others: names of channels and
// keys are made from it, and it is a secret, so that keys can hold addresses without showing them.
type Options struct {
	URL          string // redis:// or rediss://, as Check wants it
	Installation []byte // 32 bytes or more
	Clock        clock.Clock
}

// Client reaches one Redis server. It connects when it is first used. It is safe for concurrent use.
type Client struct {
	rdb     *goredis.Client
	clock   clock.Clock
	secret  []byte
	breaker breaker
}

// Check tells what is wrong with an address, without repeating it, since it may hold a password.
func Check(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("want redis://user:password@host:6379/0, or rediss:// for TLS")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return errors.New("want a port from 1 to 65535")
		}
	}
	if path := strings.Trim(u.Path, "/"); path != "" {
		if n, err := strconv.Atoi(path); err != nil || n < 0 {
			return errors.New("want the number of a database, such as /0, behind the host")
		}
	}
	return nil
}

// Open makes a client and connects to nothing yet. Errors: an address that Check refuses, a short secret.
func Open(o Options) (*Client, error) {
	if err := Check(o.URL); err != nil {
		return nil, err
	}
	if o.Clock == nil || len(o.Installation) < 32 {
		return nil, errors.New("redis: Clock and 32 bytes of Installation are required")
	}
	ro, err := goredis.ParseURL(o.URL)
	if err != nil {
		return nil, errors.New("redis: the address cannot be read") // the library's text may repeat it
	}
	quiet()
	ro.Protocol = 2 // nothing of the newer one is needed, and every server has it
	ro.DisableIdentity = true
	ro.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	ro.MaxRetries = -1 // who asks decides whether to ask again
	ro.DialerRetries = 1
	ro.DialTimeout, ro.ReadTimeout, ro.WriteTimeout, ro.PoolTimeout = dialTimeout, ioTimeout, ioTimeout, ioTimeout
	ro.ContextTimeoutEnabled = true
	ro.MaxActiveConns = 64
	return &Client{rdb: goredis.NewClient(ro), clock: o.Clock, secret: o.Installation}, nil
}

// quiet keeps the library from writing to standard error by itself: what matters comes back as an error.
var quiet = sync.OnceFunc(func() { goredis.SetLogger(silent{}) }) //nolint:gochecknoglobals // the library has one logger for all

type silent struct{}

// Printf drops the line.
func (silent) Printf(context.Context, string, ...any) {}

// Do asks Redis within a time, unless the breaker is open. Errors: ErrAway at once, or what went wrong.
func (c *Client) Do(ctx context.Context, within time.Duration, ask func(ctx context.Context, rdb *goredis.Client) error) error {
	if !c.breaker.lets(c.clock.Now()) {
		return ErrAway
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err := ask(ctx, c.rdb)
	if errors.Is(err, goredis.Nil) {
		err = nil
	}
	c.breaker.note(err == nil, c.clock.Now())
	return err
}

// Ping asks whether Redis answers and takes this client's password.
func (c *Client) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if err := c.rdb.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("redis does not answer: %w", err)
	}
	return nil
}

// Close ends all connections.
func (c *Client) Close() error { return c.rdb.Close() }

// breaker spares callers the wait for a server that does not answer.
type breaker struct {
	mu     sync.Mutex
	failed int
	until  time.Time
	trying bool
}

// lets reports whether to ask now. While it is open, one caller a time is let through to find out.
func (b *breaker) lets(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed < breakAfter {
		return true
	}
	if b.trying || now.Before(b.until) {
		return false
	}
	b.trying = true
	return true
}

func (b *breaker) note(good bool, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
	if good {
		b.failed = 0
		return
	}
	if b.failed++; b.failed >= breakAfter {
		b.until = now.Add(breakFor)
	}
}
