package archtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/archtest"
)

const module = "github.com/throughlinehq/throughline"

var update = flag.Bool("update", false, "rewrite the map in docs/architecture.md")

func TestFloors(t *testing.T) {
	t.Parallel()
	for _, problem := range archtest.Check(packages(t), archtest.Floors(), archtest.Joints()) {
		t.Error(problem)
	}
}

func TestTheMapIsCurrent(t *testing.T) {
	t.Parallel()
	file := filepath.Join("..", "..", "docs", "architecture.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want, ok := archtest.Splice(string(text), archtest.Draw(archtest.Floors(), archtest.Joints()))
	if !ok {
		t.Fatalf("%s lacks the marks %q and %q", file, archtest.Begin, archtest.End)
	}
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("the map differs from the table; run: go test ./internal/archtest -update\n%s", diff)
	}
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	rooms := []archtest.Room{
		{Path: "low", Floor: 2},
		{Path: "high", Floor: 4, Uses: []archtest.Use{{Room: "low", Why: "because"}}},
		{Path: "gone", Floor: 3},
	}
	joints := []archtest.Joint{{Path: "internal/app", Any: true}}
	got := archtest.Check([]archtest.Package{
		{Path: "internal/platform/db"},
		{Path: "internal/platform/bad", Imports: []string{"internal/low"}},
		{Path: "internal/low", Imports: []string{"internal/high", "internal/platform/db", "internal/dbtest"}},
		{Path: "internal/high"},
		{Path: "internal/high/highapi", Imports: []string{"internal/low", "internal/low/lowapi", "internal/app"}},
		{Path: "internal/low/lowapi", Imports: []string{"internal/high"}},
		{Path: "internal/new"},
		{Path: "internal/app", Imports: []string{"internal/low", "internal/low/lowapi"}},
	}, rooms, joints)
	want := []string{
		"internal/gone is in the table of floors, but there is no such package",
		"internal/high may use low, but does not: remove the line",
		"internal/high/highapi imports internal/app: an api reads rooms and nothing else",
		"internal/high/highapi imports internal/low/lowapi: only app joins apis",
		"internal/low imports internal/dbtest: nobody knows that package",
		"internal/low imports internal/high: floor 2 must not know floor 4",
		"internal/new: the tables in internal/archtest/floors.go do not know this package",
		"internal/platform/bad imports internal/low: platform knows no room",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// packages reads the module's packages and what they import of it, tests left out.
func packages(t *testing.T) []archtest.Package {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,GoFiles", "./...")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []archtest.Package
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
			GoFiles    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles) == 0 {
			continue // tests alone
		}
		q := archtest.Package{Path: strings.TrimPrefix(p.ImportPath, module+"/")}
		for _, i := range p.Imports {
			if below, ours := strings.CutPrefix(i, module+"/"); ours {
				q.Imports = append(q.Imports, below)
			}
		}
		all = append(all, q)
	}
}
