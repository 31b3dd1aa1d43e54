package config

import (
	"fmt"
	"io"
	"net/url"
	"reflect"
	"strings"
)

// Print writes every setting with its value, where the value comes from, and what it means, as lines that
// can be kept as a configuration file. Secrets are "set" or "not set", in a comment.
func (c Config) Print(w io.Writer) error {
	var b strings.Builder
	if c.path != "" {
		fmt.Fprintf(&b, "# from %s\n\n", c.path)
	}
	v := reflect.ValueOf(c)
	for _, f := range fields() {
		fmt.Fprintf(&b, "# %s\n", f.Tag.Get("doc"))
		if d := f.Tag.Get("default"); d != "" {
			fmt.Fprintf(&b, "# Default: %s\n", d)
		}
		source := c.sources[name(f)]
		if s, secret := v.FieldByIndex(f.Index).Interface().(Secret); secret {
			fmt.Fprintf(&b, "# Now (%s):\n# %s%s: %s\n\n", source, Prefix, name(f), describe(s, f.Tag.Get("show") == "place"))
			continue
		}
		fmt.Fprintf(&b, "# Now (%s):\n%s%s=%s\n\n", source, Prefix, name(f), text(v.FieldByIndex(f.Index)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func describe(s Secret, place bool) string {
	if !s.IsSet() {
		return "not set"
	}
	if place {
		if u, err := url.Parse(s.Reveal()); err == nil && u.Host != "" {
			return "set (" + u.Scheme + "://" + u.Host + u.Path + ")"
		}
	}
	return "set"
}

// text is the form that Load reads.
func text(v reflect.Value) string {
	if v.Kind() != reflect.Slice {
		return fmt.Sprint(v.Interface())
	}
	items := make([]string, v.Len())
	for i := range items {
		items[i] = fmt.Sprint(v.Index(i).Interface())
	}
	return strings.Join(items, ",")
}
