package event

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/counter"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/fault"
)

// Positions on PostgreSQL: writers append rows without one and hold no lock of the log's; the
// sequencer numbers what is committed, in batches, one process at a time.
//
// There is no leader. Whoever has committed numbers, its own rows and everybody's, under a lock
// that ends with its transaction: a process that dies holds up nobody and leaves rows that the
// next look of any process numbers. A leader would save the others some empty looks, and cost
// a lease, its expiry without events, and a way to tell it of commits.
//
// Within a batch the order is that of the ids, which were drawn before their commits: what was
// committed before another transaction began has the lower one. Rows that a batch does not see
// are committed after what it sees and get later positions.

// numbered is how many rows one transaction numbers: some tens of milliseconds.
const numbered = 1000

const (
	// channel is where the sequencers say that there are new positions.
	channel = "ticket_events"
	// turn is the advisory lock under which positions are given: "citrusev" in ASCII.
	turn = 0x6369747275736576
)

// takeTurn waits for the lock in a statement of its own: the next one must see what the holder
// before committed. A holder that has stopped speaking, frozen or cut off, loses its turn.
const takeTurn = "SELECT set_config('idle_in_transaction_session_timeout', '5s', true), pg_advisory_xact_lock($1)"

// giveNumbers moves the head, making the counter's row where there is none, numbers the rows
// and tells every process, all of it only where there are rows.
const giveNumbers = `
WITH picked AS MATERIALIZED (
	SELECT id, row_number() OVER (ORDER BY id) AS place FROM (
		SELECT id FROM ` + ticketevent.Table + ` WHERE position IS NULL ORDER BY id LIMIT $1
	) AS first
), head AS (
	INSERT INTO ` + counter.Table + ` AS head (id, value, epoch)
	SELECT $2, count(*), $3 FROM picked HAVING count(*) > 0
	ON CONFLICT (id) DO UPDATE SET value = head.value + excluded.value
	RETURNING value
), given AS (
	UPDATE ` + ticketevent.Table + ` AS event
	SET position = head.value - (SELECT count(*) FROM picked) + picked.place
	FROM picked, head WHERE event.id = picked.id
	RETURNING event.id
)
SELECT count(*), CASE WHEN count(*) > 0 THEN pg_notify($4, '')::text END FROM given`

// sequence numbers all rows that are committed now.
func (l *Log) sequence(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "event.sequence")
	for {
		n, err := l.number(ctx)
		if n > 0 || err != nil {
			l.wake() // also after an error: a commit whose answer got lost has happened
		}
		if n < numbered || err != nil {
			return err
		}
	}
}

// number is one batch.
func (l *Log) number(ctx context.Context) (n int, err error) {
	err = l.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.ExecContext(ctx, takeTurn, turn); err != nil {
			return fmt.Errorf("take the turn: %w", err)
		}
		rows, err := tx.QueryContext(ctx, giveNumbers, numbered, counterID, rand.Text(), channel)
		if err != nil {
			return fmt.Errorf("number: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var told *string
			if err := rows.Scan(&n, &told); err != nil {
				return fmt.Errorf("number: %w", err)
			}
		}
		return rows.Err()
	})
	return n, err
}

// listen wakes the tail when another process has numbered. Without it the tail finds out at
// its next Poll, so a connection that cannot be had is tried again without haste.
func (l *Log) listen(ctx context.Context) {
	failures := 0
	for {
		err := l.database.Listen(ctx, channel, func() {
			failures = 0
			l.wake()
		})
		if ctx.Err() != nil {
			return
		}
		if failures++; failures == 1 {
			l.options.Log.WarnContext(ctx, "event log cannot listen, looking now and then", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(l.rest(failures)):
		}
	}
}
