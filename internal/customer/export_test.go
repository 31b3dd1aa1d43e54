package customer

import (
	"context"
	"database/sql"
	"net/url"
	"strings"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// recorder keeps what is asked of a database.
type recorder struct {
	db.Reader
	texts []string
	args  [][]any
}

func (r *recorder) note(q string, args []any) {
	r.texts, r.args = append(r.texts, q), append(r.args, append([]any(nil), args...))
}

func (r *recorder) Query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	r.note(q, args)
	return r.Reader.Query(ctx, q, args...)
}

func (r *recorder) QueryRow(ctx context.Context, q string, args ...any) db.Row {
	r.note(q, args)
	return r.Reader.QueryRow(ctx, q, args...)
}

// ExplainList gives the plan of the query that a list runs for its rows.
func (s *Service) ExplainList(ctx context.Context, who auth.Actor, values url.Values) (plan string, err error) {
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		l := &lister{t: who.Tenant, lite: q.Engine() == db.SQLite}
		own, err := s.fields.Spec(ctx, q, who.Tenant, field.Customers, "c")
		if err != nil {
			return err
		}
		query, err := l.spec().With(own).Parse(values, nil)
		if err != nil {
			return err
		}
		r := &recorder{Reader: q}
		if _, err := s.walk(ctx, r, l, query); err != nil {
			return err
		}
		explain := "EXPLAIN QUERY PLAN "
		if q.Engine() == db.Postgres {
			explain = "EXPLAIN "
		}
		n := len(r.texts) - 1
		lines, err := db.All(ctx, q, func(row db.Row) (string, error) {
			var line string
			if q.Engine() == db.Postgres {
				return line, row.Scan(&line)
			}
			var a, b, c int
			err := row.Scan(&a, &b, &c, &line)
			return line, err
		}, explain+r.texts[n], r.args[n]...)
		plan = r.texts[n] + "\n" + strings.Join(lines, "\n")
		return err
	})
	return plan, err
}
