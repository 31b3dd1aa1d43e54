package secret_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/secret"
)

func open(t *testing.T, dir string) *secret.Keys {
	t.Helper()
	k, err := secret.Open(dir, config.Secret{})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestOpen(t *testing.T) {
	t.Parallel()

	t.Run("makes a private key file once and keeps it", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(t.TempDir(), "new")
		first := open(t, dir).Derive("jwt")
		if second := open(t, dir).Derive("jwt"); !bytes.Equal(first, second) {
			t.Error("the second start has another key")
		}
		info, err := os.Stat(filepath.Join(dir, secret.FileName))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		left, err := os.ReadDir(dir)
		if err != nil || len(left) != 1 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})

	t.Run("processes that start at once agree on one key", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		var wg sync.WaitGroup
		keys := make([][]byte, 8)
		for i := range keys {
			wg.Go(func() {
				if k, err := secret.Open(dir, config.Secret{}); err == nil {
					keys[i] = k.Derive("jwt")
				}
			})
		}
		wg.Wait()
		for i := range keys {
			if keys[i] == nil || !bytes.Equal(keys[i], keys[0]) {
				t.Fatalf("start %d has another key", i)
			}
		}
	})

	t.Run("uses a configured key in hex and in base64 and writes no file", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		root := bytes.Repeat([]byte{0xfb}, 32)
		want, err := hkdf.Key(sha256.New, root, nil, "throughline/v1/jwt", 32)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{
			hex.EncodeToString(root), strings.ToUpper(hex.EncodeToString(root)),
			base64.StdEncoding.EncodeToString(root), base64.RawURLEncoding.EncodeToString(root),
		} {
			k, err := secret.Open(dir, config.NewSecret(text))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(k.Derive("jwt"), want) {
				t.Errorf("%d characters: not HKDF-SHA256 of the key", len(text))
			}
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})

	t.Run("refuses", func(t *testing.T) {
		t.Parallel()
		good := strings.Repeat("ab", 32) + "\n"
		tests := []struct {
			name, content string
			mode          os.FileMode
			want          string
		}{
			{"a file others can read", good, 0o640, "chmod 600"},
			{"a file everybody can read", good, 0o644, "chmod 600"},
			{"a short key", strings.Repeat("ab", 31), 0o600, "does not hold 32 bytes"},
			{"an empty file", "", 0o600, "does not hold 32 bytes"},
			{"a huge file", strings.Repeat("ab", 4096), 0o600, "is no key"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), secret.FileName)
				if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(path, tt.mode); err != nil {
					t.Fatal(err)
				}
				_, err := secret.Open(filepath.Dir(path), config.Secret{})
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v", err)
				}
				if err != nil && strings.Contains(err.Error(), "abab") {
					t.Error("the error shows the key")
				}
			})
		}
		if _, err := secret.Open(t.TempDir(), config.NewSecret("short")); err == nil || strings.Contains(err.Error(), "short") {
			t.Errorf("a short configured key: got %v", err)
		}
	})
}

func TestSeal(t *testing.T) {
	t.Parallel()
	k := open(t, t.TempDir())
	plain := []byte("imap password")
	sealed := k.Seal("channel", "row 1", plain)

	got, err := k.Unseal("channel", "row 1", sealed)
	if err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("got %q, %v", got, err)
	}
	if bytes.Equal(sealed, k.Seal("channel", "row 1", plain)) {
		t.Error("sealing twice gives the same text")
	}
	if got, err := k.Unseal("channel", "", k.Seal("channel", "", nil)); err != nil || len(got) != 0 {
		t.Errorf("empty text: %q, %v", got, err)
	}

	t.Run("does not open", func(t *testing.T) {
		t.Parallel()
		other := open(t, t.TempDir())
		refused := func(name string, k *secret.Keys, purpose, aad string, b []byte) {
			if _, err := k.Unseal(purpose, aad, b); !errors.Is(err, secret.ErrSealed) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		refused("for another purpose", k, "webhook", "row 1", sealed)
		refused("in another row", k, "channel", "row 2", sealed)
		refused("with another key", other, "channel", "row 1", sealed)
		refused("of another version", k, "channel", "row 1", append([]byte{2}, sealed[1:]...))
		for i := range sealed {
			refused(fmt.Sprint("cut at ", i), k, "channel", "row 1", sealed[:i])
			bent := bytes.Clone(sealed)
			bent[i] ^= 1
			refused(fmt.Sprint("bent at ", i), k, "channel", "row 1", bent)
		}
	})
}

func TestKeysHideThemselves(t *testing.T) {
	t.Parallel()
	root := strings.Repeat("k", 32)
	k, err := secret.Open("", config.NewSecret(base64.StdEncoding.EncodeToString([]byte(root))))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(k), fmt.Sprintf("%+v", k), fmt.Sprintf("%#v", k)} {
		if strings.Contains(text, "kkk") || strings.Contains(text, "107") {
			t.Errorf("shown: %s", text)
		}
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	a, b := secret.Token(32), secret.Token(32)
	if a == b || len(a) != 43 {
		t.Errorf("got %q and %q", a, b)
	}
	if n := len(secret.Token(1)); n != 22 {
		t.Errorf("a token of 1 byte has %d characters, want 128 bits at least", n)
	}
	if !secret.Same(secret.Hash(a), secret.Hash(a)) || secret.Same(secret.Hash(a), secret.Hash(b)) {
		t.Error("hashes do not tell tokens apart")
	}
}
