package search

import "strings"

// expression is a question in the form both engines take: all groups must match, of a group any phrase.
type expression []group

type group []phrase

// phrase is words that follow each other; the last may be the beginning of a word.
type phrase struct {
	words  []string
	prefix bool
}

func (p phrase) last() string { return p.words[len(p.words)-1] }

// with is the phrase with another, complete, last word.
func (p phrase) with(last string) phrase {
	words := append([]string(nil), p.words...)
	words[len(words)-1] = last
	return phrase{words: words}
}

// fts5 writes the expression for SQLite. Words are letters and digits, so the quotes cannot be broken.
func (e expression) fts5() string {
	return e.render(" AND ", " OR ", func(b *strings.Builder, p phrase) {
		b.WriteString(`"` + strings.Join(p.words, " ") + `"`)
		if p.prefix {
			b.WriteString(" *")
		}
	})
}

// tsquery writes the expression for PostgreSQL.
func (e expression) tsquery() string {
	return e.render(" & ", " | ", func(b *strings.Builder, p phrase) {
		for i, w := range p.words {
			if i > 0 {
				b.WriteString(" <-> ")
			}
			b.WriteString("'" + w + "'")
		}
		if p.prefix {
			b.WriteString(":*")
		}
	})
}

func (e expression) render(and, or string, one func(*strings.Builder, phrase)) string {
	var b strings.Builder
	for i, g := range e {
		if i > 0 {
			b.WriteString(and)
		}
		b.WriteByte('(')
		for j, p := range g {
			if j > 0 {
				b.WriteString(or)
			}
			one(&b, p)
		}
		b.WriteByte(')')
	}
	return b.String()
}
