package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

// ErrSealed is the answer to a sealed text that is broken, foreign or for another purpose.
var ErrSealed = errors.New("sealed text cannot be opened with this key")

const (
	nonceSize = 12
	version   = 1 // the first byte of a sealed text; another way of sealing gets another number
)

// Keys makes keys per purpose from the installation's key. It is safe for concurrent use.
type Keys struct {
	root []byte
}

func newKeys(root []byte) *Keys { return &Keys{root: root} }

// Derive gives 32 bytes for one purpose, such as "jwt"; always the same for the same purpose, and telling
// nothing about any other.
func (k *Keys) Derive(purpose string) []byte {
	// HKDF (RFC 5869) with no salt, cut to the one block that 32 bytes need, so that nothing can fail.
	extract := hmac.New(sha256.New, make([]byte, sha256.Size))
	extract.Write(k.root)
	expand := hmac.New(sha256.New, extract.Sum(nil))
	expand.Write([]byte("throughline/v1/" + purpose + "\x01"))
	return expand.Sum(nil)
}

// String hides the key.
func (k *Keys) String() string { return "secret.Keys" }

// GoString hides the key.
func (k *Keys) GoString() string { return "secret.Keys" }

// Seal encrypts with AES-256-GCM under a key of the purpose and a random nonce. The text can be opened only
// with the same purpose and the same context (aad), such as the row it is stored in.
// One purpose is good for 2^32 texts.
func (k *Keys) Seal(purpose, aad string, plain []byte) []byte {
	out := make([]byte, 1+nonceSize, 1+nonceSize+len(plain)+16)
	out[0] = version
	_, _ = rand.Read(out[1:]) // never fails since Go 1.24
	return k.aead(purpose).Seal(out, out[1:], plain, []byte(aad))
}

// Unseal decrypts what Seal made. Errors: ErrSealed.
func (k *Keys) Unseal(purpose, aad string, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+nonceSize+16 || sealed[0] != version {
		return nil, ErrSealed
	}
	plain, err := k.aead(purpose).Open(nil, sealed[1:1+nonceSize], sealed[1+nonceSize:], []byte(aad))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

func (k *Keys) aead(purpose string) cipher.AEAD {
	block, err := aes.NewCipher(k.Derive("seal/" + purpose))
	if err == nil {
		var aead cipher.AEAD
		if aead, err = cipher.NewGCM(block); err == nil {
			return aead
		}
	}
	panic(fmt.Sprintf("seal: %v", err)) //nolint:forbidigo // AES takes every key of 32 bytes: unreachable
}
