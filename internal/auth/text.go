package auth

import (
	"errors"
	"slices"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// codeOf is an error's stable code.
func codeOf(err error) string {
	var e *errs.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return errs.Internal.String()
}

// withField adds a problem to an error about fields.
func withField(err error, more *errs.Field) error {
	var e *errs.Error
	if more == nil || !errors.As(err, &e) || e.Kind != errs.Invalid {
		return err
	}
	out := *e
	out.Fields = append(slices.Clone(e.Fields), *more)
	return &out
}

// oneLine keeps a name from adding lines to a mail.
func oneLine(s string) string { return tidy(s) }

// withWorkspace adds that a workspace's name is missing to other problems of a set-up.
func withWorkspace(err error, name string) error {
	return withField(err, errs.Length("workspace.name", tidy(name), 1, 100))
}

// atWorkspace says that problems of the workspace are in its part of the request.
func atWorkspace(err error) error {
	var e *errs.Error
	if !errors.As(err, &e) || e.Kind != errs.Invalid {
		return err
	}
	out := *e
	out.Fields = slices.Clone(e.Fields)
	for i := range out.Fields {
		switch out.Fields[i].Location {
		case "name", "slug", "currency", "timezone", "locale":
			out.Fields[i].Location = "workspace." + out.Fields[i].Location
		}
	}
	return &out
}
