// Package config is what an operator can set: one struct, filled from defaults, then a file, then the
// environment, checked as a whole, and printable with its documentation. It is the only reader of the
// environment. What a workspace can set for itself is data and belongs in the database.
package config
