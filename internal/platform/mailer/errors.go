package mailer

import (
	"errors"
	"fmt"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// ErrNotConfigured is the answer of a mailer without a server.
var ErrNotConfigured = errors.New("no mail server is configured")

// Outcome is what a failed attempt means for the message.
type Outcome uint8

// The outcomes of a failure.
const (
	Temporary Outcome = iota // not sent; try again later
	Permanent                // not sent, and never will be as it is
	Uncertain                // the server went away after it had the whole message: it may have been sent
)

// SendError is why a message was not taken.
type SendError struct {
	Outcome Outcome
	Code    int // of the server's answer; 0 when there was none
	Err     error

	Wait time.Duration // how long it is of no use to try any message; 0 when not known

	usable bool // the connection can take the next message
}

// Error tells the outcome and the server's words.
func (f *SendError) Error() string {
	kind := "may be tried again"
	switch f.Outcome {
	case Permanent:
		kind = "permanent"
	case Uncertain:
		kind = "may have been sent"
	case Temporary:
	}
	return fmt.Sprintf("send mail (%s): %v", kind, f.Err)
}

// Unwrap gives the cause.
func (f *SendError) Unwrap() error { return f.Err }

// IsPermanent reports that trying again is of no use.
func IsPermanent(err error) bool { return hasOutcome(err, Permanent) }

// IsUncertain reports that the message may have been sent: a second attempt may be a second mail.
func IsUncertain(err error) bool { return hasOutcome(err, Uncertain) }

func hasOutcome(err error, o Outcome) bool {
	var f *SendError
	return errors.As(err, &f) && f.Outcome == o
}

// WaitOf is how long no message need be tried, after one that was not tried for want of a server; else zero.
func WaitOf(err error) time.Duration {
	var f *SendError
	if errors.As(err, &f) {
		return f.Wait
	}
	return 0
}

// judge turns the library's error into an outcome. Only the recipient and the message itself can be refused
// for good; a refused sender or sign-in is for the operator to mend, and the mail waits.
func judge(err error) *SendError {
	var s *gomail.SendError
	if !errors.As(err, &s) {
		return &SendError{Outcome: Temporary, Err: err}
	}
	f := &SendError{Outcome: Temporary, Code: s.ErrorCode(), Err: err}
	f.usable = f.Code >= 400 && f.Code != 421 && s.Reason != gomail.ErrSMTPData && s.Reason != gomail.ErrWriteContent
	switch s.Reason { //nolint:exhaustive // all others are temporary
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData:
		if f.Code >= 500 {
			f.Outcome = Permanent
		}
	case gomail.ErrSMTPDataClose:
		switch {
		case f.Code >= 500:
			f.Outcome = Permanent
		case f.Code == 0:
			f.Outcome = Uncertain
		}
	case gomail.ErrSMTPMailFrom:
		if f.Code == 552 { // larger than the server takes
			f.Outcome = Permanent
		}
	case gomail.ErrGetSender, gomail.ErrGetRcpts, gomail.ErrNoUnencoded:
		f.Outcome = Permanent
	}
	return f
}
