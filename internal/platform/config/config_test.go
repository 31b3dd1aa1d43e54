package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
)

// write makes a configuration file and an environment whose data folder is empty.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	t.Parallel()

	t.Run("needs nothing", func(t *testing.T) {
		t.Parallel()
		c, err := config.Load([]string{"HOME=/root", "PATH=/bin"}, "")
		if err != nil {
			t.Fatal(err)
		}
		got := []any{
			c.Listen, c.BaseURL, c.DataDir, c.Workers, c.AnonymousLimit, c.UserLimit, c.SignInLimit,
			c.MaxBody, c.MaxUpload, c.SessionLifetime, c.AccessLifetime, c.AllowPrivateNetworks, c.LogLevel, c.HTTPS(), c.File(),
		}
		want := []any{
			"127.0.0.1:8080", "http://127.0.0.1:8080", "./data", runtime.GOMAXPROCS(0),
			ratelimit.Limit{N: 100, Per: 10 * time.Minute},
			ratelimit.Limit{N: 3000, Per: time.Minute},
			ratelimit.Limit{N: 10, Per: 10 * time.Minute},
			config.Bytes(1 << 20), config.Bytes(10 << 20), 720 * time.Hour, 15 * time.Minute, false, "info", false, "",
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})

	t.Run("the environment goes before the file and the file before the default", func(t *testing.T) {
		t.Parallel()
		file := write(t, "\ufeff# a comment\n\nLISTEN = 127.0.0.1:9000\nTHROUGHLINE_LOG_LEVEL=\"debug\"\nWORKERS=3\nMAX_BODY='2 MiB'\n")
		c, err := config.Load([]string{"THROUGHLINE_WORKERS=0", "THROUGHLINE_TRUSTED_PROXIES=10.1.2.3/8, 192.0.2.1", "THROUGHLINE_MAX_BODY="}, file)
		if err != nil {
			t.Fatal(err)
		}
		if c.Listen != "127.0.0.1:9000" || c.LogLevel != "debug" || c.Workers != 0 || c.BaseURL != "http://127.0.0.1:9000" || c.File() != file {
			t.Errorf("got %+v", c)
		}
		if c.MaxBody != 1<<20 {
			t.Errorf("an empty value is not the default: %s", c.MaxBody)
		}
		want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32")}
		if !reflect.DeepEqual(c.TrustedProxies, want) {
			t.Errorf("got %v", c.TrustedProxies)
		}
	})

	t.Run("finds throughline.conf in the data folder", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "throughline.conf"), []byte("WORKERS=7"), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load([]string{"THROUGHLINE_DATA_DIR=" + dir}, "")
		if err != nil || c.Workers != 7 {
			t.Errorf("got %d, %v", c.Workers, err)
		}
	})

	t.Run("the file named by THROUGHLINE_CONFIG must be there", func(t *testing.T) {
		t.Parallel()
		c, err := config.Load([]string{"THROUGHLINE_CONFIG=" + write(t, "WORKERS=7")}, "")
		if err != nil || c.Workers != 7 {
			t.Errorf("got %d, %v", c.Workers, err)
		}
		if _, err = config.Load([]string{"THROUGHLINE_CONFIG=" + filepath.Join(t.TempDir(), "absent")}, ""); err == nil {
			t.Error("an absent file is ignored")
		}
	})

	t.Run("names everything that is wrong at once and shows no secret", func(t *testing.T) {
		t.Parallel()
		_, err := config.Load([]string{
			"THROUGHLINE_LISTEN=8080", "THROUGHLINE_BASE_URL=acme.example", "THROUGHLINE_DATABASE_URL=mysql://u:hunter2@h/d",
			"THROUGHLINE_SMTP_URL=smtp://u:hunter2@mail.example?tls=maybe", "THROUGHLINE_SECRET_KEY=hunter2", "THROUGHLINE_WORKERS=many",
			"THROUGHLINE_LOG_LEVEL=loud", "THROUGHLINE_ANONYMOUS_LIMIT=lots", "THROUGHLINE_TRUSTED_PROXIES=0.0.0.0/0",
			"THROUGHLINE_CORS_ORIGINS=*", "THROUGHLINE_MAX_BODY=1PB", "THROUGHLINE_ACCESS_LIFETIME=1s", "THROUGHLINE_ALLOW_PRIVATE_NETWORKS=maybe",
			"THROUGHLINE_DATABSE_URL=postgres://hunter2", "THROUGHLINE_HOSTS=not a domain", "THROUGHLINE_METRICS_LISTEN=8080",
		}, write(t, "LISTNE=1\nhunter2\nWORKERS=1\nWORKERS=2\n"))
		if err == nil {
			t.Fatal("taken")
		}
		for _, want := range []string{
			"THROUGHLINE_LISTEN: want", `"8080"`, "THROUGHLINE_BASE_URL: want", "THROUGHLINE_DATABASE_URL: want", "THROUGHLINE_SMTP_URL: want",
			"THROUGHLINE_MAIL_FROM: want", "THROUGHLINE_SECRET_KEY: want 32 bytes", "THROUGHLINE_WORKERS: want a whole number from 0 to 1024; found \"many\"",
			"THROUGHLINE_LOG_LEVEL: want one of debug, info, warn, error", "THROUGHLINE_ANONYMOUS_LIMIT: want", "THROUGHLINE_TRUSTED_PROXIES: want",
			"THROUGHLINE_CORS_ORIGINS: want", "THROUGHLINE_MAX_BODY: want a size from 1KiB to 1GiB", "THROUGHLINE_ACCESS_LIFETIME: want a time",
			"THROUGHLINE_ALLOW_PRIVATE_NETWORKS: want true or false", "THROUGHLINE_DATABSE_URL: there is no such variable; did you mean THROUGHLINE_DATABASE_URL?",
			"THROUGHLINE_HOSTS: want", "THROUGHLINE_METRICS_LISTEN: want", "line 1: there is no setting \"LISTNE\"; did you mean THROUGHLINE_LISTEN?",
			"line 2: want KEY=value", "line 4: WORKERS is set a second time",
		} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("does not say %q", want)
			}
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Error("shows a secret")
		}
		if t.Failed() {
			t.Log(err)
		}
	})

	t.Run("minds no variables that Kubernetes makes for services of our name", func(t *testing.T) {
		t.Parallel()
		if _, err := config.Load([]string{
			"THROUGHLINE_SERVICE_HOST=10.0.0.1", "THROUGHLINE_SERVICE_PORT=80", "THROUGHLINE_SERVICE_PORT_HTTP=80", "THROUGHLINE_PORT=tcp://10.0.0.1:80",
			"THROUGHLINE_PORT_80_TCP=tcp://10.0.0.1:80", "THROUGHLINE_PORT_80_TCP_ADDR=10.0.0.1", "THROUGHLINE_WEB_SERVICE_HOST=10.0.0.2", "THROUGHLINE_TEST_POSTGRES=x",
		}, ""); err != nil {
			t.Error(err)
		}
		if _, err := config.Load([]string{"THROUGHLINE_MEMCACHE_URL=redis://h"}, ""); err == nil {
			t.Error("a variable that means nothing is taken")
		}
	})

	t.Run("derives the public address", func(t *testing.T) {
		t.Parallel()
		for env, want := range map[string]string{
			"THROUGHLINE_LISTEN=:8080":                              "http://localhost:8080",
			"THROUGHLINE_LISTEN=0.0.0.0:80":                         "http://localhost:80",
			"THROUGHLINE_LISTEN=[::1]:8080":                         "http://[::1]:8080",
			"THROUGHLINE_BASE_URL=https://Help.Acme.example/":       "https://help.acme.example",
			"THROUGHLINE_BASE_URL=https://help.acme.example:8443":   "https://help.acme.example:8443",
			"THROUGHLINE_BASE_URL=https://help.acme.example/sub/ok": "",
		} {
			c, err := config.Load([]string{env}, "")
			if (err == nil) != (want != "") || c.BaseURL != want {
				t.Errorf("%s: got %q, %v", env, c.BaseURL, err)
			}
		}
	})
}

func TestWorkspaceLabel(t *testing.T) {
	t.Parallel()
	c, err := config.Load([]string{"THROUGHLINE_HOSTS=throughline.example"}, "")
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{
		"acme.throughline.example":       "acme",
		"ACME.Throughline.example:8443":  "acme",
		"acme.throughline.example.":      "acme",
		"acme.localhost:8080":            "acme",
		"throughline.example":            "",
		"a.b.throughline.example":        "",
		"acme.other.example":             "",
		"acmethroughline.example":        "",
		"throughline.example.evil.test":  "",
		"-.throughline.example":          "",
		"a_b.throughline.example":        "",
		"localhost":                      "",
		"127.0.0.1:8080":                 "",
		"[::1]:8080":                     "",
		"":                               "",
		"acme.throughline.example/@evil": "acme",
	} {
		if got := c.WorkspaceLabel(host); got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
}

func TestPrint(t *testing.T) {
	t.Parallel()
	c, err := config.Load([]string{
		"THROUGHLINE_DATABASE_URL=postgres://u:hunter2@db.example/crm?password=hunter2",
		"THROUGHLINE_SECRET_KEY=" + strings.Repeat("5e", 32), "THROUGHLINE_TRUSTED_PROXIES=10.0.0.0/8,192.0.2.1",
	}, write(t, "WORKERS=3\n"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.Print(&b); err != nil {
		t.Fatal(err)
	}
	out := b.String()
	for _, want := range []string{
		"THROUGHLINE_LISTEN=127.0.0.1:8080", "Now (default)", "Now (file):\nTHROUGHLINE_WORKERS=3", "Now (environment)",
		"THROUGHLINE_DATABASE_URL: set (postgres://db.example/crm)", "THROUGHLINE_SECRET_KEY: set\n", "THROUGHLINE_SMTP_URL: not set",
		"THROUGHLINE_MAX_UPLOAD=10MiB", "THROUGHLINE_USER_LIMIT=3000/1m", "THROUGHLINE_TRUSTED_PROXIES=10.0.0.0/8,192.0.2.1/32",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("does not say %q", want)
		}
	}
	if strings.Contains(out, "hunter2") || strings.Contains(out, "5e5e") {
		t.Error("shows a secret")
	}
	if again, err := config.Load(nil, write(t, out)); err != nil || again.Workers != 3 || again.SessionLifetime != c.SessionLifetime {
		t.Errorf("what is printed cannot be read back: %v", err)
	}
	if t.Failed() {
		t.Log(out)
	}
}

func TestEverySettingIsDocumented(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for f := range reflect.TypeFor[config.Config]().Fields() {
		if !f.IsExported() {
			continue
		}
		name := f.Tag.Get("env")
		if name == "" || seen[name] || !strings.HasSuffix(f.Tag.Get("doc"), ".") {
			t.Errorf("%s: want its own env name and a sentence of documentation", f.Name)
		}
		seen[name] = true
	}
}

func TestSecretHidesItself(t *testing.T) {
	t.Parallel()
	s := config.NewSecret("hunter2")
	type outer struct {
		Public  config.Secret
		private config.Secret // printed by reflection
	}
	o := outer{s, s}
	j, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&b, nil))
	log.Info("x", "s", s, "o", o, "p", &o)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "s", s, "o", o, "p", &o)
	texts := []string{string(j), b.String()}
	for _, v := range []any{s, &s, o, &o, []config.Secret{s}, map[string]config.Secret{"k": s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			texts = append(texts, fmt.Sprintf(verb, v))
		}
	}
	for _, text := range texts {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "68756e74657232") {
			t.Errorf("shown: %s", text)
		}
	}
	if s.Reveal() != "hunter2" || !s.IsSet() || (config.Secret{}).IsSet() || !s.Equal(config.NewSecret("hunter2")) || s.Equal(config.NewSecret("x")) {
		t.Error("the text itself is lost")
	}
}
