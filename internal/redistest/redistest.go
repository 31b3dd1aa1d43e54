// Package redistest gives a test a Redis server of its own, which it may stop and start again. A test is skipped
// where redis-server is not installed; with THROUGHLINE_TEST_ALL=1 that is a failure.
package redistest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"
)

// Server is a redis-server on a free port of the loopback address, with nothing kept on disk.
type Server struct {
	Address string // host:port
	t       testing.TB
	path    string
	command *exec.Cmd
	ended   chan struct{}
}

// Start starts one for the time of the test.
func Start(t testing.TB) *Server {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		const missing = "redis-server is not installed; install the package 'redis-server'"
		if os.Getenv("THROUGHLINE_TEST_ALL") == "1" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Address: l.Addr().String(), t: t, path: path}
	_ = l.Close()
	t.Cleanup(s.Kill)
	s.Again()
	return s
}

// URL is what THROUGHLINE_REDIS_URL takes.
func (s *Server) URL() string { return "redis://" + s.Address }

// Kill ends the server with SIGKILL, if it runs.
func (s *Server) Kill() {
	if s.command == nil {
		return
	}
	_ = s.command.Process.Kill() // it may have ended
	<-s.ended
	s.command = nil
}

// Again starts the server on the same port, empty.
func (s *Server) Again() {
	s.t.Helper()
	_, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		s.t.Fatal(err)
	}
	c := exec.Command(s.path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", s.t.TempDir())
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = c.Wait(); close(ended) }()
	s.command, s.ended = c, ended
	for deadline := time.Now().Add(10 * time.Second); ; {
		if conn, err := net.Dial("tcp", s.Address); err == nil {
			_, _ = fmt.Fprint(conn, "PING\r\n")
			b := make([]byte, 5)
			n, _ := conn.Read(b)
			_ = conn.Close()
			if string(b[:n]) == "+PONG" {
				return
			}
		}
		if time.Now().After(deadline) {
			s.t.Fatal("redis-server does not answer")
		}
		time.Sleep(5 * time.Millisecond)
	}
}
