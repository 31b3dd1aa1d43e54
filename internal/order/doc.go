// Package order is what customers bought and gave back: sales, returns and adjustments with their
// lines, exact totals, status history and notes, and the payments and refunds that belong to them.
// An order without a customer is allowed. Shipments, promotions and gift cards do not belong here.
//
// Invariants: total = subtotal - discount + tax, to the penny; the currency of an order is the currency
// of all its lines and transactions; a number is unique in its workspace.
package order
