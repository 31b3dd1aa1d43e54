package httpx

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// markNullable makes the schema of an answer say what its Go type does: a pointer that is not left out when
// it is nil becomes null. huma sees this for plain types alone, not for ids. A pointer to an object has to
// be left out, since a reference to a schema cannot be null.
func (a *API) markNullable(t reflect.Type) error {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Array || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || a.checked[t] {
		return nil
	}
	a.checked[t] = true
	s := a.OpenAPI().Components.Schemas.Map()[a.names.byType[t]]
	if s == nil {
		return nil // an id or a time
	}
	return a.markFields(t, s)
}

func (a *API) markFields(t reflect.Type, s *huma.Schema) error {
	for f := range fields(t) {
		tag := f.Tag.Get("json")
		if f.Anonymous && tag == "" {
			if !f.IsExported() {
				return unseen(t, f)
			}
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			if err := a.markFields(inner, s); err != nil {
				return err
			}
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		p := s.Properties[name]
		if p == nil {
			continue
		}
		if f.Type.Kind() == reflect.Pointer && !strings.Contains(options, "omit") {
			if p.Ref != "" {
				return fmt.Errorf("%s.%s may be null: give its json tag omitempty", t, f.Name)
			}
			p.Nullable = true
		}
		if err := a.markNullable(f.Type); err != nil {
			return err
		}
	}
	return nil
}

// unseen refuses an embedded type that huma passes over, while encoding/json does not.
func unseen(t reflect.Type, f reflect.StructField) error {
	return fmt.Errorf("%s embeds %s: only exported types are described and filled", t, f.Name)
}

// checkInput refuses an input with fields that nothing would fill.
func checkInput(t reflect.Type) error {
	for f := range fields(t) {
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() != reflect.Struct || !f.Anonymous && f.Name != "Body" {
			continue
		}
		if f.Anonymous && !f.IsExported() {
			return unseen(t, f)
		}
		if err := checkInput(inner); err != nil {
			return err
		}
	}
	return nil
}

// fields yields the fields of a struct; of anything else there are none.
func fields(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		if t.Kind() != reflect.Struct {
			return
		}
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}
