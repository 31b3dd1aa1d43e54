package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/cli"
)

// world is an installation of its own in a folder.
type world struct {
	dir string
	env []string
}

func newWorld(t *testing.T) world {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	return world{dir: dir, env: []string{"THROUGHLINE_DATA_DIR=" + dir, "PATH=/bin"}}
}

func (w world) run(t *testing.T, in string, args ...string) (code int, out, complaint string) {
	t.Helper()
	var o, e bytes.Buffer
	code = cli.Run(t.Context(), cli.Process{Args: args, Environ: w.env, In: strings.NewReader(in), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

func (w world) setUp(t *testing.T) {
	t.Helper()
	code, _, complaint := w.run(t, "Correct-Horse-Battery-7\n", "setup", "--workspace", "Acme", "--slug", "acme", "--name", "Ada Byron",
		"--email", "ada@example.com", "--currency", "GBP", "--timezone", "Europe/London", "--locale", "en-GB")
	if code != cli.ExitOK {
		t.Fatalf("setup answers %d: %s", code, complaint)
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"help is fine", []string{"help"}, cli.ExitOK, ""},
		{"version", []string{"version"}, cli.ExitOK, ""},
		{"an unknown command", []string{"sevre"}, cli.ExitUsage, "sevre"},
		{"an unknown flag", []string{"serve", "--port=1"}, cli.ExitUsage, "--port"},
		{"a missing argument", []string{"user", "approve"}, cli.ExitUsage, "one address"},
		{"no workspace", []string{"user", "list"}, cli.ExitMissing, "setup"},
		{"another workspace", []string{"user", "list", "--workspace", "zzz"}, cli.ExitMissing, "zzz"},
		{"a backup of nothing", []string{"backup", "never.tar.gz"}, cli.ExitMissing, "no database"},
		{"no such backup", []string{"restore", "nowhere.tar.gz"}, cli.ExitMissing, "nowhere"},
		{"no password", []string{"setup", "--workspace", "a", "--name", "b", "--email", "c@example.com"}, cli.ExitUsage, "password"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, _, complaint := newWorld(t).run(t, "", c.args...)
			if code != c.code || !strings.Contains(complaint, c.want) || strings.Count(complaint, "\n") > 1 {
				t.Errorf("exit %d: %q", code, complaint)
			}
		})
	}
}

func TestWrongConfigurationIsUsage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env = append(w.env, "THROUGHLINE_LISTEN=nowhere")
	if code, _, complaint := w.run(t, "", "config"); code != cli.ExitUsage || !strings.Contains(complaint, "THROUGHLINE_LISTEN") {
		t.Errorf("exit %d: %s", code, complaint)
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setUp(t)
	code, out, _ := w.run(t, "", "user", "list", "--json")
	var list struct {
		Users []struct{ Email, Role, Status string } `json:"users"`
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 || strings.Count(out, "\n") != 1 {
		t.Fatalf("exit %d, %q: %v", code, out, err)
	}
	if len(list.Users) != 1 || list.Users[0].Email != "ada@example.com" || list.Users[0].Status != "approved" {
		t.Errorf("users %v", list.Users)
	}
	if code, _, complaint := w.run(t, "", "user", "approve", "nobody@example.com", "--json"); code != cli.ExitMissing || !strings.Contains(complaint, `"error":"no_user"`) {
		t.Errorf("exit %d: %s", code, complaint)
	}
}

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setUp(t)
	stored := filepath.Join(w.dir, "files", "1", "ab")
	if err := os.MkdirAll(filepath.Dir(stored), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stored, []byte("picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(t.TempDir(), "b.tar.gz")
	if code, _, complaint := w.run(t, "", "backup", archive); code != 0 {
		t.Fatalf("backup answers %d: %s", code, complaint)
	}
	if code, _, complaint := w.run(t, "", "backup", archive); code != cli.ExitFailed || !strings.Contains(complaint, "exists already") {
		t.Errorf("a second backup answers %d: %s", code, complaint)
	}

	other := newWorld(t)
	if code, _, complaint := other.run(t, "", "restore", archive); code != 0 {
		t.Fatalf("restore answers %d: %s", code, complaint)
	}
	if _, out, _ := other.run(t, "", "user", "list"); !strings.Contains(out, "ada@example.com") {
		t.Errorf("users after restore: %s", out)
	}
	for name, want := range map[string]string{"files/1/ab": "picture", "secret.key": read(t, filepath.Join(w.dir, "secret.key"))} {
		if got := read(t, filepath.Join(other.dir, filepath.FromSlash(name))); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}

	// What is there is not overwritten, and with --force it is kept aside.
	if code, _, complaint := other.run(t, "", "restore", archive); code != cli.ExitFailed || !strings.Contains(complaint, "--force") {
		t.Errorf("restore over data answers %d: %s", code, complaint)
	}
	if code, _, complaint := other.run(t, "", "restore", archive, "--force"); code != 0 {
		t.Errorf("restore --force answers %d: %s", code, complaint)
	}
	if kept, _ := filepath.Glob(filepath.Join(other.dir, "before-restore-*", "throughline.db")); len(kept) != 1 {
		t.Errorf("kept %v", kept)
	}
}

func TestDamagedBackupChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setUp(t)
	archive := filepath.Join(t.TempDir(), "b.tar.gz")
	if code, _, complaint := w.run(t, "", "backup", archive); code != 0 {
		t.Fatal(complaint)
	}
	whole := read(t, archive)
	for name, text := range map[string]string{
		"cut short": whole[:len(whole)/2], "not an archive": "hello", "a byte changed": whole[:len(whole)/2] + "x" + whole[len(whole)/2+1:],
	} {
		if err := os.WriteFile(archive, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		other := newWorld(t)
		if code, _, complaint := other.run(t, "", "restore", archive); code != cli.ExitFailed {
			t.Errorf("%s: exit %d: %s", name, code, complaint)
		}
		if _, err := os.Stat(filepath.Join(other.dir, "throughline.db")); err == nil {
			t.Errorf("%s: something was restored", name)
		}
	}
}

func TestOpenAPINeedsNoInstallation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, args := range [][]string{{"openapi"}, {"openapi", "--postman"}} {
		code, out, complaint := w.run(t, "", args...)
		if code != 0 || !json.Valid([]byte(out)) {
			t.Errorf("%v: exit %d: %s", args, code, complaint)
		}
	}
	if _, err := os.Stat(w.dir); err == nil {
		t.Error("a data folder was made")
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
