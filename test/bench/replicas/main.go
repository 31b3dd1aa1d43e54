// Command replicas measures the program as one, two and three processes on one PostgreSQL and one Redis: a page of the
// inbox, and a message. It says who used the processor, which on few cores is the limit. Run it through
// `make bench-replicas`.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	email    = "ada@bench.example"
	password = "First-pass-1"
	most     = 3   // replicas
	ticks    = 100 // of the kernel's clock in a second
)

type options struct {
	binary, dir, postgres, redis, pids string
	scale, connections                 int
	span                               time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "bin/throughline", "the program")
	flag.StringVar(&o.dir, "dir", "", "an empty folder for its data")
	flag.StringVar(&o.postgres, "postgres", "", "an empty database")
	flag.StringVar(&o.redis, "redis", "", "a Redis server")
	flag.StringVar(&o.pids, "pids", "", "NAME=PID of the servers, separated by commas; their children count with them")
	flag.IntVar(&o.scale, "scale", 5000, "customers and tickets")
	flag.IntVar(&o.connections, "connections", 16, "callers at once")
	flag.DurationVar(&o.span, "span", 5*time.Second, "how long each row is measured")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "replicas:", err)
		os.Exit(1)
	}
}

func (o options) command(ctx context.Context, more []string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, o.binary, args...)
	c.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + o.dir, "THROUGHLINE_DATA_DIR=" + o.dir, "THROUGHLINE_DATABASE_URL=" + o.postgres,
		"THROUGHLINE_REDIS_URL=" + o.redis, "THROUGHLINE_LOG_LEVEL=error", "THROUGHLINE_WORKERS=1",
		// The shared count is part of what replicas cost; nobody reaches this limit.
		"THROUGHLINE_ANONYMOUS_LIMIT=off", "THROUGHLINE_SIGN_IN_LIMIT=off", "THROUGHLINE_USER_LIMIT=100000000/1m",
	}, more...)
	return c
}

func run(ctx context.Context, o options, out io.Writer) error {
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return err
	}
	n := strconv.Itoa(o.scale)
	for _, args := range [][]string{
		{"setup", "--workspace", "bench", "--name", "Ada Byron", "--email", email, "--password", password},
		{"seed", "import", "--workspace", "bench", "--customers", n, "--tickets", n, "--orders", n, "--seed", "1"},
	} {
		if said, err := o.command(ctx, nil, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", args[0], err, said)
		}
	}
	var rows []string
	for replicas := 1; replicas <= most; replicas++ {
		got, err := o.measure(ctx, replicas)
		if err != nil {
			return fmt.Errorf("%d replicas: %w", replicas, err)
		}
		rows = append(rows, got...)
	}
	_, err := fmt.Fprintf(out, "%d cores, %d connections in turn over the replicas, %s a row, %d customers and tickets\n\n"+
		"| action | replicas | requests/s | p50 | p99 | failed | processor: replicas | PostgreSQL | Redis | callers | of all cores |\n|---|---|---|---|---|---|---|---|---|---|---|\n%s\n",
		runtime.NumCPU(), o.connections, o.span, o.scale, strings.Join(rows, "\n"))
	return err
}

// measure serves so many times and gives a row for each action.
func (o options) measure(ctx context.Context, replicas int) (rows []string, err error) {
	var bases []string
	groups := map[string][]int{"replicas": nil}
	for pair := range strings.SplitSeq(o.pids, ",") {
		name, pid, _ := strings.Cut(pair, "=")
		n, err := strconv.Atoi(pid)
		if err != nil {
			return nil, fmt.Errorf("pids: %w", err)
		}
		groups[name] = []int{n}
	}
	for range replicas {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		at := l.Addr().String()
		c := o.command(ctx, []string{"THROUGHLINE_LISTEN=" + at}, "serve")
		if err := errors.Join(l.Close(), c.Start()); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, c.Process.Signal(os.Interrupt), c.Wait()) }()
		groups["replicas"] = append(groups["replicas"], c.Process.Pid)
		bases = append(bases, "http://"+at)
		if err := ready(ctx, bases[len(bases)-1]); err != nil {
			return nil, err
		}
	}
	d := &driver{bases: bases, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.connections, DisableCompression: true}, Timeout: 30 * time.Second}}
	var signedIn struct{ Token string }
	if err := d.send(ctx, "POST", "/auth/login", map[string]string{"email": email, "password": password}, &signedIn); err != nil {
		return nil, err
	}
	d.token = signedIn.Token
	var tickets struct {
		Data []struct{ ID string }
	}
	if err := d.send(ctx, "GET", "/tickets?limit=100", nil, &tickets); err != nil {
		return nil, err
	}
	for _, a := range []struct {
		name string
		do   func(r *rand.Rand) error
	}{
		{"inbox page of 50", func(*rand.Rand) error {
			return d.send(ctx, "GET", "/tickets?limit=50&status=open", nil, nil)
		}},
		{"message", func(r *rand.Rand) error {
			at := "/tickets/" + tickets.Data[r.IntN(len(tickets.Data))].ID + "/messages"
			return d.send(ctx, "POST", at, map[string]any{"body": "It is on its way.", "internal": true}, nil)
		}},
	} {
		row, err := o.row(ctx, a.name, replicas, groups, a.do)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (o options) row(ctx context.Context, name string, replicas int, groups map[string][]int, do func(r *rand.Rand) error) (string, error) {
	before, err := usage(groups)
	if err != nil {
		return "", err
	}
	begin := time.Now()
	took := make([][]time.Duration, o.connections)
	failed := make([]int, o.connections)
	examples := make([]error, o.connections)
	var all sync.WaitGroup
	for i := range o.connections {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			for ctx.Err() == nil && time.Since(begin) < o.span {
				from := time.Now()
				if err := do(r); err != nil {
					failed[i]++
					examples[i] = err
					continue
				}
				took[i] = append(took[i], time.Since(from))
			}
		})
	}
	all.Wait()
	span := time.Since(begin).Seconds()
	after, err := usage(groups)
	if err != nil {
		return "", err
	}
	every := slices.Concat(took...)
	slices.Sort(every)
	misses := 0
	for _, n := range failed {
		misses += n
	}
	if len(every) == 0 {
		return "", fmt.Errorf("%s: %w", name, errors.Join(examples...))
	}
	used := map[string]float64{}
	sum := 0.0
	for group := range after {
		used[group] = after[group] - before[group]
		sum += used[group]
	}
	return fmt.Sprintf("| %s | %d | %.0f | %s | %s | %d | %.1f s | %.1f s | %.1f s | %.1f s | %.0f %% |", name, replicas, float64(len(every))/span,
		every[len(every)/2].Round(100*time.Microsecond), every[len(every)*99/100].Round(100*time.Microsecond), misses,
		used["replicas"], used["PostgreSQL"], used["Redis"], used["callers"], 100*sum/span/float64(runtime.NumCPU())), nil
}

// driver sends each caller's requests to the replicas in turn.
type driver struct {
	client *http.Client
	bases  []string
	token  string
	mu     sync.Mutex
	turn   int
}

func (d *driver) send(ctx context.Context, method, path string, body, into any) error {
	d.mu.Lock()
	d.turn++
	base := d.bases[d.turn%len(d.bases)]
	d.mu.Unlock()
	var b io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		b = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, base+"/api/v1"+path, b)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if d.token != "" {
		r.Header.Set("Authorization", "Bearer "+d.token)
	}
	a, err := d.client.Do(r)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(a.Body)
	if err = errors.Join(err, a.Body.Close()); err != nil {
		return err
	}
	if a.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %d %s", method, path, a.StatusCode, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}

func ready(ctx context.Context, base string) error {
	for begin := time.Now(); time.Since(begin) < 30*time.Second; time.Sleep(5 * time.Millisecond) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", nil)
		if err != nil {
			return err
		}
		if a, err := http.DefaultClient.Do(r); err == nil {
			_ = a.Body.Close()
			if a.StatusCode == http.StatusOK {
				return nil
			}
		}
	}
	return errors.New("not ready within 30 s")
}

// usage is the seconds of processor that each group, its children included, and the callers have used so far.
func usage(groups map[string][]int) (map[string]float64, error) {
	seconds, parents, err := processes()
	if err != nil {
		return nil, err
	}
	out := map[string]float64{"callers": seconds[os.Getpid()]}
	for name, roots := range groups {
		for pid, s := range seconds {
			for at := pid; at > 1; at = parents[at] {
				if slices.Contains(roots, at) {
					out[name] += s
					break
				}
			}
		}
		// What children that have ended used is counted with their parent.
		for _, root := range roots {
			out[name] += ended(root)
		}
	}
	return out, nil
}

// processes reads what the system says of all processes; Linux alone has it.
func processes() (seconds map[int]float64, parents map[int]int, err error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(files) == 0 {
		return nil, nil, errors.New("the system does not tell who uses the processor")
	}
	seconds, parents = map[int]float64{}, map[int]int{}
	for _, file := range files {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		f := fieldsOf(pid)
		if f == nil {
			continue // it has ended
		}
		seconds[pid] = (number(f[11]) + number(f[12])) / ticks
		parents[pid] = int(number(f[1]))
	}
	return seconds, parents, nil
}

// ended is what a process's ended children used.
func ended(pid int) float64 {
	f := fieldsOf(pid)
	if f == nil {
		return 0
	}
	return (number(f[13]) + number(f[14])) / ticks
}

// fieldsOf are those behind the name, which may hold anything.
func fieldsOf(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(f) < 15 {
		return nil
	}
	return f
}

func number(s string) float64 {
	n, _ := strconv.ParseFloat(s, 64)
	return n
}
