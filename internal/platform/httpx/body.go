package httpx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

const (
	maxDepth    = 64 // of nested JSON
	readTimeout = 30 * time.Second
	formTimeout = 10 * time.Minute // of a whole upload
)

// readBody checks the media type and reads the body within its limit and time, so that what follows works
// on memory. Forms with files are read later, part by part, through the same limit.
// Errors: Unsupported, TooLarge, Malformed.
func (a *API) readBody(w http.ResponseWriter, r *http.Request, o *operation) error {
	if o.huma.RequestBody == nil || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	kind, err := mediaType(r, o)
	if err != nil {
		return err
	}
	limit := a.cfg.MaxBody
	if o.doc.MaxBody > 0 {
		limit = o.doc.MaxBody
	}
	if r.ContentLength > limit {
		return tooLarge(limit)
	}
	in := &timedBody{
		body: r.Body, control: http.NewResponseController(w), left: limit, call: CallFrom(r.Context()),
		now: a.cfg.Clock.Now, end: a.cfg.Clock.Now().Add(formTimeout),
	}
	if kind == "multipart/form-data" {
		r.Body = in
		return nil
	}
	b, err := io.ReadAll(in)
	_ = r.Body.Close()
	switch {
	case in.call.tooLarge:
		return tooLarge(limit)
	case err != nil:
		return &errs.Error{Kind: errs.Malformed, Code: "incomplete_body", Message: "The request's body did not arrive whole.", Err: err}
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
	if kind == "application/json" && len(b) > 0 {
		return checkJSON(b)
	}
	return nil
}

func tooLarge(limit int64) error {
	return errs.Newf(errs.TooLarge, "", "The request may have at most %d bytes.", limit)
}

// mediaType gives the body's type among those the operation takes. A body without a type is read as the
// operation's own one.
func mediaType(r *http.Request, o *operation) (string, error) {
	taken := make([]string, 0, len(o.huma.RequestBody.Content))
	for t := range o.huma.RequestBody.Content {
		taken = append(taken, t)
	}
	slices.Sort(taken)
	refuse := errs.Newf(errs.Unsupported, "", "Send %s.", strings.Join(taken, " or "))
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return "", errs.Newf(errs.Unsupported, "", "Send the body without Content-Encoding.")
	}
	header := r.Header.Get("Content-Type")
	if header == "" {
		if slices.Contains(taken, "application/json") {
			r.Header.Set("Content-Type", "application/json")
			return "application/json", nil
		}
		return taken[0], nil
	}
	kind, params, err := mime.ParseMediaType(header)
	charset := params["charset"]
	switch {
	case err != nil, charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "us-ascii"):
		return "", refuse
	case kind == "application/merge-patch+json" && slices.Contains(taken, "application/json") && r.Method != http.MethodPost:
		kind = "application/json" // PUT and PATCH mean a merge patch anyway
		r.Header.Set("Content-Type", kind)
	case !slices.Contains(taken, kind):
		if !slices.Contains(taken, "application/octet-stream") {
			return "", refuse
		}
		kind = "application/octet-stream" // raw bytes of any type
	}
	return kind, nil
}

// checkJSON refuses what the decoder would choke on or silently change: broken or deeply nested text,
// bytes that are no UTF-8, and the zero character, which no database keeps.
func checkJSON(b []byte) error {
	malformed := func(code, format string, args ...any) error {
		return errs.Newf(errs.Malformed, code, format, args...)
	}
	if !utf8.Valid(b) {
		return malformed("", "The body is not UTF-8.")
	}
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			if bytes.HasPrefix(b[i:], []byte(`\u0000`)) {
				return malformed("", "The body holds the character U+0000, which cannot be kept.")
			}
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return malformed("too_deep", "The body is nested more than %d levels deep.", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	if json.Valid(b) {
		return nil
	}
	var any json.RawMessage
	var at *json.SyntaxError
	if err := json.Unmarshal(b, &any); errors.As(err, &at) {
		return malformed("", "The body is no JSON: there is a mistake at byte %d.", at.Offset)
	}
	return malformed("", "The body is no JSON.")
}

// timedBody gives each read its time and the whole a limit.
type timedBody struct {
	body    io.ReadCloser
	control *http.ResponseController
	left    int64
	call    *Call
	now     func() time.Time
	end     time.Time
}

// errBodyLimit ends the reading of a body that is too large; the answer is made from call.tooLarge.
var errBodyLimit = errors.New("the body is over its limit")

func (t *timedBody) Read(p []byte) (int, error) {
	now := t.now()
	if now.After(t.end) {
		return 0, fmt.Errorf("the body took longer than %s", formTimeout)
	}
	// A test's recorder has no connection: then there is no deadline to set.
	_ = t.control.SetReadDeadline(now.Add(readTimeout))
	if int64(len(p)) > t.left+1 {
		p = p[:t.left+1]
	}
	n, err := t.body.Read(p)
	if t.left -= int64(n); t.left < 0 {
		t.call.tooLarge = true
		return 0, errBodyLimit
	}
	if err != nil {
		_ = t.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

func (t *timedBody) Close() error { return t.body.Close() }
