package callback

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"sync"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/callbacktoken"
	"citrus.cx/channel/ent/db/predicate"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
)

const (
	// cacheFor is how long a token's owner is believed without a look: a withdrawn token works
	// at most so much longer.
	cacheFor = 2 * time.Second
	// maxCached bounds the memory; more tokens than that are looked up each time.
	maxCached = 1024
	// recordEvery is how often the last use of a token is written.
	recordEvery = time.Minute
)

// Hash is the form in which a token is stored and found: SHA-256 in hex. A token is long and
// random, so that a fast hash without salt gives nothing away.
func Hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// owner is whom a right token belongs to.
type owner struct {
	tokenID       string
	integrationID string
	believed      time.Time // until when without another look
}

// tokens finds the owners of tokens. Only right ones are remembered: what strangers try takes
// no memory, and a new token works at once.
type tokens struct {
	database *database.DB
	now      func() time.Time
	asSystem func(context.Context) context.Context

	mu    sync.Mutex
	known map[string]*owner // by hash

	recorded map[string]time.Time // by token id; the committer's alone
}

func newTokens(d *database.DB, now func() time.Time, asSystem func(context.Context) context.Context) *tokens {
	return &tokens{
		database: d, now: now, asSystem: asSystem,
		known: map[string]*owner{}, recorded: map[string]time.Time{},
	}
}

// owner finds whose token a hash is of, nil when it is nobody's now.
func (t *tokens) owner(ctx context.Context, hash string) (_ *owner, err error) {
	defer fault.Wrap(&err, "callback.owner")
	now := t.now()
	if o := t.cached(hash, now); o != nil {
		return o, nil
	}
	row, err := t.database.Reader.CallbackToken.Query().
		Where(callbacktoken.Hash(hash), valid(now)).
		Only(t.asSystem(ctx))
	if db.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	o := &owner{tokenID: row.ID, integrationID: row.IntegrationID, believed: now.Add(cacheFor)}
	if row.ExpiresAt != nil && row.ExpiresAt.Before(o.believed) {
		o.believed = *row.ExpiresAt
	}
	t.remember(hash, o, now)
	return o, nil
}

// valid: not expired; the current token has no end.
func valid(now time.Time) predicate.CallbackToken {
	return callbacktoken.Or(callbacktoken.ExpiresAtIsNil(), callbacktoken.ExpiresAtGT(now.UTC()))
}

func (t *tokens) cached(hash string, now time.Time) *owner {
	t.mu.Lock()
	defer t.mu.Unlock()
	if o := t.known[hash]; o != nil && now.Before(o.believed) {
		return o
	}
	return nil
}

func (t *tokens) remember(hash string, o *owner, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.known) >= maxCached {
		maps.DeleteFunc(t.known, func(_ string, o *owner) bool { return !now.Before(o.believed) })
	}
	if len(t.known) < maxCached {
		t.known[hash] = o
	}
}

// used records when the tokens of a committed group were last used, at most once a minute
// each, in a transaction of its own and after the senders were answered.
func (t *tokens) used(ctx context.Context, group []*delivery) (err error) {
	defer fault.Wrap(&err, "callback.used")
	now := t.now().UTC().Truncate(time.Microsecond)
	before := now.Add(-recordEvery)
	maps.DeleteFunc(t.recorded, func(_ string, at time.Time) bool { return !at.After(before) })
	due := map[string]bool{}
	for _, d := range group {
		if _, lately := t.recorded[d.owner.tokenID]; !lately {
			due[d.owner.tokenID] = true
		}
	}
	if len(due) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(due))
	for _, id := range ids {
		t.recorded[id] = now // also when the write fails: it is no reason to hurry
	}
	return t.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.CallbackToken.Update().
			// Another process may have recorded it within this minute.
			Where(callbacktoken.IDIn(ids...), callbacktoken.Or(
				callbacktoken.LastUsedAtIsNil(), callbacktoken.LastUsedAtLTE(before))).
			SetLastUsedAt(now).
			Exec(ctx)
	})
}
