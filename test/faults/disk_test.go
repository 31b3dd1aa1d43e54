package faults_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// smallDisk mounts a file system of a few MiB, which needs root.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "mode=0755,size="+size, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("a small disk cannot be mounted (that needs root): %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %s", out)
		}
	})
	return dir
}

// fill takes all space that is left; the file's removal gives it back.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	name := filepath.Join(dir, "ballast")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	for block := bytes.Repeat([]byte{1}, 1<<20); len(block) > 0; {
		if _, err := f.Write(block); err != nil {
			block = block[:len(block)/2]
		}
	}
	_ = f.Close()
	return func() {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFullDiskRefusesChangesAndGoesOnReading(t *testing.T) {
	t.Parallel()
	i := install(t, db.SQLite, map[string]string{"DATA_DIR": filepath.Join(smallDisk(t, "32m"), "data")})
	w := serve(t, i, nil)
	kept := map[string]bool{"before": true}
	want(t, "a change before", w.create(t, "before"), http.StatusCreated)
	free := fill(t, filepath.Dir(i.Settings["DATA_DIR"]))

	refused := 0
	for n := 0; refused < 5; n++ { // a little may still fit into what is allocated
		name := "full-" + strconv.Itoa(n)
		switch a := w.create(t, name, "key-"+name); {
		case a.status == http.StatusCreated:
			kept[name] = true
		case a.comeBack() && a.code() == "disk_full":
			refused++
		default:
			t.Fatalf("a change on a full disk answers %s", a)
		}
		if n > 1000 {
			t.Fatal("the disk is not full")
		}
	}
	if a := w.upload(t, 1<<20); !a.comeBack() || a.code() != "disk_full" {
		t.Errorf("an upload to a full disk answers %s", a)
	}
	if left := files(t, filepath.Join(i.Settings["DATA_DIR"], "files")); len(left) > 0 {
		t.Errorf("the upload that was refused left %v", left)
	}
	want(t, "reading on a full disk", w.list(t), http.StatusOK)
	want(t, "health on a full disk", w.ask(t, http.MethodGet, "/healthz", nil), http.StatusOK)

	free()
	want(t, "a change when there is space again", w.create(t, "after", "key-full-0"), http.StatusCreated)
	kept["after"] = true
	want(t, "an upload when there is space again", w.upload(t, 1<<20), http.StatusCreated)
	got := w.names(t)
	for name, n := range got {
		if n != 1 || !kept[name] {
			t.Errorf("%q is there %d times, acknowledged: %v", name, n, kept[name])
		}
	}
	if len(got) != len(kept) {
		t.Errorf("%d of %d acknowledged changes are there", len(got), len(kept))
	}
	note("disk full: changes and uploads 503 disk_full, reading 200, %d acknowledged and all there, works again without a restart", len(kept))
}

func TestABackupToAFullDiskLeavesNothing(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, e db.Engine) {
		i := install(t, e, nil)
		random := make([]byte, 256<<10) // which cannot be compressed
		_, _ = rand.Read(random)
		uploads := filepath.Join(i.Settings["DATA_DIR"], "files", "1")
		if err := errors.Join(os.MkdirAll(uploads, 0o700), os.WriteFile(filepath.Join(uploads, "random"), random, 0o600)); err != nil {
			t.Fatal(err)
		}
		disk := smallDisk(t, "4m")
		free := fill(t, disk)
		leave(t, disk, 64<<10)
		out, err := i.Command(nil, "backup", filepath.Join(disk, "acme.tar.gz")).CombinedOutput()
		var ended *exec.ExitError
		if !errors.As(err, &ended) || ended.ExitCode() != 4 || !strings.Contains(string(out), "full") || strings.Count(strings.TrimSpace(string(out)), "\n") > 0 {
			t.Errorf("the backup ends with %v and says %q; want code 4 and one line", err, out)
		}
		for _, f := range files(t, disk) {
			if strings.Contains(f, "acme") {
				t.Errorf("the backup left %s", f)
			}
		}
		free()
		if err := i.Run("", "backup", filepath.Join(disk, "acme.tar.gz")); err != nil {
			t.Errorf("a backup when there is space again: %v", err)
		}
		if e == db.SQLite {
			note("backup to a full disk: %q, code 4, no file left", strings.TrimSpace(string(out)))
		}
	})
}

// leave makes the ballast so much smaller, so that a few bytes fit and the rest does not.
func leave(t *testing.T, dir string, room int64) {
	t.Helper()
	name := filepath.Join(dir, "ballast")
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, info.Size()-room); err != nil {
		t.Fatal(err)
	}
}

func TestAReadOnlyFolderStopsTheStartWithOneLine(t *testing.T) {
	t.Parallel()
	i := install(t, db.SQLite, nil)
	dir := i.Settings["DATA_DIR"]
	if out, err := exec.Command("mount", "--bind", dir, dir).CombinedOutput(); err != nil {
		t.Skipf("a folder cannot be made read-only (that needs root): %s", out)
	}
	defer func() { _ = exec.Command("umount", dir).Run() }()
	if out, err := exec.Command("mount", "-o", "remount,bind,ro", dir).CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	out, err := i.Command(map[string]string{"LISTEN": "127.0.0.1:0"}, "serve").CombinedOutput()
	var ended *exec.ExitError
	said := strings.TrimSpace(string(out))
	if !errors.As(err, &ended) || ended.ExitCode() != 4 || strings.Contains(said, "\n") || !strings.Contains(said, "read-only") {
		t.Errorf("serve ends with %v and says\n%s\nwant code 4 and one line that says read-only", err, said)
	}
	if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	w := serve(t, i, nil)
	want(t, "a change when the folder can be written again", w.create(t, "after"), http.StatusCreated)
	note("read-only folder at the start: %q, code 4", said)
}

func TestAFolderThatBecomesReadOnlyRefusesChangesAndGoesOnReading(t *testing.T) {
	t.Parallel()
	i := install(t, db.SQLite, nil)
	w := serve(t, i, nil)
	dir := i.Settings["DATA_DIR"]
	want(t, "a change before", w.create(t, "before"), http.StatusCreated)
	// A file system cannot be remounted under open files; the immutable mark has the same effect on them. The log's
	// index stays writable: it is memory, and what a write to it comes to differs between file systems.
	flag := func(mark string) error {
		return exec.Command("sh", "-c", "chattr "+mark+" '"+dir+"'/throughline.db '"+dir+"'/throughline.db-wal '"+dir+"'/files '"+dir+"'/files/*").Run()
	}
	if err := flag("+i"); err != nil {
		t.Skipf("files cannot be made immutable (that needs root and a file system such as ext4): %v", err)
	}
	defer func() { _ = flag("-i") }()
	refused := w.create(t, "refused", "key")
	if refused.status == http.StatusCreated {
		t.Skip("this file system lets open files be written though they are immutable")
	}
	if !refused.comeBack() || refused.code() != "read_only" {
		t.Errorf("a change in a read-only folder answers %s", refused)
	}
	if a := w.upload(t, 100); !a.comeBack() || a.code() != "read_only" {
		t.Errorf("an upload to a read-only folder answers %s", a)
	}
	want(t, "reading in a read-only folder", w.list(t), http.StatusOK)
	if err := flag("-i"); err != nil {
		t.Fatal(err)
	}
	want(t, "a change when the folder can be written again", w.create(t, "after", "key2"), http.StatusCreated)
	want(t, "an upload when the folder can be written again", w.upload(t, 100), http.StatusCreated)
	if got := w.names(t); len(got) != 2 || got["before"] != 1 || got["after"] != 1 {
		t.Errorf("the customers are %v", got)
	}
	note("folder read-only while running: changes and uploads 503 read_only, reading 200, works again without a restart")
}
