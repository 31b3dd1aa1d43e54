package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const maxWordRunes = 40 // longer words are cut, in documents and in questions alike

// Words cuts text into folded words: letters and digits, lower case, without diacritics. Apostrophes inside a
// word vanish; scripts that do not separate words by spaces give one word per character.
func Words(text string) []string {
	var out []string
	cut(text, func(w string) bool {
		out = append(out, w)
		return true
	})
	return out
}

// cut calls each for every word until it answers false.
func cut(text string, each func(word string) bool) {
	if !isASCII(text) {
		text = fold(text)
	}
	word := make([]byte, 0, 32)
	runes := 0
	flush := func() bool {
		if runes == 0 {
			return true
		}
		w := string(word)
		word, runes = word[:0], 0
		return each(w)
	}
	for _, r := range text {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		switch {
		case r == '\'':
			continue
		case r < utf8.RuneSelf && (r < 'a' || r > 'z') && (r < '0' || r > '9'),
			r >= utf8.RuneSelf && !unicode.In(r, unicode.L, unicode.N, unicode.Mc):
			if !flush() {
				return
			}
			continue
		case r >= utf8.RuneSelf && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
			if !flush() || !each(string(r)) {
				return
			}
			continue
		}
		if runes < maxWordRunes {
			word = utf8.AppendRune(word, r)
			runes++
		}
	}
	flush()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// fold lowers the case and takes away what people leave out when they type: accents, apostrophes, invisible
// characters. Letters that Unicode does not take apart are spelled the way they are commonly typed.
func fold(s string) string {
	s = norm.NFKD.String(strings.ToLower(strings.ToValidUTF8(s, " ")))
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch r {
		case 'ß':
			b.WriteString("ss")
		case 'æ':
			b.WriteString("ae")
		case 'œ':
			b.WriteString("oe")
		case 'þ':
			b.WriteString("th")
		case 'ø':
			b.WriteByte('o')
		case 'ł':
			b.WriteByte('l')
		case 'đ', 'ð':
			b.WriteByte('d')
		case 'ħ':
			b.WriteByte('h')
		case 'ı':
			b.WriteByte('i')
		case 'ς':
			b.WriteRune('σ')
		case '’', 'ʼ', '‘', '`':
			b.WriteByte('\'')
		default:
			if !unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// compact is all words of an identifier in one.
func compact(words []string) string {
	c := strings.Join(words, "")
	if utf8.RuneCountInString(c) > maxWordRunes {
		c = string([]rune(c)[:maxWordRunes])
	}
	return c
}
