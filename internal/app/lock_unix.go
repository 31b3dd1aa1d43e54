//go:build unix

package app

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// lockFile makes an open file ours until it is closed. Errors: errLocked.
func lockFile(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return errLocked
	}
	return err
}

// lockFolder keeps a second server off a data folder. The lock ends with the process, however it ends.
// Errors: Unavailable when somebody holds it.
func lockFolder(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, "serve.lock"), os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // in the operator's folder
	if err != nil {
		return nil, errs.Disk(errs.Wrapf(err, "lock the data folder"), "the data folder "+dir)
	}
	if err := lockFile(f); err != nil {
		_ = f.Close()
		if errors.Is(err, errLocked) {
			return nil, errs.Newf(errs.Unavailable, "folder_in_use", "Another server uses the data folder %s already. Stop it first, or set THROUGHLINE_DATA_DIR to another folder.", dir)
		}
		return nil, errs.Wrapf(err, "lock the data folder")
	}
	return func() { _ = f.Close() }, nil
}
