package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// program is the binary, serving.
type program struct {
	cmd   *exec.Cmd
	base  string // with /api/v1
	ready time.Duration
}

// start runs `throughline serve` and waits until it answers that it is ready.
func start(ctx context.Context, binary string, env []string) (*program, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	p := &program{base: fmt.Sprintf("http://127.0.0.1:%d/api/v1", port)}
	p.cmd = exec.CommandContext(ctx, binary, "serve")
	p.cmd.Env = append(append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env...), fmt.Sprintf("THROUGHLINE_LISTEN=127.0.0.1:%d", port))
	begin := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(begin) < 30*time.Second {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/readyz", port), nil)
		if err != nil {
			return nil, errors.Join(err, p.stop())
		}
		if a, err := http.DefaultClient.Do(r); err == nil {
			_ = a.Body.Close()
			if a.StatusCode == http.StatusOK {
				p.ready = time.Since(begin)
				return p, nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	return nil, errors.Join(errors.New("the program was not ready within 30 s"), p.stop())
}

func (p *program) stop() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return p.cmd.Wait()
}

// resident is the memory that the program holds now, in bytes.
func (p *program) resident() (int64, error) { return status(p.cmd.Process.Pid, "VmRSS") }

// status reads a size from what the system says of a process; Linux alone has it.
func status(pid int, name string) (int64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if field, value, ok := strings.Cut(lines.Text(), ":"); ok && field == name {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return n << 10, err
		}
	}
	return 0, fmt.Errorf("no %s for process %d", name, pid)
}

// empty measures the binary itself and a start on nothing, then its streams.
func empty(ctx context.Context, o options, t *table) error {
	info, err := os.Stat(o.binary)
	if err != nil {
		return err
	}
	t.figure("binary", mebibytes(info.Size()), "≤ 60 MiB")
	js, err := firstJavaScript(filepath.Join(filepath.Dir(o.binary), "../web"))
	if err != nil {
		return err
	}
	t.figure("first JavaScript, gzip", js, "≤ 170 KB")

	dir, err := os.MkdirTemp("", "throughline-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	env := o.emptyEnvironment(dir)
	if err := once(ctx, o.binary, env, "setup", "--workspace", workspace, "--name", "Ada Byron", "--email", email, "--password", password); err != nil {
		return err
	}
	p, err := start(ctx, o.binary, env)
	if err != nil {
		return err
	}
	defer func() { _ = p.stop() }()
	t.figure("start to ready, empty", fmt.Sprintf("%d ms", p.ready.Milliseconds()), "≤ 300 ms")
	time.Sleep(2 * time.Second) // what start-up used has been given back
	idle, err := p.resident()
	if err != nil {
		return err
	}
	t.figure("idle memory", mebibytes(idle), "≤ 80 MiB")
	return streams(ctx, p, t)
}

// emptyEnvironment is an installation of its own; on PostgreSQL it has no database, so it is SQLite's.
func (o options) emptyEnvironment(dir string) []string {
	o.dir, o.postgres = dir, ""
	return o.environment()
}

func once(ctx context.Context, binary string, env []string, args ...string) error {
	c := exec.CommandContext(ctx, binary, args...)
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env...)
	if said, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", args[0], err, said)
	}
	return nil
}

var sizeOfFirst = regexp.MustCompile(`([\d.]+ KB)  first JavaScript`)

// firstJavaScript asks the web app's own check for its size.
func firstJavaScript(web string) (string, error) {
	c := exec.Command("node", "scripts/size.mjs")
	c.Dir = web
	said, err := c.CombinedOutput()
	if found := sizeOfFirst.FindSubmatch(said); found != nil {
		return string(found[1]), nil
	}
	return "", fmt.Errorf("size of the web app: %w\n%s", err, said)
}

// importing measures the import of the Online Retail file, where it is there, in an installation of its own.
func importing(ctx context.Context, o options, t *table) error {
	const name = "import of 541,909 order lines"
	if _, err := os.Stat(o.orders); err != nil {
		t.figure(name, "not measured: no "+o.orders, "≤ 30 s, ≤ 256 MiB")
		return nil
	}
	dir, err := os.MkdirTemp("", "throughline-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	env := o.emptyEnvironment(dir)
	if err := once(ctx, o.binary, env, "setup", "--workspace", workspace, "--name", "Ada Byron", "--email", email, "--password", password); err != nil {
		return err
	}
	c := exec.CommandContext(ctx, o.binary, "import", "orders", o.orders, "--workspace", workspace, "--format", "online-retail", "--currency", "GBP", "--json", "--errors", filepath.Join(dir, "errors.csv"))
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env...)
	begin := time.Now()
	if err := c.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	var peak int64
	for {
		select {
		case err := <-ended:
			t.figure(name, fmt.Sprintf("%.1f s, %s", time.Since(begin).Seconds(), mebibytes(peak)), "≤ 30 s, ≤ 256 MiB")
			return err
		case <-time.After(50 * time.Millisecond):
			if n, err := status(c.Process.Pid, "VmHWM"); err == nil {
				peak = max(peak, n)
			}
		}
	}
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
