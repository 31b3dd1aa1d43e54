package tenant

import (
	"context"
	"strings"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
)

// Patch names what to change of a workspace; nil leaves a field alone.
type Patch struct {
	Name       *string
	Currency   *string
	Timezone   *string
	Locale     *string
	SignUpOpen *bool
	MinLength  *int
	Upper      *bool
	Digit      *bool
	Special    *bool
}

// SettingsChanged tells other screens to read the settings again.
type SettingsChanged struct {
	Fields []string `json:"fields"`
}

// EventKind is the fact's name.
func (SettingsChanged) EventKind() string { return "settings.changed" }

// About is the workspace as a whole.
func (SettingsChanged) About() event.About { return event.About{ObjectKind: "workspace"} }

// Match checks the version that a client read; nil accepts every version.
type Match func(version int64) error

// Version is what an ETag of the workspace's settings is made from.
func (w Workspace) Version() int64 { return w.UpdatedAt.UnixMicro() }

// Own gives the actor's workspace as it is now.
func (s *Service) Own(ctx context.Context, who Actor) (Workspace, error) {
	t := who.Origin().Workspace
	if t == 0 {
		return Workspace{}, errs.New(errs.Unauthenticated, "unauthenticated", "Sign in first.")
	}
	var w Workspace
	err := s.deps.DB.Read(ctx, t, func(ctx context.Context, r db.Reader) (err error) {
		w, err = readByID(ctx, r, t)
		return err
	})
	return w, err
}

// Update changes the actor's workspace. Needs settings:write. Errors: Invalid, Precondition.
func (s *Service) Update(ctx context.Context, who Actor, p Patch, match Match) (Workspace, error) {
	if err := who.Require("settings:write"); err != nil {
		return Workspace{}, err
	}
	t := who.Origin().Workspace
	var w Workspace
	err := s.deps.DB.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
		if err := lock(ctx, tx, t); err != nil {
			return err
		}
		var err error
		if w, err = readByID(ctx, tx, t); err != nil {
			return err
		}
		if match != nil {
			if err := match(w.Version()); err != nil {
				return err
			}
		}
		before := w.values()
		p.apply(&w)
		if err := w.validate(); err != nil {
			return err
		}
		changes := audit.Diff(before, w.values())
		if len(changes) == 0 {
			return nil
		}
		w.UpdatedAt = s.deps.Clock.Now()
		if err := update(ctx, tx, w); err != nil {
			return err
		}
		if err := s.deps.Audit.Write(ctx, tx, who, audit.Entry{Action: "settings.changed", ObjectKind: "workspace", ObjectName: w.Name, Changes: changes}); err != nil {
			return err
		}
		fact := SettingsChanged{}
		for name := range changes {
			fact.Fields = append(fact.Fields, name)
		}
		tx.AfterCommit(s.changed)
		return s.deps.Event.Record(ctx, tx, who, fact)
	})
	return w, errs.Wrapf(err, "change settings of workspace %d", t)
}

func (p Patch) apply(w *Workspace) {
	set(&w.Name, p.Name)
	set(&w.Currency, p.Currency)
	set(&w.Timezone, p.Timezone)
	set(&w.Locale, p.Locale)
	w.Name = strings.TrimSpace(w.Name)
	w.Currency = strings.ToUpper(w.Currency)
	set(&w.Settings.SignUpOpen, p.SignUpOpen)
	set(&w.Settings.Password.MinLength, p.MinLength)
	set(&w.Settings.Password.Upper, p.Upper)
	set(&w.Settings.Password.Digit, p.Digit)
	set(&w.Settings.Password.Special, p.Special)
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

func (w Workspace) values() map[string]any {
	p := w.Settings.Password
	return map[string]any{
		"name": w.Name, "currency": w.Currency, "timezone": w.Timezone, "locale": w.Locale, "signUpOpen": w.Settings.SignUpOpen,
		// Not called password…: nothing here is secret.
		"policy.minLength": p.MinLength, "policy.upper": p.Upper, "policy.digit": p.Digit, "policy.special": p.Special,
	}
}
