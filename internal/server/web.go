package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
)

// app serves the built web app. Files under assets/ carry a hash in their names and never change; all
// others are asked for again each time. A path that is no file is the app's own and gets index.html.
type app struct {
	files map[string]*file
}

type file struct {
	plain  []byte
	zipped []byte // nil when there is no .gz beside it
	kind   string
	tag    string
}

// hidden are files of the build that nobody asks for.
func hidden(name string) bool {
	return name == "manifest.json" || strings.HasSuffix(name, ".map") || strings.HasPrefix(path.Base(name), ".")
}

func newApp(built fs.FS) (*app, error) {
	a := &app{files: map[string]*file{}}
	err := fs.WalkDir(built, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, ".gz") || hidden(name) {
			return err
		}
		b, err := fs.ReadFile(built, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		f := &file{plain: b, kind: mime.TypeByExtension(path.Ext(name)), tag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
		if f.kind == "" {
			f.kind = "application/octet-stream"
		}
		f.zipped, err = fs.ReadFile(built, name+".gz")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		a.files[name] = f
		return nil
	})
	return a, errs.Wrapf(err, "read the web app")
}

// ServeHTTP answers GET and HEAD.
func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	httpx.CallFrom(r.Context()).Route = "app"
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This is the web app; the API is under /api/v1.", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	switch f := a.files[name]; {
	case f != nil && name != "index.html":
		serveFile(w, r, name, f)
	case strings.HasPrefix(name, "assets/"):
		w.Header().Set("Cache-Control", "no-store")
		http.NotFound(w, r)
	case a.files["index.html"] == nil:
		servePlaceholder(w)
	default:
		serveFile(w, r, "index.html", a.files["index.html"])
	}
}

func serveFile(w http.ResponseWriter, r *http.Request, name string, f *file) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, tag := f.plain, f.tag
	if f.zipped != nil {
		h.Add("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			body, tag = f.zipped, strings.TrimSuffix(f.tag, `"`)+`-gz"`
		}
	}
	h.Set("ETag", tag)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
}

func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(coding, "gzip") {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}

const placeholder = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Throughline</title></head>
<body><h1>The web app is not in this build</h1>
<p>The API works: see its <a href="/api-docs">reference</a>. To get the web app, run <code>make</code> with Node.js installed, then start the program again.</p>
</body></html>
`

func servePlaceholder(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(placeholder)) // the client has gone, or it works
}
