package auth

import (
	_ "embed"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// maxPassword bounds the work of hashing, in bytes; it leaves room for any passphrase.
const maxPassword = 200

//go:embed common_passwords.txt
var commonPasswords string

// checkPassword finds what a new password lacks. who are the person's own names and addresses, which it
// must not be built around.
func checkPassword(location, password string, policy tenant.PasswordPolicy, who ...string) *errs.Field {
	if password == "" {
		return &errs.Field{Location: location, Message: "must not be empty"}
	}
	if len(password) > maxPassword {
		return &errs.Field{Location: location, Message: fmt.Sprintf("must have at most %d bytes", maxPassword)}
	}
	if !utf8.ValidString(password) || strings.ContainsRune(password, 0) {
		return &errs.Field{Location: location, Message: "must be valid text"}
	}
	var missing []string
	if n := utf8.RuneCountInString(password); n < policy.MinLength {
		missing = append(missing, fmt.Sprintf("at least %d characters", policy.MinLength))
	}
	var upper, digit, special bool
	for _, r := range password {
		switch {
		case unicode.IsUpper(r):
			upper = true
		case unicode.IsDigit(r):
			digit = true
		case !unicode.IsLetter(r):
			special = true
		}
	}
	if policy.Upper && !upper {
		missing = append(missing, "an upper-case letter")
	}
	if policy.Digit && !digit {
		missing = append(missing, "a digit")
	}
	if policy.Special && !special {
		missing = append(missing, "a special character")
	}
	if len(missing) > 0 {
		return &errs.Field{Location: location, Message: "needs " + strings.Join(missing, ", ")}
	}
	plain := reduce(password)
	for _, own := range ownWords(who) {
		if strings.Contains(plain, own) {
			return &errs.Field{Location: location, Message: "must not contain your name or address"}
		}
	}
	if isCommon(plain) {
		return &errs.Field{Location: location, Message: "is among the passwords that are guessed first"}
	}
	return nil
}

// ownWords are the parts of names and addresses that are long enough to mean somebody.
func ownWords(who []string) []string {
	var out []string
	for _, w := range who {
		w, _, _ = strings.Cut(w, "@")
		for _, part := range strings.FieldsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if part = reduce(part); utf8.RuneCountInString(part) >= 4 {
				out = append(out, part)
			}
		}
	}
	return out
}

// reduce undoes what people do to a word to make it a password: case, digits for letters.
func reduce(s string) string {
	return strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i").
		Replace(strings.ToLower(norm.NFKC.String(s)))
}

// isCommon compares the word inside: "P@ssw0rd1!" is "password" with a tail.
func isCommon(plain string) bool {
	core := strings.TrimFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) })
	// A tail of digits has become letters by now ("1!" is "li"): cut a few of them as well.
	candidates := []string{plain, core}
	for n := 1; n <= 4 && len(core) > n+3; n++ {
		candidates = append(candidates, core[:len(core)-n])
	}
	for line := range strings.Lines(commonPasswords) {
		word := reduce(strings.TrimSpace(line))
		if word == "" {
			continue
		}
		for i, c := range candidates {
			// Short words need an exact match: much is built around "love".
			if c == word && (i < 2 || len(word) >= 6) {
				return true
			}
		}
	}
	return false
}
