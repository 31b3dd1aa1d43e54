package features

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/cucumber/godog"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

const startLimit = 30 * time.Second

// installation is one binary with its folder and database. It starts when it is first asked something,
// so that steps may choose its settings and set it up before.
type installation struct {
	binary   string
	settings map[string]string
	address  string
	server   *exec.Cmd
	ended    chan struct{}
	log      lockedBuffer
}

func (w *world) install() {
	w.inst = &installation{binary: w.binary, settings: map[string]string{
		"DATA_DIR": w.t.TempDir(), "ANONYMOUS_LIMIT": "off", "USER_LIMIT": "off", "SIGN_IN_LIMIT": "off", "WORKERS": "2",
	}}
	if w.engine == db.Postgres {
		w.inst.settings["DATABASE_URL"] = w.emptyDatabase()
		w.inst.settings["DB_MAX_CONNS"] = "4"
	}
}

// emptyDatabase makes a database on the server for tests; the binary brings it up to date.
func (w *world) emptyDatabase() string {
	server, err := url.Parse(dbtest.PostgresURL())
	if err != nil || server.Host == "" {
		w.t.Fatal("THROUGHLINE_TEST_POSTGRES names no server; run 'make test', which starts one")
	}
	name := "feature_" + strings.ToLower(rand.Text())
	admin := func(statement string) error {
		d, err := db.Open(context.Background(), db.Options{URL: server.String(), MaxConns: 1})
		if err != nil {
			return err
		}
		return errors.Join(d.Exec(context.Background(), statement), d.Close())
	}
	if err := admin("CREATE DATABASE " + name); err != nil {
		w.t.Fatal(err)
	}
	w.drop = func() error { return admin("DROP DATABASE " + name + " WITH (FORCE)") }
	own := *server
	own.Path = "/" + name
	return own.String()
}

func (i *installation) command(args ...string) *exec.Cmd {
	c := exec.Command(i.binary, args...)
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + i.settings["DATA_DIR"], "TMPDIR=" + os.TempDir()}
	for name, value := range i.settings {
		c.Env = append(c.Env, "THROUGHLINE_"+name+"="+value)
	}
	return c
}

// run runs a command to its end, giving it an input.
func (i *installation) run(input string, args ...string) error {
	c := i.command(args...)
	c.Stdin = strings.NewReader(input + "\n")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("throughline %s: %w\n%s", args[0], err, out)
	}
	return nil
}

// start serves on a free port. Another process may take the port in between; then another one is tried.
func (i *installation) start() error {
	if i.server != nil {
		return nil
	}
	var err error
	for range 3 {
		if err = i.tryStart(); err == nil {
			return nil
		}
	}
	return err
}

func (i *installation) tryStart() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	i.address = l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	i.settings["LISTEN"] = i.address
	c := i.command("serve")
	c.Stdout, c.Stderr = &i.log, &i.log
	if err := c.Start(); err != nil {
		return err
	}
	i.server, i.ended = c, make(chan struct{})
	go func() {
		_ = c.Wait() // how it ended is in the log
		close(i.ended)
	}()
	deadline := time.After(startLimit)
	for {
		if answer, err := http.Get("http://" + i.address + "/readyz"); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-i.ended:
			i.server = nil
			return fmt.Errorf("the server ended:\n%s", i.log.String())
		case <-deadline:
			i.stop()
			return fmt.Errorf("the server was not ready in %s:\n%s", startLimit, i.log.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (i *installation) stop() {
	if i.server == nil {
		return
	}
	_ = i.server.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-i.ended:
	case <-time.After(15 * time.Second):
		_ = i.server.Process.Kill()
		<-i.ended
	}
	i.server = nil
}

func installationSteps(s *godog.ScenarioContext, w *world) {
	s.Step(`^the brand "([^"]*)" with (\w+) as its administrator$`, w.setUp)
	s.Step(`^another brand "([^"]*)" with (\w+) as its administrator$`, w.setUp)
	limit := func(setting string) func(int, int) error {
		return func(n, minutes int) error {
			w.inst.settings[setting] = fmt.Sprintf("%d/%dm", n, minutes)
			return nil
		}
	}
	s.Step(`^strangers may ask (\d+) times in (\d+) minutes?$`, limit("ANONYMOUS_LIMIT"))
	s.Step(`^users may ask (\d+) times in (\d+) minutes?$`, limit("USER_LIMIT"))
	s.Step(`^an account may be tried (\d+) times in (\d+) minutes?$`, limit("SIGN_IN_LIMIT"))
}

func (w *world) setUp(brand, admin string) error {
	workspace := strings.ToLower(brand)
	p := w.newPerson(admin, workspace)
	return w.inst.run(p.password, "setup", "--workspace", brand, "--name", p.name, "--email", p.email)
}

// lockedBuffer is written by the process and read by the test.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
