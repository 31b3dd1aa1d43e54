// Package errs is the product's one error type: a kind that decides how callers
// and the wire react, a stable code, and a message that is safe to show.
// It knows nothing of HTTP; the one table from kinds to status codes is in httpx.
package errs

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Kind says what sort of failure an error is; unknown errors are Internal.
type Kind uint8

// The kinds, in the order of the table in httpx.
const (
	Internal        Kind = iota // a defect or a broken dependency; the text never leaves the process
	Malformed                   // the request cannot be understood (400)
	Unauthenticated             // nobody, or an expired somebody (401)
	Forbidden                   // a permission is missing for something the actor may see (403)
	NotFound                    // missing, foreign or hidden: always the same answer (404)
	Conflict                    // the state does not allow it (409)
	Precondition                // a stale If-Match (412)
	TooLarge                    // over a size limit (413)
	Unsupported                 // a media type that is not taken (415)
	Invalid                     // fields that break a rule (422)
	TooMany                     // over a rate limit (429)
	Unavailable                 // try again later (503)
)

// String gives the kind's default code.
func (k Kind) String() string {
	switch k {
	case Malformed:
		return "malformed"
	case Unauthenticated:
		return "unauthenticated"
	case Forbidden:
		return "forbidden"
	case NotFound:
		return "not_found"
	case Conflict:
		return "conflict"
	case Precondition:
		return "stale"
	case TooLarge:
		return "too_large"
	case Unsupported:
		return "unsupported_media_type"
	case Invalid:
		return "invalid"
	case TooMany:
		return "too_many_requests"
	case Unavailable:
		return "unavailable"
	case Internal:
	}
	return "internal"
}

// Field is one thing that is wrong, named as the client sent it ("lines[0].quantity").
type Field struct {
	Location string
	Message  string
}

// Error is what services return. Code is stable for clients and translation,
// Message is safe to show, Err is for the log alone.
type Error struct {
	Kind    Kind
	Code    string
	Message string
	Fields  []Field
	Err     error
	// Permission is the one that is missing, for Forbidden errors made by Denied; else empty.
	Permission string
	// RetryAfter tells a client how long to wait; only for TooMany and Unavailable, zero when unknown.
	RetryAfter time.Duration
}

// Error joins what may be shown with the cause, for the log.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Code)
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	for _, f := range e.Fields {
		b.WriteString("; " + f.Location + ": " + f.Message)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// RetryAfterSeconds is RetryAfter as the wire tells it, rounded up.
func (e *Error) RetryAfterSeconds() int {
	return int((e.RetryAfter + time.Second - 1) / time.Second)
}

// Is makes two errors of the same kind and code equal, so that sentinels work with errors.Is.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Kind == e.Kind && t.Code == e.Code
}

// New makes an error of a kind with a stable code and a message that may be shown.
func New(k Kind, code, message string) *Error {
	return &Error{Kind: k, Code: code, Message: message}
}

// Newf is New with a formatted message. An empty code means the kind's own.
func Newf(k Kind, code, format string, args ...any) *Error {
	if code == "" {
		code = k.String()
	}
	return &Error{Kind: k, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Missing is the one answer for what does not exist, belongs to another workspace or is hidden.
func Missing() *Error { return New(NotFound, "not_found", "There is nothing here.") }

// Denied says which permission an actor lacks.
func Denied(permission string) *Error {
	e := Newf(Forbidden, "forbidden", "This needs the permission %s.", permission)
	e.Permission = permission
	return e
}

// OnField is an Invalid error about one field.
func OnField(location, message string) *Error {
	return &Error{Kind: Invalid, Code: "invalid", Message: "Some fields need attention.", Fields: []Field{{location, message}}}
}

// Wrapf adds what was attempted to an error and keeps its kind; nil stays nil.
func Wrapf(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// KindOf reads the kind through any wrapping; errors of unknown origin are Internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Has reports whether the error is of a kind.
func Has(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// Check collects the problems that validators found into one Invalid error, or nil.
func Check(problems ...*Field) error {
	var fields []Field
	for _, p := range problems {
		if p != nil {
			fields = append(fields, *p)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Code: "invalid", Message: "Some fields need attention.", Fields: fields}
}

// Length finds text whose number of characters is outside min..max.
func Length(location, value string, minimum, maximum int) *Field {
	n := utf8.RuneCountInString(value)
	switch {
	case n < minimum && minimum == 1:
		return &Field{location, "must not be empty"}
	case n < minimum:
		return &Field{location, fmt.Sprintf("must have at least %d characters", minimum)}
	case n > maximum:
		return &Field{location, fmt.Sprintf("must have at most %d characters, has %d", maximum, n)}
	case !utf8.ValidString(value) || strings.ContainsRune(value, 0):
		return &Field{location, "must be valid text"}
	}
	return nil
}

// Between finds numbers outside min..max.
func Between(location string, value, minimum, maximum int64) *Field {
	if value < minimum || value > maximum {
		return &Field{location, fmt.Sprintf("must be between %d and %d", minimum, maximum)}
	}
	return nil
}

// That finds a broken rule: when ok is false the message is the problem.
func That(ok bool, location, message string) *Field {
	if ok {
		return nil
	}
	return &Field{location, message}
}

// OneOf finds a value that is not in the list.
func OneOf[T ~string](location string, value T, allowed ...T) *Field {
	names := make([]string, len(allowed))
	for i, a := range allowed {
		if value == a {
			return nil
		}
		names[i] = string(a)
	}
	return &Field{location, "must be one of " + strings.Join(names, ", ")}
}
