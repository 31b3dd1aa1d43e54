package tenant

import "github.com/throughlinehq/throughline/internal/platform/id"

// ID is a workspace's number. Every store function takes one and every key begins with it.
type ID = id.Workspace
