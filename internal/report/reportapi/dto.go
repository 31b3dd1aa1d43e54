package reportapi

import (
	"time"

	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/report"
)

type person struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name" example:"Ada Byron"`
}

type dashboard struct {
	Tickets      ticketCounts `json:"tickets"`
	Waiting      []ticketRow  `json:"waiting" nullable:"false" doc:"Whom nobody has answered, longest first"`
	ActiveIssues []ticketRow  `json:"activeIssues" nullable:"false" doc:"Open tickets of priority 1 and 2, newest first"`
	Load         []loadRow    `json:"load" nullable:"false" doc:"Open tickets of each user, most first"`
	RecentOrders []orderRow   `json:"recentOrders" nullable:"false"`
	LowStock     []product    `json:"lowStock" nullable:"false" doc:"Products with the fewest pieces left"`
	Upsell       []product    `json:"upsell" nullable:"false" doc:"Best sold and well reviewed"`
	Escalation   []contact    `json:"escalation" nullable:"false" doc:"Whom to call"`
}

type ticketCounts struct {
	Open       int64 `json:"open" example:"4"`
	Pending    int64 `json:"pending" example:"2"`
	Blocked    int64 `json:"blocked" example:"0"`
	Unassigned int64 `json:"unassigned" example:"1"`
	Urgent     int64 `json:"urgent" doc:"Open, of priority 1 or 2" example:"1"`
	Mine       int64 `json:"mine" doc:"Open and assigned to the reader" example:"3"`
	Cap        int64 `json:"cap" doc:"Counts stop here; a count above it means more" example:"1000"`
}

type ticketRow struct {
	ID           id.ID      `json:"id"`
	Number       int64      `json:"number" example:"1042"`
	Title        string     `json:"title" example:"Where is my order?"`
	Status       string     `json:"status" example:"open"`
	Priority     int64      `json:"priority" example:"2"`
	Customer     *person    `json:"customer,omitempty" doc:"Left out when nobody is known"`
	AssigneeID   *id.ID     `json:"assigneeId" nullable:"true"`
	WaitingSince *time.Time `json:"waitingSince,omitempty" doc:"Left out when nobody waits"`
}

type loadRow struct {
	User      person `json:"user"`
	Available bool   `json:"available"`
	Open      int64  `json:"open" example:"3"`
}

type orderRow struct {
	ID       id.ID       `json:"id"`
	Number   string      `json:"number" example:"536365"`
	Kind     string      `json:"kind" example:"sale"`
	Status   string      `json:"status" example:"completed"`
	Customer *person     `json:"customer,omitempty" doc:"Left out when nobody is known"`
	Total    money.Money `json:"total"`
	PlacedAt time.Time   `json:"placedAt"`
}

type product struct {
	ID        id.ID       `json:"id"`
	SKU       string      `json:"sku" example:"85123A"`
	Title     string      `json:"title" example:"White hanging heart T-light holder"`
	Price     money.Money `json:"price"`
	Inventory *int64      `json:"inventory" nullable:"true" example:"40"`
	Rating    *float64    `json:"rating" nullable:"true" example:"4.5"`
	Sold      int64       `json:"sold" doc:"Pieces in the last 90 days, where it is known" example:"120"`
}

type contact struct {
	ID    id.ID  `json:"id"`
	Name  string `json:"name" example:"Sam Okafor"`
	Duty  string `json:"duty" example:"Warehouse"`
	Email string `json:"email" example:"sam@example.com"`
	Phone string `json:"phone" example:"+15550100"`
	Note  string `json:"note" example:"Weekdays 9 to 17"`
}

func showDashboard(d report.Dashboard) dashboard {
	c := d.Tickets
	out := dashboard{
		Tickets: ticketCounts{c.Open, c.Pending, c.Blocked, c.Unassigned, c.Urgent, c.Mine, report.Cap},
		Waiting: showCases(d.Waiting), ActiveIssues: showCases(d.Urgent), Load: make([]loadRow, len(d.Load)),
		RecentOrders: make([]orderRow, len(d.Orders)), LowStock: showProducts(d.Lowest), Upsell: showProducts(d.Top), Escalation: make([]contact, len(d.Sheet)),
	}
	for i, l := range d.Load {
		out.Load[i] = loadRow{person{l.User, l.Name}, l.Available, l.Open}
	}
	for i, o := range d.Orders {
		out.RecentOrders[i] = orderRow{o.ID, o.Number, o.Kind, o.Status, someone(o.CustomerID, o.Customer), o.Total, o.PlacedAt}
	}
	for i, x := range d.Sheet {
		out.Escalation[i] = contact(x)
	}
	return out
}

func someone(who id.ID, name string) *person {
	if who.IsZero() {
		return nil
	}
	return &person{who, name}
}

func showCases(in []report.Case) []ticketRow {
	out := make([]ticketRow, len(in))
	for i, c := range in {
		out[i] = ticketRow{c.ID, c.Number, c.Title, c.Status, c.Priority, someone(c.CustomerID, c.Customer), c.AssigneeID.Pointer(), nil}
		if !c.WaitingSince.IsZero() {
			out[i].WaitingSince = &c.WaitingSince
		}
	}
	return out
}

func showProducts(in []report.Item) []product {
	out := make([]product, len(in))
	for i, p := range in {
		out[i] = product(p)
	}
	return out
}
