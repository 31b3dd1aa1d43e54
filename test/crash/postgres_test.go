package crash

import (
	"context"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// server is a PostgreSQL of our own that syncs its commits and may be killed.
type server struct{ dir, url string }

const script = "../../scripts/postgres.sh"

func startServer(t *testing.T) *server {
	t.Helper()
	dir, err := os.MkdirTemp("", "throughline-crash-") //nolint:usetesting // the server's user does not reach t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	s := &server{dir: filepath.Join(dir, "pg")}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(script, "start", s.dir)
	c.Env = append(os.Environ(), "DURABLE=1")
	out, err := c.Output()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	s.url = strings.TrimSpace(string(out))
	t.Cleanup(func() {
		if err := exec.Command(script, "stop", s.dir).Run(); err != nil {
			t.Errorf("stop PostgreSQL: %v", err)
		}
		_ = os.RemoveAll(dir)
	})
	return s
}

// database makes an empty one.
func (s *server) database(t *testing.T, name string) string {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{URL: s.url, MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if err := d.Exec(t.Context(), `CREATE DATABASE `+name); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// die ends the server or one of its processes, as a full machine or a power cut would. It is back when die returns.
func (s *server) die(t *testing.T, rnd *rand.Rand) string {
	t.Helper()
	if rnd.IntN(2) == 0 && s.killBackend(t) {
		return "of a database process"
	}
	s.control(t, "stop", "-m", "immediate")
	s.control(t, "start", "-l", filepath.Join(s.dir, "data", "server.log"), "-o", s.options(t))
	return "of the database"
}

// options are those that the server was first started with.
func (s *server) options(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, "data", "postmaster.opts"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(strings.TrimSpace(string(b)), " ")
	return strings.ReplaceAll(text, `"`, `'`)
}

func (s *server) control(t *testing.T, args ...string) {
	t.Helper()
	bins, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_ctl")
	if err != nil || len(bins) == 0 {
		t.Fatal("there is no pg_ctl")
	}
	all := append([]string{"-D", filepath.Join(s.dir, "data"), "-w", "-s", "-t", "300"}, args...)
	c := exec.Command(bins[len(bins)-1], all...)
	if os.Getuid() == 0 {
		c = exec.Command("setpriv", append([]string{"--reuid=postgres", "--regid=postgres", "--clear-groups", bins[len(bins)-1]}, all...)...)
	}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("pg_ctl %s: %v\n%s", args[0], err, out)
	}
}

// killBackend kills a process that works for the program; the server then ends all others and recovers.
func (s *server) killBackend(t *testing.T) bool {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{URL: s.url, MaxConns: 1})
	if err != nil {
		return false
	}
	defer func() { _ = d.Close() }()
	ask := func(text string) (n int64, err error) {
		err = d.ReadAll(t.Context(), func(ctx context.Context, q db.Reader) (err error) {
			n, err = db.Scalar[int64](ctx, q, text)
			return err
		})
		return n, err
	}
	ours, err := ask(`SELECT pg_backend_pid()`)
	if err != nil {
		return false
	}
	pid, err := ask(`SELECT pid FROM pg_stat_activity WHERE datname = 'crash' AND backend_type = 'client backend' LIMIT 1`)
	if err != nil || syscall.Kill(int(pid), syscall.SIGKILL) != nil {
		return false
	}
	for ended := time.Now().Add(30 * time.Second); time.Now().Before(ended); {
		if now, err := ask(`SELECT pg_backend_pid()`); err == nil && now != ours {
			return true
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Fatal("the database does not come back")
	return false
}
