package ticket

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// ownFields gives both workspaces a size, which is indexed, and a shop, which is not.
func (w *world) ownFields(t *testing.T) {
	t.Helper()
	for _, who := range []auth.Actor{w.people.admin, w.neighbours.admin} {
		for key, kind := range map[string]field.Type{"size": field.Number, "shop": field.Text} {
			_, err := w.fields.Create(t.Context(), who, field.Draft{Object: field.Tickets, Key: key, Label: key, Type: kind, Indexed: key == "size"})
			must(t, err)
		}
	}
	_, err := w.queue.Drain(t.Context())
	must(t, err)
}

// steps reads a whole list two by two.
func (w *world) steps(t *testing.T, who auth.Actor, query string) []int64 {
	t.Helper()
	values, err := url.ParseQuery(query)
	must(t, err)
	values.Set("limit", "2")
	out := []int64{}
	for {
		rows, _, err := w.tickets.List(t.Context(), who, values)
		must(t, err)
		for _, r := range rows.Data {
			out = append(out, r.Number)
		}
		if rows.Next == "" {
			return out
		}
		values.Set("cursor", rows.Next)
	}
}

func TestListInTheOrderOfACustomField(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.ownFields(t)
		p := w.people
		n := inbox(t, w)
		sizes := map[int64]float64{n["sam's"]: 44, n["mia's"]: 38.5, n["mia's, closed"]: -1, n["followed by mia"]: 38.5}
		rows, _, err := w.tickets.List(t.Context(), p.admin, nil)
		must(t, err)
		for _, r := range rows.Data {
			if size, ok := sizes[r.Number]; ok {
				_, err := w.tickets.SetField(t.Context(), p.admin, r.ID, "size", size)
				must(t, err)
			}
		}
		_, err = w.tickets.SetField(t.Context(), p.admin, rows.Data[0].ID, "shop", "Leeds")
		must(t, err)
		for _, query := range []string{
			"", "view=open", "view=closed", "view=mine", "view=unassigned", "view=following", "view=mentions", "status=closed&status=pending", "open=false",
			"priority=1", "tag=vip", "tag=vip&tag=nothing", "customerId=" + p.ada.String(), "assigneeId=none", "assigneeId=" + p.sam.User.String(),
			"teamId=" + p.team.String(), "unread=false", "q=elephant", "q=nothing", "number=2", "field.shop=Leeds", "field.size[gt]=0", "field.size=38.5&view=open", "createdAt[gte]=2030-01-01",
		} {
			for _, who := range []auth.Actor{p.admin, p.mia, p.sam} {
				// Those with a size come first, by size, the older before the younger; the others behind them.
				want := w.list(t, who, query)
				slices.SortFunc(want, func(a, b int64) int {
					x, hasX := sizes[a]
					y, hasY := sizes[b]
					switch {
					case hasX != hasY && hasX:
						return -1
					case hasX != hasY:
						return 1
					case x != y:
						return cmpFloat(x, y)
					}
					return int(a - b)
				})
				if diff := cmp.Diff(want, w.steps(t, who, query+"&sort=field.size")); diff != "" {
					t.Errorf("%s %q: %s", who.Name, query, diff)
				}
				slices.Reverse(want)
				if diff := cmp.Diff(want, w.steps(t, who, query+"&sort=-field.size")); diff != "" {
					t.Errorf("%s %q, backwards: %s", who.Name, query, diff)
				}
			}
		}
		t.Run("is refused where the field has no index", func(t *testing.T) {
			for _, sort := range []string{"field.shop", "field.nope"} {
				_, _, err := w.tickets.List(t.Context(), p.admin, url.Values{"sort": {sort}})
				wantKind(t, err, errs.Malformed)
			}
		})
		t.Run("counts when asked, in at most four round trips", func(t *testing.T) {
			for _, query := range []string{"sort=field.size", "sort=field.size&tag=vip&field.size[gt]=1", "sort=field.size&view=mine"} {
				values, err := url.ParseQuery(query)
				must(t, err)
				ctx, trips := db.WithCount(t.Context())
				_, _, err = w.tickets.List(ctx, p.mia, values)
				must(t, err)
				if trips.Load() > 4 {
					t.Errorf("%s: %d round trips", query, trips.Load())
				}
				values.Set("total", "true")
				page, _, err := w.tickets.List(t.Context(), p.mia, values)
				must(t, err)
				if *page.Total != int64(len(page.Data)) {
					t.Errorf("%s: total %d, rows %d", query, *page.Total, len(page.Data))
				}
			}
		})
	})
}

func cmpFloat(a, b float64) int {
	if a < b {
		return -1
	}
	return 1
}

func TestSortedListsWalkTheFieldsIndexOrSortAFew(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.ownFields(t)
		p := w.people
		inbox(t, w)
		w.fill(t, 9000)
		w.exec(t, `INSERT INTO field_value (tenant_id, field_id, value, object_id)
			SELECT k.tenant_id, f.id, `+bytesOf(d, "k.number")+`, k.id FROM ticket k JOIN custom_field f ON f.tenant_id = k.tenant_id AND f.key = 'size'
			WHERE k.tenant_id = 1 AND k.number >= 1000`)
		if d.Engine() == db.Postgres {
			must(t, d.Exec(t.Context(), "ANALYZE"))
		}
		for _, tc := range []struct {
			who   auth.Actor
			query string
			few   bool
			index string
		}{
			{p.admin, "sort=field.size", false, ""},
			{p.admin, "sort=-field.size&field.size[lt]=7", false, ""},
			{p.admin, "sort=field.size&priority=1", false, ""},
			{p.admin, "sort=field.size&view=open", false, ""},
			{p.admin, "sort=field.size&view=closed", true, "ticket_by_activity"},
			{p.mia, "sort=field.size&view=mine", true, "ticket_by_assignee"},
			{p.mia, "sort=field.size&view=mentions", true, "ticket_follower_by_user"},
			{p.admin, "sort=field.size&tag=vip", true, "ticket_tag"},
			{p.admin, "sort=field.size&number=1007", true, ""},
		} {
			values, err := url.ParseQuery(tc.query)
			must(t, err)
			var text string
			where := db.NewWhere(tc.who.Tenant)
			must(t, d.Read(t.Context(), p.t, func(ctx context.Context, q db.Reader) error {
				own, err := w.fields.Spec(ctx, q, p.t, field.Tickets, "k")
				must(t, err)
				query, err := Spec(p.t).With(own).Parse(values, nil)
				must(t, err)
				sel, reach := selectionOf(query), tc.who.Reach("tickets:read")
				sel.sorted, err = w.fields.Sorted(ctx, q, p.t, field.Tickets, query.SortField())
				must(t, err)
				must(t, w.tickets.look(ctx, q, tc.who, reach, query, &sel))
				text, err = sortedIDs(where, tc.who, reach, query, sel)
				return err
			}))
			plan := explain(t, d, text, where.Args())
			checkPlan(t, d, tc.who.Name+" "+tc.query, plan, []string{tc.index})
			all := strings.Join(plan, "\n")
			if few := strings.HasPrefix(text, "WITH pick"); few != tc.few {
				t.Errorf("%s: starts from a few: %v", tc.query, few)
			}
			if !tc.few && (strings.Contains(all, "Sort") || strings.Contains(all, "TEMP B-TREE")) {
				t.Errorf("%s is sorted:\n%s", tc.query, all)
			}
			if strings.Contains(all, "SCAN fv") || strings.Contains(all, "Seq Scan on field_value") {
				t.Errorf("%s reads a whole index:\n%s", tc.query, all)
			}
		}
	})
}

// bytesOf makes bytes that sort as a number between 1000 and 9999 does.
func bytesOf(d *db.DB, column string) string {
	if d.Engine() == db.Postgres {
		return "convert_to('" + "\x01" + "' || " + column + ", 'UTF8')"
	}
	return "CAST(char(1) || " + column + " AS BLOB)"
}
