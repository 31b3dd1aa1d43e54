// Command bench fills a database, measures the pages and actions that have an aim, and prints a table.
// A ratio compares with a bare handler, in a process of its own, that sends the same statements to the same
// database. Run it through `make bench`.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
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
	growth                string
	bare                  bool
	rowSecurity           string
}

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "bin/throughline", "the program")
	flag.StringVar(&o.dir, "dir", "", "folder for the data; kept, and used again for the same scale")
	flag.StringVar(&o.postgres, "postgres", "", "an empty or already filled PostgreSQL database; SQLite in the folder without it")
	flag.IntVar(&o.scale, "scale", 100_000, "customers and tickets; orders and messages follow")
	flag.IntVar(&o.connections, "connections", 16, "callers at once")
	flag.DurationVar(&o.span, "span", 5*time.Second, "how long each row is measured")
	flag.StringVar(&o.only, "only", "", "measure only rows whose name contains this")
	flag.StringVar(&o.orders, "orders", "../shared/data/online-retail/online_retail.csv.gz", "the Online Retail file, for the import's figures")
	flag.StringVar(&o.profile, "cpuprofile", "", "serve inside this process and keep a CPU profile of the measured rows, without their bare counterparts, in files with this beginning")
	flag.StringVar(&o.growth, "growth", "", "file with the times of each row: read first, for the column growth when it is of a tenth of the rows, and written")
	flag.BoolVar(&o.bare, "bare", false, "be the bare server that this program starts for itself")
	flag.StringVar(&o.rowSecurity, "row-security", "auto", "THROUGHLINE_ROW_SECURITY, to compare with off")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	do := func() error { return run(ctx, o, os.Stdout) }
	if o.bare {
		do = func() error { return serveBare(ctx, o, os.Stdin, os.Stdout) }
	}
	if err := do(); err != nil {
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
		env = append(env, "THROUGHLINE_DATABASE_URL="+o.postgres, "THROUGHLINE_ROW_SECURITY="+o.rowSecurity)
	}
	return env
}

// run measures the program in a process of its own. A second app on the same data, which serves nobody, tells
// what statements the requests send.
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
	if o.profile != "" {
		err = inside(ctx, a, func(base string) error { return measure(ctx, o, a, &program{base: base}, out) })
		return errors.Join(err, a.Close())
	}
	p, err := start(ctx, o.binary, o.environment())
	if err != nil {
		return errors.Join(err, a.Close())
	}
	err = measure(ctx, o, a, p, out)
	return errors.Join(err, p.stop(), a.Close())
}

// inside serves from this process, for a profile.
func inside(ctx context.Context, a *app.App, do func(base string) error) error {
	serving, stop := context.WithCancel(ctx)
	defer stop()
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Serve(serving, func(at string) { address <- at }) }()
	select {
	case at := <-address:
		err := do("http://" + at + "/api/v1")
		stop()
		return errors.Join(err, <-ended)
	case err := <-ended:
		return err
	}
}

const workspaces = 20 // one of them holds half of everything

// fill makes sample brands with the program itself, once for a folder or database.
func fill(ctx context.Context, o options) error {
	marker := filepath.Join(o.dir, "filled")
	if _, err := os.Stat(marker); err == nil {
		return nil
	}
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return err
	}
	begin := time.Now()
	for i := range workspaces {
		name, address, n := workspace, email, o.scale/2
		if i > 0 {
			name = fmt.Sprintf("%s-%d", workspace, i+1)
			address, n = "ada@"+name+".example", o.scale/2/(workspaces-1)
		}
		for _, args := range [][]string{
			{"setup", "--workspace", name, "--name", "Ada Byron", "--email", address, "--password", password},
			{"seed", "import", "--workspace", name, "--customers", fmt.Sprint(n), "--tickets", fmt.Sprint(n), "--orders", fmt.Sprint(5 * n), "--seed", fmt.Sprint(i + 1)},
		} {
			if err := once(ctx, o.binary, o.environment(), args...); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(os.Stderr, "filling took %s\n", time.Since(begin).Round(time.Second))
	return os.WriteFile(marker, []byte(fmt.Sprintln(o.scale)), 0o600)
}

func measure(ctx context.Context, o options, a *app.App, p *program, out io.Writer) error {
	d := newDriver(p.base, "", o.connections, o.span)
	answer, err := d.send(ctx, request{"POST", "/auth/login", fmt.Sprintf(`{"workspace":%q,"email":%q,"password":%q}`, workspace, email, password)})
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
	before, err := readTimes(o.growth)
	if err != nil {
		return err
	}
	now := times{Scale: o.scale, P50: map[string]float64{}}
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
		c := cells{ours: ours, growth: before.factor(o.scale, line.name, ours)}
		now.P50[line.name] = ours.p50.Seconds()
		if p.cmd != nil {
			if c.memory, err = p.resident(); err != nil {
				return err
			}
		}
		if line.bare {
			if c.trips, err = trips(ctx, a, d.token, line.do(rand.New(rand.NewPCG(1, 1)))); err != nil {
				return fmt.Errorf("%s: %w", line.name, err)
			}
			if c.theirs, err = compare(ctx, o, d, line); err != nil {
				return fmt.Errorf("%s: %w", line.name, err)
			}
		}
		t.add(line, c)
	}
	if o.only == "" {
		if err := now.write(o.growth); err != nil {
			return err
		}
	}
	if o.only == "" && o.postgres == "" && o.profile == "" { // the program is the same beside either database
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

// compare measures the row's bare counterpart, which has a process of its own as the program has.
func compare(ctx context.Context, o options, d *driver, line row) (f figures, err error) {
	t := task{Token: d.token, Three: line.three}
	for i := range variants {
		t.Requests = append(t.Requests, line.do(rand.New(rand.NewPCG(uint64(i), 7))))
	}
	self, err := os.Executable()
	if err != nil {
		return f, err
	}
	c := exec.CommandContext(ctx, self, "-bare", "-dir", o.dir, "-postgres", o.postgres, "-row-security", o.rowSecurity)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return f, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return f, err
	}
	if err := c.Start(); err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, in.Close(), c.Wait()) }()
	if err := json.NewEncoder(in).Encode(t); err != nil {
		return f, err
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return f, fmt.Errorf("bare: %w", err)
	}
	bareDriver := newDriver("http://"+strings.TrimSpace(address), "", d.connections, d.span)
	f = bareDriver.run(ctx, func(r *rand.Rand) []request { return get(fmt.Sprintf("/?turn=%d", r.IntN(variants))) })
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
