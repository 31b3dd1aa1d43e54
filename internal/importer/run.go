package importer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/catalog"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/order"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Deps is what an import writes through.
type Deps struct {
	DB        *db.DB
	Customers *customer.Service
	Products  *catalog.Service
	Orders    *order.Service
}

// Report is what an import did.
type Report struct {
	Rows         int64  `json:"rows"`
	Orders       int64  `json:"orders"`    // in the file
	NewOrders    int64  `json:"newOrders"` // that were not there before
	NewLines     int64  `json:"newLines"`
	NewCustomers int64  `json:"newCustomers"`
	NewProducts  int64  `json:"newProducts"`
	BadRows      int64  `json:"badRows"`
	ErrorFile    string `json:"errorFile,omitempty"`
	DryRun       bool   `json:"dryRun,omitempty"`
}

// Chunks are one transaction each: large enough to be fast, small enough to leave the writer to others.
const (
	chunkOrders = 150
	chunkLines  = 4000
)

// Run imports a file into a workspace. progress, when not nil, is told after each chunk how many of the
// file's rows are done. With dryRun nothing is written. bad is where refused lines go.
// Errors: Invalid when the file or the options are wrong; bad lines are no error.
func Run(ctx context.Context, d Deps, t tenant.ID, path string, o Options, bad string, dryRun bool, progress func(done, total int64)) (Report, error) {
	f, err := newFormat(o)
	if err != nil {
		return Report{}, err
	}
	left, total, err := countRows(ctx, path, f)
	if err != nil {
		return Report{}, err
	}
	r := &run{
		d: d, t: t, who: auth.System(t, "import"), f: f, left: left, open: map[string]*draft{}, customers: map[string]id.ID{}, products: map[string]id.ID{},
		errors: &errorFile{path: bad}, report: Report{DryRun: dryRun}, total: total, progress: progress,
	}
	err = errors.Join(r.read(ctx, path), r.errors.close())
	r.report.BadRows = r.errors.count
	if r.errors.count > 0 {
		r.report.ErrorFile = bad
	}
	return r.report, err
}

// countRows counts each order's rows, so that an order can be written when its last row was read,
// wherever in the file that is.
func countRows(ctx context.Context, path string, f format) (map[string]int32, int64, error) {
	s, err := open(path, f)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = s.close() }()
	left := map[string]int32{}
	var total int64
	for ctx.Err() == nil {
		r, _, err := s.next()
		var skip lineError
		switch {
		case errors.Is(err, io.EOF):
			return left, total, nil
		case err != nil && !errors.As(err, &skip):
			return nil, 0, err
		}
		total++
		if err == nil {
			if n := f.number(r); n != "" {
				left[n]++
			}
		}
	}
	return nil, 0, ctx.Err()
}

// draft is an order of which not all rows were read yet.
type draft struct {
	order  *order.Order
	person person
	header *header
	line   int // where it begins
}

type run struct {
	d   Deps
	t   tenant.ID
	who auth.Actor
	f   format

	left      map[string]int32 // rows still to come, by order number
	open      map[string]*draft
	ready     []*draft
	lines     int
	customers map[string]id.ID // committed ones only
	products  map[string]id.ID

	errors      *errorFile
	report      Report
	done, total int64
	progress    func(done, total int64)
}

func (r *run) read(ctx context.Context, path string) error {
	s, err := open(path, r.f)
	if err != nil {
		return err
	}
	defer func() { _ = s.close() }()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec, line, err := s.next()
		var skip lineError
		switch {
		case errors.Is(err, io.EOF):
			return r.flush(ctx)
		case errors.As(err, &skip):
			r.done++
			r.report.Rows++
			if err := r.errors.add(line, skip.reason, rec); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		}
		r.done++
		r.report.Rows++
		if err := r.take(rec, line); err != nil {
			return err
		}
		if len(r.ready) >= chunkOrders || r.lines >= chunkLines {
			if err := r.flush(ctx); err != nil {
				return err
			}
		}
	}
}

// take puts a row into its order; the order is ready with its last row.
func (r *run) take(rec record, line int) error {
	number := r.f.number(rec)
	if number == "" {
		return r.errors.add(line, "has no order number", rec)
	}
	r.left[number]--
	parsed, err := r.f.parse(rec)
	if err != nil {
		err = r.errors.add(line, err.Error(), rec)
	} else {
		err = r.add(parsed, line, rec)
	}
	if r.left[number] == 0 {
		delete(r.left, number)
		if d := r.open[number]; d != nil {
			delete(r.open, number)
			r.finish(d)
		}
	}
	return err
}

func (r *run) add(in row, line int, rec record) error {
	d := r.open[in.number]
	if d == nil {
		d = &draft{line: line, order: &order.Order{
			Number: in.number, Kind: in.kind, Status: in.status, Currency: in.currency, PlacedAt: in.placedAt, Source: r.f.system(), Fields: map[string]any{},
		}}
		r.open[in.number] = d
	}
	if in.currency != d.order.Currency {
		return r.errors.add(line, "is in another currency than the order's first line", rec)
	}
	if in.person.known() && !d.person.known() {
		d.person = in.person
	}
	if in.header != nil && d.header == nil {
		d.header = in.header
		d.order.Status = in.status
	}
	if !in.placedAt.IsZero() && (d.order.PlacedAt.IsZero() || in.placedAt.Before(d.order.PlacedAt)) {
		d.order.PlacedAt = in.placedAt
	}
	d.order.Lines = append(append(d.order.Lines, in.line), in.more...)
	return nil
}

func (r *run) finish(d *draft) {
	r.report.Orders++
	r.ready = append(r.ready, d)
	r.lines += len(d.order.Lines)
}

// flush writes the orders that are ready in one transaction.
func (r *run) flush(ctx context.Context) error {
	good := r.ready[:0]
	for _, d := range r.ready {
		if err := d.sum(); err != nil {
			if err := r.errors.add(d.line, "order "+d.order.Number+": "+err.Error(), record{}); err != nil {
				return err
			}
			continue
		}
		good = append(good, d)
	}
	var w written
	write := func(ctx context.Context, tx db.Tx) (err error) {
		w, err = r.write(ctx, tx, good)
		return err
	}
	var err error
	if r.report.DryRun {
		err = r.look(ctx, good, &w)
	} else if len(good) > 0 {
		err = r.d.DB.Write(ctx, r.t, write)
	}
	if err != nil {
		return errs.Wrapf(err, "write orders up to row %d", r.done)
	}
	for k, v := range w.customers {
		r.customers[k] = v
	}
	for k, v := range w.products {
		r.products[k] = v
	}
	for _, text := range w.problems {
		if err := r.errors.add(0, text, record{}); err != nil {
			return err
		}
	}
	r.report.NewOrders += w.orders
	r.report.NewLines += w.lines
	r.report.NewCustomers += w.newCustomers
	r.report.NewProducts += w.newProducts
	r.ready, r.lines = r.ready[:0], 0
	if r.progress != nil {
		r.progress(r.done, r.total)
	}
	return nil
}

// sum computes the totals and compares them with what the file says.
func (d *draft) sum() error {
	var discount, tax int64
	if d.header != nil {
		discount, tax = d.header.discount, d.header.tax
		for _, l := range d.order.Lines {
			discount -= l.Discount
			tax -= l.Tax
		}
	}
	if err := d.order.Check(); err != nil {
		return err
	}
	if err := d.order.Add(discount, tax); err != nil {
		return err
	}
	if d.header != nil && d.header.hasTotal && d.header.total != d.order.Total {
		return fmt.Errorf("the lines add up to %s, the file says %s", money.Of(d.order.Total, d.order.Currency), money.Of(d.header.total, d.order.Currency))
	}
	return nil
}

// written is what one transaction did; it counts only once that is committed.
type written struct {
	orders, lines, newCustomers, newProducts int64
	customers, products                      map[string]id.ID
	problems                                 []string
}

func (r *run) write(ctx context.Context, tx db.Tx, drafts []*draft) (w written, err error) {
	fresh, err := r.unknown(ctx, tx, drafts)
	if err != nil || len(fresh) == 0 {
		return w, err
	}
	if err := r.ensureCustomers(ctx, tx, fresh, &w); err != nil {
		return w, err
	}
	if err := r.ensureProducts(ctx, tx, fresh, &w); err != nil {
		return w, err
	}
	orders := make([]*order.Order, len(fresh))
	for i, d := range fresh {
		o := d.order
		o.Customer = lookup(d.person.key(), w.customers, r.customers)
		for j := range o.Lines {
			o.Lines[j].Product = lookup(o.Lines[j].SKU, w.products, r.products)
		}
		orders[i] = o
		w.lines += o.LineCount
	}
	w.orders = int64(len(orders))
	return w, r.d.Orders.ImportTx(ctx, tx, r.who.Origin(), orders)
}

func lookup(key string, maps ...map[string]id.ID) id.ID {
	for _, m := range maps {
		if v, ok := m[key]; ok {
			return v
		}
	}
	return id.Zero
}

// unknown leaves out the orders that are there already.
func (r *run) unknown(ctx context.Context, q db.Reader, drafts []*draft) ([]*draft, error) {
	numbers := make([]string, len(drafts))
	for i, d := range drafts {
		numbers[i] = d.order.Number
	}
	known, err := r.d.Orders.Existing(ctx, q, r.t, numbers)
	if err != nil {
		return nil, err
	}
	out := make([]*draft, 0, len(drafts))
	for _, d := range drafts {
		if !known[d.order.Number] {
			out = append(out, d)
		}
	}
	return out, nil
}

func (r *run) ensureCustomers(ctx context.Context, tx db.Tx, drafts []*draft, w *written) error {
	w.customers = map[string]id.ID{}
	var puts []customer.Put
	var keys []string
	for _, d := range drafts {
		k := d.person.key()
		if _, ok := r.customers[k]; ok || !d.person.known() {
			continue
		}
		if _, ok := w.customers[k]; ok {
			continue
		}
		w.customers[k] = id.Zero
		keys = append(keys, k)
		puts = append(puts, d.person.put(r.f.system()))
	}
	if len(puts) == 0 {
		return nil
	}
	results, err := r.d.Customers.PutMany(ctx, tx, r.who, r.f.system(), puts)
	if err != nil {
		return err
	}
	for i, k := range keys {
		w.customers[k] = results[i].ID
		if results[i].Created {
			w.newCustomers++
		}
		if results[i].Problem != "" {
			w.problems = append(w.problems, "customer "+puts[i].Key+": "+results[i].Problem)
		}
	}
	return nil
}

func (r *run) ensureProducts(ctx context.Context, tx db.Tx, drafts []*draft, w *written) error {
	w.products = map[string]id.ID{}
	var products []catalog.Product
	for _, d := range drafts {
		for _, l := range d.order.Lines {
			if _, ok := r.products[l.SKU]; ok || l.SKU == "" {
				continue
			}
			if _, ok := w.products[l.SKU]; ok {
				continue
			}
			w.products[l.SKU] = id.Zero
			price := order.RoundPrice(max(l.UnitPrice, 0), d.order.Currency)
			products = append(products, catalog.Product{SKU: l.SKU, Title: l.Title, Status: catalog.Active, Price: price})
		}
	}
	if len(products) == 0 {
		return nil
	}
	ids, created, err := r.d.Products.EnsureTx(ctx, tx, r.t, products)
	if err != nil {
		return err
	}
	w.products, w.newProducts = ids, int64(created)
	return nil
}

// look counts what a run would write, for a dry run. Customers and products are not looked up.
func (r *run) look(ctx context.Context, drafts []*draft, w *written) error {
	return r.d.DB.Read(ctx, r.t, func(ctx context.Context, q db.Reader) error {
		fresh, err := r.unknown(ctx, q, drafts)
		for _, d := range fresh {
			w.orders++
			w.lines += d.order.LineCount
		}
		return err
	})
}
