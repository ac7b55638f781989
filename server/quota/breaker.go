package quota

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/callbudget"
	"citrus.cx/channel/server/fault"
)

// Breaker is what is known of a credential whose calls fail: an outage, a licence that ended, a password that was
// changed concern all of its integrations alike. It is in the credential's row, so that all processes share it. The
// package keeps it and blocks nobody by it: lower lanes ask before they come, agents always may try.
type Breaker struct {
	// Failures in a row.
	Failures int
	// Since is when they began, Code what the last one was.
	Since time.Time
	Code  string
	// OpenUntil is when one call may probe whether it is over.
	OpenUntil time.Time
}

// Breakers gives those of the credentials that fail.
func (b *Budgets) Breakers(ctx context.Context) (_ map[string]Breaker, err error) {
	defer fault.Wrap(&err, "quota.Breakers")
	rows, err := b.d.Reader.CallBudget.Query().Where(callbudget.FailuresGT(0)).
		Select(callbudget.FieldID, callbudget.FieldFailures, callbudget.FieldFailingSince, callbudget.FieldFailingCode, callbudget.FieldOpenUntil).
		All(ctx)
	if err != nil {
		return nil, err
	}
	breakers := make(map[string]Breaker, len(rows))
	for _, row := range rows {
		k := Breaker{Failures: row.Failures}
		if row.FailingSince != nil {
			k.Since = *row.FailingSince
		}
		if row.FailingCode != nil {
			k.Code = *row.FailingCode
		}
		if row.OpenUntil != nil {
			k.OpenUntil = *row.OpenUntil
		}
		breakers[row.ID] = k
	}
	return breakers, nil
}

// Failed notes a failure of a credential's call in the caller's transaction: until a moment nobody but agents should try.
func Failed(ctx context.Context, tx *db.Tx, credential, code string, now, until time.Time) (err error) {
	defer fault.Wrap(&err, "quota.Failed")
	err = tx.CallBudget.Update().Where(callbudget.ID(credential)).
		AddFailures(1).SetFailingCode(code).SetOpenUntil(stored(until)).SetUpdatedAt(stored(now)).Exec(ctx)
	if err != nil {
		return err
	}
	return tx.CallBudget.Update().Where(callbudget.ID(credential), callbudget.FailingSinceIsNil()).SetFailingSince(stored(now)).Exec(ctx)
}

// Mended forgets a credential's failures in the caller's transaction: a call succeeded, or its configuration was changed.
func Mended(ctx context.Context, tx *db.Tx, credential string) (err error) {
	defer fault.Wrap(&err, "quota.Mended")
	return tx.CallBudget.Update().Where(callbudget.ID(credential), callbudget.FailuresGT(0)).
		SetFailures(0).ClearFailingSince().ClearFailingCode().ClearOpenUntil().Exec(ctx)
}

// Probe ends the wait for a credential in the caller's transaction: somebody asks who has perhaps just mended what failed. What
// is known of the failures stays until a call tells more.
func Probe(ctx context.Context, tx *db.Tx, credential string) (err error) {
	defer fault.Wrap(&err, "quota.Probe")
	return tx.CallBudget.Update().Where(callbudget.ID(credential), callbudget.OpenUntilNotNil()).ClearOpenUntil().Exec(ctx)
}

// Answered tells that a credential's call succeeded: its failures are forgotten, if there were any.
func (b *Budgets) Answered(ctx context.Context, credential string) (err error) {
	defer fault.Wrap(&err, "quota.Answered")
	failing, err := b.d.Reader.CallBudget.Query().Where(callbudget.ID(credential), callbudget.FailuresGT(0)).Exist(ctx)
	if err != nil || !failing {
		return err
	}
	return b.d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return Mended(ctx, tx, credential) })
}
