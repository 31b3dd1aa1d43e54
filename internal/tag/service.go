package tag

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Deps are what the room needs. Links are the link tables of all rooms, emptied when a tag is deleted.
type Deps struct {
	DB     *db.DB
	Clock  clock.Clock
	Events *event.Log
	Links  []Links
}

// Tables is where the product's rooms keep their links.
func Tables() []Links {
	return []Links{{"customer_tag", "customer_id"}, {"ticket_tag", "ticket_id"}, {"product_tag", "product_id"}}
}

// Service keeps the dictionary. It is safe for concurrent use.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	events *event.Log
	links  []Links
}

// New makes the service.
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Clock == nil || d.Events == nil {
		return nil, errors.New("tag: DB, Clock and Events are needed")
	}
	return &Service{db: d.DB, clock: d.Clock, events: d.Events, links: d.Links}, nil
}

// Provision gives a new workspace the built-in tags. Running it again adds what is missing.
func (s *Service) Provision(ctx context.Context, tx db.Tx, t tenant.ID) error {
	now := s.clock.Now()
	for _, g := range builtIn() {
		g.ID, g.BuiltIn, g.CreatedAt = id.New(now), true, now
		if _, err := insert(ctx, tx, t, g); err != nil {
			return err
		}
	}
	return nil
}

// Spec is what the list of tags allows.
func Spec() *page.Spec {
	return &page.Spec{ID: "id", Default: "name", Fields: map[string]page.Field{
		"name":    {Column: "name_key", Type: page.Folded, Sort: true, Doc: "Name, whatever its case"},
		"builtIn": {Column: "built_in", Type: page.Bool, Doc: "Set by the product itself"},
	}}
}

// List pages through the tags, for any signed-in user. q= finds names that begin with the text.
func (s *Service) List(ctx context.Context, who auth.Actor, values url.Values, selectable []string) (page.Result[Tag], *page.Query, error) {
	if who.User.IsZero() && !who.IsSystem() {
		return page.Result[Tag]{}, nil, who.Require("tags:write")
	}
	q, err := Spec().Parse(values, selectable)
	if err != nil {
		return page.Result[Tag]{}, nil, err
	}
	w := db.NewWhere(who.Tenant)
	q.Apply(w)
	if q.Text != "" {
		w.And("substr(name_key, 1, ?) = ?", len([]rune(Key(q.Text))), Key(q.Text))
	}
	var out page.Result[Tag]
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, r db.Reader) error {
		filter := w.SQL()
		if q.Total {
			n, err := db.Scalar[int64](ctx, r, `SELECT COUNT(*) FROM tag WHERE tenant_id = $1`+filter, w.Args()...)
			if err != nil {
				return err
			}
			defer func() { out.Total = &n }()
		}
		order, err := q.Page(w)
		if err != nil {
			return err
		}
		rows, err := db.All(ctx, r, scanTag, `SELECT `+columns+` FROM tag WHERE tenant_id = $1`+w.SQL()+order, w.Args()...)
		if err != nil {
			return err
		}
		out, err = page.Cut(q, rows, func(g Tag) (any, id.ID) { return Key(g.Name), g.ID })
		return err
	})
	return out, q, err
}

// Read gives one tag to any signed-in user. Errors: NotFound.
func (s *Service) Read(ctx context.Context, who auth.Actor, tag id.ID) (Tag, error) {
	if who.User.IsZero() && !who.IsSystem() {
		return Tag{}, who.Require("tags:write")
	}
	var g Tag
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) (err error) {
		g, err = readOne(ctx, q, who.Tenant, tag)
		return err
	})
	return g, err
}

// Create adds a tag. Errors: Forbidden without tags:write, Invalid, Conflict when the name is taken.
func (s *Service) Create(ctx context.Context, who auth.Actor, name, colour string) (Tag, error) {
	if err := who.Require("tags:write"); err != nil {
		return Tag{}, err
	}
	now := s.clock.Now()
	g := Tag{ID: id.New(now), Name: name, Colour: colour, CreatedAt: now}
	if err := g.validate(); err != nil {
		return Tag{}, err
	}
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		ok, err := insert(ctx, tx, who.Tenant, g)
		if err != nil {
			return err
		}
		if !ok {
			return taken(g.Name)
		}
		return s.events.Record(ctx, tx, who, Changed{Tag: g.ID, Name: g.Name, What: "created"})
	})
	return g, err
}

// Update renames or recolours a tag; nil leaves a part alone. Errors: Forbidden, NotFound, Invalid,
// Conflict for a taken name or a built-in tag's.
func (s *Service) Update(ctx context.Context, who auth.Actor, tag id.ID, name, colour *string) (Tag, error) {
	if err := who.Require("tags:write"); err != nil {
		return Tag{}, err
	}
	var g Tag
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) (err error) {
		if g, err = readOne(ctx, tx, who.Tenant, tag); err != nil {
			return err
		}
		before := g
		if name != nil {
			g.Name = *name
		}
		if colour != nil {
			g.Colour = *colour
		}
		if err := g.validate(); err != nil {
			return err
		}
		if g == before {
			return nil
		}
		if g.BuiltIn && g.Name != before.Name {
			return errs.New(errs.Conflict, "tag_built_in", "A built-in tag cannot be renamed.")
		}
		if err := update(ctx, tx, who.Tenant, g); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, Changed{Tag: g.ID, Name: g.Name, What: "updated"})
	})
	if db.IsUnique(err) {
		err = taken(g.Name)
	}
	return g, err
}

// Delete takes a tag off everything and removes it. Errors: Forbidden, NotFound, Conflict for a
// built-in one.
func (s *Service) Delete(ctx context.Context, who auth.Actor, tag id.ID) error {
	if err := who.Require("tags:write"); err != nil {
		return err
	}
	// Most links go in short transactions, so that a tag on a million customers holds nobody up; the
	// last transaction takes the rest and the tag. Stopped halfway, the request can be repeated.
	const batch = 2000
	for {
		var rest bool
		err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
			g, err := readOne(ctx, tx, who.Tenant, tag)
			if err != nil {
				return err
			}
			if g.BuiltIn {
				return errs.New(errs.Conflict, "tag_built_in", "A built-in tag cannot be deleted.")
			}
			rest = false
			for _, l := range s.links {
				n, err := l.drop(ctx, tx, who.Tenant, tag, batch)
				if err != nil {
					return err
				}
				rest = rest || n == batch
			}
			if rest {
				return nil
			}
			if err := remove(ctx, tx, who.Tenant, tag); err != nil {
				return err
			}
			return s.events.Record(ctx, tx, who, Changed{Tag: tag, Name: g.Name, What: "deleted"})
		})
		if err != nil || !rest {
			return err
		}
	}
}

// Ensure finds tags by name, in the order given and without doubles, and makes those that are missing.
// Errors: Forbidden when one is missing and the actor lacks tags:write, Invalid naming "tags[i]".
func (s *Service) Ensure(ctx context.Context, tx db.Tx, who auth.Actor, names []string) ([]Tag, error) {
	if len(names) == 0 {
		return nil, nil
	}
	if len(names) > MaxTags {
		return nil, errs.OnField("tags", "can be at most 100")
	}
	keys := make([]string, len(names))
	problems := make([]*errs.Field, len(names))
	for i, n := range names {
		keys[i], problems[i] = Key(n), checkName(at(i), clean(n))
	}
	if err := errs.Check(problems...); err != nil {
		return nil, err
	}
	byKey, err := s.byKey(ctx, tx, who.Tenant, keys)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	made := false
	for i, key := range keys {
		if _, ok := byKey[key]; ok {
			continue
		}
		if err := who.Require("tags:write"); err != nil {
			return nil, err
		}
		g := Tag{ID: id.New(now), Name: clean(names[i]), Colour: DefaultColour, CreatedAt: now}
		ok, err := insert(ctx, tx, who.Tenant, g)
		if err != nil {
			return nil, err
		}
		byKey[key], made = g, true
		if ok {
			if err := s.events.Record(ctx, tx, who, Changed{Tag: g.ID, Name: g.Name, What: "created"}); err != nil {
				return nil, err
			}
		}
	}
	if made { // somebody else may have made one at the same moment: theirs counts
		if byKey, err = s.byKey(ctx, tx, who.Tenant, keys); err != nil {
			return nil, err
		}
	}
	var out []Tag
	for _, key := range keys {
		g := byKey[key]
		if !slices.ContainsFunc(out, func(o Tag) bool { return o.ID == g.ID }) {
			out = append(out, g)
		}
	}
	return out, nil
}

// ByIDs reads tags by id. Errors: Invalid naming "tagIds[i]" for one that does not exist.
func (s *Service) ByIDs(ctx context.Context, q db.Reader, t tenant.ID, ids []id.ID) ([]Tag, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	tags, err := readByIDs(ctx, q, t, ids)
	if err != nil {
		return nil, err
	}
	for i, want := range ids {
		if !slices.ContainsFunc(tags, func(g Tag) bool { return g.ID == want }) {
			return nil, errs.OnField("tagIds["+number(i)+"]", "is no tag")
		}
	}
	return tags, nil
}

// Find reads tags by name without making any; names that are no tag are left out.
func (s *Service) Find(ctx context.Context, q db.Reader, t tenant.ID, names []string) ([]Tag, error) {
	if len(names) == 0 {
		return nil, nil
	}
	keys := make([]string, len(names))
	for i, n := range names {
		keys[i] = Key(n)
	}
	return readByKeys(ctx, q, t, keys)
}

func (s *Service) byKey(ctx context.Context, q db.Reader, t tenant.ID, keys []string) (map[string]Tag, error) {
	tags, err := readByKeys(ctx, q, t, keys)
	out := make(map[string]Tag, len(tags))
	for _, g := range tags {
		out[Key(g.Name)] = g
	}
	return out, err
}

func taken(name string) error {
	return &errs.Error{
		Kind: errs.Conflict, Code: "tag_exists", Message: "There is already a tag with this name.",
		Fields: []errs.Field{{Location: "name", Message: name + " is taken"}},
	}
}
