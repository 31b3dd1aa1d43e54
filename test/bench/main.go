// Command bench fills a database, measures the pages and actions that have an aim, and prints a table.
// A ratio compares with a bare handler in the same process that sends the same statements to the same
// database. Run it through `make bench`.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

const (
	workspace = "bench"
	email     = "ada@bench.example"
	password  = "First-pass-1"
	variants  = 64 // recorded requests of a kind, so that a bare handler does not read the same rows always
)

type options struct {
	binary, dir, postgres string
	scale, connections    int
	span                  time.Duration
	only, profile, orders string
}

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "bin/throughline", "the program, for set-up, filling and its own figures")
	flag.StringVar(&o.dir, "dir", "", "folder for the data; kept, and used again for the same scale")
	flag.StringVar(&o.postgres, "postgres", "", "an empty or already filled PostgreSQL database; SQLite in the folder without it")
	flag.IntVar(&o.scale, "scale", 100_000, "customers and tickets; orders and messages follow")
	flag.IntVar(&o.connections, "connections", 16, "callers at once")
	flag.DurationVar(&o.span, "span", 5*time.Second, "how long each row is measured")
	flag.StringVar(&o.only, "only", "", "measure only rows whose name contains this")
	flag.StringVar(&o.orders, "orders", "../shared/data/online-retail/online_retail.csv.gz", "the Online Retail file, for the import's figures")
	flag.StringVar(&o.profile, "cpuprofile", "", "keep a CPU profile of the measured rows, without their bare counterparts, in files with this beginning")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (o options) environment() []string {
	env := []string{
		"THROUGHLINE_DATA_DIR=" + o.dir, "THROUGHLINE_LISTEN=127.0.0.1:0", "THROUGHLINE_LOG_LEVEL=error",
		"THROUGHLINE_ANONYMOUS_LIMIT=off", "THROUGHLINE_USER_LIMIT=off", "THROUGHLINE_SIGN_IN_LIMIT=off",
	}
	if o.postgres != "" {
		env = append(env, "THROUGHLINE_DATABASE_URL="+o.postgres)
	}
	return env
}

func run(ctx context.Context, o options, out io.Writer) error {
	if err := fill(ctx, o); err != nil {
		return err
	}
	cfg, err := config.Load(o.environment(), "")
	if err != nil {
		return err
	}
	a, err := app.New(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Serve(serving, func(at string) { address <- at }) }()
	var base string
	select {
	case base = <-address:
		base = "http://" + base + "/api/v1"
	case err := <-ended:
		stop()
		return errors.Join(err, a.Close())
	}
	err = measure(ctx, o, a, base, out)
	stop()
	return errors.Join(err, <-ended, a.Close())
}

// fill makes the sample brand with the program itself, once for a folder or database.
func fill(ctx context.Context, o options) error {
	marker := filepath.Join(o.dir, "filled")
	if _, err := os.Stat(marker); err == nil {
		return nil
	}
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return err
	}
	n := fmt.Sprint(o.scale)
	for _, args := range [][]string{
		{"setup", "--workspace", workspace, "--name", "Ada Byron", "--email", email, "--password", password},
		{"seed", "import", "--workspace", workspace, "--customers", n, "--tickets", n, "--orders", fmt.Sprint(5 * o.scale), "--seed", "1"},
	} {
		begin := time.Now()
		c := exec.CommandContext(ctx, o.binary, args...)
		c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, o.environment()...)
		if said, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", args[0], err, said)
		}
		fmt.Fprintf(os.Stderr, "%s took %s\n", args[0], time.Since(begin).Round(time.Millisecond))
	}
	return os.WriteFile(marker, []byte(n+"\n"), 0o600)
}

func measure(ctx context.Context, o options, a *app.App, base string, out io.Writer) error {
	d := newDriver(base, "", o.connections, o.span)
	answer, err := d.send(ctx, request{"POST", "/auth/login", fmt.Sprintf(`{"email":%q,"password":%q}`, email, password)})
	if err != nil {
		return err
	}
	var signedIn struct{ Token string }
	if err := json.Unmarshal(answer, &signedIn); err != nil {
		return err
	}
	d.token = signedIn.Token
	g, err := look(ctx, d)
	if err != nil {
		return err
	}
	w, err := workspaceOf(ctx, a, d.token)
	if err != nil {
		return err
	}
	scratch, err := newScratch(ctx, a.DB, w)
	if err != nil {
		return err
	}
	t := newTable(out, o, a.DB.Engine())
	for i, line := range rows(g) {
		if !strings.Contains(line.name, o.only) {
			continue
		}
		ours, err := profiled(o.profile, i, func() figures { return d.run(ctx, line.do) })
		if err != nil {
			return err
		}
		if ours.failures > 0 {
			return fmt.Errorf("%s: %d requests failed, such as: %w", line.name, ours.failures, ours.example)
		}
		n, err := trips(ctx, a, d.token, line.do(rand.New(rand.NewPCG(1, 1))))
		if err != nil {
			return fmt.Errorf("%s: %w", line.name, err)
		}
		theirs, err := compare(ctx, a, d, w, line, scratch)
		if err != nil {
			return fmt.Errorf("%s: %w", line.name, err)
		}
		t.add(line, ours, theirs, n)
	}
	if err := scratch.drop(ctx); err != nil {
		return err
	}
	if o.only == "" && o.postgres == "" { // the program is the same beside either database
		if err := errors.Join(empty(ctx, o, t), importing(ctx, o, t)); err != nil {
			return err
		}
	}
	t.end()
	return nil
}

// profiled keeps what the processor did meanwhile, when somebody asked for it.
func profiled(beginning string, row int, run func() figures) (f figures, err error) {
	if beginning == "" {
		return run(), nil
	}
	out, err := os.Create(fmt.Sprintf("%s.%02d", beginning, row))
	if err != nil {
		return f, err
	}
	if err := pprof.StartCPUProfile(out); err != nil {
		return f, errors.Join(err, out.Close())
	}
	f = run()
	pprof.StopCPUProfile()
	return f, out.Close()
}

// compare measures the row's bare counterpart.
func compare(ctx context.Context, a *app.App, d *driver, w id.Workspace, line row, s *scratch) (figures, error) {
	var h http.Handler = s
	if !line.writes {
		b := &bare{db: a.DB, workspace: w}
		for i := range variants {
			kept, err := trace(ctx, a, d.token, line.do(rand.New(rand.NewPCG(uint64(i), 7))))
			if err != nil {
				return figures{}, err
			}
			b.recorded = append(b.recorded, kept)
		}
		h = b
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return figures{}, err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }() // ends with Close
	defer func() { _ = server.Close() }()
	bareDriver := newDriver("http://"+l.Addr().String(), "", d.connections, d.span)
	f := bareDriver.run(ctx, func(r *rand.Rand) []request { return get(fmt.Sprintf("/?turn=%d", r.IntN(variants))) })
	if f.failures > 0 {
		return f, fmt.Errorf("bare: %w", f.example)
	}
	return f, nil
}

// look finds things to ask for.
func look(ctx context.Context, d *driver) (*ground, error) {
	g := &ground{}
	cursor := ""
	for range 10 {
		answer, err := d.send(ctx, get("/tickets?view=all&limit=200&cursor=" + url.QueryEscape(cursor))[0])
		if err != nil {
			return nil, err
		}
		var page struct {
			Data []struct {
				ID         string
				CustomerID string
				Preview    string
				Customer   struct{ Name string }
			}
			Page struct{ Next string }
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			return nil, err
		}
		for _, t := range page.Data {
			if t.CustomerID == "" {
				continue
			}
			g.tickets = append(g.tickets, t.ID)
			g.customers = append(g.customers, t.CustomerID)
			if name := strings.Fields(t.Customer.Name); len(name) > 0 && len(name[0]) >= 3 {
				g.words = append(g.words, url.QueryEscape(string([]rune(name[0])[:3])))
			}
			if words := strings.Fields(t.Preview); len(words) >= 3 {
				g.phrases = append(g.phrases, url.QueryEscape(strings.Trim(words[1]+" "+words[2], `.,;:!?"'`)))
			}
		}
		if cursor = page.Page.Next; cursor == "" {
			break
		}
	}
	if len(g.tickets) == 0 || len(g.words) == 0 || len(g.phrases) == 0 {
		return nil, errors.New("the database holds no tickets of customers to ask for")
	}
	return g, nil
}

// workspaceOf is the workspace that a token is good for.
func workspaceOf(ctx context.Context, a *app.App, token string) (id.Workspace, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	var who auth.Actor
	who, err = a.Auth.Authenticate(ctx, r)
	return who.Tenant, err
}

// scratch is a table of its own where a bare transaction inserts three rows.
type scratch struct {
	db        *db.DB
	workspace id.Workspace
}

func newScratch(ctx context.Context, d *db.DB, w id.Workspace) (*scratch, error) {
	s := &scratch{d, w}
	if err := s.drop(ctx); err != nil {
		return nil, err
	}
	const table = `CREATE TABLE bench_row (tenant_id BIGINT NOT NULL, id UUID NOT NULL, at BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant_id, id))`
	if err := d.Exec(ctx, table); err != nil {
		return nil, err
	}
	return s, d.Exec(ctx, `CREATE INDEX bench_row_by_at ON bench_row (tenant_id, at, id)`)
}

func (s *scratch) drop(ctx context.Context) error {
	return s.db.Exec(ctx, `DROP TABLE IF EXISTS bench_row`)
}

func (s *scratch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const q = `INSERT INTO bench_row (tenant_id, id, at, body) VALUES ($1, $2, $3, $4)`
	body := strings.Repeat("Where is my parcel? ", 10)
	err := s.db.Write(r.Context(), s.workspace, func(ctx context.Context, tx db.Tx) error {
		for range 3 {
			now := time.Now()
			if _, err := tx.Exec(ctx, q, s.workspace, id.New(now), now.UnixMicro(), body); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(w, `{"ok":true}`)
}
