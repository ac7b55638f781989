package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/session"
	"citrus.cx/channel/server/database"
)

// Lifetimes in force where Options name none.
const (
	DefaultAccessLifetime  = 15 * time.Minute
	DefaultRefreshLifetime = 30 * 24 * time.Hour
)

// minSigningKey is the shortest key, in bytes: that of the hash, as RFC 7518 (section 3.2) demands.
const minSigningKey = sha256.Size

// Options of New.
type Options struct {
	// SigningKey signs access tokens: 32 bytes at least, the same in every instance.
	SigningKey []byte
	// Now is the clock; nil is the real one.
	Now func() time.Time
	// AccessLifetime is how long an access token is good for; 0 is DefaultAccessLifetime.
	AccessLifetime time.Duration
	// RefreshLifetime is how long a session lasts without being refreshed; 0 is DefaultRefreshLifetime.
	RefreshLifetime time.Duration
}

// Service signs users in and out, authenticates requests, and keeps the users.
type Service struct {
	db        *database.DB
	key       []byte
	now       func() time.Time
	lifetime  time.Duration // of a refresh token
	access    access
	passwords *hasher
	guesses   *guesses
	roll      *roll
}

// New makes the service. It fails on a signing key that is too short.
func New(d *database.DB, options Options) (*Service, error) {
	if len(options.SigningKey) < minSigningKey {
		return nil, fmt.Errorf("identity: the signing key has %d bytes, want %d at least", len(options.SigningKey), minSigningKey)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.AccessLifetime == 0 {
		options.AccessLifetime = DefaultAccessLifetime
	}
	if options.RefreshLifetime == 0 {
		options.RefreshLifetime = DefaultRefreshLifetime
	}
	s := &Service{
		db:        d,
		key:       options.SigningKey,
		lifetime:  options.RefreshLifetime,
		passwords: newHasher(owasp),
		guesses:   newGuesses(options.Now, maxGuessed),
	}
	s.now = func() time.Time { return options.Now().UTC().Truncate(time.Microsecond) }
	s.roll = newRoll(s)
	s.access = access{key: s.key, lifetime: options.AccessLifetime, now: s.now}
	return s, nil
}

// fingerprint stands for a password where an input is remembered: unlike a plain hash it
// cannot be guessed at by who reads the database alone.
func (s *Service) fingerprint(password string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte("password of a remembered input\x00" + password))
	return hex.EncodeToString(mac.Sum(nil))
}

// endSessions ends all sessions of a user, as after a change of what they were begun with.
func (s *Service) endSessions(ctx context.Context, tx *db.Tx, userID string) error {
	return tx.Session.Update().Where(session.UserID(userID), session.EndedAtIsNil()).SetEndedAt(s.now()).Exec(ctx)
}

// locked keeps the selected rows as they are until the transaction ends. SQLite has one
// writer and needs no lock. NO KEY: rows that merely refer to these may be written meanwhile.
func locked(s *sql.Selector) {
	if s.Dialect() == dialect.Postgres {
		s.ForUpdate(sql.WithLockClause("FOR NO KEY UPDATE"))
	}
}
