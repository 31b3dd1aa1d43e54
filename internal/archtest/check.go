package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// Package is a package of the module, by its path below the module's.
type Package struct {
	Path    string
	Imports []string // of the module, tests left out
}

// outside are folders whose packages are tests of the whole program; they may import anything.
func outside(path string) bool {
	return path == "features" || strings.HasPrefix(path, "features/") || strings.HasPrefix(path, "test/")
}

// checker looks at one module against the tables.
type checker struct {
	rooms  map[string]Room
	joints map[string]Joint
	used   map[string]bool // "importer → imported" of lines that were needed
	seen   map[string]bool // rooms and joints that have a package
	wrong  []string
}

// Check gives every violation, unknown package and stale line, in order.
func Check(packages []Package, rooms []Room, joints []Joint) []string {
	c := &checker{rooms: map[string]Room{}, joints: map[string]Joint{}, used: map[string]bool{}, seen: map[string]bool{}}
	for _, r := range rooms {
		c.rooms["internal/"+r.Path] = r
	}
	for _, j := range joints {
		c.joints[j.Path] = j
	}
	for _, p := range packages {
		if outside(p.Path) {
			continue
		}
		home := c.home(p.Path)
		if home == "" {
			c.complain("%s: the tables in internal/archtest/floors.go do not know this package", p.Path)
			continue
		}
		c.seen[home] = true
		for _, i := range p.Imports {
			if problem := c.judge(p.Path, home, i); problem != "" {
				c.complain("%s imports %s: %s", p.Path, i, problem)
			}
		}
	}
	c.stale()
	slices.Sort(c.wrong)
	return slices.Compact(c.wrong)
}

func (c *checker) complain(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

const platform = "internal/platform"

// home is the room, joint or platform that a package belongs to.
func (c *checker) home(path string) string {
	for p := path; p != "." && p != ""; {
		if _, ok := c.rooms[p]; ok {
			return p
		}
		if _, ok := c.joints[p]; ok {
			return p
		}
		if p == platform {
			return platform
		}
		i := strings.LastIndex(p, "/")
		if i < 0 {
			return ""
		}
		p = p[:i]
	}
	return ""
}

// isAPI reports a <noun>api package.
func isAPI(path string) bool { return strings.HasSuffix(path, "api") && strings.Count(path, "/") == 2 }

// judge gives what is wrong with an import, or nothing.
func (c *checker) judge(path, home, imported string) string {
	target := c.home(imported)
	switch {
	case target == "":
		return "nobody knows that package"
	case strings.HasSuffix(imported, "test") && !strings.HasSuffix(path, "test"):
		return "helpers for tests stay in tests"
	case target == platform:
		return ""
	case home == platform:
		return "platform knows no room"
	case isAPI(imported):
		if j, ok := c.joints[home]; ok && j.Any {
			return ""
		}
		return "only app joins apis"
	case isAPI(path):
		if _, ok := c.rooms[target]; ok {
			return ""
		}
		return "an api reads rooms and nothing else"
	case target == home:
		return ""
	}
	if j, ok := c.joints[home]; ok {
		return c.judgeJoint(j, target)
	}
	return c.judgeRoom(c.rooms[home], target)
}

func (c *checker) judgeJoint(j Joint, target string) string {
	for _, u := range j.Uses {
		if u.Room == target {
			c.used[j.Path+" → "+target] = true
			return ""
		}
	}
	if _, room := c.rooms[target]; room && j.Any {
		return ""
	}
	return "the table of joints does not allow it"
}

func (c *checker) judgeRoom(r Room, target string) string {
	below, ok := c.rooms[target]
	if !ok {
		return "a room imports rooms, never what joins them"
	}
	if below.Floor > r.Floor {
		return fmt.Sprintf("floor %d must not know floor %d", r.Floor, below.Floor)
	}
	for _, u := range r.Uses {
		if u.Room == below.Path {
			c.used["internal/"+r.Path+" → "+target] = true
			return ""
		}
	}
	return "the table of floors does not list it; add it with its reason, or find another way"
}

// stale finds lines that nothing needs.
func (c *checker) stale() {
	for path, r := range c.rooms {
		if !c.seen[path] {
			c.complain("%s is in the table of floors, but there is no such package", path)
			continue
		}
		for _, u := range r.Uses {
			if !c.used[path+" → internal/"+u.Room] {
				c.complain("%s may use %s, but does not: remove the line", path, u.Room)
			}
			if u.Why == "" {
				c.complain("%s uses %s without a reason", path, u.Room)
			}
		}
	}
	for path, j := range c.joints {
		if !c.seen[path] {
			c.complain("%s is in the table of joints, but there is no such package", path)
			continue
		}
		for _, u := range j.Uses {
			if !c.used[path+" → "+u.Room] {
				c.complain("%s may use %s, but does not: remove the line", path, u.Room)
			}
		}
	}
}
