package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

// minToken is 128 bits, the least that cannot be guessed.
const minToken = 16

// Token makes a bearer secret of n random bytes, at least 16, in unpadded base64url.
func Token(n int) string {
	b := make([]byte, max(n, minToken))
	_, _ = rand.Read(b) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b)
}

// Hash is the SHA-256 of a token, which is what is stored. A plain hash is enough, since tokens are random;
// it is not for passwords or short codes.
func Hash(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// Same compares two hashes or tokens in constant time.
func Same(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
