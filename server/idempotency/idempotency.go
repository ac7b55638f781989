// Package idempotency makes a mutation happen once for a client's key: the first result
// is remembered in the same transaction as the work and answered again to every repeat.
// Services call Once around their write; what calls Reclame Aqui keeps its own record
// (package outbound), because no transaction is open while a call is under way.
package idempotency

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"citrus.cx/channel/ent/db"
	entry "citrus.cx/channel/ent/db/idempotency"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
)

// MaxKey is the longest key, in bytes.
const MaxKey = 200

// Once runs work in one write transaction, once for a user's key of a mutation, and returns
// the id that the first run returned. An empty key has no memory. The same key with other
// input is refused: IDEMPOTENCY_KEY_REUSED at "idempotencyKey".
func Once(
	ctx context.Context, d *database.DB, userID, mutation, key string, input any,
	work func(ctx context.Context, tx *db.Tx) (string, error),
) (id string, err error) {
	if len(key) > MaxKey {
		return "", fault.New(fault.TooLong, "idempotencyKey").With("max", MaxKey)
	}
	run := func() error {
		return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			id, err = within(ctx, tx, userID, mutation, key, Hash(input), work)
			return err
		})
	}
	err = run()
	if errors.Is(err, errRace) {
		// Another request with this key committed first: its result is there now.
		err = run()
	}
	if err != nil {
		return "", err
	}
	return id, nil
}

// errRace: the key was taken between our look and our insert.
var errRace = errors.New("idempotency key taken meanwhile")

func within(
	ctx context.Context, tx *db.Tx, userID, mutation, key, hash string,
	work func(ctx context.Context, tx *db.Tx) (string, error),
) (string, error) {
	if key == "" {
		return work(ctx, tx)
	}
	known, err := tx.Idempotency.Query().
		Where(entry.UserID(userID), entry.Mutation(mutation), entry.Key(key)).Only(ctx)
	if err == nil {
		if known.InputHash != hash {
			return "", fault.New(fault.IdempotencyKeyReused, "idempotencyKey")
		}
		return known.ResultID, nil
	}
	if !db.IsNotFound(err) {
		return "", err
	}
	// The row goes in before the work: on PostgreSQL a second request with the key waits here.
	row, err := tx.Idempotency.Create().
		SetUserID(userID).SetMutation(mutation).SetKey(key).SetInputHash(hash).Save(ctx)
	if database.IsUnique(err) {
		return "", errRace
	}
	if err != nil {
		return "", err
	}
	id, err := work(ctx, tx)
	if err != nil {
		return "", err
	}
	return id, tx.Idempotency.UpdateOne(row).SetResultID(id).Exec(ctx)
}

// Hash is the fingerprint of an input; fields in declaration order, map keys sorted. Inputs
// are plain values, which always marshal; one that does not is a programming error.
func Hash(input any) string {
	b, err := json.Marshal(input)
	if err != nil {
		panic(fmt.Sprintf("idempotency: input %T does not marshal", input))
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Done says whether a user's key of a mutation has a result already, for work that begins with a
// call to another system and must not be repeated. Once still decides when the result is written.
func Done(ctx context.Context, d *database.DB, userID, mutation, key string, input any) (bool, error) {
	if key == "" {
		return false, nil
	}
	if len(key) > MaxKey {
		return false, fault.New(fault.TooLong, "idempotencyKey").With("max", MaxKey)
	}
	known, err := d.Writer.Idempotency.Query().
		Where(entry.UserID(userID), entry.Mutation(mutation), entry.Key(key)).Only(ctx)
	switch {
	case db.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, err
	case known.InputHash != Hash(input):
		return false, fault.New(fault.IdempotencyKeyReused, "idempotencyKey")
	}
	return true, nil
}

// Answer is Once for a mutation that changes nothing here but asks another system: its first
// good answer is kept as JSON and given again. Repeats at the same time may each ask; all get
// the answer that was kept first.
func Answer[T any](
	ctx context.Context, d *database.DB, userID, mutation, key string, input any, ask func(ctx context.Context) (T, error),
) (answer T, err error) {
	if len(key) > MaxKey {
		return answer, fault.New(fault.TooLong, "idempotencyKey").With("max", MaxKey)
	}
	if key == "" {
		return ask(ctx)
	}
	if known, err := kept(ctx, d.Writer.Idempotency, userID, mutation, key, Hash(input), &answer); known || err != nil {
		return answer, err
	}
	if answer, err = ask(ctx); err != nil {
		return answer, err
	}
	raw, err := json.Marshal(answer)
	if err != nil {
		return answer, err
	}
	err = d.Writer.Idempotency.Create().SetUserID(userID).SetMutation(mutation).SetKey(key).
		SetInputHash(Hash(input)).SetAnswer(raw).Exec(ctx)
	if database.IsUnique(err) {
		_, err = kept(ctx, d.Writer.Idempotency, userID, mutation, key, Hash(input), &answer)
	}
	return answer, err
}

func kept(ctx context.Context, c *db.IdempotencyClient, userID, mutation, key, hash string, answer any) (bool, error) {
	known, err := c.Query().Where(entry.UserID(userID), entry.Mutation(mutation), entry.Key(key)).Only(ctx)
	switch {
	case db.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, err
	case known.InputHash != hash || known.Answer == nil:
		return false, fault.New(fault.IdempotencyKeyReused, "idempotencyKey")
	}
	return true, json.Unmarshal(known.Answer, answer)
}
