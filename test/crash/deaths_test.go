package crash

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// importing runs the import command on files of its own, again when it was killed, until it comes to its end.
type importing struct {
	w    *world
	rnd  *rand.Rand
	made int
	file string // being imported; empty when the last one is done
	all  []*write
	to   string
}

// begin starts the command, on a new file or on the one that was broken off.
func (i *importing) begin() (*exec.Cmd, error) {
	if i.file == "" {
		i.made++
		space := i.rnd.IntN(len(i.w.spaces))
		i.to, i.all = i.w.spaces[space], nil
		i.file = filepath.Join(i.w.t.TempDir(), fmt.Sprintf("import%d.csv", i.made))
		var b strings.Builder
		b.WriteString("order_number,placed_at,quantity,unit_price,title,customer_id,customer_name\n")
		for n := range 300 {
			mark, buyer, lines, total := fmt.Sprintf("IM%dn%dz", i.made, n), fmt.Sprintf("bu%dn%dz", i.made, n/3), 1+i.rnd.IntN(4), 0
			for l := range lines {
				quantity, pence := 1+i.rnd.IntN(9), 1+i.rnd.IntN(5000)
				total += quantity * pence
				fmt.Fprintf(&b, "%s,2026-01-31T10:00:00Z,%d,%d.%02d,Thing %d,%s,Ann %s\n", mark, quantity, pence/100, pence%100, l, buyer, buyer)
			}
			i.all = append(i.all, &write{Space: space, Kind: "order", Mark: mark, Content: fmt.Sprintf("%d of %d", total, lines)})
			if n%3 == 0 {
				i.all = append(i.all, &write{Space: space, Kind: "customer", Mark: buyer, Content: "Ann"})
			}
		}
		if err := errors.Join(os.WriteFile(i.file, []byte(b.String()), 0o600), i.w.ledger.send(i.all...)); err != nil {
			return nil, err
		}
	}
	c := i.w.at.Command(nil, "import", "orders", i.file, "--format", "csv", "--workspace", i.to, "--errors", i.file+".bad")
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	return c, c.Start()
}

// ended notes how the command came to its end.
func (i *importing) ended(err error, said string) error {
	var exit *exec.ExitError
	switch {
	case err == nil:
		i.file = ""
		return i.w.ledger.hear(acknowledged, 0, "", i.all...)
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled():
		i.w.death("of an import")
	case i.w.pg == nil: // a database that is killed is a reason to fail
		i.w.fault("the import failed: %v\n%s", err, said)
	}
	return nil
}

// run is an import beside the traffic; with kill it is killed with the program, otherwise it goes on to its end.
func (i *importing) run(killed <-chan struct{}, kill bool) error {
	c, err := i.begin()
	if err != nil {
		return err
	}
	if kill {
		go func() {
			<-killed
			_ = c.Process.Kill() // it may have ended
		}()
	}
	err = c.Wait()
	return i.ended(err, c.Stdout.(*bytes.Buffer).String())
}

// round is one life of the program, from a start to a kill.
func (w *world) round(ctx context.Context) {
	w.t.Helper()
	w.rounds++
	in := func(n int) bool { return w.rounds%n == n-1 } // in every n-th round
	if in(5) {
		w.dieStarting()
	}
	if w.process == nil {
		w.start()
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	killed := make(chan struct{})
	var all sync.WaitGroup
	var down []error
	var mu sync.Mutex
	run := func(do func(context.Context) error) {
		all.Go(func() {
			err := do(ctx)
			if err != nil && !errors.Is(err, errDown) {
				mu.Lock()
				defer mu.Unlock()
				down = append(down, err)
			}
		})
	}
	for _, c := range w.clients {
		run(c.work)
	}
	for _, d := range w.devices {
		run(d.work)
	}
	if in(3) {
		kill := w.rnd.IntN(2) == 0
		run(func(context.Context) error { return w.imports.run(killed, kill) })
	}
	kind := "in traffic"
	if in(6) {
		kind = "beside a backup"
		kill := w.rnd.IntN(2) == 0
		file := filepath.Join(w.t.TempDir(), "backup.tar.gz")
		run(func(context.Context) error { return w.backupBeside(file, killed, kill) })
	}
	w.awaitOr(w.process.Ended(), time.Duration(10+w.rnd.IntN(260))*time.Millisecond)
	if w.pg != nil && in(11) {
		w.death(w.pg.die(w.t, w.rnd))
		w.awaitOr(w.process.Ended(), 300*time.Millisecond)
	}
	select {
	case <-w.process.Ended():
		w.fault("the program ended by itself:\n%s", w.process.Log)
	default:
	}
	w.process.Kill()
	close(killed)
	stop()
	all.Wait()
	w.death(kind)
	w.must(errors.Join(down...))
	if strings.Contains(w.process.Log.String(), "panic") {
		w.fault("the program panicked:\n%s", w.process.Log)
	}
	w.process = nil
}

// dieStarting kills a start on data that a kill has left.
func (w *world) dieStarting() {
	w.t.Helper()
	c := w.at.Command(map[string]string{"LISTEN": w.address}, "serve")
	w.must(c.Start())
	ended := make(chan struct{})
	go func() { _ = c.Wait(); close(ended) }()
	w.awaitOr(ended, time.Duration(w.rnd.IntN(200))*time.Millisecond)
	_ = c.Process.Kill() // it may have ended
	<-ended
	w.death("in a start")
}

// backupBeside makes a backup while others write. Killed, it must leave nothing under the file's name.
func (w *world) backupBeside(file string, killed <-chan struct{}, kill bool) error {
	c := w.at.Command(nil, "backup", file)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		return err
	}
	if kill {
		go func() {
			<-killed
			_ = c.Process.Kill() // it may have ended
		}()
	}
	err := c.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled() {
		w.death("of a backup")
		if _, err := os.Stat(file); err == nil {
			w.fault("a backup that was killed left half an archive under its name")
		}
		return nil
	}
	if err != nil && w.pg == nil {
		w.fault("the backup failed: %v\n%s", err, out.String())
	}
	return nil
}

// kills is how often the program itself was killed.
func (w *world) kills() (n int) {
	for kind, times := range w.deaths {
		if !strings.HasPrefix(kind, "of ") {
			n += times
		}
	}
	return n
}
