package event_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/event"
)

type errLength int

func (e errLength) Error() string { return fmt.Sprintf("Next returned %d events", int(e)) }

type errPosition struct{ got, want int64 }

func (e errPosition) Error() string { return fmt.Sprintf("got position %d, want %d", e.got, e.want) }

func TestAppendKeepsWhatItIsGiven(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		now := time.Date(2026, 3, 2, 12, 0, 0, 123456789, time.FixedZone("BRT", -3*3600))
		l := running(t, event.NewLog(d, event.Options{Now: func() time.Time { return now }}))
		draft := seeded(t, d)
		draft.OccurredAt = time.Time{}
		status := "FINISHED"
		draft.Changes = []schema.FieldChange{{Field: "status", New: &status}}
		mustAdd(t, d, l, draft, 1)
		await(t, l, 1)
		got := d.Reader.TicketEvent.Query().OnlyX(context.Background())
		if got.Position != 1 || got.TicketID != draft.TicketID || *got.AssigneeID != *draft.AssigneeID ||
			len(got.Changes) != 1 || *got.Changes[0].New != status || got.Changes[0].Old != nil {
			t.Errorf("got %v", got)
		}
		if want := now.UTC().Truncate(time.Microsecond); !got.OccurredAt.Equal(want) {
			t.Errorf("occurred at %v, want %v", got.OccurredAt, want)
		}
	})
}

// A ticket's events page by id, so ids must sort as positions do, also in bulk over several statements.
func TestIdsSortAsPositions(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		l := running(t, event.NewLog(d, event.Options{}))
		draft := seeded(t, d)
		mustAdd(t, d, l, draft, 1100)
		mustAdd(t, d, l, draft, 1)
		await(t, l, 1101)
		all := d.Reader.TicketEvent.Query().Order(ticketevent.ByID()).AllX(context.Background())
		if len(all) != 1101 {
			t.Fatalf("%d events", len(all))
		}
		for i, e := range all {
			if e.Position != int64(i+1) {
				t.Fatalf("the id at %d has position %d", i, e.Position)
			}
		}
	})
}

func TestRollbackLeavesNoGapAndNoTrace(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx := patience(t)
		l := running(t, event.NewLog(d, event.Options{Poll: time.Hour}))
		draft := seeded(t, d)
		f := l.Follow(nil)
		broken := errors.New("broken")
		for range 3 {
			err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				if err := l.Append(ctx, tx, draft, draft); err != nil {
					return err
				}
				return broken
			})
			if !errors.Is(err, broken) {
				t.Fatal(err)
			}
			mustAdd(t, d, l, draft, 1)
		}
		if err := follow(ctx, f, 3); err != nil {
			t.Fatal(err)
		}
		if head, err := l.Head(ctx); err != nil || head.Offset != 3 || head != f.Position() {
			t.Fatalf("head %v, %v; the follower is at %v", head, err, f.Position())
		}
	})
}

func TestAppendTwiceInOneTransaction(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		l := running(t, event.NewLog(d, event.Options{}))
		draft := seeded(t, d)
		err := d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			if err := l.Append(ctx, tx); err != nil { // of nothing: nothing
				return err
			}
			return errors.Join(l.Append(ctx, tx, draft), l.Append(ctx, tx, draft, draft))
		})
		if err != nil {
			t.Fatal(err)
		}
		await(t, l, 3)
	})
}

// Several processes that meet an empty database agree on one epoch.
func TestEpochIsMadeOnce(t *testing.T) {
	databasetest.EachURL(t, func(t *testing.T, url string) {
		ctx := patience(t)
		const processes = 6
		heads, errs := make([]event.Position, processes), make([]error, processes)
		var all sync.WaitGroup
		draft := seeded(t, databasetest.Open(t, url, database.Options{}))
		for i := range processes {
			d := databasetest.Open(t, url, database.Options{})
			all.Go(func() {
				l := event.NewLog(d, event.Options{})
				if i%2 == 0 {
					errs[i] = add(ctx, d, l, draft, 1)
				}
				head, err := l.Head(ctx)
				heads[i], errs[i] = head, errors.Join(errs[i], err)
			})
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		for _, h := range heads {
			if h.Epoch == "" || h.Epoch != heads[0].Epoch {
				t.Fatalf("epochs %v", heads)
			}
		}
	})
}

// Writers of two processes, followers of both: from the start, from random places, from now.
func TestEveryFollowerSeesEveryEventOnceInOrder(t *testing.T) {
	databasetest.EachURL(t, func(t *testing.T, url string) {
		ctx := patience(t)
		var databases [2]*database.DB
		var logs [2]*event.Log
		for i := range 2 {
			databases[i] = databasetest.Open(t, url, database.Options{})
			// A window this small sends followers to the database and back all the time.
			logs[i] = running(t, event.NewLog(databases[i], event.Options{Poll: 5 * time.Millisecond, Window: 8}))
		}
		draft := seeded(t, databases[0])
		const writers, rounds, total = 8, 15, int64(8 * 15 * 2) // 1, 2 or 3 events a round
		errs := make(chan error, 1000)
		var all sync.WaitGroup
		begin := func(f *event.Follower) {
			all.Go(func() { errs <- follow(ctx, f, total) })
		}
		for i := range 10 {
			begin(logs[i%2].Follow(nil))
		}
		for i := range writers {
			all.Go(func() {
				for round := range rounds {
					errs <- add(ctx, databases[i%2], logs[i%2], draft, 1+(i+round)%3)
				}
			})
		}
		for i := range 30 { // joining while the writers write
			begin(joiner(logs[i%2], logs[(i+1)%2], i%3 > 0))
		}
		all.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		if head, err := logs[1].Head(ctx); err != nil || head.Offset != total {
			t.Fatalf("head %v, %v, want %d", head, err, total)
		}
	})
}

// joiner follows from now, or from a random place that it learnt from the other instance.
func joiner(here, there *event.Log, behind bool) *event.Follower {
	f := here.Follow(nil)
	at := there.Follow(nil).Position()
	if !behind || at.Offset == 0 {
		return f
	}
	at.Offset = rand.Int64N(at.Offset)
	return here.Follow(&at)
}
