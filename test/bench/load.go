package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// figures are what a run of one row gave.
type figures struct {
	perSecond float64
	p50, p99  time.Duration
	failures  int
	example   error
}

// request is one call: a method, a path under the base, and a body for writing.
type request struct{ Method, Path, Body string }

// action is what one user does, as the requests that the screen sends one after the other.
type action func(r *rand.Rand) []request

// driver calls a server from a number of connections at once.
type driver struct {
	client      *http.Client
	base        string
	token       string
	connections int
	warm, span  time.Duration
}

// newDriver asks for plain answers, as load generators do, so that compressing is on neither side of a ratio.
func newDriver(base, token string, connections int, span time.Duration) *driver {
	return &driver{
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true}, Timeout: 30 * time.Second},
		base:   base, token: token, connections: connections, warm: span / 5, span: span,
	}
}

// run repeats an action on every connection until the span is over. What happens while warming up is not counted.
func (d *driver) run(ctx context.Context, do action) figures {
	begin := time.Now()
	counted, end := begin.Add(d.warm), begin.Add(d.warm+d.span)
	took := make([][]time.Duration, d.connections)
	failed := make([]int, d.connections)
	examples := make([]error, d.connections)
	var all sync.WaitGroup
	for i := range d.connections {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			for ctx.Err() == nil {
				from := time.Now()
				if from.After(end) {
					return
				}
				err := d.perform(ctx, do(r))
				if from.Before(counted) {
					continue
				}
				if err != nil {
					failed[i]++
					examples[i] = err
					continue
				}
				took[i] = append(took[i], time.Since(from))
			}
		})
	}
	all.Wait()
	every := slices.Concat(took...)
	slices.Sort(every)
	f := figures{perSecond: float64(len(every)) / time.Since(counted).Seconds(), example: errors.Join(examples...)}
	for _, n := range failed {
		f.failures += n
	}
	if len(every) > 0 {
		f.p50, f.p99 = every[len(every)/2], every[len(every)*99/100]
	}
	return f
}

func (d *driver) perform(ctx context.Context, requests []request) error {
	for _, q := range requests {
		if _, err := d.send(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// send gives the body of a good answer.
func (d *driver) send(ctx context.Context, q request) ([]byte, error) {
	var body io.Reader
	if q.Body != "" {
		body = strings.NewReader(q.Body)
	}
	r, err := http.NewRequestWithContext(ctx, q.Method, d.base+q.Path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+d.token)
	if q.Body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	a, err := d.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = a.Body.Close() }()
	read, err := io.ReadAll(a.Body)
	if err != nil {
		return nil, err
	}
	if a.StatusCode >= http.StatusMultipleChoices {
		return nil, fmt.Errorf("%s %s: %d %s", q.Method, q.Path, a.StatusCode, read)
	}
	return read, nil
}
