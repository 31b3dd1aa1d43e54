package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/blob"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

func folder(t *testing.T) (*blob.Folder, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "files")
	f, err := blob.OpenFolder(dir, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, dir
}

func newKey(w id.Workspace) string { return blob.NewKey(w, id.New(clock.System{}.Now())) }

func read(t *testing.T, s blob.Store, key string) string {
	t.Helper()
	f, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if f.Info().Size != int64(len(b)) || f.Info().Key != key {
		t.Errorf("info %+v of %d bytes", f.Info(), len(b))
	}
	return string(b)
}

// files lists what is in the folder, whoever put it there.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFolder(t *testing.T) {
	t.Parallel()

	t.Run("gives back what was put", func(t *testing.T) {
		t.Parallel()
		f, dir := folder(t)
		key := newKey(7)
		text := strings.Repeat("bytes ", 100_000)
		if n, err := f.Put(t.Context(), key, strings.NewReader(text), int64(len(text))); err != nil || n != int64(len(text)) {
			t.Fatal(n, err)
		}
		if read(t, f, key) != text {
			t.Error("other bytes")
		}
		info, err := os.Stat(filepath.Join(dir, key))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		if _, err := f.Put(t.Context(), key, strings.NewReader("again"), -1); err != nil {
			t.Fatal(err)
		}
		if got := read(t, f, key); got != "again" {
			t.Errorf("a repeated put left %q", got)
		}
		if n := len(files(t, dir)); n != 1 {
			t.Errorf("%d files", n)
		}
	})

	t.Run("seeks for range requests", func(t *testing.T) {
		t.Parallel()
		f, _ := folder(t)
		key := newKey(1)
		if _, err := f.Put(t.Context(), key, strings.NewReader("0123456789"), -1); err != nil {
			t.Fatal(err)
		}
		file, err := f.Open(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		if _, err := file.Seek(-3, io.SeekEnd); err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(file); err != nil || string(b) != "789" {
			t.Errorf("got %q, %v", b, err)
		}
	})

	t.Run("a failed upload leaves nothing behind", func(t *testing.T) {
		t.Parallel()
		f, dir := folder(t)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		broken := errors.New("connection reset")
		for name, put := range map[string]func(key string) error{
			"shorter than announced": func(k string) error { _, err := f.Put(t.Context(), k, strings.NewReader("abc"), 4); return err },
			"longer than announced":  func(k string) error { _, err := f.Put(t.Context(), k, strings.NewReader("abcde"), 4); return err },
			"broken off": func(k string) error {
				r := io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken))
				_, err := f.Put(t.Context(), k, r, -1)
				if !errors.Is(err, broken) {
					t.Errorf("lost the cause: %v", err)
				}
				return err
			},
			"cancelled": func(k string) error { _, err := f.Put(gone, k, strings.NewReader("abcd"), 4); return err },
		} {
			key := newKey(1)
			if err := put(key); err == nil {
				t.Errorf("%s: no error", name)
			}
			if _, err := f.Open(t.Context(), key); !errors.Is(err, blob.ErrMissing) {
				t.Errorf("%s: open gives %v", name, err)
			}
		}
		if left := files(t, dir); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})

	t.Run("deletes, and a second time without complaint", func(t *testing.T) {
		t.Parallel()
		f, _ := folder(t)
		key := newKey(1)
		if _, err := f.Put(t.Context(), key, strings.NewReader("x"), 1); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := f.Delete(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.Open(t.Context(), key); !errors.Is(err, blob.ErrMissing) {
			t.Errorf("got %v", err)
		}
	})

	t.Run("takes no key that was not made here", func(t *testing.T) {
		t.Parallel()
		f, dir := folder(t)
		good := newKey(1)
		for _, key := range []string{
			"", ".", "..", "/etc/passwd", "../../etc/passwd", "1/../../x", "1/ab/..", "1/ab/../../../../etc/passwd", good + "/x", "/" + good,
			"part/x", good + "\x00", good[:len(good)-1], strings.ToUpper(good), "0" + good, "-" + good, strings.Replace(good, "/", "\\", 1), "..%2f" + good,
		} {
			if _, err := f.Put(t.Context(), key, strings.NewReader("x"), 1); !errors.Is(err, blob.ErrKey) {
				t.Errorf("put %q: %v", key, err)
			}
			if _, err := f.Open(t.Context(), key); !errors.Is(err, blob.ErrKey) {
				t.Errorf("open %q: %v", key, err)
			}
			if err := f.Delete(t.Context(), key); !errors.Is(err, blob.ErrKey) {
				t.Errorf("delete %q: %v", key, err)
			}
		}
		if left := files(t, dir); len(left) > 0 {
			t.Errorf("wrote %v", left)
		}
	})

	t.Run("does not follow a link out of its folder", func(t *testing.T) {
		t.Parallel()
		f, dir := folder(t)
		outside := t.TempDir()
		key := newKey(1)
		if err := os.MkdirAll(filepath.Dir(filepath.Dir(filepath.Join(dir, key))), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(outside, filepath.Dir(filepath.Join(dir, key))); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Put(t.Context(), key, strings.NewReader("x"), 1); err == nil {
			t.Error("wrote through the link")
		}
		if left := files(t, outside); len(left) > 0 {
			t.Errorf("wrote %v", left)
		}
	})
}

func TestFolderList(t *testing.T) {
	t.Parallel()
	f, dir := folder(t)
	now := time.Now()
	put := func(w id.Workspace, age time.Duration) string {
		key := newKey(w)
		if _, err := f.Put(t.Context(), key, strings.NewReader("x"), 1); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(dir, key), now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
		return key
	}
	old1, fresh1, old2 := put(1, 48*time.Hour), put(1, time.Minute), put(12, 48*time.Hour)
	if err := os.WriteFile(filepath.Join(dir, "1", "stranger"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	list := func(w id.Workspace, before time.Time) []string {
		var got []string
		if err := f.List(t.Context(), w, before, func(i blob.Info) error { got = append(got, i.Key); return nil }); err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		return got
	}
	sorted := func(keys ...string) []string { slices.Sort(keys); return keys }
	day := now.Add(-24 * time.Hour)
	if got := list(1, day); !slices.Equal(got, []string{old1}) {
		t.Errorf("old ones of workspace 1: %v", got)
	}
	if got := list(0, day); !slices.Equal(got, sorted(old1, old2)) {
		t.Errorf("old ones of all: %v", got)
	}
	if got := list(1, now); !slices.Equal(got, sorted(old1, fresh1)) {
		t.Errorf("all of workspace 1: %v", got)
	}
	if got := list(99, now); len(got) > 0 {
		t.Errorf("a workspace without files: %v", got)
	}
	stop := errors.New("enough")
	if err := f.List(t.Context(), 0, now, func(blob.Info) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

func TestOpenFolderRemovesOldPartialUploads(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := time.Now()
	part := filepath.Join(dir, "part")
	if err := os.MkdirAll(part, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, age := range map[string]time.Duration{"old": 25 * time.Hour, "fresh": time.Hour} {
		path := filepath.Join(part, name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	f, err := blob.OpenFolder(dir, clock.NewFake(now))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if left := files(t, dir); len(left) != 1 || filepath.Base(left[0]) != "fresh" {
		t.Errorf("left: %v", left)
	}
}

func BenchmarkFolderPut(b *testing.B) {
	f, err := blob.OpenFolder(b.TempDir(), clock.System{})
	if err != nil {
		b.Fatal(err)
	}
	data := bytes.Repeat([]byte("x"), 64<<10)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := f.Put(b.Context(), newKey(1), bytes.NewReader(data), int64(len(data))); err != nil {
			b.Fatal(err)
		}
	}
}
