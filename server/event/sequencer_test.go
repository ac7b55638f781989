package event_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/event"
)

// Many writers in two processes, some of whose transactions are rolled back or dawdle before
// their commit; both processes number at once and are followed.
func TestOrderIsThatOfCommits(t *testing.T) {
	databasetest.EachURL(t, func(t *testing.T, url string) {
		newCrowd(t, url).write(t, 20)
	})
}

// The same while the connections that number and listen are cut off again and again.
func TestCutConnectionsLoseNothing(t *testing.T) {
	url := databasetest.Postgres(t)
	c, admin := newCrowd(t, url), connect(t, url)
	ctx, stop := context.WithCancel(patience(t))
	var cutting sync.WaitGroup
	var cuts int
	cutting.Go(func() {
		for ctx.Err() == nil && cuts < 20 {
			cuts += cut(ctx, t, admin, whoHasATurn+" OR "+whoListens)
		}
	})
	c.write(t, 30)
	stop()
	cutting.Wait()
	if cuts < 3 {
		t.Errorf("only %d connections were cut", cuts)
	}
}

// What cut may end.
const (
	whoHasATurn = "EXISTS (SELECT FROM pg_locks AS l WHERE l.pid = a.pid AND l.locktype = 'advisory')" // or awaits it
	whoListens  = "a.query LIKE 'LISTEN%'"
)

// cut ends the connections of some, and says of how many.
func cut(ctx context.Context, t *testing.T, admin *sql.DB, who string) (n int) {
	err := admin.QueryRowContext(ctx, `SELECT count(pg_terminate_backend(a.pid)) FROM pg_stat_activity AS a
		WHERE a.datname = current_database() AND (`+who+")").Scan(&n)
	if err == nil {
		_, err = admin.ExecContext(ctx, "SELECT pg_sleep(0.01)")
	}
	if err != nil && ctx.Err() == nil {
		t.Error(err)
	}
	return n
}

func connect(t testing.TB, url string) *sql.DB {
	t.Helper()
	pool, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	return pool
}

// crowd is two processes on one database.
type crowd struct {
	databases [2]*database.DB
	logs      [2]*event.Log
	drafts    []event.Draft
	// clock counts what the writers do: it orders the end of one transaction before the beginning of another.
	clock   atomic.Int64
	mutex   sync.Mutex
	written map[string]span // by the name that the transaction's events carry
	events  int64
}

// span is when a transaction began and when its commit was known.
type span struct{ began, ended int64 }

func newCrowd(t *testing.T, url string) *crowd {
	c := &crowd{written: map[string]span{}}
	for i := range c.databases {
		c.databases[i] = databasetest.Open(t, url, database.Options{})
		c.logs[i] = running(t, event.NewLog(c.databases[i], event.Options{Poll: 20 * time.Millisecond, Window: 32}))
	}
	c.drafts = seededTickets(t, c.databases[0], 5)
	return c
}

// write lets 16 writers do so many rounds each, and judges what followers of both processes see.
func (c *crowd) write(t *testing.T, rounds int) {
	ctx := patience(t)
	followers := []*event.Follower{c.logs[0].Follow(nil), c.logs[1].Follow(nil)}
	var writers sync.WaitGroup
	for w := range 16 {
		writers.Go(func() {
			for r := range rounds {
				if err := c.once(ctx, w%2, fmt.Sprint(w, "/", r)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writers.Wait()
	if t.Failed() {
		return
	}
	var first []*db.TicketEvent
	for _, f := range followers {
		seen := c.follow(ctx, t, f)
		c.judge(t, seen)
		if first == nil {
			first = seen
		}
		for i, e := range seen {
			if first[i].ID != e.ID {
				t.Fatalf("two followers see different events at %d", i+1)
			}
		}
	}
	left := c.databases[0].Writer.TicketEvent.Query().Where(ticketevent.PositionIsNil()).CountX(ctx)
	all := c.databases[0].Writer.TicketEvent.Query().CountX(ctx)
	if left != 0 || int64(all) != c.events {
		t.Errorf("%d events are without a position, %d in all, want %d", left, all, c.events)
	}
}

// once is one transaction: up to three events of a ticket, under its lock, every fourth in vain.
func (c *crowd) once(ctx context.Context, process int, name string) error {
	d, l := c.databases[process], c.logs[process]
	draft := c.drafts[rand.N(len(c.drafts))]
	n, vain := 1+rand.N(3), rand.N(4) == 0
	inVain := errors.New("in vain")
	at := span{began: c.clock.Add(1)}
	err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := tx.Ticket.UpdateOneID(draft.TicketID).AddVersion(1).Save(ctx)
		if err != nil {
			return err
		}
		draft.TicketVersion = row.Version
		draft.Changes = []schema.FieldChange{{Field: "name", New: &name}}
		drafts := []event.Draft{draft, draft, draft}
		if err := l.Append(ctx, tx, drafts[:n]...); err != nil {
			return err
		}
		if d.Dialect == dialect.Postgres && rand.N(3) == 0 {
			if _, err := tx.ExecContext(ctx, "SELECT pg_sleep(random() * 0.01)"); err != nil {
				return err
			}
		}
		if vain {
			return inVain
		}
		return nil
	})
	at.ended = c.clock.Add(1)
	if vain && errors.Is(err, inVain) {
		return nil
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.written[name] = at
	c.events += int64(n)
	return err
}

func (c *crowd) follow(ctx context.Context, t *testing.T, f *event.Follower) (seen []*db.TicketEvent) {
	t.Helper()
	for int64(len(seen)) < c.events {
		events, err := f.Next(ctx)
		if err != nil {
			t.Fatalf("%v after %d of %d events", err, len(seen), c.events)
		}
		seen = append(seen, events...)
	}
	return seen
}

// judge holds what a follower saw against what the writers know.
func (c *crowd) judge(t *testing.T, seen []*db.TicketEvent) {
	t.Helper()
	last := map[string]*db.TicketEvent{}
	var begun int64 // the latest beginning of all transactions so far
	for i, e := range seen {
		if e.Position != int64(i+1) {
			t.Fatalf("the event at %d has position %d", i+1, e.Position)
		}
		before := last[e.TicketID]
		if before != nil && (before.ID >= e.ID || before.TicketVersion > e.TicketVersion) {
			t.Errorf("at %d version %d of a ticket follows version %d", i+1, e.TicketVersion, before.TicketVersion)
		}
		last[e.TicketID] = e
		at, ok := c.written[*e.Changes[0].New]
		if !ok {
			t.Errorf("at %d is an event that was rolled back", i+1)
		}
		if at.ended < begun {
			t.Errorf("at %d is an event that was committed before an earlier one's transaction began", i+1)
		}
		begun = max(begun, at.began)
	}
}

// A sequencer that is cut off with half of its work done leaves all of it to its next try.
func TestSequencerCutOffMidway(t *testing.T) {
	url := databasetest.Postgres(t)
	ctx, d, admin := patience(t), databasetest.Open(t, url, database.Options{}), connect(t, url)
	l := running(t, event.NewLog(d, event.Options{Poll: time.Hour}))
	draft := seeded(t, d)
	mustAdd(t, d, l, draft, 3)
	await(t, l, 3)
	// Whoever holds the counter's row makes the sequencer wait between its rows and its commit.
	holding, err := admin.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holding.ExecContext(ctx, "SELECT FROM counters WHERE id = 'event_log' FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	mustAdd(t, d, l, draft, 4)
	for cuts := 0; cuts < 2 && !t.Failed(); { // the second one is its next try
		if ctx.Err() != nil {
			t.Fatal("nobody takes the turn")
		}
		cuts += cut(ctx, t, admin, whoHasATurn)
	}
	if err := holding.Rollback(); err != nil {
		t.Fatal(err)
	}
	await(t, l, 7)
}

// A process hears of what another has numbered, also after its connection was lost.
func TestProcessesHearOfEachOther(t *testing.T) {
	url := databasetest.Postgres(t)
	ctx, admin := patience(t), connect(t, url)
	var databases [2]*database.DB
	var logs [2]*event.Log
	for i := range logs {
		databases[i] = databasetest.Open(t, url, database.Options{})
		logs[i] = running(t, event.NewLog(databases[i], event.Options{Poll: time.Hour}))
	}
	draft := seeded(t, databases[0])
	f := logs[1].Follow(nil)
	for n := int64(1); n <= 5; n++ {
		mustAdd(t, databases[0], logs[0], draft, 1)
		if err := follow(ctx, f, n); err != nil {
			t.Fatal(err)
		}
		for n == 3 && cut(ctx, t, admin, whoListens) < 2 && !t.Failed() { // both listen
		}
	}
}
