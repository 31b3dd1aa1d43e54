package httpx

import "net/http"

// CloseChunked ends the connection behind a request whose body came in chunks. net/http forgets whether such a
// request also told a length; a proxy in front that believed the length would take what follows for the next
// request of somebody else.
func CloseChunked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 && r.ProtoMajor == 1 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
