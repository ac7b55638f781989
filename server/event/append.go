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
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
)

// Draft is an event that has no position yet. Status, SectorID, AssigneeID and Unread are the ticket's
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
	Unread        bool
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Append writes events into a transaction, in the order given, and wakes the followers after
// its commit. The transaction holds the lock of the events' tickets, so that a ticket's events
// are in the order of its changes. Append must be the LAST thing that the transaction does: on
// SQLite, and so everywhere, it gives out positions, which others then wait for until the commit.
func (l *Log) Append(ctx context.Context, tx *db.Tx, drafts ...Draft) (err error) {
	defer fault.Wrap(&err, "event.Append")
	if len(drafts) == 0 {
		return nil
	}
	take := l.positions
	if l.sequenced() {
		take = l.places
	}
	given, err := take(ctx, tx, len(drafts))
	if err != nil {
		return err
	}
	rows := make([]*db.TicketEventCreate, len(drafts))
	for i := range drafts {
		rows[i] = l.row(tx, drafts[i], given[i])
	}
	// An unnumbered one has no position: the column is then NULL.
	if err := database.Insert(ctx, l.database, tx, ticketevent.Table, ticketevent.Columns, rows); err != nil {
		return err
	}
	tx.OnCommit(func(commit db.Committer) db.Committer {
		return db.CommitFunc(func(ctx context.Context, tx *db.Tx) error {
			// Also after an error: a commit whose answer got lost has happened, and a wake-up for nothing costs one read.
			defer l.appended()
			return commit.Commit(ctx, tx)
		})
	})
	return nil
}

// appended wakes who comes next: the tail, or the sequencer before it.
func (l *Log) appended() {
	if l.sequenced() {
		nudge(l.unnumbered)
	} else {
		l.wake()
	}
}

func (l *Log) row(tx *db.Tx, d Draft, number int64) *db.TicketEventCreate {
	if d.OccurredAt.IsZero() {
		d.OccurredAt = l.options.Now()
	}
	if d.Changes == nil {
		d.Changes = []schema.FieldChange{} // the column holds a list, never null
	}
	create := tx.TicketEvent.Create()
	if !l.sequenced() {
		create.SetPosition(number)
	}
	return create.
		// The id sorts as the number does, whatever the instances' clocks say: a ticket's events page by id.
		SetID(schema.TimeID(schema.PrefixTicketEvent, time.UnixMilli(0), number)).
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
		SetNillableAssigneeID(d.AssigneeID).
		SetUnread(d.Unread)
}

// positions takes the next n of the counter's row, which stays locked until the commit: gapless
// and in commit order, and a rollback gives them back with everything else.
func (l *Log) positions(ctx context.Context, tx *db.Tx, n int) ([]int64, error) {
	for range 2 {
		last, err := numbers(ctx, tx, "UPDATE "+counter.Table+" SET value = value + $1 WHERE id = $2 RETURNING value", n, counterID)
		if err != nil {
			return nil, fmt.Errorf("take positions: %w", err)
		}
		if len(last) == 0 {
			if err := establish(ctx, tx); err != nil {
				return nil, err
			}
			continue
		}
		list := make([]int64, n)
		for i := range list {
			list[i] = last[0] - int64(n-1-i)
		}
		return list, nil
	}
	return nil, errors.New("take positions: no counter")
}

// places takes n numbers of a sequence, which nobody waits for and no rollback gives back: they
// order the events of a ticket, and those that the sequencer numbers in one go.
func (l *Log) places(ctx context.Context, tx *db.Tx, n int) ([]int64, error) {
	list, err := numbers(ctx, tx, "SELECT nextval('ticket_event_order') FROM generate_series(1, $1)", n)
	if err == nil && len(list) != n {
		err = fmt.Errorf("%d instead of %d", len(list), n)
	}
	if err != nil {
		return nil, fmt.Errorf("take places: %w", err)
	}
	return list, nil
}

// numbers runs a statement that answers with numbers.
func numbers(ctx context.Context, tx *db.Tx, statement string, args ...any) (list []int64, err error) {
	rows, err := tx.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, rows.Err()
}
