// Package report reads across the rooms for people who want the whole picture: the dashboard and, later,
// statistics. It reads any table and writes none, apart from what it works out for itself
// (product_sales). Rules about tickets, orders or customers belong in their own rooms.
package report
