// Package tenant is the workspaces: one brand each, with a number, a short name for host names, its
// currency, time zone and settings. Users and what they may do live in auth.
package tenant
