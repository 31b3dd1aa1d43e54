package ratelimit

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Limit is N uses within Per. N of 0 means there is no limit.
type Limit struct {
	N   int
	Per time.Duration
}

// maxPer bounds the window: a longer one is a quota, which belongs in the database.
const maxPer = 7 * 24 * time.Hour

// ParseLimit reads "100/10m" (100 uses in ten minutes) or "off".
func ParseLimit(s string) (Limit, error) {
	s = strings.TrimSpace(s)
	if s == "off" {
		return Limit{}, nil
	}
	count, per, found := strings.Cut(s, "/")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	if !found || err != nil || n < 1 || n > 1_000_000_000 {
		return Limit{}, fmt.Errorf("want a number and a time such as 100/10m, or off")
	}
	per = strings.TrimSpace(per)
	if per != "" && (per[0] < '0' || per[0] > '9') {
		per = "1" + per // "10/m" is ten a minute
	}
	d, err := time.ParseDuration(per)
	if err != nil || d < time.Second || d > maxPer {
		return Limit{}, fmt.Errorf("want a time between 1s and 168h after the slash, such as 100/10m")
	}
	return Limit{N: n, Per: d}, nil
}

// Unlimited reports that nothing is counted.
func (l Limit) Unlimited() bool { return l.N <= 0 || l.Per <= 0 }

// String is the form that ParseLimit reads.
func (l Limit) String() string {
	if l.Unlimited() {
		return "off"
	}
	per := l.Per.String()
	if strings.HasSuffix(per, "m0s") {
		per = strings.TrimSuffix(per, "0s")
	}
	if strings.HasSuffix(per, "h0m") {
		per = strings.TrimSuffix(per, "0m")
	}
	return strconv.Itoa(l.N) + "/" + per
}

// UnmarshalText reads the form of ParseLimit.
func (l *Limit) UnmarshalText(b []byte) error {
	v, err := ParseLimit(string(b))
	if err != nil {
		return err
	}
	*l = v
	return nil
}

// MarshalText is String.
func (l Limit) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Result is the answer to one use.
type Result struct {
	OK         bool
	Limit      int           // how many uses the window holds; 0 when unlimited
	Remaining  int           // how many more are free at once
	Reset      time.Duration // until everything is free again
	RetryAfter time.Duration // until one is free; 0 when OK
}

// Gate counts uses. A shared implementation must answer within a bounded time and fall back to its own
// count when the shared one is gone, so there is no error to handle.
type Gate interface {
	// Allow counts one use of the key, unless it is refused. Keys of different limits must differ:
	// put the limit's name in front.
	Allow(key string, l Limit) Result
	// Forget gives a key its whole limit back, such as after a good sign-in.
	Forget(key string)
}
