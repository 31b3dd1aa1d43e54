package customerapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Value tells what a customer bought: how many orders, and the sum per currency less returns.
type Value interface {
	CustomerValue(ctx context.Context, t tenant.ID, customer id.ID) (orders int64, values []money.Money, err error)
}

type api struct {
	customers *customer.Service
	journey   *customer.Journey
	value     Value
}

// group is the heading in the reference.
const group = "Customers"

// Register adds the operations under /customers and /groups. value may be nil: then there are no stats.
func Register(a *httpx.API, s *customer.Service, j *customer.Journey, value Value) {
	h := &api{s, j, value}
	h.registerCustomers(a)
	h.registerTags(a)
	h.registerNotes(a)
	h.registerIdentities(a)
	h.registerGroups(a)
	h.registerJourney(a)
}
