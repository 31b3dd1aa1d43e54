// Package binary starts the real program for tests of the whole: an installation with a folder and a database
// of its own, commands run to their end, processes that serve, are asked to stop, or are killed.
package binary

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

const (
	startLimit = 30 * time.Second
	stopLimit  = 15 * time.Second
)

// Path is the program that is judged: THROUGHLINE_TEST_BINARY, or one that is built from this tree.
func Path(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// build makes the program once for a test binary. The folder is the system's to clear.
var build = sync.OnceValues(func() (string, error) {
	if given := os.Getenv("THROUGHLINE_TEST_BINARY"); given != "" {
		return given, nil
	}
	dir, err := os.MkdirTemp("", "throughline-binary-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "throughline")
	if out, err := exec.Command("go", "build", "-o", file, "github.com/throughlinehq/throughline/cmd/throughline").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return file, nil
})

// Installation is the program with its settings: names without THROUGHLINE_. Several processes may serve it.
type Installation struct {
	Binary   string
	Settings map[string]string
}

// New makes an installation in an empty folder and, on PostgreSQL, on an empty database; neither is set up.
// Limits are off. It skips the test where there is no server.
func New(t testing.TB, e db.Engine) *Installation {
	t.Helper()
	i := &Installation{Binary: Path(t), Settings: map[string]string{
		"DATA_DIR": t.TempDir(), "ANONYMOUS_LIMIT": "off", "USER_LIMIT": "off", "SIGN_IN_LIMIT": "off", "WORKERS": "2",
	}}
	if e == db.Postgres {
		i.Settings["DATABASE_URL"] = dbtest.Empty(t, db.Postgres).URL
		i.Settings["DB_MAX_CONNS"] = "4"
	}
	return i
}

// Command is the program with arguments, not started, with these settings over the installation's.
func (i *Installation) Command(more map[string]string, args ...string) *exec.Cmd {
	c := exec.Command(i.Binary, args...)
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + i.Settings["DATA_DIR"], "TMPDIR=" + os.TempDir()}
	all := maps.Clone(i.Settings)
	maps.Copy(all, more)
	for name, value := range all {
		c.Env = append(c.Env, "THROUGHLINE_"+name+"="+value)
	}
	return c
}

// Run runs a command to its end, giving it an input. The error holds what it said.
func (i *Installation) Run(input string, args ...string) error {
	c := i.Command(nil, args...)
	c.Stdin = strings.NewReader(input + "\n")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("throughline %s: %w\n%s", args[0], err, out)
	}
	return nil
}

// Process is a program that serves.
type Process struct {
	Address string // host:port
	Log     *Log
	command *exec.Cmd
	ended   chan struct{}
}

// Start serves on a free port and waits until it is ready. Another process may take the port in between;
// then another one is tried.
func (i *Installation) Start(more map[string]string) (*Process, error) {
	var err error
	for range 3 {
		var address string
		if address, err = FreeAddress(); err != nil {
			return nil, err
		}
		var p *Process
		if p, err = i.StartAt(address, more); err == nil {
			return p, nil
		}
	}
	return nil, err
}

// StartAt is Start on a chosen address.
func (i *Installation) StartAt(address string, more map[string]string) (*Process, error) {
	all := maps.Clone(more)
	if all == nil {
		all = map[string]string{}
	}
	all["LISTEN"] = address
	p := &Process{Address: address, Log: &Log{}, command: i.Command(all, "serve"), ended: make(chan struct{})}
	p.command.Stdout, p.command.Stderr = p.Log, p.Log
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.command.Wait() // how it ended is in the log
		close(p.ended)
	}()
	deadline := time.After(startLimit)
	for {
		if p.Ready() {
			return p, nil
		}
		select {
		case <-p.ended:
			return nil, fmt.Errorf("the server ended:\n%s", p.Log)
		case <-deadline:
			p.Kill()
			return nil, fmt.Errorf("the server was not ready in %s:\n%s", startLimit, p.Log)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Ready tells whether it says that it can serve.
func (p *Process) Ready() bool {
	answer, err := http.Get("http://" + p.Address + "/readyz")
	if err != nil {
		return false
	}
	return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
}

// Pid is the process's number.
func (p *Process) Pid() int { return p.command.Process.Pid }

// Signal sends it a signal.
func (p *Process) Signal(s os.Signal) error { return p.command.Process.Signal(s) }

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Stop asks it to end with SIGTERM and waits. Errors: it had to be killed, or it ended with a failure.
func (p *Process) Stop() error {
	_ = p.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.ended:
	case <-time.After(stopLimit):
		p.Kill()
		return fmt.Errorf("the server did not stop within %s:\n%s", stopLimit, p.Log)
	}
	if s := p.command.ProcessState; !s.Success() {
		return errors.New("the server ended with " + s.String())
	}
	return nil
}

// Kill ends it with SIGKILL and waits.
func (p *Process) Kill() {
	_ = p.command.Process.Kill() // it may have ended
	<-p.ended
}

// FreeAddress is a port of the loopback address that nobody listens on now.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// Log is what a process wrote. It is safe for concurrent use.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write adds to it.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is all of it.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
