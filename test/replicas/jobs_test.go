package replicas

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// post is a mail server that takes a message and, while it is told to hang, never says that it has.
type post struct {
	net.Listener
	mu      sync.Mutex
	hangs   bool
	taken   int // messages that were wholly sent
	waiting int // of these, those that wait for an answer
	told    int // messages whose sender was told that they are taken
}

func newPost(t *testing.T) *post {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &post{Listener: l, hangs: true}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

func (p *post) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	say := func(line string) { _, _ = fmt.Fprint(c, line+"\r\n") } // a sender that is gone is seen by reading
	lines := bufio.NewScanner(c)
	say("220 post.example.test ESMTP")
	message := false
	for lines.Scan() {
		line := lines.Text()
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		switch {
		case message && line == ".":
			message = false
			p.mu.Lock()
			p.taken++
			hangs := p.hangs
			if hangs {
				p.waiting++
			} else {
				p.told++
			}
			p.mu.Unlock()
			if !hangs {
				say("250 2.0.0 taken")
			}
		case message:
		case verb == "EHLO" || verb == "HELO":
			say("250 post.example.test")
		case verb == "DATA":
			message = true
			say("354 go on")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 2.1.0 fine")
		}
	}
}

func (p *post) counts() (waiting, told int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting, p.told
}

func TestTheWorkOfAKilledReplicaIsDoneByAnother(t *testing.T) {
	t.Parallel()
	mail := newPost(t)
	w := newWorld(t, map[string]string{
		"WORKERS": "0", "SMTP_URL": "smtp://" + mail.Addr().String() + "?tls=none", "MAIL_FROM": "help@example.com",
	})
	ada := signIn(t, w.replicas[0].Address, admin)
	far := ada.listen(t, w.replicas[2].Address, "")

	// The victim is the only one that works. It dies while the mail server keeps it waiting.
	victim := w.begin(t, map[string]string{"WORKERS": "2"})
	nobody().must(t, w.replicas[1].Address, "POST", "/auth/forgot-password", object{"email": admin})
	eventually(t, "the job runs", func() bool { waiting, _ := mail.counts(); return waiting == 1 })
	victim.Kill()
	mail.mu.Lock()
	mail.hangs = false
	mail.mu.Unlock()

	d, err := db.Open(t.Context(), db.Options{URL: w.Settings["DATABASE_URL"], MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	count := func(q string) (n int64) {
		err := d.ReadAll(t.Context(), func(ctx context.Context, r db.Reader) (err error) {
			n, err = db.Scalar[int64](ctx, r, q)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(`SELECT COUNT(*) FROM job WHERE state = 'running' AND lease_until > 0`); n != 1 {
		t.Fatalf("%d jobs are held by the dead, want 1", n)
	}
	// Others leave it alone while its lease lasts. The test does not wait for its half a minute, but lets it be over.
	for i, r := range w.replicas {
		if err := r.Stop(); err != nil {
			t.Errorf("replica %d: %v", i, err)
		}
		if i < 2 { // the third one's stream is watched
			w.replicas[i] = w.begin(t, map[string]string{"WORKERS": "2"})
		} else {
			w.replicas[i] = w.begin(t, nil)
			far = ada.listen(t, w.replicas[i].Address, far.last)
		}
	}
	if _, told := mail.counts(); told != 0 {
		t.Error("the job was taken over while its lease lasted")
	}
	if err := d.Exec(t.Context(), `UPDATE job SET lease_until = 1 WHERE state = 'running'`); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another replica sends the mail", func() bool { _, told := mail.counts(); return told == 1 })
	eventually(t, "the job is done", func() bool {
		return count(`SELECT COUNT(*) FROM job WHERE state IN ('queued', 'running') AND kind = 'outbox.send'`) == 0
	})
	eventually(t, "a stream on a replica that does not work hears of it", func() bool { return far.count("job.progress", `"done"`) >= 1 })
	time.Sleep(1500 * time.Millisecond) // the others' next look
	if _, told := mail.counts(); told != 1 {
		t.Errorf("the mail was sent %d times", told)
	}
}
