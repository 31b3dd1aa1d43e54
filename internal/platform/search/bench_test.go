package search

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

const (
	benchCustomers = 20_000
	benchMessages  = 20_000
)

// sample makes believable amounts of common and rare words; the same on every run.
type sample struct {
	r     *rand.Rand
	words []string
	zipf  *rand.Zipf
	n     int
}

func newSample() *sample {
	r := rand.New(rand.NewPCG(1, 2))
	s := &sample{r: r}
	seen := map[string]bool{}
	for len(s.words) < 10_000 {
		var b strings.Builder
		for range 2 + r.IntN(3) {
			b.WriteByte("bcdfghklmnprstvw"[r.IntN(16)])
			b.WriteByte("aeiou"[r.IntN(5)])
		}
		if w := b.String(); !seen[w] {
			seen[w] = true
			s.words = append(s.words, w)
		}
	}
	s.zipf = rand.NewZipf(r, 1.1, 4, uint64(len(s.words)-1))
	return s
}

func (s *sample) word() string { return s.words[s.zipf.Uint64()] }

func (s *sample) object() id.ID {
	s.n++
	return id.At(time.Unix(1_700_000_000, int64(s.n)*1000))
}

func (s *sample) customer() Doc {
	first, last := s.word(), s.words[s.r.IntN(len(s.words))]
	return Doc{Kind: Customer, Object: s.object(), Title: first + " " + last, Exact: []string{fmt.Sprintf("%s.%s%d@example.com", first, last, s.n), fmt.Sprintf("+1555%07d", s.n)}}
}

func (s *sample) message() Doc {
	var b strings.Builder
	for range 30 {
		b.WriteString(s.word() + " ")
	}
	return Doc{Kind: Message, Object: s.object(), Parent: s.object(), Body: b.String()}
}

func (s *sample) many(n int, one func() Doc) []Doc {
	docs := make([]Doc, n)
	for i := range docs {
		docs[i] = one()
	}
	return docs
}

func eachEngine(b *testing.B, bench func(b *testing.B, d *db.DB)) {
	b.Run("sqlite", func(b *testing.B) { bench(b, dbtest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { bench(b, dbtest.Postgres(b)) })
}

func BenchmarkFind(b *testing.B) {
	eachEngine(b, func(b *testing.B, d *db.DB) {
		x, s := newIndex(), newSample()
		put(b, x, d, here, s.many(benchMessages, s.message)...)
		put(b, x, d, here, s.many(benchCustomers, s.customer)...)
		for name, ask := range map[string]func() Query{
			"phrase": func() Query {
				return Query{Text: `"` + s.words[s.r.IntN(100)] + " " + s.words[s.r.IntN(100)] + `"`, Kinds: []Kind{Message}}
			},
			"prefix": func() Query { return Query{Text: s.word()[:1+s.r.IntN(3)], Kinds: []Kind{Customer}} },
			"typo":   func() Query { return Query{Text: s.word()[1:] + "q", Kinds: []Kind{Customer}, Typo: true} },
		} {
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					find(b, x, d, here, ask())
				}
			})
		}
	})
}

// BenchmarkPut is the cost inside a transaction that writes more than the index.
func BenchmarkPut(b *testing.B) {
	eachEngine(b, func(b *testing.B, d *db.DB) {
		x, s := newIndex(), newSample()
		put(b, x, d, here, s.many(5000, s.message)...)
		for name, one := range map[string]func() Doc{"customer": s.customer, "message": s.message} {
			b.Run(name, func(b *testing.B) {
				err := d.Write(b.Context(), here, func(ctx context.Context, tx db.Tx) error {
					for b.Loop() {
						if err := x.Put(ctx, tx, here, one()); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			})
		}
	})
}

func BenchmarkPutMany(b *testing.B) {
	eachEngine(b, func(b *testing.B, d *db.DB) {
		x, s := newIndex(), newSample()
		for b.Loop() {
			put(b, x, d, here, s.many(1000, s.customer)...)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/doc")
	})
}
