// Package seed makes a sample brand to look around in, to show and to measure with: staff, products,
// customers of many countries, two years of orders, and conversations about them. The same seed makes the same
// brand. Everything it makes carries a mark in its id and can be removed again without touching anything else.
// What an order or a ticket is, their own rooms decide; this package only says what is in them.
package seed
