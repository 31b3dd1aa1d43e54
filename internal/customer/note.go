package customer

import (
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Note is a remark that staff keep about a customer. Customers never see it.
type Note struct {
	ID         id.ID
	Customer   id.ID
	Author     id.ID
	AuthorName string
	Body       string // plain text, 1 to 10,000 characters after trimming
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

func (n *Note) validate() error {
	n.Body = strings.TrimSpace(n.Body)
	return errs.Check(errs.Length("body", n.Body, 1, 10_000))
}
