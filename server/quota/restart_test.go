package quota

import (
	"context"
	"testing"
	"time"

	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

// A process that is restarted before the backfill has been passed four times, while others want all there is: its turn
// comes all the same.
func TestTurnsOutliveTheProcess(t *testing.T) {
	for _, test := range []struct {
		name  string
		order []Lane
		life  int // in calls, of which the lower lanes have three or one
	}{
		{"under callbacks", []Lane{Callback, Backfill}, 3},
		{"under agents and callbacks", []Lane{Agent, Callback, Backfill}, 6},
	} {
		t.Run(test.name, func(t *testing.T) {
			databasetest.EachURL(t, func(t *testing.T, url string) {
				c := newClock()
				d := databasetest.Open(t, url, database.Options{})
				got := map[Lane]int{}
				for range 60 {
					b := New(d, c.options())
					for calls := 0; calls < test.life; {
						calls += round(t, b, c, test.order, got)
					}
					c.advance(time.Second) // it starts again
				}
				if lower := got[Callback] + got[Backfill]; got[Backfill] < lower*15/100 || got[Backfill] > lower*30/100 {
					t.Errorf("calls by lane: %v", got)
				}
			})
		})
	}
}

// round has a planner that never waits ask once for each lane, the highest first, and lets the time pass that it is
// told; it gives the number of calls made.
func round(t *testing.T, b *Budgets, c *clock, order []Lane, got map[Lane]int) (calls int) {
	t.Helper()
	again := c.Now().Add(time.Hour)
	for _, l := range order {
		ok, at, err := b.TryEnter(context.Background(), credential, l)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			got[l]++
			calls++
			at = c.Now().Add(time.Second) // the call's duration
		}
		again = earliest(again, at)
	}
	c.reach(again)
	return calls
}

// A lane whose turn it was when the process ended is expected back for some seconds; what was owed long ago is forgotten.
func TestWhatIsOwedAtAStart(t *testing.T) {
	for _, test := range []struct {
		name string
		rest time.Duration // since the last call
		kept time.Duration
	}{
		{"soon", 20 * time.Second, grace},
		{"an hour later", time.Hour, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClock()
			d := databasetest.Open(t, databasetest.SQLite(t), database.Options{})
			d.Writer.CallBudget.Create().SetID(credential).SetCallsPerMinute(10).SetCalls(schema.CallLog{
				Passed: []int{0, 0, 0, patience}, Calls: []schema.Calls{{At: c.Now().Add(-test.rest), N: 1}},
			}).ExecX(context.Background())
			b := New(d, c.options())
			began := c.Now()
			if test.kept > 0 {
				at := refused(t, b, Callback)
				if late := at.Sub(began); late < test.kept || late > test.kept+time.Second {
					t.Errorf("the turn is kept for %v, want %v", late, test.kept)
				}
				c.reach(at)
			}
			enter(t, b, Callback, 1)
		})
	}
}
