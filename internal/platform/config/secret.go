package config

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// hidden stands for a secret wherever it would be shown.
const hidden = "[hidden]"

// Secret is text that must not be shown. It hides itself in every fmt verb, in JSON and text, and in slog;
// Reveal gives the text. The zero Secret is empty.
type Secret struct {
	value *string // a pointer, so that printing a struct around it by reflection shows an address at most
}

// NewSecret hides a text.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{value: &s}
}

// Reveal is the text itself; never put it in a log, an error or an answer.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsSet reports whether there is a text.
func (s Secret) IsSet() bool { return s.value != nil }

// Equal compares the texts in constant time.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String hides the text; an empty secret is empty.
func (s Secret) String() string {
	if s.value == nil {
		return ""
	}
	return hidden
}

// GoString hides the text.
func (s Secret) GoString() string { return "config.Secret(" + s.String() + ")" }

// Format hides the text from every fmt verb.
func (s Secret) Format(f fmt.State, verb rune) {
	text := s.String()
	if verb == 'v' && f.Flag('#') {
		text = s.GoString()
	}
	_, _ = f.Write([]byte(text))
}

// MarshalText hides the text, also in JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue hides the text.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
