package event_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/event"
)

func at(p event.Position, offset int64) *event.Position {
	p.Offset = offset
	return &p
}

func TestFollowNilBeginsAtTheCall(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx := patience(t)
		l := running(t, event.NewLog(d, event.Options{Poll: time.Hour}))
		draft := seeded(t, d)
		mustAdd(t, d, l, draft, 5)
		await(t, l, 5)
		f := l.Follow(nil)
		mustAdd(t, d, l, draft, 2) // between Follow and Next: not missed
		if f.Position().Offset != 5 {
			t.Fatalf("begins at %v", f.Position())
		}
		if err := follow(ctx, f, 7); err != nil {
			t.Fatal(err)
		}
	})
}

func TestResync(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx := patience(t)
		// One log knows its window, the other has no tail and asks the database alone: both must say the same.
		l, bare := event.NewLog(d, event.Options{Window: 4}), event.NewLog(d, event.Options{})
		draft := seeded(t, d)
		mustAdd(t, d, l, draft, 40)
		running(t, l)
		live := l.Follow(nil)
		mustAdd(t, d, l, draft, 2)
		if err := follow(ctx, live, 42); err != nil {
			t.Fatal(err)
		}
		if n := d.Writer.TicketEvent.Delete().Where(ticketevent.PositionLTE(10)).ExecX(ctx); n != 10 {
			t.Fatalf("retention removed %d", n)
		}
		head := live.Position()
		tests := []struct {
			name  string
			after event.Position
			ok    bool
		}{
			{"of another epoch", event.Position{Epoch: "other", Offset: 20}, false},
			{"of no epoch", event.Position{Offset: 20}, false},
			{"beyond the head", *at(head, 43), false},
			{"before the beginning", *at(head, -1), false},
			{"all removed", *at(head, 0), false},
			{"the next one removed", *at(head, 9), false},
			{"the first one kept", *at(head, 10), true},
			{"in the middle", *at(head, 41), true},
		}
		for _, test := range tests {
			for name, log := range map[string]*event.Log{"tail": l, "bare": bare} {
				_, err := log.Follow(&test.after).Next(ctx)
				if test.ok != (err == nil) || !test.ok && !errors.Is(err, event.ErrResync) {
					t.Errorf("%s, %s: %v", test.name, name, err)
				}
			}
		}
	})
}

// A restored backup has other positions under another epoch: whoever follows is told, once it shows.
func TestRestoredBackup(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx := patience(t)
		l := running(t, event.NewLog(d, event.Options{Poll: 5 * time.Millisecond}))
		draft := seeded(t, d)
		mustAdd(t, d, l, draft, 3)
		await(t, l, 3)
		f := l.Follow(nil)
		d.Writer.Counter.UpdateOneID("event_log").SetEpoch("restored").SaveX(ctx)
		if _, err := f.Next(ctx); !errors.Is(err, event.ErrResync) {
			t.Fatalf("got %v", err)
		}
		again := l.Follow(nil)
		mustAdd(t, d, l, draft, 1)
		if err := follow(ctx, again, 4); err != nil || again.Position().Epoch != "restored" {
			t.Fatalf("%v at %v", err, again.Position())
		}
	})
}

func TestNextEndsWithItsContext(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		l := running(t, event.NewLog(d, event.Options{}))
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() {
			_, err := l.Follow(nil).Next(ctx)
			ended <- err
		}()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
	})
}

// The events of an instance that wakes nobody, and on PostgreSQL numbers nothing, as if it died
// after the commit, come with the poll; a cursor of a faster instance is waited for instead of refused.
func TestEventsOfAnotherProcess(t *testing.T) {
	databasetest.EachURL(t, func(t *testing.T, url string) {
		ctx := patience(t)
		here, there := databasetest.Open(t, url, database.Options{}), databasetest.Open(t, url, database.Options{})
		slow := running(t, event.NewLog(here, event.Options{Poll: 20 * time.Millisecond}))
		other := event.NewLog(there, event.Options{})
		draft := seeded(t, there)
		f := slow.Follow(nil)
		for n := int64(1); n <= 5; n++ {
			mustAdd(t, there, other, draft, 1)
			head, err := other.Head(ctx)
			if err != nil {
				t.Fatal(err)
			}
			ahead := slow.Follow(&head)
			if err := follow(ctx, f, n); err != nil {
				t.Fatal(err)
			}
			mustAdd(t, there, other, draft, 1)
			if err := errors.Join(follow(ctx, ahead, head.Offset+1), follow(ctx, f, head.Offset+1)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A follower that never asks holds up neither writers nor others, and finds all later.
func TestSlowFollower(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx := patience(t)
		l := running(t, event.NewLog(d, event.Options{Window: 16}))
		draft := seeded(t, d)
		slow, quick := l.Follow(nil), l.Follow(nil)
		for n := int64(1); n <= 20; n++ {
			mustAdd(t, d, l, draft, 60)
			if err := follow(ctx, quick, 60*n); err != nil {
				t.Fatal(err)
			}
		}
		if err := follow(ctx, slow, 1200); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRunTwiceIsRefusedAndAgainIsNot(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		l := event.NewLog(d, event.Options{Poll: time.Hour})
		draft := seeded(t, d)
		var tail sync.WaitGroup
		for round := range int64(2) {
			ctx, cancel := context.WithCancel(patience(t))
			var ended error
			tail.Go(func() { ended = l.Run(ctx) })
			f := l.Follow(nil)
			mustAdd(t, d, l, draft, 1)
			if err := follow(ctx, f, round+1); err != nil { // so the tail runs
				t.Fatal(err)
			}
			if err := l.Run(ctx); err == nil {
				t.Error("a second tail ran")
			}
			cancel()
			if tail.Wait(); ended != nil {
				t.Error(ended)
			}
		}
	})
}

// The tail outlives a database that does not answer, and the mark of the product's own reads is on every read.
func TestReadsAreMarkedAndTried(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx := patience(t)
		type mark struct{}
		refuse := make(chan struct{}, 1)
		refuse <- struct{}{}
		d.Reader.Intercept(db.InterceptFunc(func(next db.Querier) db.Querier {
			return db.QuerierFunc(func(ctx context.Context, q db.Query) (db.Value, error) {
				if ctx.Value(mark{}) == nil {
					return nil, errors.New("an unmarked read")
				}
				select {
				case <-refuse:
					return nil, errors.New("the database is away")
				default:
					return next.Query(ctx, q)
				}
			})
		}))
		l := event.NewLog(d, event.Options{
			Poll:     5 * time.Millisecond,
			AsSystem: func(ctx context.Context) context.Context { return context.WithValue(ctx, mark{}, true) },
		})
		draft := seeded(t, d)
		running(t, l)
		var f *event.Follower
		for { // the tail or this call meets the absence
			f = l.Follow(nil)
			if _, err := l.Head(ctx); err == nil && f.Position().Epoch != "" {
				break
			}
		}
		refuse <- struct{}{}
		mustAdd(t, d, l, draft, 2)
		for err := follow(ctx, f, 2); err != nil; err = follow(ctx, f, 2) {
			if ctx.Err() != nil {
				t.Fatal(err)
			}
		}
	})
}

// A cursor from before what is replayed is told to load again, and nothing of the history is lost.
func TestKeep(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx := patience(t)
		day, now := 24*time.Hour, time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
		l := running(t, event.NewLog(d, event.Options{}))
		draft := seeded(t, d)
		for n := range 20 { // the first 20 days ago, the last yesterday
			draft.OccurredAt = now.Add(-time.Duration(20-n) * day)
			mustAdd(t, d, l, draft, 1)
			await(t, l, int64(n+1))
		}
		head, err := l.Head(ctx)
		if err != nil {
			t.Fatal(err)
		}
		clock := func() time.Time { return now }
		for _, test := range []struct {
			what   string
			keep   event.Keep
			oldest int64 // cursor that is followed
		}{
			{"everything", event.Keep{}, 0},
			{"ten days", event.Keep{Age: 10 * day}, 10},
			{"five events", event.Keep{Count: 5}, 15},
			{"both", event.Keep{Age: 3 * day, Count: 10}, 17},
			{"nothing that old", event.Keep{Age: time.Hour, Count: 3}, 20},
		} {
			bounded := event.NewLog(d, event.Options{Keep: test.keep, Now: clock})
			for offset := range head.Offset + 1 {
				events, err := bounded.Follow(at(head, offset)).Now(ctx)
				if want := offset >= test.oldest; want != (err == nil) || !want && !errors.Is(err, event.ErrResync) {
					t.Errorf("%s, after %d: %d events, %v", test.what, offset, len(events), err)
				}
			}
		}
		// Nobody who was here when something new happened is too late.
		short := event.NewLog(d, event.Options{Keep: event.Keep{Age: time.Hour, Count: 3}, Now: clock})
		f := short.Follow(nil)
		draft.OccurredAt = now
		mustAdd(t, d, l, draft, 3)
		await(t, l, 23)
		if err := follow(ctx, f, 23); err != nil {
			t.Error(err)
		}
		if n := d.Reader.TicketEvent.Query().CountX(ctx); n != 23 {
			t.Errorf("%d events are left of the history", n)
		}
	})
}
