package audit

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Source is who acted and from where.
type Source struct {
	Workspace id.Workspace
	Kind      string // user, system, import, anonymous
	ID        id.ID
	Name      string
	Address   string
	RequestID string
}

// Who is whoever can act, such as auth.Actor.
type Who interface{ AuditSource() Source }

// AuditSource makes a Source its own Who, for acts before anybody is known, such as a refused sign-in.
func (s Source) AuditSource() Source { return s }

// Change is a value before and after; nil means it was not there.
type Change struct {
	Old any `json:"old"`
	New any `json:"new"`
}

// Entry is what a room tells. Action reads "user.approved"; ObjectName is what people call the object.
type Entry struct {
	Action     string
	ObjectKind string
	Object     id.ID
	ObjectName string
	Changes    map[string]Change // by field name; sensitive ones are masked when written
}

// Stored is an entry as it was kept.
type Stored struct {
	ID         id.ID
	OccurredAt time.Time
	ActorKind  string
	ActorID    id.ID
	ActorName  string
	Action     string
	ObjectKind string
	Object     id.ID
	ObjectName string
	Address    string
	RequestID  string
	Changes    map[string]Change
}

// Diff makes the changes of fields whose values differ; the two maps have the same keys.
func Diff(before, after map[string]any) map[string]Change {
	out := map[string]Change{}
	for k, o := range before {
		if n := after[k]; n != o {
			out[k] = Change{Old: o, New: n}
		}
	}
	return out
}

const hidden = "[hidden]"

// mask keeps secrets out altogether and shortens what names a person.
func mask(changes map[string]Change) map[string]Change {
	out := make(map[string]Change, len(changes))
	for field, c := range changes {
		out[field] = Change{Old: maskValue(field, c.Old), New: maskValue(field, c.New)}
	}
	return out
}

func maskValue(field string, v any) any {
	if v == nil {
		return nil
	}
	name := strings.ToLower(field)
	for _, secret := range []string{"password", "token", "secret", "hash", "credential", "apikey", "privatekey"} {
		if strings.Contains(name, secret) {
			return hidden
		}
	}
	personal := strings.Contains(name, "email") || strings.Contains(name, "phone") || strings.Contains(name, "birth") || strings.Contains(name, "address")
	switch value := v.(type) {
	case string:
		switch {
		case strings.Contains(name, "email"):
			return MaskEmail(value)
		case strings.Contains(name, "phone"):
			return maskPhone(value)
		case personal && value != "":
			return hidden
		}
	case map[string]any:
		out := make(map[string]any, len(value))
		for k, inner := range value {
			out[k] = maskValue(field+"."+k, inner)
		}
		return out
	default:
		if personal {
			return hidden
		}
	}
	return v
}

// MaskEmail keeps the first letter and the domain: "a***@example.com".
func MaskEmail(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at <= 0 {
		if s == "" {
			return ""
		}
		return hidden
	}
	_, size := utf8.DecodeRuneInString(s)
	return s[:size] + "***" + s[at:]
}

func maskPhone(s string) string {
	if len(s) < 4 {
		return strings.Repeat("*", len(s))
	}
	return "***" + s[len(s)-2:]
}
