package db

import (
	"strconv"
	"strings"
)

// Where collects conditions and numbers their placeholders. Column names come from code, never from a request.
type Where struct {
	conds []string
	args  []any
}

// NewWhere starts with arguments that the query's fixed part uses as $1, $2, ….
func NewWhere(args ...any) *Where { return &Where{args: args} }

// And adds a condition; each ? in it takes the next value.
func (w *Where) And(cond string, values ...any) *Where {
	var b strings.Builder
	n := 0
	for _, r := range cond {
		if r == '?' && n < len(values) {
			b.WriteString(w.Arg(values[n]))
			n++
			continue
		}
		b.WriteRune(r)
	}
	w.conds = append(w.conds, b.String())
	return w
}

// Arg keeps a value and gives its placeholder.
func (w *Where) Arg(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
}

// In adds "column IN (…)"; no values match nothing.
func In[T any](w *Where, column string, values []T) *Where {
	if len(values) == 0 {
		return w.And("1 = 0")
	}
	w.conds = append(w.conds, column+" IN ("+List(w, values)+")")
	return w
}

// List gives placeholders for the values, repeated up to a power of two so that few texts are prepared.
func List[T any](w *Where, values []T) string {
	size := 1
	for size < len(values) {
		size *= 2
	}
	marks := make([]string, size)
	for i := range marks {
		marks[i] = w.Arg(values[min(i, len(values)-1)])
	}
	return strings.Join(marks, ", ")
}

// SQL is " AND a AND b", or empty, to stand behind the fixed part's own condition.
func (w *Where) SQL() string {
	if len(w.conds) == 0 {
		return ""
	}
	return " AND " + strings.Join(w.conds, " AND ")
}

// Args are all values in the order of their numbers.
func (w *Where) Args() []any { return w.args }
