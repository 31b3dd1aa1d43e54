package app_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/app/apptest"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// program is one life of the process: an app on a database, its sockets in hand.
type program struct {
	*app.App
	dir  string
	db   *db.DB
	line *line
}

// line is the sockets to PostgreSQL. Cutting it is what the server sees of a killed client.
type line struct {
	mu    sync.Mutex
	conns []net.Conn
	dead  bool
}

var errDead = errors.New("the process is dead")

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return nil, errDead
	}
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err == nil {
		l.conns = append(l.conns, c)
	}
	return c, err
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.conns, l.dead = nil, true
}

func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = false
}

// place is where a process finds its data.
type place struct{ dir, url string }

// begin starts a process on the data. It answers requests and works the queue only when it is asked to.
func begin(ctx context.Context, p place, watch db.Watch) (*program, error) {
	cfg, err := config.Load([]string{
		"THROUGHLINE_DATA_DIR=" + p.dir, "THROUGHLINE_DATABASE_URL=" + p.url, "THROUGHLINE_WORKERS=1",
		"THROUGHLINE_SECRET_KEY=" + strings.Repeat("5a", 32),
		"THROUGHLINE_ANONYMOUS_LIMIT=off", "THROUGHLINE_USER_LIMIT=off", "THROUGHLINE_SIGN_IN_LIMIT=off",
	}, "")
	if err != nil {
		return nil, err
	}
	out := &program{dir: p.dir, line: &line{}}
	out.db, err = db.Open(ctx, db.Options{
		Path: filepath.Join(p.dir, app.DatabaseFile), URL: p.url, MaxConns: 4, Watch: watch, Dial: out.line.dial,
	})
	if err != nil {
		return nil, err
	}
	if out.App, err = app.Build(ctx, cfg, slog.New(slog.DiscardHandler), out.db); err != nil {
		return nil, errors.Join(err, out.db.Close())
	}
	return out, nil
}

const admin = "ada@example.com"

// found makes the smallest world: a workspace and its administrator. Periodic tasks are put off, so that the
// hour which strikes meanwhile changes nothing.
func (p *program) found(ctx context.Context) error {
	_, _, err := p.Auth.CreateFirst(ctx, auth.Setup{
		Workspace: tenant.Create{Name: "Acme", Slug: "acme", Currency: "GBP", Timezone: "Europe/London", Locale: "en-GB"},
		Name:      "Ada Byron", Email: admin, Password: password,
	})
	if err != nil {
		return err
	}
	if _, err := p.Queue.Drain(ctx); err != nil {
		return err
	}
	return p.db.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE periodic SET due_at = 9000000000000000`)
		return err
	})
}

func newPlace(t testing.TB, e db.Engine) place {
	t.Helper()
	o := dbtest.Options(t, e)
	if e == db.Postgres {
		return place{dir: t.TempDir(), url: o.URL}
	}
	return place{dir: filepath.Dir(o.Path)}
}

// script is the collection and what it begins with.
func (p *program) script() ([]apptest.Item, apptest.Variables, error) {
	return apptest.Collection(p.API, admin, password)
}

// send lets the program answer a request.
func (p *program) send(ctx context.Context, r apptest.Request, token string) *httptest.ResponseRecorder {
	return r.Send(ctx, p.API, token)
}

// end lets go of a program, whatever state it is in.
func (p *program) end() {
	_ = p.Close()
	p.line.cut()
}

// copyData copies what a killed process leaves on the disk: the database and its log, not the shared memory,
// and the files.
func copyData(from, to string) error {
	return errors.Join(
		copyFile(filepath.Join(from, app.DatabaseFile), filepath.Join(to, app.DatabaseFile)),
		copyFile(filepath.Join(from, app.DatabaseFile+"-wal"), filepath.Join(to, app.DatabaseFile+"-wal")),
		os.CopyFS(filepath.Join(to, app.FilesFolder), os.DirFS(filepath.Join(from, app.FilesFolder))),
	)
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}
