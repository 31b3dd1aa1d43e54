package secret

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// FileName is the key's file in the data folder.
const FileName = "secret.key"

const keySize = 32

// Open gives the keys of this installation: from the configured key, or from the key file in the data
// folder, which is made at the first start with mode 0600. A short, broken or widely readable file is an
// error: what it has signed and encrypted must not silently change hands or be lost.
func Open(dataDir string, configured config.Secret) (*Keys, error) {
	if configured.IsSet() {
		root, ok := config.DecodeKey(configured.Reveal())
		if !ok {
			return nil, errors.New("open key: the configured key is not 32 bytes in hex or base64")
		}
		return newKeys(root), nil
	}
	path := filepath.Join(dataDir, FileName)
	root, err := readKey(path)
	if errors.Is(err, os.ErrNotExist) {
		root, err = makeKey(dataDir, path)
	}
	if err != nil {
		return nil, errs.Disk(fmt.Errorf("open key: %w", err), "the key, "+path+",")
	}
	return newKeys(root), nil
}

func readKey(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("%s has mode %04o and others can reach it; run: chmod 600 %s", path, mode, path)
	}
	if info.Size() > 1024 {
		return nil, fmt.Errorf("%s is no key: it has %d bytes", path, info.Size())
	}
	text, err := os.ReadFile(path) //nolint:gosec // the path is made from the data folder
	if err != nil {
		return nil, err
	}
	root, ok := config.DecodeKey(strings.TrimSpace(string(text)))
	if !ok {
		return nil, fmt.Errorf("%s does not hold 32 bytes in hex or base64; restore it from a backup, since without it stored credentials cannot be read", path)
	}
	return root, nil
}

// makeKey writes a new key so that a crash leaves the whole file or none, and so that of two processes
// starting at once both use the key of the first.
func makeKey(dir, path string) ([]byte, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, FileName+".*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	root := make([]byte, keySize)
	_, _ = rand.Read(root) // never fails since Go 1.24
	_, err = f.WriteString(hex.EncodeToString(root) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	// A link, unlike a rename, does not replace a key that appeared meanwhile.
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		if err := os.Rename(f.Name(), path); err != nil { // a file system without links
			return nil, err
		}
	}
	if err := syncDir(dir); err != nil {
		return nil, err
	}
	return readKey(path)
}

func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the data folder
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
