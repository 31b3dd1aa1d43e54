package customer

import (
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Group is customers that somebody put together by hand.
type Group struct {
	ID          id.ID
	Name        string // unique in the workspace whatever its case
	Description string
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

func groupKey(name string) string { return strings.ToLower(norm.NFC.String(name)) }

func (g *Group) validate() error {
	g.Name, g.Description = strings.Join(strings.Fields(g.Name), " "), strings.TrimSpace(g.Description)
	return errs.Check(errs.Length("name", g.Name, 1, 80), errs.Length("description", g.Description, 0, 1000))
}

func groupTaken(name string) error {
	return &errs.Error{
		Kind: errs.Conflict, Code: "group_exists", Message: "There is already a group with this name.",
		Fields: []errs.Field{{Location: "name", Message: name + " is taken"}},
	}
}
