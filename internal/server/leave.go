package server

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// leaving takes note of each request, and asks the client to close its connection while the server is shutting
// down: closing it under an idle client could meet that client's next request on its way.
func (s *Server) leaving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Store(s.deps.Clock.Now().UnixNano())
		next.ServeHTTP(&parting{ResponseWriter: w, s: s}, r)
	})
}

// parting is an answer that may be the last one on its connection, which is known when it begins.
type parting struct {
	http.ResponseWriter
	s     *Server
	begun bool
}

func (p *parting) begin() {
	if !p.begun && p.s.draining.Load() {
		p.Header().Set("Connection", "close")
	}
	p.begun = true
}

// WriteHeader begins the answer.
func (p *parting) WriteHeader(status int) {
	p.begin()
	p.ResponseWriter.WriteHeader(status)
}

// Write begins the answer.
func (p *parting) Write(b []byte) (int, error) {
	p.begin()
	return p.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (p *parting) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// letLeave goes on answering while requests come, for a bounded time.
func (s *Server) letLeave() {
	for end := time.After(leaveTime); ; {
		quiet := s.deps.Clock.Now().Sub(time.Unix(0, s.asked.Load()))
		if quiet >= quietTime || quiet < 0 {
			return
		}
		select {
		case <-end:
			return
		case <-time.After(max(quietTime-quiet, time.Millisecond)):
		}
	}
}

// guests are the connections on which an answer is owed: those that are at a request, and those that are new and
// may be about to send one. http.Server.Shutdown drops a request that it reads after it was called, so it may only
// be called when there are none.
type guests struct {
	mu     sync.Mutex
	states map[net.Conn]http.ConnState
}

func (g *guests) see(c net.Conn, st http.ConnState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if st == http.StateNew || st == http.StateActive {
		if g.states == nil {
			g.states = map[net.Conn]http.ConnState{}
		}
		g.states[c] = st
		return
	}
	delete(g.states, c)
}

// owed counts them.
func (g *guests) owed() (fresh, active int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, st := range g.states {
		if st == http.StateNew {
			fresh++
		} else {
			active++
		}
	}
	return fresh, active
}

// seeOff waits until everybody has been answered. New connections that say nothing, which browsers open in advance,
// are waited for a moment only. It is false when the time is over.
func (g *guests) seeOff() bool {
	const look = 2 * time.Millisecond
	for waited := time.Duration(0); waited < drainTimeout; waited += look {
		fresh, active := g.owed()
		if active == 0 && (fresh == 0 || waited >= lateTime) {
			return true
		}
		time.Sleep(look)
	}
	return false
}
