package quota

import (
	"context"
	"fmt"
	"testing"
	"time"

	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

func TestBurstHeldShareAndRestart(t *testing.T) {
	databasetest.EachURL(t, func(t *testing.T, url string) {
		c := newClock()
		b := New(databasetest.Open(t, url, database.Options{}), c.options())
		if s := state(t, b); s.Limit != 10 || s.Used != 0 || s.BlockedUntil != nil || len(s.Waiting) != lanes {
			t.Errorf("before the first call: %+v", s)
		}
		enter(t, b, Backfill, 8)
		for _, l := range []Lane{Callback, Incremental, Backfill} {
			refused(t, b, l)
		}
		enter(t, b, Agent, 2)
		at := refused(t, b, Agent)

		// Another process, or this one after a crash: it knows what the row says and no more.
		again := New(databasetest.Open(t, url, database.Options{}), c.options())
		if got := refused(t, again, Agent); !got.Equal(at) {
			t.Errorf("after a restart the next slot is at %v, was at %v", got, at)
		}
		if s := state(t, again); s.Used != 10 || !s.NextSlot.Equal(at) {
			t.Errorf("after a restart: %+v", s)
		}
		c.reach(at)
		enter(t, again, Agent, 1)
	})
}

func TestLearn(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx, c := context.Background(), newClock()
		b := New(d, c.options())
		end := time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)
		for _, f := range []Facts{{CallsPerMinute: 3, LicenceEnd: end}, {}, {LicenceStart: end.AddDate(-1, 0, 0)}} {
			if err := b.Learn(ctx, credential, f); err != nil {
				t.Fatal(err)
			}
		}
		s := state(t, b)
		if s.Limit != 3 || s.LicenceEnd == nil || !s.LicenceEnd.Equal(end) || s.LicenceStart == nil {
			t.Errorf("learned %+v", s)
		}
		enter(t, b, Backfill, 1)
		refused(t, b, Backfill)
		enter(t, b, Agent, 2)
		refused(t, b, Agent)
		before, err := d.Reader.CallBudget.Get(ctx, credential)
		if err != nil {
			t.Fatal(err)
		}
		c.advance(time.Second)
		if err := b.Learn(ctx, credential, Facts{CallsPerMinute: 3, LicenceEnd: end}); err != nil {
			t.Fatal(err)
		}
		if after, err := d.Reader.CallBudget.Get(ctx, credential); err != nil || !after.UpdatedAt.Equal(before.UpdatedAt) {
			t.Errorf("what RA says as before was written again (%v)", err)
		}
	})
}

func TestLearnWakesTheHead(t *testing.T) {
	c := newClock()
	b := New(databasetest.Open(t, databasetest.SQLite(t), database.Options{}), c.options())
	enter(t, b, Agent, 10)
	done := make(chan error, 1)
	go func() { done <- b.Enter(context.Background(), credential, Agent) }()
	<-c.armed
	if err := b.Learn(context.Background(), credential, Facts{CallsPerMinute: 11}); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestThrottledHoldsAllLanes(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		c := newClock()
		b := New(d, c.options())
		enter(t, b, Callback, 1)
		if err := b.Throttled(context.Background(), credential, 0); err != nil {
			t.Fatal(err)
		}
		s := state(t, b)
		if s.Used != 10 || s.BlockedUntil == nil || s.NextSlot.Before(*s.BlockedUntil) {
			t.Errorf("after a 429: %+v", s)
		}
		for l := Agent; l <= Backfill; l++ {
			if at := refused(t, b, l); at.Before(*s.BlockedUntil) {
				t.Errorf("%v may try at %v, before %v", l, at, s.BlockedUntil)
			}
		}
		c.reach(s.BlockedUntil.Add(time.Minute))
		enter(t, b, Agent, 10)
		if s := state(t, b); s.BlockedUntil != nil {
			t.Errorf("still blocked: %+v", s)
		}
	})
}

func TestRefusesNonsense(t *testing.T) {
	b := New(databasetest.Open(t, databasetest.SQLite(t), database.Options{}), Options{})
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, err := range map[string]error{
		"no credential": b.Enter(context.Background(), "", Agent),
		"no lane":       b.Enter(context.Background(), credential, Lane(4)),
		"cancelled":     b.Enter(cancelled, credential, Agent),
	} {
		if err == nil {
			t.Errorf("%s: entered", name)
		}
	}
	if n := b.d.Reader.CallBudget.Query().CountX(context.Background()); n != 0 {
		t.Errorf("%d rows were made", n)
	}
}

// BenchmarkEnter is one entry under lasting demand: the row holds two windows.
func BenchmarkEnter(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLite, "postgres": databasetest.Postgres} {
		for _, limit := range []int{10, 600, 6000} {
			b.Run(fmt.Sprint(name, "/", limit), func(b *testing.B) {
				c := newClock()
				budgets := New(databasetest.Open(b, url(b), database.Options{}), c.options())
				if err := budgets.Learn(context.Background(), credential, Facts{CallsPerMinute: limit}); err != nil {
					b.Fatal(err)
				}
				// Calls of one grain count as made at its end, so a pace at the very limit would have to wait.
				pause := time.Minute / time.Duration(limit) * 105 / 100
				fill(b, budgets, limit, pause)
				for b.Loop() {
					c.advance(pause)
					if err := budgets.Enter(context.Background(), credential, Agent); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// fill enters two windows of calls up to now.
func fill(b *testing.B, budgets *Budgets, limit int, pause time.Duration) {
	k, now := book{limit: limit}, budgets.local()
	for n := 2 * limit; n > 0; n-- {
		k = budgets.rules.enter(k, Agent, 1, now.Add(-time.Duration(n)*pause).UTC().Truncate(time.Microsecond))
	}
	err := budgets.d.Writer.CallBudget.UpdateOneID(credential).SetCalls(schema.CallLog{Agent: now, Calls: k.calls}).Exec(context.Background())
	if err != nil {
		b.Fatal(err)
	}
}
