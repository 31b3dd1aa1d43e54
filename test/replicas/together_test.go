package replicas

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/test/binary"
)

// soon is how long a change may take to the other replicas; on a quiet machine it takes milliseconds.
const soon = time.Second

func TestThreeReplicasAreOneInstallation(t *testing.T) { //nolint:tparallel // in turn, on the same processes
	t.Parallel()
	w := newWorld(t, map[string]string{"WORKERS": "1"})
	ada := signIn(t, w.replicas[0].Address, admin)
	everywhere := func(t *testing.T, p *person) []*stream {
		t.Helper()
		var all []*stream
		for _, r := range w.replicas {
			all = append(all, p.listen(t, r.Address, ""))
		}
		return all
	}

	t.Run("they hear each other", func(t *testing.T) {
		for _, r := range w.replicas {
			eventually(t, "it hears the others", func() bool { return strings.Contains(r.Log.String(), "hearing other processes") })
			a, err := http.Get("http://" + r.Address + "/readyz")
			if err != nil || a.Body.Close() != nil || a.StatusCode != http.StatusOK {
				t.Errorf("readyz: %v", err)
			}
		}
	})

	t.Run("an event of any reaches the streams of all, once", func(t *testing.T) {
		streams := everywhere(t, ada)
		for i, r := range w.replicas {
			c := ada.must(t, r.Address, "POST", "/customers", object{"firstName": fmt.Sprint("Customer ", i), "email": fmt.Sprintf("c%d@example.com", i)})
			for j, s := range streams {
				within(t, 5*time.Second, fmt.Sprintf("an event of replica %d reaches the stream on %d", i, j), func() bool { return s.count("customer.created", c["id"].(string)) == 1 })
			}
		}
		for i, s := range streams {
			if twice := s.twice(); len(twice) > 0 {
				t.Errorf("stream %d got twice: %v", i, twice)
			}
		}
		// One that comes back to another replica gets what it missed there.
		missed := ada.must(t, w.replicas[1].Address, "POST", "/customers", object{"firstName": "While away", "email": "away@example.com"})
		back := ada.listen(t, w.replicas[2].Address, streams[0].last)
		eventually(t, "what was missed comes on another replica", func() bool { return back.count("customer.created", missed["id"].(string)) == 1 })
	})

	t.Run("what a change makes possible is possible on all at once", func(t *testing.T) {
		for i := range 6 {
			here, there := w.replicas[i%3].Address, w.replicas[(i+1)%3].Address
			key := fmt.Sprintf("size%d", i)
			ada.must(t, there, "GET", "/customers", nil) // remembers the fields of before
			ada.must(t, here, "POST", "/fields", object{"object": "customers", "key": key, "label": key, "type": "number", "indexed": true})
			ada.must(t, there, "POST", "/customers", object{"firstName": "With field", "email": key + "@example.com", "fields": object{key: 40}})
			within(t, soon, "a list by the new field works", func() bool {
				a, err := ada.ask(there, "GET", "/customers?field."+key+"=40", nil)
				return err == nil && a.status == http.StatusOK && len(a.body["data"].([]any)) == 1
			})
		}
	})

	t.Run("a session that ends, ends on all", func(t *testing.T) {
		for i := range 3 {
			here := w.replicas[i]
			mia := signIn(t, here.Address, admin)
			streams := everywhere(t, mia)
			for _, r := range w.replicas {
				mia.must(t, r.Address, "GET", "/auth/me", nil) // remembers who it is
			}
			mia.must(t, here.Address, "POST", "/auth/logout", nil)
			for j, r := range w.replicas {
				within(t, soon, fmt.Sprintf("signed out on %d, replica %d refuses", i, j), refuses(mia, r, "/auth/me", http.StatusUnauthorized))
			}
			for j, s := range streams {
				within(t, soon, fmt.Sprintf("signed out on %d, the stream on %d ends", i, j), s.over)
				if s.count("end", "signed_out") != 1 {
					t.Errorf("the stream on %d ends without a reason", j)
				}
			}
		}
		ada.must(t, w.replicas[0].Address, "GET", "/auth/me", nil)
	})

	t.Run("who may do less, may on all, and who is locked out is out on all", func(t *testing.T) {
		roles := ada.must(t, w.replicas[0].Address, "GET", "/roles", nil)["data"].([]any)
		role := func(key string) string {
			for _, r := range roles {
				if r.(map[string]any)["key"] == key {
					return r.(map[string]any)["id"].(string)
				}
			}
			t.Fatalf("no role %s", key)
			return ""
		}
		user := ada.must(t, w.replicas[0].Address, "POST", "/users", object{"name": "Noor Haddad", "email": "noor@example.com", "password": password, "roleId": role("administrator")})
		id := user["id"].(string)
		noor := signIn(t, w.replicas[1].Address, "noor@example.com")
		streams := everywhere(t, noor)
		for _, r := range w.replicas {
			noor.must(t, r.Address, "GET", "/audit-log", nil)
		}
		ada.must(t, w.replicas[0].Address, "PATCH", "/users/"+id, object{"roleId": role("agent")}, "If-Match", "*")
		for i, r := range w.replicas {
			within(t, soon, fmt.Sprintf("replica %d lets an agent read the audit log no more", i), refuses(noor, r, "/audit-log", http.StatusForbidden))
		}
		// An agent's streams hear no more of what only administrators may see.
		time.Sleep(soon / 2) // so long the streams may take; nothing is waited for
		team := ada.must(t, w.replicas[2].Address, "POST", "/teams", object{"name": "Night"})
		witness := ada.listen(t, w.replicas[0].Address, "")
		ada.must(t, w.replicas[2].Address, "POST", "/teams", object{"name": "Day"})
		eventually(t, "others hear of the team", func() bool { return witness.count("team.changed") >= 1 })
		for i, s := range streams {
			if n := s.count("team.changed", team["id"].(string)); n != 0 {
				t.Errorf("the stream on %d hears of a team that an agent may not see", i)
			}
		}
		ada.must(t, w.replicas[2].Address, "PUT", "/users/"+id+"/status", object{"status": "deactivated"}, "If-Match", "*")
		for i, r := range w.replicas {
			within(t, soon, fmt.Sprintf("replica %d locks out", i), refuses(noor, r, "/auth/me", http.StatusUnauthorized))
		}
		for i, s := range streams {
			within(t, soon, fmt.Sprintf("the stream on %d ends", i), s.over)
		}
	})

	t.Run("periodic work runs once", func(t *testing.T) {
		d, err := db.Open(t.Context(), db.Options{URL: w.Settings["DATABASE_URL"], MaxConns: 2})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		// The task writes a workspace's sales anew: the database itself counts how often, statement by statement.
		for _, q := range []string{
			`CREATE TABLE seen_runs (at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp())`,
			`CREATE FUNCTION see_run() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO seen_runs DEFAULT VALUES; RETURN NULL; END $$`,
			`CREATE TRIGGER see_run AFTER DELETE ON product_sales FOR EACH STATEMENT EXECUTE FUNCTION see_run()`,
		} {
			if err := d.Exec(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
		count := func(q string) int64 {
			n := int64(0)
			err := d.ReadAll(t.Context(), func(ctx context.Context, r db.Reader) (err error) {
				n, err = db.Scalar[int64](ctx, r, q)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		// All three see that the turn is due and want it at the same moment: the test holds its row until they wait.
		const turns = 3
		for turn := range int64(turns) {
			if err := d.Exec(t.Context(), `UPDATE periodic SET due_at = 1 WHERE name = 'report.sales'`); err != nil {
				t.Fatal(err)
			}
			err := d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
				if _, err := db.Scalar[int64](ctx, tx, `SELECT due_at FROM periodic WHERE name = 'report.sales' FOR UPDATE`); err != nil {
					return err
				}
				eventually(t, "three want the turn", func() bool {
					return count(`SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE periodic%'`) >= 3 ||
						count(`SELECT COUNT(*) FROM seen_runs`) > turn // one was quicker than the test
				})
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, "somebody takes the turn", func() bool { return count(`SELECT COUNT(*) FROM seen_runs`) > turn })
			// What the others make of it comes at once, or with their next look within a second.
			time.Sleep(1200 * time.Millisecond)
			if n := count(`SELECT COUNT(*) FROM seen_runs`); n != turn+1 {
				t.Fatalf("turn %d ran %d times", turn+1, n-turn)
			}
		}
	})

	t.Run("work goes on while Redis is gone, and everything is heard when it is back", func(t *testing.T) {
		streams := everywhere(t, ada)
		write := func(name string) (id string) {
			for i, r := range w.replicas {
				id = ada.must(t, r.Address, "POST", "/customers", object{"firstName": name, "email": fmt.Sprintf("%s%d@example.com", name, i)})["id"].(string)
			}
			return id
		}
		all := func(what, id string) {
			t.Helper()
			for i, s := range streams {
				within(t, 15*time.Second, fmt.Sprintf("%s comes on stream %d", what, i), func() bool { return s.count("customer.created", id) >= 1 })
			}
		}
		all("before", write("before"))
		w.redis.Kill()
		for range 20 {
			for _, r := range w.replicas {
				begin := time.Now()
				ada.must(t, r.Address, "GET", "/auth/me", nil)
				if took := time.Since(begin); took > 2*time.Second {
					t.Errorf("a request without Redis took %s", took)
				}
			}
		}
		all("without Redis", write("without"))
		for _, r := range w.replicas {
			eventually(t, "readiness tells", func() bool {
				a, err := http.Get("http://" + r.Address + "/readyz")
				if err != nil {
					return false
				}
				text, err := io.ReadAll(a.Body)
				_ = a.Body.Close()
				return err == nil && a.StatusCode == http.StatusOK && strings.Contains(string(text), "without redis")
			})
		}
		if err := w.Run("", "doctor"); err == nil || !strings.Contains(err.Error(), "redis") {
			t.Errorf("doctor finds nothing wrong: %v", err)
		}
		lost := write("moment")
		w.redis.Again()
		all("what was written just before Redis came back", lost)
		all("after", write("after"))
		for i, s := range streams {
			if s.over() {
				t.Errorf("stream %d ended", i)
			}
		}
		if err := w.Run("", "doctor"); err != nil {
			t.Errorf("doctor: %v", err)
		}
	})
}

func refuses(p *person, r *binary.Process, path string, status int) func() bool {
	return func() bool {
		a, err := p.ask(r.Address, "GET", path, nil)
		return err == nil && a.status == status
	}
}
