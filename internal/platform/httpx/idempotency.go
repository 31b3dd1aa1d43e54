package httpx

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
)

const (
	keepResult = 24 * time.Hour
	inFlight   = time.Minute // after this a request is taken for dead, and its key may be tried again
	maxKept    = 1 << 20     // bytes of an answer
	maxKey     = 255
	settleIn   = 5 * time.Second // of keeping an answer or giving a key back: the client waits meanwhile
)

// once runs the operation. With an Idempotency-Key it runs only the first time: the key is kept before the
// operation begins, that it happened in the operation's own transaction, and its answer after it has ended and
// before the client sees it. Where the process dies between the last two, a repeat is told so and runs nothing.
func (a *API) once(w http.ResponseWriter, r *http.Request, o *operation) {
	key := r.Header.Get("Idempotency-Key")
	if key == "" || r.Method != http.MethodPost || a.cfg.DB == nil || o.secret() {
		a.run(w, r, o)
		return
	}
	ctx := r.Context()
	if len(key) > maxKey || !printable(key) || strings.TrimSpace(key) != key {
		a.problem(ctx, &errs.Error{
			Kind: errs.Malformed, Message: "The Idempotency-Key cannot be used.",
			Code: "bad_idempotency_key", Fields: []errs.Field{{Location: "header.Idempotency-Key", Message: "must have 1 to 255 characters"}},
		}).write(w)
		return
	}
	k := keptKey{caller: CallFrom(ctx).Caller, route: CallFrom(ctx).Route, key: key, at: a.cfg.Clock.Now()}
	if k.caller.Actor == "" {
		k.caller.Actor = "anonymous:" + ratelimit.ClientKey(CallFrom(ctx).Address)
	}
	var err error
	if k.hash, err = fingerprint(r); err != nil {
		a.problem(ctx, err).write(w)
		return
	}
	kept, err := a.claim(ctx, k)
	switch {
	case err != nil:
		a.problem(ctx, err).write(w)
	case kept != nil:
		kept.replay(w)
	default:
		a.first(w, r, o, k)
	}
}

// first runs the operation and keeps its answer. What did not happen is not kept, so that it may be tried
// again; what happened is never forgotten, also where its answer cannot be kept.
func (a *API) first(w http.ResponseWriter, r *http.Request, o *operation, k keptKey) {
	out := &heldAnswer{w: w, header: w.Header()}
	done := false
	// The client may have gone; what happened is kept all the same.
	defer func() { //nolint:contextcheck // it outlives the request
		if !done { // the connection is being cut: the state is unknown, the key becomes free
			ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), settleIn)
			defer cancel()
			_ = a.release(ctx, k)
		}
	}()
	overtaken := false // the key is another request's by now, or the same transaction was kept before
	running, happened := db.WithCompanion(r.Context(), func(ctx context.Context, tx db.Tx) error {
		ours, err := markHappened(ctx, tx, k)
		if err == nil && !ours {
			overtaken = true
			err = errInFlight()
		}
		return err
	})
	a.run(out, r.WithContext(running), o)
	done = true
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), settleIn)
	defer cancel()
	var err error
	switch {
	case overtaken:
	case out.worthKeeping():
		err = a.keep(ctx, k, out)
	case happened():
		err = a.keep(ctx, k, a.lost(r.Context()))
	default:
		err = a.release(ctx, k)
	}
	if err != nil {
		// The operation has happened; its answer is worth more than the key.
		a.cfg.Log.ErrorContext(ctx, "idempotency key not kept", "request", RequestID(ctx), "route", k.route, "error", err.Error())
	}
	out.send()
}

// lost is what a repeat hears of a request whose answer is not kept.
func (a *API) lost(ctx context.Context) *heldAnswer {
	out := &heldAnswer{header: http.Header{}}
	a.problem(ctx, errAnswerLost()).write(out)
	return out
}

// fingerprint tells one request from another under the same key. Forms with files count by their path
// alone, because their encoding differs each time.
func fingerprint(r *http.Request) ([]byte, error) {
	h := sha256.New()
	_, _ = io.WriteString(h, r.URL.EscapedPath()+"?"+r.URL.RawQuery+"\n")
	if r.Body != nil && !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, errs.Wrapf(err, "read body")
		}
		_, _ = h.Write(b)
		r.Body = io.NopCloser(bytes.NewReader(b))
	}
	return h.Sum(nil), nil
}

// heldAnswer holds an answer back until it is kept. An answer that is too large to keep goes out at once.
type heldAnswer struct {
	w      http.ResponseWriter
	header http.Header
	status int
	body   bytes.Buffer
	passed bool
}

// Header is the client's.
func (h *heldAnswer) Header() http.Header { return h.header }

// WriteHeader holds the status.
func (h *heldAnswer) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

// Write holds the body.
func (h *heldAnswer) Write(b []byte) (int, error) {
	if h.status == 0 {
		h.status = http.StatusOK
	}
	if !h.passed && h.body.Len()+len(b) <= maxKept {
		return h.body.Write(b)
	}
	h.send()
	h.passed = true
	return h.w.Write(b)
}

// SetReadDeadline reaches the connection.
func (h *heldAnswer) SetReadDeadline(t time.Time) error {
	return http.NewResponseController(h.w).SetReadDeadline(t)
}

// SetWriteDeadline reaches the connection.
func (h *heldAnswer) SetWriteDeadline(t time.Time) error {
	return http.NewResponseController(h.w).SetWriteDeadline(t)
}

// worthKeeping: the answer says what happened, is whole, and sets no cookie.
func (h *heldAnswer) worthKeeping() bool {
	switch h.status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
		http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return false
	}
	return !h.passed && len(h.header.Values("Set-Cookie")) == 0
}

func (h *heldAnswer) send() {
	if h.passed {
		return
	}
	if h.status == 0 {
		h.status = http.StatusOK
	}
	h.w.WriteHeader(h.status)
	_, _ = h.w.Write(h.body.Bytes()) // the client has gone, or it works
}

// keptAnswer is an earlier answer.
type keptAnswer struct {
	status int
	header map[string]string
	body   []byte
}

func (k *keptAnswer) replay(w http.ResponseWriter) {
	for name, v := range k.header {
		w.Header().Set(name, v)
	}
	w.Header().Set("Idempotent-Replayed", "true")
	w.WriteHeader(k.status)
	_, _ = w.Write(k.body) // the client has gone, or it works
}
