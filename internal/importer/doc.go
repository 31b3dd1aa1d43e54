// Package importer brings orders of another system in from a file, with their customers and products.
// Importing a file again changes nothing; a run that was killed is finished by running it again; a bad
// line is written down with its number and reason and stops nothing else. Formats only read rows; what
// an order, a customer or a product is, their own rooms decide.
package importer
