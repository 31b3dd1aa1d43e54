package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/secret"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const (
	issuer    = "throughline"
	audience  = "staff"
	tokenType = "at+jwt"
	maxToken  = 2048            // bytes; ours have about 350
	minKey    = 32              // bytes
	leeway    = 5 * time.Second // between the clocks of two replicas
)

var errToken = errs.New(errs.Unauthenticated, "unauthenticated", "Sign in first.")

// signer makes and reads both kinds of token. It is safe for concurrent use.
type signer struct {
	clock     clock.Clock
	jwtKey    []byte
	refresh   []byte
	accessFor time.Duration
	parser    *jwt.Parser
}

// Keys gives keys by purpose; secret.Keys.
type Keys interface{ Derive(purpose string) []byte }

func newSigner(k Keys, c clock.Clock, accessFor time.Duration) (*signer, error) {
	s := &signer{clock: c, jwtKey: k.Derive("jwt"), refresh: k.Derive("refresh"), accessFor: accessFor}
	if len(s.jwtKey) < minKey || len(s.refresh) < minKey {
		return nil, errors.New("auth: the key that signs tokens has fewer than 32 bytes")
	}
	s.parser = jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithStrictDecoding(), jwt.WithTimeFunc(c.Now))
	return s, nil
}

// claims is what an access token says: which session of whom, never what they may do.
type claims struct {
	jwt.RegisteredClaims
	Session   string `json:"sid"`
	Workspace int64  `json:"wsp"`
}

// access makes an access token of a session.
func (s *signer) access(t tenant.ID, user, session id.ID) (token string, expires time.Time, err error) {
	now := s.clock.Now()
	expires = now.Add(s.accessFor).Truncate(time.Second)
	out := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: user.String(), ID: secret.Token(16),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		},
		Session: session.String(), Workspace: int64(t),
	})
	out.Header["typ"] = tokenType
	token, err = out.SignedString(s.jwtKey)
	return token, expires, errs.Wrapf(err, "sign access token")
}

// identity is what an access token proves.
type identity struct {
	workspace tenant.ID
	user      id.ID
	session   id.ID
	expires   time.Time
}

// read checks an access token: algorithm, signature, type, issuer, audience, times. Any key id in the
// header is ignored, since there is one key. Errors: Unauthenticated.
func (s *signer) read(token string) (identity, error) {
	if len(token) > maxToken {
		return identity{}, errToken
	}
	var c claims
	parsed, err := s.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return s.jwtKey, nil })
	if err != nil || !parsed.Valid || parsed.Header["typ"] != tokenType || parsed.Header["crit"] != nil {
		return identity{}, errToken
	}
	out := identity{workspace: tenant.ID(c.Workspace), expires: c.ExpiresAt.Time}
	if out.user, err = id.Parse(c.Subject); err != nil {
		return identity{}, errToken
	}
	if out.session, err = id.Parse(c.Session); err != nil || out.workspace <= 0 {
		return identity{}, errToken
	}
	return out, nil
}

// A refresh token is workspace, session, 24 secret bytes and a check over them, so that only a token that
// was once ours can reach the database, let alone end a session.
const (
	refreshSecret = 24
	refreshBody   = 8 + 16 + refreshSecret
	refreshCheck  = 16
)

type refreshToken struct {
	workspace tenant.ID
	session   id.ID
	secret    [refreshSecret]byte
}

func (s *signer) newRefresh(t tenant.ID, session id.ID) refreshToken {
	out := refreshToken{workspace: t, session: session}
	random, _ := base64.RawURLEncoding.DecodeString(secret.Token(refreshSecret))
	copy(out.secret[:], random)
	return out
}

// next is the token that follows. It is made from the one before, so that two tabs that renew at the same
// moment get the same answer and neither holds a token that is already spent.
func (s *signer) next(r refreshToken) refreshToken {
	copy(r.secret[:], s.mac("next", r.body()))
	return r
}

func (r refreshToken) body() []byte {
	b := make([]byte, 0, refreshBody+refreshCheck)
	b = binary.BigEndian.AppendUint64(b, uint64(r.workspace)) //nolint:gosec // read back the same way
	b = append(b, r.session[:]...)
	return append(b, r.secret[:]...)
}

func (s *signer) write(r refreshToken) string {
	body := r.body()
	return base64.RawURLEncoding.EncodeToString(append(body, s.mac("check", body)[:refreshCheck]...))
}

func (s *signer) parseRefresh(text string) (refreshToken, bool) {
	if len(text) != base64.RawURLEncoding.EncodedLen(refreshBody+refreshCheck) {
		return refreshToken{}, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || !secret.Same(b[refreshBody:], s.mac("check", b[:refreshBody])[:refreshCheck]) {
		return refreshToken{}, false
	}
	r := refreshToken{workspace: tenant.ID(binary.BigEndian.Uint64(b))} //nolint:gosec // written the same way
	copy(r.session[:], b[8:])
	copy(r.secret[:], b[24:])
	return r, true
}

func (s *signer) mac(purpose string, body []byte) []byte {
	m := hmac.New(sha256.New, s.refresh)
	m.Write([]byte(purpose))
	m.Write([]byte{0})
	m.Write(body)
	return m.Sum(nil)
}

// newResetToken makes the secret of a reset link; the workspace in front says where to look.
func newResetToken(t tenant.ID) string {
	return strconv.FormatInt(int64(t), 36) + "." + secret.Token(32)
}

func workspaceOfReset(token string) (tenant.ID, bool) {
	for i := range len(token) {
		if token[i] != '.' {
			continue
		}
		n, err := strconv.ParseInt(token[:i], 36, 64)
		return tenant.ID(n), err == nil && n > 0 && len(token) < 100
	}
	return 0, false
}
