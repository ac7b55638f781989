package mirror_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
	. "citrus.cx/channel/server/mirror"
)

func (o *desk) watch(ids []string) *Watch {
	o.t.Helper()
	w, err := o.Watch(o.ctx, ids)
	o.well("watching", err)
	return w
}

// next gives what a watch is told next, by integration.
func (o *desk) next(w *Watch) map[string]Progress {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.ctx, 30*time.Second)
	defer cancel()
	news, err := w.Next(ctx)
	o.well("the news", err)
	told := map[string]Progress{}
	for _, p := range news {
		told[p.IntegrationID] = p
	}
	if len(told) != len(news) {
		o.t.Errorf("one was told twice: %v", news)
	}
	return told
}

// first takes the present state of a number of mirrors.
func (o *desk) first(w *Watch, n int) map[string]Progress {
	o.t.Helper()
	told := map[string]Progress{}
	for len(told) < n {
		for id, p := range o.next(w) {
			told[id] = p
		}
	}
	return told
}

// Who watches is told how each stands, then what moves; others are told of theirs alone.
func TestWatch(t *testing.T) {
	each(t, func(o *desk) {
		a, b := o.mirror("a", integration.StateACTIVE), o.mirror("b", integration.StatePAUSED)
		archived := o.mirror("archived", integration.StateARCHIVED)
		all, one := o.watch(nil), o.watch([]string{b, archived, "int_none"})
		defer all.Close()
		defer one.Close()
		told := o.first(all, 2)
		if p := told[a]; p.Backfill.Phase != Running || !p.NextSync.Equal(noon.Add(time.Hour)) || len(p.Runs) != 0 {
			o.t.Errorf("a stands at %+v", p)
		}
		if p := told[b]; p.Backfill.Phase != Paused || p.NextSync != nil {
			o.t.Errorf("b stands at %+v", p)
		}
		if p, ok := o.first(one, 1)[b]; !ok || p.Backfill.Phase != Paused {
			o.t.Error("one is not told of b")
		}

		o.c.SyncState.UpdateOne(o.state(a)).AddBackfillRead(50).AddBackfillCalls(1).AddStep(1).ExecX(o.system)
		if p := o.next(all)[a]; p.Backfill.Read != 150 || p.Backfill.Calls != 4 {
			o.t.Errorf("after a page a stands at %+v", p)
		}
		run := o.c.SyncRun.Create().SetIntegrationID(a).SetKind(syncrun.KindHINTED).SetTrigger(syncrun.TriggerCALLBACK).SetStartedAt(noon).SaveX(o.system)
		if p := o.next(all)[a]; len(p.Runs) != 1 || p.Runs[0].ID != run.ID {
			o.t.Errorf("while a run goes on a stands at %+v", p)
		}
		o.c.SyncRun.UpdateOne(run).AddUpdatedTickets(1).AddCalls(1).ExecX(o.system)
		if p := o.next(all)[a]; len(p.Runs) != 1 || p.Runs[0].UpdatedTickets != 1 {
			o.t.Errorf("after a call of it a stands at %+v", p)
		}
		o.c.SyncRun.UpdateOne(run).SetState(syncrun.StateSUCCEEDED).SetFinishedAt(noon).ExecX(o.system)
		if p := o.next(all)[a]; len(p.Runs) != 0 {
			o.t.Errorf("after it a stands at %+v", p)
		}
		o.well("pausing", o.PauseBackfill(o.ctx, a, ""))
		if p := o.next(all)[a]; p.Backfill.Phase != Paused {
			o.t.Errorf("paused, a stands at %+v", p)
		}
		// What b's watch is told next is of b, though a moved five times meanwhile.
		o.c.Integration.UpdateOneID(b).SetState(integration.StateACTIVE).ExecX(o.system)
		if p, ok := o.next(one)[b]; !ok || p.Backfill.Phase != Running {
			o.t.Errorf("active again, b stands at %+v", p)
		}
	})
}

// Who is slow is told the latest alone, and a watch ends when its context does.
func TestASlowWatchIsToldTheLatest(t *testing.T) {
	each(t, func(o *desk) {
		a := o.mirror("a", integration.StateACTIVE)
		slow, quick := o.watch(nil), o.watch(nil)
		defer slow.Close()
		defer quick.Close()
		o.first(slow, 1)
		o.first(quick, 1)
		for range 5 {
			o.c.SyncState.UpdateOne(o.state(a)).AddBackfillRead(50).AddStep(1).ExecX(o.system)
			o.next(quick)
		}
		if p := o.next(slow)[a]; p.Backfill.Read != 350 {
			o.t.Errorf("told %d", p.Backfill.Read)
		}
		ctx, cancel := context.WithCancel(o.ctx)
		cancel()
		if news, err := slow.Next(ctx); !errors.Is(err, context.Canceled) || news != nil {
			o.t.Errorf("%v, %v", news, err)
		}
		for who, ctx := range o.others() {
			if _, err := o.Watch(ctx, nil); fault.CodeOf(err) != fault.Forbidden {
				o.t.Errorf("%s watches: %v", who, err)
			}
		}
	})
}

// Rows are read while somebody watches, once for all, and not a moment longer.
func TestNobodyLooksWhileNobodyWatches(t *testing.T) {
	var statements atomic.Int64
	d := databasetest.Open(t, databasetest.SQLite(t), database.Options{
		OnStatement: func(context.Context, string) { statements.Add(1) },
	})
	o := newDesk(t, d)
	for range 20 {
		o.mirror("x", integration.StateACTIVE)
	}
	if n := statements.Load(); n != 0 {
		t.Fatalf("%d statements before anybody watched", n)
	}
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			w, err := o.Watch(o.ctx, nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer w.Close()
			if news, err := w.Next(o.ctx); err != nil || len(news) != 20 {
				t.Errorf("told %d, %v", len(news), err)
			}
		})
	}
	all.Wait()
	// Each newcomer may ask for one look of four statements, and each 5 ms have one: far below one for each integration.
	n := statements.Load()
	t.Logf("%d statements for 30 watches of 20 integrations", n)
	w := o.watch(nil)
	o.first(w, 20)
	w.Close()
	n = statements.Load()
	// Writes are no reading, and take many times the while that lies between two looks.
	for range 200 {
		o.c.SyncState.Update().AddStep(1).ExecX(o.system)
	}
	if got := statements.Load(); got != n {
		t.Errorf("%d statements while nobody watched", got-n)
	}
	again := o.watch(nil)
	for id, p := range o.first(again, 20) {
		if p.IntegrationID != id {
			t.Errorf("%v", p)
		}
	}
	again.Close()
}

// A database that does not answer is asked again; who watches waits.
func TestWatchingGoesOnAfterAFailure(t *testing.T) {
	d := databasetest.Open(t, databasetest.SQLite(t), database.Options{})
	o := newDesk(t, d)
	a := o.mirror("a", integration.StateACTIVE)
	exec := func(statement string) {
		t.Helper()
		if _, err := o.c.ExecContext(o.system, statement); err != nil {
			t.Fatal(err)
		}
	}
	w := o.watch(nil)
	defer w.Close()
	o.first(w, 1)
	exec("ALTER TABLE sync_runs RENAME TO away")
	exec("UPDATE sync_states SET step = step + 1")
	exec("ALTER TABLE away RENAME TO sync_runs")
	if _, ok := o.next(w)[a]; !ok {
		t.Error("not told after it")
	}
}
