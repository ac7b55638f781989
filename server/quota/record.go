package quota

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"entgo.io/ent/dialect"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/callbudget"
	"citrus.cx/channel/ent/schema"
)

// record is a credential's row under lock, and the time at which it was read.
type record struct {
	book
	row    *db.CallBudget
	now    time.Time
	healed bool // the row holds what tidy had to mend
}

// lock reads a credential's row for writing, and makes it at the first use. SQLite's transactions
// are immediate, so there is nobody to lock out; PostgreSQL's row is locked until the commit.
func (b *Budgets) lock(ctx context.Context, tx *db.Tx, credential string) (*record, error) {
	find := func() (*db.CallBudget, error) {
		q := tx.CallBudget.Query().Where(callbudget.ID(credential))
		if b.d.Dialect == dialect.Postgres {
			q.ForUpdate()
		}
		return q.Only(ctx)
	}
	row, err := find()
	if db.IsNotFound(err) {
		// Ignore: two processes may meet at the first use.
		err = tx.CallBudget.Create().SetID(credential).SetCallsPerMinute(b.o.DefaultLimit).
			SetCalls(schema.CallLog{}).OnConflictColumns(callbudget.FieldID).Ignore().Exec(ctx)
		if err == nil {
			row, err = find()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("budget row: %w", err)
	}
	// After the lock: the wait for it belongs to the time that has passed.
	now, err := b.clock(ctx, tx)
	if err != nil {
		return nil, err
	}
	r := &record{row: row, now: now}
	r.book, r.healed = b.rules.tidy(bookOf(row), now)
	return r, nil
}

func bookOf(row *db.CallBudget) book {
	k := book{calls: row.Calls.Calls, agentAt: row.Calls.Agent, agentRun: row.Calls.Run, limit: row.CallsPerMinute}
	copy(k.passed[:], row.Calls.Passed)
	if row.BlockedUntil != nil {
		k.blockedUntil = *row.BlockedUntil
	}
	return k
}

// save writes the calls and the block, and no other column: the row also keeps the access token.
func (r *record) save(ctx context.Context, tx *db.Tx) error {
	log := schema.CallLog{Agent: r.agentAt, Run: r.agentRun, Calls: r.calls}
	if r.passed != [lanes]int{} {
		log.Passed = r.passed[:]
	}
	update := tx.CallBudget.UpdateOneID(r.row.ID).SetCalls(log).SetUpdatedAt(r.now)
	if r.blockedUntil.After(r.now) {
		update.SetBlockedUntil(r.blockedUntil)
	} else {
		update.ClearBlockedUntil()
	}
	if err := update.Exec(ctx); err != nil {
		return fmt.Errorf("budget row: %w", err)
	}
	return nil
}

// querier is a client or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// clock is the time that the record is kept in, UTC, in whole microseconds.
func (b *Budgets) clock(ctx context.Context, via querier) (time.Time, error) {
	if !b.asksDatabase() {
		return b.local().UTC().Truncate(time.Microsecond), nil
	}
	// Not now(), which stands still at the transaction's begin.
	rows, err := via.QueryContext(ctx, "SELECT clock_timestamp()")
	if err != nil {
		return time.Time{}, fmt.Errorf("database clock: %w", err)
	}
	defer rows.Close()
	var now time.Time
	if rows.Next() {
		err = rows.Scan(&now)
	}
	if err := errors.Join(err, rows.Err()); err != nil {
		return time.Time{}, fmt.Errorf("database clock: %w", err)
	}
	return now.UTC().Truncate(time.Microsecond), nil
}
