package errs

import (
	"errors"
	"io/fs"
	"syscall"
)

// Disk gives what a disk refuses its kind, a code and a line that names what could not be written, such as
// "the data folder". Errors that are no fault of the disk, or have their kind already, stay as they are.
func Disk(err error, what string) error {
	var known *Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &Error{Kind: Unavailable, Code: "disk_full", Message: "The disk of " + what + " is full. Nothing was kept.", Err: err}
	case errors.Is(err, syscall.EROFS):
		return &Error{Kind: Unavailable, Code: "read_only", Message: "The disk of " + what + " is read-only.", Err: err}
	case errors.Is(err, fs.ErrPermission):
		return &Error{Kind: Unavailable, Code: "read_only", Message: "This program may not write to " + what + ".", Err: err}
	}
	return err
}
