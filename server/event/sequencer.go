package event

import (
	"context"
	"crypto/rand"
	"time"

	"citrus.cx/channel/ent/db/counter"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
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
// before committed.
const takeTurn = "SELECT pg_advisory_xact_lock($1)"

// giveNumbers moves the head, making the counter's row where there is none, tells every process
// and numbers the rows, all of it only where there are rows.
const giveNumbers = `
WITH picked AS MATERIALIZED (
	SELECT id, row_number() OVER (ORDER BY id) AS place FROM (
		SELECT id FROM ` + ticketevent.Table + ` WHERE position IS NULL ORDER BY id LIMIT $1
	) AS first
), head AS (
	INSERT INTO ` + counter.Table + ` AS head (id, value, epoch)
	SELECT $2, count(*), $3 FROM picked HAVING count(*) > 0
	ON CONFLICT (id) DO UPDATE SET value = head.value + excluded.value
	RETURNING value, pg_notify($4, $5)::text
)
UPDATE ` + ticketevent.Table + ` AS event
SET position = head.value - (SELECT count(*) FROM picked) + picked.place
FROM picked, head WHERE event.id = picked.id`

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

// number is one batch of rows, in one round trip: whoever follows waits for it.
func (l *Log) number(ctx context.Context) (n int64, err error) {
	return l.database.Batch(ctx,
		database.Statement{SQL: takeTurn, Args: []any{int64(turn)}},
		database.Statement{SQL: giveNumbers, Args: []any{numbered, counterID, rand.Text(), channel, l.name}})
}

// listen wakes the tail when another process has numbered. Without it the tail finds out at
// its next Poll, so a connection that cannot be had is tried again without haste.
func (l *Log) listen(ctx context.Context) {
	failures := 0
	for {
		err := l.database.Listen(ctx, channel, func(by string) {
			failures = 0
			if by != l.name { // one's own tail is awake
				l.wake()
			}
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
