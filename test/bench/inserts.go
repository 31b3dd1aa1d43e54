package main

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"slices"
	"sync/atomic"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// inserts is a bare transaction of three inserts: the product's own statements for the three rows that an
// operation is about, into the same tables with their indexes, each time with new ids.
type inserts struct {
	db        *db.DB
	workspace id.Workspace
	recorded  [][]db.Statement
	began     time.Time // ids from then on are of new rows
	number    atomic.Int64
}

var insertInto = regexp.MustCompile(`^\s*INSERT INTO (\w+)`)

func newInserts(d *db.DB, w id.Workspace, recorded [][]db.Statement, tables []string) *inserts {
	out := &inserts{db: d, workspace: w, began: time.Now().Add(-time.Minute)}
	out.number.Store(time.Now().UnixNano())
	for _, statements := range recorded {
		var kept []db.Statement
		for _, s := range statements {
			if m := insertInto.FindStringSubmatch(s.Text); m != nil && slices.Contains(tables, m[1]) {
				kept = append(kept, s)
			}
		}
		out.recorded = append(out.recorded, kept)
	}
	return out
}

func (b *inserts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	statements := b.recorded[turnOf(r)%len(b.recorded)]
	renewed := map[id.ID]id.ID{}
	err := b.db.Write(r.Context(), b.workspace, func(ctx context.Context, tx db.Tx) error {
		for _, s := range statements {
			args := slices.Clone(s.Args)
			for i, a := range args {
				old, ok := a.(id.ID)
				switch {
				case ok && old.Time().After(b.began):
					if renewed[old].IsZero() {
						renewed[old] = id.New(time.Now())
					}
					args[i] = renewed[old]
				case insertInto.FindStringSubmatch(s.Text)[1] == "ticket" && i == 2: // its number
					args[i] = b.number.Add(1)
				}
			}
			if _, err := tx.Exec(ctx, s.Text, args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(w, `{"ok":true}`) // the driver sees a cut answer
}
