package config

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Prefix is in front of every name in the environment.
const Prefix = "THROUGHLINE_"

// fileVariable names the file; it is the one variable that is no field, since it cannot be in the file.
const fileVariable = Prefix + "CONFIG"

// maxFile bounds the file: a longer one is not a configuration.
const maxFile = 256 << 10

// foreign are variables that others make with our prefix: Kubernetes for every service whose name begins
// with ours, and our own tests.
var foreign = regexp.MustCompile(`^TEST_|(^|_)(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// Sources of a value, as Print shows them.
const (
	fromDefault     = "default"
	fromFile        = "file"
	fromEnvironment = "environment"
)

// Load fills a Config from defaults, then the file, then the environment, given as "NAME=value" lines
// (os.Environ in main). An empty file name means the one in THROUGHLINE_CONFIG, and without that
// throughline.conf in the data folder when it is there. An empty value means the default.
// The error names every variable that is wrong, what it should be and what it is; secrets are not shown.
func Load(environ []string, file string) (Config, error) {
	env, problems := readEnvironment(environ)
	must := true
	if file == "" {
		file = env["CONFIG"]
	}
	delete(env, "CONFIG")
	if file == "" {
		dir := env["DATA_DIR"]
		if dir == "" {
			dir = defaultOf("DATA_DIR")
		}
		file, must = filepath.Join(dir, "throughline.conf"), false
	}
	c := Config{sources: make(map[string]string)}
	inFile, fileProblems, err := readFile(file)
	switch {
	case err == nil:
		c.path = file
		problems = append(problems, fileProblems...)
	case !must && errors.Is(err, os.ErrNotExist):
	default:
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}

	v := reflect.ValueOf(&c).Elem()
	for _, f := range fields() {
		text, source := f.Tag.Get("default"), fromDefault
		if s, ok := inFile[name(f)]; ok {
			source = fromFile
			if s != "" {
				text = s
			}
		}
		if s, ok := env[name(f)]; ok {
			source, text = fromEnvironment, s
			if s == "" {
				text = f.Tag.Get("default")
			}
		}
		c.sources[name(f)] = source
		if err := set(v.FieldByIndex(f.Index), f, text); err != nil {
			problems = append(problems, complain(f, text, err))
		}
	}
	problems = append(problems, c.settle()...)
	if len(problems) > 0 {
		return Config{}, fmt.Errorf("the configuration is wrong:\n  %s", strings.Join(problems, "\n  "))
	}
	return c, nil
}

// Environ is the environment of this process, for main to pass to Load.
func Environ() []string { return os.Environ() }

// fields are the settings in the order of the struct.
func fields() []reflect.StructField {
	var all []reflect.StructField
	for f := range reflect.TypeFor[Config]().Fields() {
		if f.IsExported() {
			all = append(all, f)
		}
	}
	return all
}

func name(f reflect.StructField) string { return f.Tag.Get("env") }

func defaultOf(env string) string {
	for _, f := range fields() {
		if name(f) == env {
			return f.Tag.Get("default")
		}
	}
	return ""
}

// complain says what is wrong with a field, without the value of a secret.
func complain(f reflect.StructField, text string, err error) string {
	found := fmt.Sprintf("%q", text)
	if f.Type == reflect.TypeFor[Secret]() {
		found = fmt.Sprintf("a secret of %d characters", len(text))
	}
	return fmt.Sprintf("%s%s: %v; found %s", Prefix, name(f), err, found)
}

// readEnvironment picks our variables and complains about unknown ones.
func readEnvironment(environ []string) (values map[string]string, problems []string) {
	values = make(map[string]string)
	for _, line := range environ {
		full, value, _ := strings.Cut(line, "=")
		short, ours := strings.CutPrefix(full, Prefix)
		if !ours || foreign.MatchString(short) {
			continue
		}
		if full != fileVariable && !known(short) {
			problems = append(problems, full+": there is no such variable"+suggest(short))
			continue
		}
		values[short] = strings.TrimSpace(value)
	}
	slices.Sort(problems)
	return values, problems
}

// readFile reads KEY=value lines; # starts a comment line, and the prefix and matching quotes are optional.
func readFile(path string) (values map[string]string, problems []string, err error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, nil, err
	}
	if len(b) > maxFile {
		return nil, nil, fmt.Errorf("%s is longer than %d bytes", path, maxFile)
	}
	values = make(map[string]string)
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	lines.Buffer(nil, maxFile+1)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, found := strings.Cut(line, "=")
		key = strings.TrimPrefix(strings.TrimSpace(key), Prefix)
		where := fmt.Sprintf("%s line %d", path, n)
		switch _, twice := values[key]; {
		case !found:
			// The line is not repeated: it may be a secret that lost its name.
			problems = append(problems, where+": want KEY=value")
		case !known(key):
			problems = append(problems, fmt.Sprintf("%s: there is no setting %q%s", where, key, suggest(key)))
		case twice:
			problems = append(problems, fmt.Sprintf("%s: %s is set a second time", where, key))
		default:
			values[key] = unquote(strings.TrimSpace(value))
		}
	}
	return values, problems, lines.Err()
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

func known(env string) bool {
	return slices.ContainsFunc(fields(), func(f reflect.StructField) bool { return name(f) == env })
}

// suggest names the setting that was probably meant.
func suggest(wrong string) string {
	best, at := "", max(2, len(wrong)/3)+1
	upper := strings.ToUpper(wrong)
	for _, f := range fields() {
		if d := distance(upper, name(f)); d < at {
			best, at = name(f), d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + Prefix + best + "?"
}

// distance is the Levenshtein distance of two ASCII names, cut off for absurdly long ones.
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
