// Package secret owns what must stay unreadable at rest: it seals stored credentials under the
// operator's master key, opens them again, and derives the keys that sign our own tokens.
//
// A sealed value is
//
//	format (1 byte) | key id (8 bytes) | nonce (12 bytes) | AES-256-GCM ciphertext and tag
//
// and is bound to its place: table, column and row are authenticated with it, so that a value
// copied into another row does not open there. The key id says which master key sealed it, so that
// a key can be changed while the service runs: the new key becomes the current one, the old one a
// previous one, and `secret rotate` seals again whatever NeedsRotation says; then the old one goes.
//
// The master key itself encrypts nothing: HKDF-SHA256 derives one key for sealing and one for each
// purpose of Derive, so that what one use gives away does not help against another.
//
// It refuses to read configuration, to log and to store; nothing it returns as an error and nothing
// it prints holds a key or a plain value. Callers: identity (token signing), integration (API
// passwords, callback URLs), the client's token cache, and the rotate command.
package secret

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

const (
	// KeySize is the length of a master key and of a derived key, in bytes.
	KeySize = 32

	format     = 1 // first byte of a sealed value; another layout takes another number
	idSize     = 8
	headerSize = 1 + idSize

	// The domains keep the uses of one master key apart; changing one makes stored values unreadable.
	domainID      = "citrus.cx/channel master key id\x00"
	domainSealing = "citrus.cx/channel sealing"
	domainPurpose = "citrus.cx/channel purpose: "
)

type keyID [idSize]byte

// key is one master key and what follows from it.
type key struct {
	id     keyID
	master []byte
	aead   cipher.AEAD
}

// Keyring seals under the current master key and opens what that or a previous one sealed.
// It does not change after NewKeyring and is safe for concurrent use. It prints as <redacted>.
type Keyring struct {
	redacted
	keys []key // the current one first
}

// NewKeyring makes a keyring of a current master key and the previous ones that stored values may
// still be sealed with. Each must have KeySize bytes; the same key twice counts once.
func NewKeyring(current []byte, previous ...[]byte) (*Keyring, error) {
	k := &Keyring{}
	for i, master := range append([][]byte{current}, previous...) {
		if len(master) != KeySize {
			which := "master key"
			if i > 0 {
				which = fmt.Sprintf("previous master key %d", i)
			}
			return nil, fmt.Errorf("%s: want %d bytes, have %d", which, KeySize, len(master))
		}
		made := newKey(master)
		if !slices.ContainsFunc(k.keys, func(have key) bool { return have.id == made.id }) {
			k.keys = append(k.keys, made)
		}
	}
	return k, nil
}

func newKey(master []byte) key {
	made := key{master: bytes.Clone(master)}
	sum := sha256.Sum256(append([]byte(domainID), master...))
	copy(made.id[:], sum[:])
	block, err := aes.NewCipher(derive(master, domainSealing))
	if err != nil {
		panic(err) // only a wrong key size, and derive gives 32 bytes
	}
	if made.aead, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		panic(err) // only a block of another size than AES's
	}
	return made
}

// ParseKey reads a master key from base64, standard or URL alphabet, padded or not, blanks around
// it ignored. It must be exactly KeySize bytes. The error never repeats the text.
func ParseKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	for _, encoding := range []*base64.Encoding{
		base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding,
	} {
		decoded, err := encoding.DecodeString(text)
		if err != nil {
			continue
		}
		if len(decoded) != KeySize {
			return nil, fmt.Errorf("master key: want %d bytes as base64, have %d", KeySize, len(decoded))
		}
		return decoded, nil
	}
	return nil, errors.New("master key: not base64")
}

// NewKey makes a random master key, as standard base64 with padding: what ParseKey reads.
func NewKey() string {
	var b [KeySize]byte
	rand.Read(b[:]) // never fails: crypto/rand aborts the process instead
	return base64.StdEncoding.EncodeToString(b[:])
}

// Seal encrypts a value for one place. Sealing the same value again gives other bytes.
func (k *Keyring) Seal(plain []byte, table, column, row string) []byte {
	current := k.keys[0]
	header := make([]byte, 0, headerSize+current.aead.Overhead()+len(plain))
	header = append(append(header, format), current.id[:]...)
	return current.aead.Seal(header, nil, plain, place(header, table, column, row))
}

// Open decrypts what Seal made for the same place. Whatever keeps it from doing so (a key that the
// ring lacks, another place, a changed or missing byte) is one *OpenError: the difference would
// only help somebody who forges.
func (k *Keyring) Open(sealed []byte, table, column, row string) ([]byte, error) {
	i := k.find(sealed)
	if i < 0 {
		return nil, &OpenError{Table: table, Column: column}
	}
	header := sealed[:headerSize]
	plain, err := k.keys[i].aead.Open(nil, nil, sealed[headerSize:], place(header, table, column, row))
	if err != nil {
		return nil, &OpenError{Table: table, Column: column}
	}
	return plain, nil
}

// NeedsRotation says whether a value was sealed with a previous key of this ring. It is false for
// what no key of the ring made: that cannot be sealed again, and Open says so.
func (k *Keyring) NeedsRotation(sealed []byte) bool { return k.find(sealed) > 0 }

// find gives the index of the key that a sealed value names, −1 when there is none.
func (k *Keyring) find(sealed []byte) int {
	if len(sealed) < headerSize || sealed[0] != format {
		return -1
	}
	id := keyID(sealed[1:headerSize])
	return slices.IndexFunc(k.keys, func(have key) bool { return have.id == id })
}

// Derive gives KeySize bytes for a purpose ("access token"), always the same for the same current
// master key. A change of the master key changes them.
func (k *Keyring) Derive(purpose string) []byte {
	return derive(k.keys[0].master, domainPurpose+purpose)
}

// DeriveAll gives Derive's bytes for every key of the ring, the current one first, so that what
// was signed just before a change of the master key can still be verified after it.
func (k *Keyring) DeriveAll(purpose string) [][]byte {
	all := make([][]byte, len(k.keys))
	for i, one := range k.keys {
		all[i] = derive(one.master, domainPurpose+purpose)
	}
	return all
}

// derive needs no salt: the master key is uniformly random already (RFC 5869, section 3.1).
func derive(master []byte, info string) []byte {
	out, err := hkdf.Key(sha256.New, master, nil, info, KeySize)
	if err != nil {
		panic(err) // only a length beyond 255 hashes
	}
	return out
}

// place encodes what a value is bound to. Each part goes after its length, so that no two places
// have the same bytes ("ab", "c" is not "a", "bc").
func place(header []byte, parts ...string) []byte {
	b := bytes.Clone(header)
	for _, part := range parts {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return b
}

// OpenError says that a stored value cannot be opened, and of which table and column it is. The
// row and the bytes stay out of it, so that it can be logged as it is.
type OpenError struct{ Table, Column string }

// Error is for logs.
func (e *OpenError) Error() string {
	return fmt.Sprintf("secret: a value of %s.%s does not open: sealed with a key that is not configured, or altered", e.Table, e.Column)
}

var _ slog.LogValuer = (*Keyring)(nil)
