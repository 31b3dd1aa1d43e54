package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	liveStreams = 10_000
	perUser     = 10 // streams of one user; the product allows no more
)

func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil // a TCP listener's
}

// audience is open streams and how many have seen the newest ticket.
type audience struct {
	conns []net.Conn
	mu    sync.Mutex
	seen  atomic.Int64
}

// listen opens a stream and counts what it tells of new tickets.
func (a *audience) listen(ctx context.Context, host, token string) error {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.conns = append(a.conns, c)
	a.mu.Unlock()
	if _, err := fmt.Fprintf(c, "GET /api/v1/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", host, token); err != nil {
		return err
	}
	lines := bufio.NewReaderSize(c, 512)
	status, err := lines.ReadString('\n')
	if err != nil || !strings.Contains(status, " 200 ") {
		return fmt.Errorf("stream: %q %w", status, err)
	}
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return err
		}
		if strings.HasPrefix(line, "event: connected") {
			break
		}
	}
	go func() {
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return // closed at the end
			}
			if strings.HasPrefix(line, "event: ticket.created") {
				a.seen.Add(1)
			}
		}
	}()
	return nil
}

func (a *audience) close() {
	for _, c := range a.conns {
		_ = c.Close()
	}
}

// streams opens many streams on an empty installation, then measures what one costs and how long one event takes to reach all.
func streams(ctx context.Context, p *program, t *table) error {
	d := newDriver(p.base, "", 8, time.Second)
	tokens, err := crew(ctx, d, (liveStreams+perUser-1)/perUser)
	if err != nil {
		return err
	}
	time.Sleep(2 * time.Second)
	before, err := p.resident()
	if err != nil {
		return err
	}
	base, err := url.Parse(p.base)
	if err != nil {
		return err
	}
	a := &audience{}
	defer a.close()
	work := make(chan string)
	failed := make(chan error, 16)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for token := range work {
				if err := a.listen(ctx, base.Host, token); err != nil {
					select {
					case failed <- err:
					default:
					}
				}
			}
		})
	}
	for i := range liveStreams {
		work <- tokens[i%len(tokens)]
	}
	close(work)
	all.Wait()
	select {
	case err := <-failed:
		return err
	default:
	}
	time.Sleep(2 * time.Second)
	after, err := p.resident()
	if err != nil {
		return err
	}
	t.figure(fmt.Sprintf("each of %s idle live streams", thousands(liveStreams)), fmt.Sprintf("%.1f KiB", float64(after-before)/1024/liveStreams), "≤ 32 KiB")

	var worst time.Duration
	for i := range 5 {
		want := int64(i+1) * liveStreams
		begin := time.Now()
		if _, err := d.send(ctx, request{"POST", "/tickets", `{"title":"Where is my parcel?","description":"It should have come on Monday.","channel":"phone"}`}); err != nil {
			return err
		}
		for a.seen.Load() < want {
			if time.Since(begin) > 10*time.Second {
				return fmt.Errorf("an event reached %d of %d streams in 10 s", a.seen.Load()-want+liveStreams, liveStreams)
			}
			time.Sleep(time.Millisecond)
		}
		worst = max(worst, time.Since(begin))
	}
	t.figure(fmt.Sprintf("from creating a ticket to all %s streams, slowest of 5", thousands(liveStreams)), fmt.Sprintf("%d ms", worst.Milliseconds()), "≤ 250 ms")
	return nil
}

// crew signs the administrator in on d, makes users who see all tickets, and gives a token of each.
func crew(ctx context.Context, d *driver, n int) ([]string, error) {
	signIn := func(email string) (string, error) {
		answer, err := d.send(ctx, request{"POST", "/auth/login", fmt.Sprintf(`{"workspace":%q,"email":%q,"password":%q}`, workspace, email, password)})
		if err != nil {
			return "", err
		}
		var in struct{ Token string }
		return in.Token, json.Unmarshal(answer, &in)
	}
	var err error
	if d.token, err = signIn(email); err != nil {
		return nil, err
	}
	answer, err := d.send(ctx, request{Method: http.MethodGet, Path: "/roles"})
	if err != nil {
		return nil, err
	}
	var roles struct{ Data []struct{ ID, Key string } }
	if err := json.Unmarshal(answer, &roles); err != nil {
		return nil, err
	}
	manager := ""
	for _, r := range roles.Data {
		if r.Key == "manager" {
			manager = r.ID
		}
	}
	if manager == "" {
		return nil, errors.New("no role is called manager")
	}
	tokens := make([]string, n)
	problems := make([]error, n)
	var all sync.WaitGroup
	turn := make(chan struct{}, 4)
	for i := range n {
		all.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			address := fmt.Sprintf("manager-%d@bench.example", i)
			body := fmt.Sprintf(`{"name":"Manager %d","email":%q,"password":%q,"roleId":%q}`, i, address, password, manager)
			if _, problems[i] = d.send(ctx, request{"POST", "/users", body}); problems[i] == nil {
				tokens[i], problems[i] = signIn(address)
			}
		})
	}
	all.Wait()
	return tokens, errors.Join(problems...)
}
