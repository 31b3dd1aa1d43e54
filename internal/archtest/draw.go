package archtest

import (
	"fmt"
	"strings"
)

// Marks of the generated part in docs/architecture.md.
const (
	Begin = "<!-- map: begin -->"
	End   = "<!-- map: end -->"
)

// Draw makes the map of the floors, the highest first.
func Draw(rooms []Room, joints []Joint) string {
	var b strings.Builder
	b.WriteString("| floor | room | holds | stands on |\n|---|---|---|---|\n")
	for floor := Outreach; floor > Ground; floor-- {
		for _, r := range rooms {
			if r.Floor != floor {
				continue
			}
			uses := make([]string, len(r.Uses))
			for i, u := range r.Uses {
				uses[i] = "`" + u.Room + "` (" + u.Why + ")"
			}
			if len(uses) == 0 {
				uses = []string{"platform"}
			}
			fmt.Fprintf(&b, "| %d | `%s` | %s | %s |\n", floor, r.Path, r.Holds, strings.Join(uses, ", "))
		}
	}
	b.WriteString("| 1 | `platform/…` | knows no room | |\n\n")
	b.WriteString("Beside the floors:\n\n")
	for _, j := range joints {
		fmt.Fprintf(&b, "- `%s`: %s\n", j.Path, j.Holds)
	}
	return b.String()
}

// Splice puts the map between the marks of a text. ok is false when a mark is missing.
func Splice(text, drawn string) (out string, ok bool) {
	head, rest, begun := strings.Cut(text, Begin)
	_, tail, ended := strings.Cut(rest, End)
	if !begun || !ended {
		return text, false
	}
	return head + Begin + "\n\n" + drawn + "\n" + End + tail, true
}
