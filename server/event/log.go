// Package event owns the durable log of what happened to tickets: Append writes to it inside
// the transaction that makes the change, Follow reads it from any position, in order.
//
// Every event has a position: gapless from 1, in commit order, the same for every instance. On
// SQLite the one writer gives it in its transaction; on PostgreSQL a sequencer gives it after
// the commit, moments later, and until then the event is in the table and not yet in the log.
// The log is the truth and a wake-up is a hint: a follower is a cursor and nothing else, so a
// slow one costs no memory and blocks nobody; a lost wake-up is made up for by the next look
// at the database.
//
//	Append ──(commit)──► ticket_events ◄──reads once── Run ──► window ──► Follower, Follower, …
//	                      ▲         ▲                                         │
//	    sequencer numbers ┘         └─────── what is older than the window ───┘
//
// It refuses to know who may see an event and what a cursor looks like to a client: that is
// package graph's. Package ticket appends; graph follows; app runs the tail.
package event

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"entgo.io/ent/dialect"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/counter"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
)

// ErrResync says that a position cannot be followed: it is of another epoch, beyond the head,
// or older than what the log replays. The client must load its data again.
var ErrResync = errors.New("event: position cannot be followed, load again")

// Position is a place in the log: after Offset events of an epoch. The epoch changes when
// positions start anew, as after a restored backup.
type Position struct {
	Epoch  string
	Offset int64
}

// Options of NewLog. The zero value is a working one.
type Options struct {
	// Now is the clock of events that say no time of their own; time.Now when nil.
	Now func() time.Time
	// Poll is how soon events are seen and numbered of which no word came: on SQLite those of
	// another process, on PostgreSQL those whose process or connection died; 1 s when 0.
	Poll time.Duration
	// Window is how many recent events stay in memory for all followers together; 4,096 when 0.
	Window int
	// Keep bounds what is replayed to a cursor; nothing when zero. It deletes nothing: the rows are the tickets' history.
	Keep Keep
	// AsSystem marks the product's own reads, for a reader that hides rows from whom it does
	// not know; the context as it is when nil.
	AsSystem func(context.Context) context.Context
	// Log hears of a database that does not answer; nobody when nil.
	Log *slog.Logger
}

// Keep is how old the first event after a cursor may be, and how many events may follow it; 0 does not bound. Whoever
// was away for longer loads again, which costs less than to read through all that he missed.
type Keep struct {
	Age   time.Duration
	Count int64
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Poll <= 0 {
		o.Poll = time.Second
	}
	if o.Window <= 0 {
		o.Window = 4096
	}
	if o.AsSystem == nil {
		o.AsSystem = func(ctx context.Context) context.Context { return ctx }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Log is the log of one database, as one process sees it.
type Log struct {
	database *database.DB
	options  Options
	// name tells the processes' sequencers apart.
	name string

	// window is replaced and never changed: followers read it without a lock.
	window  atomic.Pointer[window]
	running atomic.Bool
	// unread holds at most one token: there may be more to read.
	unread chan struct{}
	// unnumbered holds at most one token: there may be rows to number.
	unnumbered chan struct{}
}

// NewLog makes a log on a database. Followers wait for ever unless Run runs.
func NewLog(d *database.DB, o Options) *Log {
	l := &Log{database: d, options: o.withDefaults(), name: rand.Text(), unread: make(chan struct{}, 1), unnumbered: make(chan struct{}, 1)}
	l.window.Store(&window{changed: make(chan struct{})})
	return l
}

// sequenced says whether positions come after the commit.
func (l *Log) sequenced() bool { return l.database.Dialect == dialect.Postgres }

// counterID names the row of table counters that gives out positions.
const counterID = "event_log"

// Head is the position of the last event that has one, read from the database. The first call on
// an empty database writes the counter's row, so never call it inside a write transaction.
func (l *Log) Head(ctx context.Context) (_ Position, err error) {
	defer fault.Wrap(&err, "event.Head")
	ctx = l.options.AsSystem(ctx)
	row, err := l.database.Reader.Counter.Get(ctx, counterID)
	if db.IsNotFound(err) {
		if err := establish(ctx, l.database.Writer); err != nil {
			return Position{}, err
		}
		row, err = l.database.Reader.Counter.Get(ctx, counterID)
	}
	if err != nil {
		return Position{}, err
	}
	return Position{Epoch: row.Epoch, Offset: row.Value}, nil
}

// establish makes the counter's row with a random epoch, unless somebody else just did.
func establish(ctx context.Context, on execer) error {
	_, err := on.ExecContext(ctx,
		"INSERT INTO "+counter.Table+" (id, value, epoch) VALUES ($1, 0, $2) ON CONFLICT (id) DO NOTHING",
		counterID, rand.Text())
	if err != nil {
		return fmt.Errorf("event counter: %w", err)
	}
	return nil
}
