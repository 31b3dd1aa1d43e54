package httpx

import (
	"strconv"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// Tagged is embedded in the output of a single object that can be changed.
type Tagged struct {
	ETag string `header:"ETag" doc:"Version of the object, for If-Match"`
}

// IfMatch is embedded in the input of an operation that changes or deletes such an object.
type IfMatch struct {
	IfMatch string `header:"If-Match" doc:"ETag of the version that was read; a newer one refuses the change with 412"`
}

// ETag is the tag of a version.
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// Tag makes the output's header from a version.
func Tag(version int64) Tagged { return Tagged{ETag: ETag(version)} }

// CheckMatch compares an If-Match header with the version that is there. An empty header and * match
// everything; W/ in front is ignored, since proxies that compress add it. Errors: Precondition, Malformed.
func CheckMatch(ifMatch string, version int64) error {
	ifMatch = strings.TrimSpace(ifMatch)
	if ifMatch == "" || ifMatch == "*" {
		return nil
	}
	want := ETag(version)
	for tag := range strings.SplitSeq(ifMatch, ",") {
		if strings.TrimPrefix(strings.TrimSpace(tag), "W/") == want {
			return nil
		}
	}
	return errs.New(errs.Precondition, "stale", "Somebody has changed this meanwhile. Read it again, then repeat the change.")
}
