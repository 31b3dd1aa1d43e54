package realtime_test

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/realtime"
)

const subscribers = 10_000

// counter is a connection in memory that counts the events that reach it.
type counter struct {
	head http.Header
	got  *atomic.Int64
}

func (c *counter) Header() http.Header              { return c.head }
func (c *counter) WriteHeader(int)                  {}
func (c *counter) Flush()                           {}
func (c *counter) SetReadDeadline(time.Time) error  { return nil }
func (c *counter) SetWriteDeadline(time.Time) error { return nil }
func (c *counter) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte("id: ")) {
		c.got.Add(1)
	}
	return len(p), nil
}

// BenchmarkBroadcast is one event to 10,000 streams, each woken and written; bytes/stream is what a stream
// costs besides its connection.
func BenchmarkBroadcast(b *testing.B) {
	h := realtime.NewHub()
	before := memory()
	var got atomic.Int64
	var wg sync.WaitGroup
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "/", nil)
	if err != nil {
		b.Fatal(err)
	}
	for range subscribers {
		s := subscribe(b, h, realtime.Subscription{Workspace: 1, Filter: func(e *realtime.Event) bool { return e.Audience.Has(realtime.Staff) }})
		wg.Go(func() {
			_ = realtime.ServeSSE(&counter{head: make(http.Header, 3), got: &got}, r, s, realtime.Options{})
		})
	}
	perStream := float64(memory()-before) / subscribers
	e := event(1, "ticket.message", `{"ticketId":"01890a5d-ac96-774b-bcce-b302099a8057","preview":"It is on its way."}`)
	b.ResetTimer()
	for i := range b.N {
		h.Publish(e)
		for got.Load() < int64(i+1)*subscribers {
			runtime.Gosched()
		}
	}
	b.StopTimer()
	b.ReportMetric(perStream, "bytes/stream")
	h.Close()
	wg.Wait()
}

// BenchmarkConnections is the same over real connections of net/http; bytes/conn holds both ends of it.
func BenchmarkConnections(b *testing.B) {
	const conns = 2_000 // both ends are in this process, and each is a file
	h := realtime.NewHub()
	l, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := h.Subscribe(realtime.Subscription{Workspace: 1})
		if err == nil {
			_ = realtime.ServeSSE(w, r, s, realtime.Options{})
		}
	})}
	go func() { _ = srv.Serve(l) }()
	before := memory()
	clients := make([]net.Conn, conns)
	for i := range clients {
		c, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", l.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		if _, err := c.Write([]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
			b.Fatal(err)
		}
		clients[i] = c
	}
	for h.Streams() < conns {
		runtime.Gosched()
	}
	perConn := float64(memory()-before) / conns
	var got atomic.Int64
	for _, c := range clients {
		go func() {
			r := bufio.NewReaderSize(c, 512)
			for {
				line, err := r.ReadSlice('\n')
				if err != nil {
					return
				}
				if bytes.HasPrefix(line, []byte("id: ")) {
					got.Add(1)
				}
			}
		}()
	}
	e := event(1, "ticket.message", `{"ticketId":"01890a5d-ac96-774b-bcce-b302099a8057"}`)
	b.ResetTimer()
	for i := range b.N {
		h.Publish(e)
		for got.Load() < int64(i+1)*conns {
			runtime.Gosched()
		}
	}
	b.StopTimer()
	b.ReportMetric(perConn, "bytes/conn")
	h.Close()
	if err := srv.Shutdown(context.WithoutCancel(b.Context())); err != nil {
		b.Error(err)
	}
}

// memory is what the heap and the stacks hold now.
func memory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
