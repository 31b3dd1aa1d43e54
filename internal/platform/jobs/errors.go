package jobs

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// ErrLeaseLost means that the job was given to another worker, cancelled or finished meanwhile: the
// transaction must roll back and the handler should return.
var ErrLeaseLost = errs.New(errs.Conflict, "lease_lost", "This job is no longer held by this worker.")

// errStopping is why a handler's context ends when the process stops.
var errStopping = errors.New("the program is stopping")

type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// Permanent marks an error that no repetition will mend: the job is dead at once. Nil stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanentError{err}
}

type laterError struct {
	error
	wait time.Duration
}

func (e laterError) Unwrap() error { return e.error }

// Later puts the job off without using up an attempt, such as while a partner asks to slow down.
// The reason is kept with the job.
func Later(wait time.Duration, reason error) error {
	if reason == nil {
		reason = errors.New("put off")
	}
	return laterError{reason, max(wait, 0)}
}

const (
	firstWait = time.Second
	lastWait  = 50 * time.Minute // an hour with the jitter
)

// backoff is the wait after the n-th failure: it doubles from a second and stays within an hour. The
// jitter of a fifth keeps jobs that failed together from returning together.
func (q *Queue) backoff(failures int) time.Duration {
	wait := lastWait
	if failures < 13 { // 2^12 seconds are beyond the bound
		wait = min(firstWait<<max(failures-1, 0), lastWait)
	}
	return wait + time.Duration(q.o.Rand()*float64(wait)/5)
}

const maxErrorText = 2000

// errorText cuts an error to what is kept with the job, as text that both databases take.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	s := strings.ReplaceAll(strings.ToValidUTF8(err.Error(), "�"), "\x00", "�")
	if len(s) <= maxErrorText {
		return s
	}
	cut := maxErrorText
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
