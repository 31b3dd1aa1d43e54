package httpx

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Patch is a field of a merge patch: not sent, sent as null, or sent with a value. In the schema it is an
// optional, nullable T, whatever its json tag says.
type Patch[T any] struct {
	Set   bool // the field was sent
	Null  bool // as null: clear it
	Value T    // the value when Set and not Null
}

// PatchOf is a field that is sent.
func PatchOf[T any](v T) Patch[T] { return Patch[T]{Set: true, Value: v} }

// Or gives the new value: the old one when the field was not sent, the zero value when it is cleared.
func (p Patch[T]) Or(old T) T {
	if !p.Set {
		return old
	}
	return p.Value
}

// Pointer is nil when the field was not sent, and points to the zero value when it is cleared.
func (p Patch[T]) Pointer() *T {
	if !p.Set {
		return nil
	}
	return &p.Value
}

// UnmarshalJSON is called only for fields that are there.
func (p *Patch[T]) UnmarshalJSON(b []byte) error {
	var zero T
	p.Set, p.Null, p.Value = true, string(b) == "null", zero
	if p.Null {
		return nil
	}
	return json.Unmarshal(b, &p.Value)
}

// MarshalJSON writes the value, or null.
func (p Patch[T]) MarshalJSON() ([]byte, error) {
	if !p.Set || p.Null {
		return []byte("null"), nil
	}
	return json.Marshal(p.Value)
}

// IsZero lets omitzero leave out what is not set.
func (p Patch[T]) IsZero() bool { return !p.Set }

// optionalMark is taken off again when the schema around the field is finished.
const optionalMark = "x-optional"

// Schema is T's, nullable.
func (Patch[T]) Schema(r huma.Registry) *huma.Schema {
	t := reflect.TypeFor[T]()
	inner := r.Schema(t, false, "")
	makeOptional(map[string]*huma.Schema{"": inner}) // T may be a struct with patch fields of its own
	s := *inner
	s.Nullable = s.Type != "" || s.Ref != "" // any value is nullable as it is
	s.Extensions = map[string]any{optionalMark: true}
	return &s
}

// makeOptional takes patch fields out of the required ones of every schema around them.
func makeOptional(schemas map[string]*huma.Schema) {
	for _, s := range schemas {
		var optional bool
		for name, p := range s.Properties {
			if p.Extensions[optionalMark] == nil {
				continue
			}
			delete(p.Extensions, optionalMark)
			optional = true
			kept := make([]string, 0, len(s.Required))
			for _, r := range s.Required {
				if r != name {
					kept = append(kept, r)
				}
			}
			s.Required = kept
		}
		if optional {
			s.PrecomputeMessages()
		}
	}
}
