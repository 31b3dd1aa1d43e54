// Package apptest is what tests of the whole program share: the Postman collection as requests that are ready
// to be sent, filled with the ids of a world in which every object exists, and the whole state of a database
// as rows that can be compared.
package apptest
