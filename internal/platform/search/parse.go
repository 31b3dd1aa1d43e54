package search

import (
	"strings"
	"unicode"
)

const (
	maxQueryRunes    = 256
	maxGroups        = 10
	maxPhraseWords   = 24
	messagePrefixMin = 3 // shorter beginnings of a word are taken as words in messages
)

// question is what somebody typed, understood for one kind.
type question struct {
	expr  expression
	whole string // the entire text as one identifier, or empty
}

// parse never fails: what is no word is left out. No words give an empty expression, which finds nothing.
// Every stretch without spaces is a phrase of its words ("ann@example.com" is ann example com), and so is
// quoted text. The last word is a prefix unless a closing quote follows it.
func parse(text string, k Kind) question {
	text = shorten(text)
	var q question
	if all := Words(text); len(all) > 0 && k != Message {
		q.whole = compact(all)
		if g := number(text, all); g != nil {
			q.expr = expression{g}
			return q
		}
	}
	chunks, open := chop(text)
	for i, c := range chunks {
		words := Words(c)
		if len(words) == 0 || len(q.expr) == maxGroups {
			continue
		}
		if len(words) > maxPhraseWords {
			words = words[:maxPhraseWords]
		}
		p := phrase{words: words, prefix: open && i == len(chunks)-1}
		if k == Message && runes(p.last()) < messagePrefixMin {
			p.prefix = false
		}
		g := group{p}
		if len(words) > 1 && k != Message && !strings.ContainsFunc(c, unicode.IsSpace) {
			g = append(g, phrase{words: []string{compact(words)}, prefix: p.prefix})
		}
		q.expr = append(q.expr, g)
	}
	return q
}

func shorten(text string) string {
	text = strings.ToValidUTF8(text, " ")
	n := 0
	for i := range text {
		if n == maxQueryRunes {
			return text[:i]
		}
		n++
	}
	return text
}

// chop cuts text at spaces and quotes; open tells that the last chunk is still being typed.
func chop(text string) (chunks []string, open bool) {
	quoted := false
	start := 0
	take := func(end int) {
		if strings.TrimSpace(text[start:end]) != "" {
			chunks = append(chunks, text[start:end])
			open = true
		}
	}
	for i, r := range text {
		switch {
		case r == '"' || r == '“' || r == '”' || r == '„' || r == '«' || r == '»':
			take(i)
			if quoted {
				open = false
			}
			quoted = !quoted
		case unicode.IsSpace(r) && !quoted:
			take(i)
		default:
			continue
		}
		start = i + len(string(r))
	}
	take(len(text))
	return chunks, open
}

// number understands a telephone number however it is spaced, with or without its country code. It answers
// nil for everything else.
func number(text string, words []string) group {
	count := 0
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			count++
		case !strings.ContainsRune(" +-.()/", r):
			return nil
		}
	}
	one := compact(words)
	short := strings.TrimLeft(one, "0")
	if count < 5 {
		return nil
	}
	g := group{{words: words, prefix: true}}
	if len(words) > maxPhraseWords {
		g = nil
	}
	if len(words) > 1 {
		g = append(g, phrase{words: []string{one}, prefix: true})
	}
	if len(short) >= 5 {
		g = append(g, phrase{words: []string{shortMark + short}, prefix: true})
		if len(short) < len(one) {
			g = append(g, phrase{words: []string{short}, prefix: true})
		}
	}
	// "+44 (0)20 …" carries both the country code and the zero that it replaces.
	if i := strings.Index(text, "(0)"); i > 0 && strings.HasPrefix(strings.TrimSpace(text), "+") {
		g = append(g, phrase{words: []string{compact(Words(text[:i] + text[i+3:]))}, prefix: true})
	}
	return g
}
