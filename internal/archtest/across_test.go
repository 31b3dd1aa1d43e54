package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// across are the places that read or write across workspaces, with the reason: everything else names a workspace.
// A place that is added to the product fails until it stands here, and one that goes until it is taken out.
var across = map[string]string{
	"internal/app Backup ReadAll":                    "a backup holds the whole installation",
	"internal/app history ReadAll":                   "a restore compares which steps of the schema were made",
	"internal/app presentTables ReadAll":             "a restore looks at which tables there are",
	"internal/auth create WriteAll":                  "makes a workspace, which has no number before",
	"internal/auth removeOldSessions WriteAll":       "drops sessions by their age alone",
	"internal/cli takesWrites WriteAll":              "doctor tries whether the database takes a write, and keeps nothing",
	"internal/media Sweep ReadAll":                   "lists the workspaces, then sweeps each by its number",
	"internal/platform/httpx ForgetOldKeys WriteAll": "drops kept answers by their age alone",
	"internal/platform/jobs Stats ReadAll":           "counts for metrics of the installation",
	"internal/platform/jobs beat WriteAll":           "prolongs the leases of the jobs that this process holds",
	"internal/platform/jobs bringForward WriteAll":   "periodic tasks belong to the installation",
	"internal/platform/jobs hasten WriteAll":         "the clock that went back is everybody's",
	"internal/platform/jobs heads ReadAll":           "finds which workspaces have work, to take them in turn",
	"internal/platform/jobs oldJobs ReadAll":         "finds jobs by their age alone",
	"internal/platform/jobs postpone WriteAll":       "periodic tasks belong to the installation",
	"internal/platform/jobs reclaim ReadAll":         "finds leases that have run out",
	"internal/platform/jobs reclaim WriteAll":        "takes back leases that have run out",
	"internal/platform/jobs runPeriodic ReadAll":     "periodic tasks belong to the installation",
	"internal/platform/jobs seedPeriodic ReadAll":    "periodic tasks belong to the installation",
	"internal/platform/jobs seedPeriodic WriteAll":   "periodic tasks belong to the installation",
	"internal/platform/jobs take WriteAll":           "claims jobs of several workspaces, each by its number",
	"internal/platform/jobs turn WriteAll":           "periodic tasks belong to the installation",
	"internal/platform/search ToPostgres WriteAll":   "moves the whole installation to another database",
	"internal/schema Protect WriteAll":               "roles and grants belong to the installation",
	"internal/schema Check ReadAll":                  "the schema belongs to the installation",
	"internal/schema apply WriteAll":                 "the schema belongs to the installation",
	"internal/schema create WriteAll":                "the schema belongs to the installation",
	"internal/tenant List ReadAll":                   "lists the workspaces, for the command line and periodic work",
	"internal/tenant directory ReadAll":              "finds the workspace that a request names",
}

func TestWhatReachesAcrossWorkspacesIsListed(t *testing.T) {
	t.Parallel()
	found := map[string]int{}
	root := filepath.Join("..", "..")
	for _, top := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			dir, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil || dir == filepath.Join("internal", "platform", "db") || strings.HasSuffix(dir, "test") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, d := range file.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok {
					continue
				}
				ast.Inspect(f, func(n ast.Node) bool {
					if call, ok := n.(*ast.CallExpr); ok {
						if s, ok := call.Fun.(*ast.SelectorExpr); ok && (s.Sel.Name == "ReadAll" || s.Sel.Name == "WriteAll") && !reads(s.X) {
							found[filepath.ToSlash(dir)+" "+f.Name.Name+" "+s.Sel.Name]++
						}
					}
					return true
				})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, place := range slices.Sorted(maps.Keys(found)) {
		if across[place] == "" {
			t.Errorf("%s reaches across workspaces and is not listed: name its workspace (Read, Write), or list it with the reason", place)
		}
	}
	n := 0
	for _, place := range slices.Sorted(maps.Keys(across)) {
		if n += found[place]; found[place] == 0 {
			t.Errorf("%s is listed and does not reach across workspaces any more", place)
		}
	}
	t.Logf("%d places in %d functions reach across workspaces", n, len(found))
}

// reads reports a package whose ReadAll reads bytes.
func reads(x ast.Expr) bool {
	i, ok := x.(*ast.Ident)
	return ok && (i.Name == "io" || i.Name == "safehttp")
}
