package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// bare answers without the product: it sends recorded statements to the same database, reads every row and
// writes it as JSON. What it reaches is what a hand-written handler without rules could reach.
type bare struct {
	db        *db.DB
	workspace id.Workspace
	recorded  [][]db.Statement // of several requests of one kind, so that not always the same rows are read
}

// trace performs requests inside the process and keeps the statements of each. Trips are those of the last.
func trace(ctx context.Context, a *app.App, token string, requests []request) ([]db.Statement, error) {
	var all []db.Statement
	for _, q := range requests {
		ctx, kept := db.WithRecord(ctx)
		r := httptest.NewRequestWithContext(ctx, q.method, q.path, strings.NewReader(q.body))
		r.Header.Set("Authorization", "Bearer "+token)
		if q.body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		w := httptest.NewRecorder()
		a.API.ServeHTTP(w, r)
		if w.Code >= http.StatusMultipleChoices {
			return nil, fmt.Errorf("%s %s: %d %s", q.method, q.path, w.Code, w.Body)
		}
		all = append(all, kept.Statements()...)
	}
	return all, nil
}

// trips counts the round trips of requests, writing ones included.
func trips(ctx context.Context, a *app.App, token string, requests []request) (int64, error) {
	ctx, n := db.WithCount(ctx)
	_, err := trace(ctx, a, token, requests)
	return n.Load(), err
}

func (b *bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var turn int
	_, _ = fmt.Sscan(r.URL.Query().Get("turn"), &turn)
	out := [][]any{}
	err := b.db.Read(r.Context(), b.workspace, func(ctx context.Context, q db.Reader) error {
		for _, s := range b.recorded[turn%len(b.recorded)] {
			rows, err := q.Query(ctx, s.Text, s.Args...)
			if err != nil {
				return err
			}
			if out, err = collect(rows, out); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out) // the driver sees a cut answer
}

func collect(rows *sql.Rows, out [][]any) ([][]any, error) {
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values := make([]any, len(columns))
		places := make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		if err := rows.Scan(places...); err != nil {
			return nil, err
		}
		out = append(out, values)
	}
	return out, rows.Err()
}
