// Package wall holds the tests that keep workspaces and permissions apart: a matrix that is made from the OpenAPI
// file, and a run that takes the conditions and checks away one by one to see that the matrix notices.
// docs/development.md says how to read its failures.
package wall
