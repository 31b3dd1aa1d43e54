package httpx

import (
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// Compress compresses the API's texts. Event streams pass untouched: a compressor would hold them back.
func Compress(next http.Handler) (http.Handler, error) {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(1024),
		gzhttp.CompressionLevel(5),
		gzhttp.ContentTypes([]string{"application/json", "application/problem+json", "application/openapi+json", "text/html", "text/csv", "text/plain"}),
		// An answer may mix a secret with what a caller chose; noise in the length hides what compresses.
		gzhttp.RandomJitter(32, 0, false),
	)
	if err != nil {
		return nil, errs.Wrapf(err, "set up compression")
	}
	compressed := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/events") || strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
			next.ServeHTTP(w, r)
			return
		}
		compressed.ServeHTTP(w, r)
	}), nil
}
