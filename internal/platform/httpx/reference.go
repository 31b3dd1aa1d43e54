package httpx

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

func statusText(code int) string { return strconv.Itoa(code) }

// serveReference answers the API's description of itself.
func (a *API) serveReference(w http.ResponseWriter, r *http.Request) bool {
	var kind string
	switch r.URL.Path {
	case "", "/", "/api-docs", "/api-docs/":
		kind = "text/html; charset=utf-8"
	case "/openapi.json":
		kind = "application/openapi+json"
	case "/postman.json":
		kind = "application/json"
	default:
		return false
	}
	CallFrom(r.Context()).Route = "reference"
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		a.serveUnknown(w, r, []string{http.MethodGet})
		return true
	}
	if err := a.describe(); err != nil {
		a.problem(r.Context(), err).write(w)
		return true
	}
	body := a.html
	switch kind {
	case "application/openapi+json":
		body = a.openapi
	case "application/json":
		body = a.postman
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(body) // the client has gone, or it works
	return true
}

// Document is the OpenAPI file with examples, indented for people. Everything must be registered by then.
func (a *API) Document() ([]byte, error) {
	if err := a.describe(); err != nil {
		return nil, err
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, a.openapi, "", "  "); err != nil {
		return nil, errs.Wrapf(err, "indent the OpenAPI file")
	}
	pretty.WriteByte('\n')
	return pretty.Bytes(), nil
}

// Postman is the collection of all operations, in an order in which they can be run.
func (a *API) Postman() ([]byte, error) {
	err := a.describe()
	return a.postman, err
}

// describe makes the three documents once.
func (a *API) describe() error {
	a.document.Do(func() { a.docErr = a.makeDocuments() })
	return a.docErr
}

func (a *API) makeDocuments() error {
	a.addExamples()
	a.dropUnused()
	raw, err := json.Marshal(a.OpenAPI())
	if err != nil {
		return errs.Wrapf(err, "encode the OpenAPI file")
	}
	a.openapi = raw
	if a.html, err = a.renderPage(); err != nil {
		return err
	}
	a.postman, err = a.makeCollection()
	return err
}

// addExamples puts a whole example beside each body.
func (a *API) addExamples() {
	for _, o := range a.ops {
		if b := o.huma.RequestBody; b != nil {
			for kind, m := range b.Content {
				switch {
				case m.Example != nil || !strings.HasSuffix(kind, "json"):
				case o.doc.Example != nil:
					m.Example = plain(o.doc.Example)
				default:
					m.Example = a.exampleOf(m.Schema, true, 0)
				}
			}
		}
		for status, r := range o.huma.Responses {
			for kind, m := range r.Content {
				switch {
				case m.Example != nil:
				case kind == "application/problem+json":
					m.Example = exampleProblem(status)
				case strings.HasSuffix(kind, "json"):
					m.Example = a.exampleOf(m.Schema, false, 0)
				}
			}
		}
	}
}

// plain is a value as it looks after its way through JSON.
func plain(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var out any
	if json.Unmarshal(b, &out) != nil {
		return nil
	}
	return out
}

// dropUnused takes schemas out of the document that nothing refers to: those that were written out where
// they are used, and those of types that huma handles by itself.
func (a *API) dropUnused() {
	all := a.OpenAPI().Components.Schemas.Map()
	for {
		raw, err := json.Marshal(a.OpenAPI())
		if err != nil {
			return // encoding the document afterwards says why
		}
		before := len(all)
		for name := range all {
			if !bytes.Contains(raw, []byte(`"#/components/schemas/`+name+`"`)) {
				delete(all, name)
			}
		}
		if len(all) == before {
			return
		}
	}
}

// groups are the operations by tag, in the order of registration.
func (a *API) groups() (names []string, byName map[string][]*operation) {
	byName = map[string][]*operation{}
	for _, o := range a.ops {
		tag := o.doc.Tag
		if tag == "" {
			tag = "Other"
		}
		if !slices.Contains(names, tag) {
			names = append(names, tag)
		}
		byName[tag] = append(byName[tag], o)
	}
	return names, byName
}
