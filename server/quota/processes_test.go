package quota

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

// Four processes on one database, whose agents want more than there is for two hours: no window
// holds more than the limit, agents have most of the calls, and nobody's lane comes to nothing,
// though none of the processes sees another's queue. In a bubble, on its clock; SQLite alone, for it needs no socket.
func TestNobodyIsStarvedByAnotherProcess(t *testing.T) {
	const limit = 10
	url := databasetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Hour)
		defer cancel()
		var mu sync.Mutex
		var calls []time.Time
		got := map[Lane]int{}
		note := func(l Lane) {
			mu.Lock()
			defer mu.Unlock()
			got[l]++
			calls = append(calls, time.Now())
		}
		var all sync.WaitGroup
		process := func(run func(*Budgets)) {
			d, err := database.Open(context.Background(), url, database.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { d.Close() })
			all.Go(func() { run(New(d, Options{})) })
		}
		waits := func(l Lane, seed uint64) func(*Budgets) {
			return func(b *Budgets) {
				pause := rand.New(rand.NewPCG(seed, 0))
				for b.Enter(ctx, credential, l) == nil {
					note(l)
					time.Sleep(time.Duration(pause.IntN(500)) * time.Millisecond)
				}
			}
		}
		process(waits(Agent, 1))
		process(waits(Agent, 2))
		process(waits(Callback, 3))
		process(func(b *Budgets) { // as the syncer does: it tries, and comes back when told
			for ctx.Err() == nil {
				rest := 5 * time.Second
				for _, l := range []Lane{Incremental, Backfill} {
					ok, at, err := b.TryEnter(ctx, credential, l)
					if err != nil {
						return
					}
					if ok {
						note(l)
						rest = 300 * time.Millisecond
						break
					}
					rest = min(rest, time.Until(at))
				}
				time.Sleep(max(rest, time.Millisecond))
			}
		})
		all.Wait()
		slices.SortFunc(calls, time.Time.Compare)
		if i := overLimit(calls, limit, time.Minute); i >= 0 {
			t.Errorf("call %d exceeds the limit", i)
		}
		t.Logf("calls by lane: %v", got)
		for l, least := range map[Lane]int{Agent: len(calls) / 2, Callback: 10, Incremental: 10, Backfill: 2} {
			if got[l] < least {
				t.Errorf("%v had %d of %d calls", l, got[l], len(calls))
			}
		}
	})
}
