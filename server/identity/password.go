package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// argon2id's costs. A hash names its own, so they may be raised at any time: NeedsRehash
// finds the old ones, and a sign-in replaces them.
type costs struct {
	memory  uint32 // KiB
	time    uint32 // passes over the memory
	threads uint8
}

// owasp is what the OWASP Password Storage Cheat Sheet asks of argon2id at least: 19 MiB, two passes, one lane.
var owasp = costs{memory: 19 * 1024, time: 2, threads: 1}

// Sizes of what argon2id is given and makes, in bytes (RFC 9106, section 3.1).
const (
	saltSize = 16
	keySize  = 32
)

// Limits on what a stored hash may ask for, so that a damaged row cannot take the machine's memory.
const (
	maxMemory = 256 * 1024
	maxTime   = 16
)

var errHash = errors.New("password hash: no argon2id PHC string")

// encoding is PHC's: standard base64 without padding.
var encoding = base64.RawStdEncoding.Strict()

// hashed is a PHC string taken apart.
type hashed struct {
	costs     costs
	salt, key []byte
}

func (h hashed) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.costs.memory, h.costs.time,
		h.costs.threads, encoding.EncodeToString(h.salt), encoding.EncodeToString(h.key))
}

func parseHash(phc string) (h hashed, err error) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return hashed{}, errHash
	}
	c := &h.costs
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &c.threads); err != nil {
		return hashed{}, errHash
	}
	if c.memory > maxMemory || c.time == 0 || c.time > maxTime || c.threads == 0 {
		return hashed{}, errHash
	}
	salt, saltErr := encoding.DecodeString(parts[4])
	key, keyErr := encoding.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(salt) < 8 || len(key) < 16 {
		return hashed{}, errHash
	}
	h.salt, h.key = salt, key
	return h, nil
}

// NeedsRehash says whether a stored hash was made with other costs than those in force.
func NeedsRehash(phc string) bool { return needsRehash(phc, owasp) }

func needsRehash(phc string, now costs) bool {
	h, err := parseHash(phc)
	return err != nil || h.costs != now || len(h.key) != keySize
}

// hasher makes and checks hashes, a bounded number at once: each holds costs.memory while it runs.
type hasher struct {
	costs costs
	slots chan struct{}
	// decoy is checked where there is no user, so that this takes as long as a wrong password.
	decoy string
}

func newHasher(c costs) *hasher {
	h := &hasher{costs: c, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
	h.decoy = h.make("a password that nobody has")
	return h
}

// hash gives the PHC string of a password. It waits for a free slot as long as ctx lives.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	release, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	return h.make(password), nil
}

// verify says whether a password is that of a PHC string; "" is nobody's and takes as long.
func (h *hasher) verify(ctx context.Context, phc, password string) (bool, error) {
	release, err := h.enter(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	known := phc != ""
	if !known {
		phc = h.decoy
	}
	want, err := parseHash(phc)
	if err != nil {
		return false, err
	}
	equal := subtle.ConstantTimeCompare(want.key, derive(password, want)) == 1
	return equal && known, nil
}

func (h *hasher) enter(ctx context.Context) (release func(), err error) {
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (h *hasher) make(password string) string {
	made := hashed{costs: h.costs, salt: make([]byte, saltSize), key: make([]byte, keySize)}
	rand.Read(made.salt) // never fails: crypto/rand aborts the process instead
	made.key = derive(password, made)
	return made.String()
}

// derive runs argon2id with the costs and salt of h, to a key of h's length.
func derive(password string, h hashed) []byte {
	return argon2.IDKey([]byte(password), h.salt, h.costs.time, h.costs.memory, h.costs.threads, uint32(len(h.key)))
}
