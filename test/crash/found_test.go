package crash

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// found is what a database and a data folder hold, in the words of the ledger.
type found struct {
	things map[string][]string // kind, space and mark → the contents, one for each that is there
	values map[string]string   // target → value
	wrong  []string            // what does not fit together
}

func place(kind string, space int, mark string) string {
	return fmt.Sprintf("%s %d %s", kind, space, mark)
}

// makers give what is there by kind: workspace, mark, content.
var makers = map[string]string{
	"customer":      `SELECT tenant_id, last_name, first_name FROM customer`,
	"order":         `SELECT tenant_id, number, total || ' of ' || line_count FROM sales_order`,
	"ticket":        `SELECT tenant_id, title, '' FROM ticket`,
	"customer note": `SELECT tenant_id, body, '' FROM customer_note`,
	"order note":    `SELECT tenant_id, body, '' FROM order_note`,
	"tag":           `SELECT tenant_id, name, colour FROM tag`,
	"product":       `SELECT tenant_id, sku, CAST(price AS TEXT) FROM product`,
	"group":         `SELECT tenant_id, name, '' FROM customer_group`,
	"role":          `SELECT tenant_id, name, '' FROM role`,
	"payment":       `SELECT tenant_id, reference, kind || ' ' || amount FROM payment_transaction`,
	"message":       `SELECT tenant_id, substr(body, 11), CASE WHEN internal THEN 'true' ELSE 'false' END || ' ' || file_count FROM ticket_message WHERE body LIKE 'Regarding %'`,
	"field":         `SELECT tenant_id, key, label FROM custom_field WHERE deleted_at IS NULL`,
}

// givers give the values of what is there: id, value.
var givers = map[string]string{
	"company":      `SELECT id, company FROM customer`,
	"status":       `SELECT id, status FROM ticket`,
	"order status": `SELECT id, status FROM sales_order`,
	"assignee":     `SELECT id, CASE WHEN assignee_id IS NULL THEN 'nobody' ELSE 'somebody' END FROM ticket`,
	"draft":        `SELECT ticket_id, html FROM ticket_draft`,
}

// lists give values of several rows: id, one part.
var lists = map[string]string{
	"tags": `SELECT l.customer_id, t.name FROM customer_tag l JOIN tag t ON t.tenant_id = l.tenant_id AND t.id = l.tag_id ORDER BY l.customer_id, t.name`,
	"role": `SELECT role_id, permission FROM role_permission ORDER BY role_id, permission`,
}

// laws are questions that must have no answer: each gives what does not fit together.
var laws = map[string]string{
	"an order is not the sum of its lines": `
		SELECT o.number FROM sales_order o
		WHERE o.line_count <> (SELECT COUNT(*) FROM order_line l WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id)
			OR o.subtotal <> (SELECT COALESCE(SUM(l.total + l.discount - l.tax), 0) FROM order_line l WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id)
			OR o.total <> o.subtotal - o.discount + o.tax`,
	"an order's status is not its history's": `
		SELECT o.number FROM sales_order o
		WHERE o.status <> (SELECT c.to_status FROM order_status_change c WHERE c.tenant_id = o.tenant_id AND c.order_id = o.id ORDER BY c.id DESC LIMIT 1)`,
	"a ticket counts its messages wrongly": `
		SELECT k.title FROM ticket k
		WHERE k.message_count <> (SELECT COUNT(*) FROM ticket_message m WHERE m.tenant_id = k.tenant_id AND m.ticket_id = k.id AND m.state = 'sent')`,
	"a ticket's number is above the counter": `
		SELECT k.title FROM ticket k
		WHERE NOT EXISTS (SELECT 1 FROM counter c WHERE c.tenant_id = k.tenant_id AND c.value >= k.number)`,
	"a message counts its files wrongly": `
		SELECT m.body FROM ticket_message m
		WHERE m.file_count <> (SELECT COUNT(*) FROM ticket_attachment a WHERE a.tenant_id = m.tenant_id AND a.message_id = m.id)`,
	"an attached file has no owner": `
		SELECT f.name FROM ticket_attachment a JOIN media_file f ON f.tenant_id = a.tenant_id AND f.id = a.file_id
		WHERE f.owner_id IS NULL`,
	"a customer has not one event of its making": once("customer", "customer.created", "last_name", "TRUE"),
	"an order has not one event of its making":   once("sales_order", "order.placed", "number", "TRUE"),
	"a ticket has not one event of its making":   once("ticket", "ticket.created", "title", "TRUE"),
	"a sent message has not one event": `
		SELECT m.body FROM ticket_message m
		WHERE m.state = 'sent' AND m.body LIKE 'Regarding %' AND 1 <> (
			SELECT COUNT(*) FROM event e
			WHERE e.tenant_id = m.tenant_id AND e.object_id = m.ticket_id AND e.kind = 'ticket.message_added' AND e.data->>'messageId' = ` + "%id%" + `)`,
	"a payment has not one event": `
		SELECT p.reference FROM payment_transaction p
		WHERE 1 <> (SELECT COUNT(*) FROM event e WHERE e.tenant_id = p.tenant_id AND e.kind = 'transaction.recorded' AND (e.object_id = p.id OR e.object_id = p.order_id AND e.data->>'transaction' = ` + "%pid%" + `))`,
	"a session ended by a token that came back": `SELECT action FROM audit_entry WHERE action = 'session.reuse_detected'`,
	"a session ended without being asked to":    `SELECT device FROM session WHERE revoked_at IS NOT NULL`,
	"an object is not in the search index, or doubly": `
		SELECT x.name FROM (
			SELECT tenant_id, id, last_name AS name FROM customer UNION ALL SELECT tenant_id, id, number FROM sales_order UNION ALL
			SELECT tenant_id, id, title FROM ticket UNION ALL SELECT tenant_id, id, body FROM ticket_message WHERE state = 'sent' UNION ALL SELECT tenant_id, id, sku FROM product
		) x WHERE 1 <> (SELECT COUNT(*) FROM %index% s WHERE s.tenant_id = x.tenant_id AND s.object = x.id)`,
	"a field's index knows another object or value twice": `
		SELECT CAST(COUNT(*) AS TEXT) FROM field_value v GROUP BY v.tenant_id, v.field_id, v.object_id HAVING COUNT(*) > 1`,
}

func once(table, kind, name, where string) string {
	return `SELECT x.` + name + ` FROM ` + table + ` x WHERE ` + where + ` AND 1 <> (
		SELECT COUNT(*) FROM event e WHERE e.tenant_id = x.tenant_id AND e.object_id = x.id AND e.kind = '` + kind + `')`
}

// endings are laws that hold once the queue has come to rest.
var endings = map[string]string{
	"a job was given up":             `SELECT kind || ': ' || last_error FROM job WHERE state = 'dead'`,
	"a job is still held":            `SELECT kind FROM job WHERE state = 'running'`,
	"a field has no index":           `SELECT key FROM custom_field WHERE indexed AND NOT index_ready`,
	"a deleted field is still there": `SELECT key FROM custom_field WHERE deleted_at IS NOT NULL`,
	"a picture has no thumbnail":     `SELECT name FROM media_file WHERE content_type = 'image/png' AND thumbnail_key IS NULL`,
	"a message is still held":        `SELECT body FROM ticket_message WHERE state = 'held'`,
	"an index does not know a value": `
		SELECT c.last_name FROM custom_field f JOIN customer c ON c.tenant_id = f.tenant_id
		WHERE f.indexed AND NOT EXISTS (SELECT 1 FROM field_value v WHERE v.tenant_id = f.tenant_id AND v.field_id = f.id AND v.object_id = c.id)`,
}

// look reads all of it. At the end the queue has come to rest.
func look(ctx context.Context, d *db.DB, dir string, atEnd bool) (f found, err error) {
	err = d.ReadAll(ctx, func(ctx context.Context, q db.Reader) error {
		f, err = lookIn(ctx, q, dir, atEnd)
		return err
	})
	return f, err
}

func lookIn(ctx context.Context, q db.Reader, dir string, atEnd bool) (found, error) {
	f := found{things: map[string][]string{}, values: map[string]string{}}
	for kind, text := range makers {
		err := each(ctx, q, text, func(r db.Row) error {
			var space int
			var mark, content string
			err := r.Scan(&space, &mark, &content)
			p := place(kind, space-1, mark)
			f.things[p] = append(f.things[p], content)
			return err
		})
		if err != nil {
			return f, fmt.Errorf("%s: %w", kind, err)
		}
	}
	for _, m := range []map[string]string{givers, lists} {
		for kind, text := range m {
			err := each(ctx, q, text, func(r db.Row) error {
				var i id.ID
				var v string
				err := r.Scan(&i, &v)
				at := kind + " " + i.String()
				if old, ok := f.values[at]; ok {
					v = old + "," + v
				}
				f.values[at] = v
				return err
			})
			if err != nil {
				return f, fmt.Errorf("%s: %w", kind, err)
			}
		}
	}
	for _, table := range []string{"customer_note", "custom_field WHERE deleted_at IS NULL"} {
		kind := map[string]string{"customer_note": "customer note"}[table]
		if kind == "" {
			kind = "field"
		}
		err := each(ctx, q, `SELECT id FROM `+table, func(r db.Row) error {
			var i id.ID
			err := r.Scan(&i)
			f.values[kind+" "+i.String()] = "there"
			return err
		})
		if err != nil {
			return f, err
		}
	}
	if err := f.obey(ctx, q, laws); err != nil {
		return f, err
	}
	if atEnd {
		if err := f.obey(ctx, q, endings); err != nil {
			return f, err
		}
	}
	if q.Engine() == db.SQLite {
		for _, check := range []string{`SELECT "table" FROM pragma_foreign_key_check`, `SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'`} {
			if err := f.obey(ctx, q, map[string]string{"the file is damaged": check}); err != nil {
				return f, err
			}
		}
	}
	return f, f.files(ctx, q, filepath.Join(dir, "files"), atEnd)
}

func each(ctx context.Context, q db.Reader, text string, do func(db.Row) error) error {
	_, err := db.All(ctx, q, func(r db.Row) (struct{}, error) { return struct{}{}, do(r) }, text)
	return err
}

func (f *found) obey(ctx context.Context, q db.Reader, all map[string]string) error {
	// An id as the text that events hold.
	form := func(column string) string {
		if q.Engine() == db.Postgres {
			return `CAST(` + column + ` AS TEXT)`
		}
		h := `lower(hex(` + column + `))`
		return `substr(` + h + `, 1, 8) || '-' || substr(` + h + `, 9, 4) || '-' || substr(` + h + `, 13, 4) || '-' || substr(` + h + `, 17, 4) || '-' || substr(` + h + `, 21)`
	}
	index := `search_doc`
	if q.Engine() == db.Postgres {
		index = `(SELECT tenant_id, object FROM search_entity UNION ALL SELECT tenant_id, object FROM search_message)`
	}
	for law, text := range all {
		text = strings.NewReplacer("%index%", index, "%id%", form("m.id"), "%pid%", form("p.id")).Replace(text)
		n := 0
		err := each(ctx, q, text, func(r db.Row) error {
			var what string
			if n++; n > 3 {
				return nil
			}
			err := r.Scan(&what)
			f.wrong = append(f.wrong, law+": "+what)
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", law, err)
		}
	}
	return nil
}

// files compares the rows of files with the bytes on the disk. At the end nothing lies there without a row.
func (f *found) files(ctx context.Context, q db.Reader, dir string, atEnd bool) error {
	known := map[string]bool{}
	err := each(ctx, q, `SELECT tenant_id, name, size, sha256, blob_key, thumbnail_key FROM media_file`, func(r db.Row) error {
		var space int
		var size int64
		var name, key, thumbnail string
		var sum []byte
		if err := r.Scan(&space, &name, &size, &sum, &key, db.Text(&thumbnail)); err != nil {
			return err
		}
		at := place("file", space-1, name)
		f.things[at] = append(f.things[at], hex.EncodeToString(sum))
		known[key], known[thumbnail] = true, true
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(key)))
		if err != nil {
			f.wrong = append(f.wrong, fmt.Sprintf("the bytes of %s are lost: %v", name, err))
			return nil
		}
		if got := sha256.Sum256(b); int64(len(b)) != size || hex.EncodeToString(got[:]) != hex.EncodeToString(sum) {
			f.wrong = append(f.wrong, "the bytes of "+name+" are others")
		}
		if thumbnail != "" {
			if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(thumbnail))); err != nil {
				f.wrong = append(f.wrong, "the thumbnail of "+name+" is lost")
			}
		}
		return nil
	})
	if err != nil || !atEnd {
		return err
	}
	left, err := orphans(dir, known)
	for _, o := range left {
		f.wrong = append(f.wrong, "orphan: "+o)
	}
	return err
}

// orphans lists the files that nobody knows, half uploads among them.
func orphans(dir string, known map[string]bool) (out []string, err error) {
	err = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		below, err := filepath.Rel(dir, p)
		if err == nil && !known[filepath.ToSlash(below)] {
			out = append(out, below)
		}
		return err
	})
	return out, err
}
