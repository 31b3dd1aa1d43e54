package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/platform/config"
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
		r := httptest.NewRequestWithContext(ctx, q.Method, q.Path, strings.NewReader(q.Body))
		r.Header.Set("Authorization", "Bearer "+token)
		if q.Body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		w := httptest.NewRecorder()
		a.API.ServeHTTP(w, r)
		if w.Code >= http.StatusMultipleChoices {
			return nil, fmt.Errorf("%s %s: %d %s", q.Method, q.Path, w.Code, w.Body)
		}
		all = append(all, kept.Statements()...)
	}
	return all, nil
}

// trips counts the round trips of requests, writing ones included, when what the program remembers between
// requests is there.
func trips(ctx context.Context, a *app.App, token string, requests []request) (int64, error) {
	if _, err := trace(ctx, a, token, requests); err != nil {
		return 0, err
	}
	ctx, n := db.WithCount(ctx)
	_, err := trace(ctx, a, token, requests)
	return n.Load(), err
}

// task is what a bare server is to do, given to its process as JSON.
type task struct {
	Token    string
	Requests [][]request // each traced once; a caller asks for one by its number
	Three    []string
}

// serveBare is the process of a bare server: it traces the requests, says where it listens and serves until its
// input ends.
func serveBare(ctx context.Context, o options, in io.Reader, out io.Writer) error {
	var t task
	input := json.NewDecoder(in)
	if err := input.Decode(&t); err != nil {
		return err
	}
	cfg, err := config.Load(o.environment(), "")
	if err != nil {
		return err
	}
	a, err := app.New(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	w, err := workspaceOf(ctx, a, t.Token)
	if err != nil {
		return err
	}
	var recorded [][]db.Statement
	for _, q := range t.Requests {
		kept, err := trace(ctx, a, t.Token, q)
		if err != nil {
			return err
		}
		recorded = append(recorded, kept)
	}
	var h http.Handler = &bare{db: a.DB, workspace: w, recorded: recorded}
	if t.Three != nil {
		h = newInserts(a.DB, w, recorded, t.Three)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }() // ends with Close
	if _, err := fmt.Fprintln(out, l.Addr()); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, in)
	return errors.Join(server.Close(), a.Close())
}

func (b *bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := [][]any{}
	err := b.db.Read(r.Context(), b.workspace, func(ctx context.Context, q db.Reader) error {
		for _, s := range b.recorded[turnOf(r)%len(b.recorded)] {
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

// turnOf says which of the recorded requests it is to be.
func turnOf(r *http.Request) (turn int) {
	_, _ = fmt.Sscan(r.URL.Query().Get("turn"), &turn)
	return turn
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
