package event

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/counter"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
)

// Draft is an event that has no position yet. Status, SectorID and AssigneeID are the ticket's
// after the change, so that filters decide from the event alone.
type Draft struct {
	TicketID string
	Kind     ticketevent.Kind
	// OccurredAt is now when it is zero.
	OccurredAt    time.Time
	ActorKind     ticketevent.ActorKind
	ActorID       *string
	Cause         ticketevent.Cause
	Changes       []schema.FieldChange
	TicketVersion int
	IntegrationID string
	SectorID      string
	Status        string
	AssigneeID    *string
}

// chunk is how many events one INSERT carries: 14 columns each, well under the 32,766
// variables of SQLite and the 65,535 of PostgreSQL.
const chunk = 500

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Append writes events into a transaction, in the order given, and wakes the followers after
// its commit. It must be the LAST thing that the transaction does: it takes the lock under
// which positions are given out, and holds it until the commit. That lock is what makes the
// order of positions the order of commits on both databases, and a rollback gives the
// positions back with everything else.
func (l *Log) Append(ctx context.Context, tx *db.Tx, drafts ...Draft) (err error) {
	defer fault.Wrap(&err, "event.Append")
	if len(drafts) == 0 {
		return nil
	}
	last, err := advance(ctx, tx, len(drafts))
	if errors.Is(err, errNoCounter) {
		if err := establish(ctx, tx); err != nil {
			return err
		}
		last, err = advance(ctx, tx, len(drafts))
	}
	if err != nil {
		return err
	}
	next := last - int64(len(drafts)) + 1
	for start := 0; start < len(drafts); start += chunk {
		part := drafts[start:min(start+chunk, len(drafts))]
		rows := make([]*db.TicketEventCreate, len(part))
		for i := range part {
			rows[i] = l.row(tx, part[i], next)
			next++
		}
		if err := tx.TicketEvent.CreateBulk(rows...).Exec(ctx); err != nil {
			return err
		}
	}
	tx.OnCommit(func(commit db.Committer) db.Committer {
		return db.CommitFunc(func(ctx context.Context, tx *db.Tx) error {
			// Also after an error: a commit whose answer got lost has happened, and a wake-up for nothing costs one read.
			defer l.wake()
			return commit.Commit(ctx, tx)
		})
	})
	return nil
}

func (l *Log) row(tx *db.Tx, d Draft, position int64) *db.TicketEventCreate {
	if d.OccurredAt.IsZero() {
		d.OccurredAt = l.options.Now()
	}
	if d.Changes == nil {
		d.Changes = []schema.FieldChange{} // the column holds a list, never null
	}
	return tx.TicketEvent.Create().
		// The id sorts as the position does, whatever the instances' clocks say: a ticket's events page by id.
		SetID(schema.TimeID(schema.PrefixTicketEvent, time.UnixMilli(0), position)).
		SetPosition(position).
		SetTicketID(d.TicketID).
		SetKind(d.Kind).
		SetOccurredAt(d.OccurredAt.UTC().Truncate(time.Microsecond)).
		SetActorKind(d.ActorKind).
		SetNillableActorID(d.ActorID).
		SetCause(d.Cause).
		SetChanges(d.Changes).
		SetTicketVersion(d.TicketVersion).
		SetIntegrationID(d.IntegrationID).
		SetSectorID(d.SectorID).
		SetStatus(d.Status).
		SetNillableAssigneeID(d.AssigneeID)
}

var errNoCounter = errors.New("event: no counter yet")

// advance takes n positions and returns the last of them. One statement locks, adds and answers.
func advance(ctx context.Context, tx *db.Tx, n int) (last int64, err error) {
	rows, err := tx.QueryContext(ctx,
		"UPDATE "+counter.Table+" SET value = value + $1 WHERE id = $2 RETURNING value", n, counterID)
	if err != nil {
		return 0, fmt.Errorf("take positions: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return 0, fmt.Errorf("take positions: %w", err)
		}
		return 0, errNoCounter
	}
	if err := rows.Scan(&last); err != nil {
		return 0, fmt.Errorf("take positions: %w", err)
	}
	return last, rows.Close()
}
