// Package auth is staff: users, roles and permissions, teams, sign-in, sessions and tokens, and the
// Actor that every service asks. Customers' own accounts do not belong here.
package auth
