package syncer

import (
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/inbox"
)

// scans are the runs of gap scans so far, and their calls.
func (w *world) scans(t *testing.T) (states []string, calls int) {
	t.Helper()
	for _, run := range w.Reader.SyncRun.Query().Where(syncrun.KindEQ(syncrun.KindGAP_SCAN)).Order(syncrun.ByID()).AllX(t.Context()) {
		states, calls = append(states, run.State.String()), calls+run.Calls
	}
	return states, calls
}

// much is a mirror of many complaints, at rest.
func much(t *testing.T, w *world, n int) {
	t.Helper()
	for i := range int64(n) {
		w.ra.put(day(i+1, 1+int(i%28)))
		w.ra.entries[i+1].modified = noon.Add(-time.Duration(i) * time.Hour / 2)
	}
	w.settle(t)
}

// What no watermark shows is found: a complaint that was taken in late, a change that was dated early, and what vanished.
func TestAScanFindsWhatWasMissed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		much(t, w, 600)
		late := day(9001, 20)
		w.ra.put(late)
		w.ra.entries[500].title, w.ra.entries[500].modified = "changed long ago", noon.Add(-30*time.Hour)
		delete(w.ra.entries, 300)
		w.Writer.SyncState.Update().SetSyncRequestedAt(w.now).SetNextSyncAt(w.now).ExecX(ctx)
		w.settle(t)
		if got := w.titles(); got[9001] == "" || got[500] != "changed long ago" {
			t.Errorf("the late one is %q, the changed one %q", got[9001], got[500])
		}
		states, calls := w.scans(t)
		if len(states) != 1 || states[0] != "SUCCEEDED" || calls > 30 || w.state().ScannedAt == nil || len(w.state().Scan) != 0 {
			t.Errorf("%v, %d calls, %v", states, calls, w.state())
		}
		w.now = w.now.Add(5 * time.Second) // hints gather
		w.settle(t)
		gone := w.Reader.Ticket.Query().Where(ticket.ComplaintID(300))
		if row := gone.Clone().OnlyX(ctx); row.VanishedAt != nil {
			t.Error("vanished after one look")
		}
		w.now = w.now.Add(secondLook + time.Second)
		w.settle(t)
		if row := gone.OnlyX(ctx); row.VanishedAt == nil || w.Reader.Hint.Query().CountX(ctx) != 0 {
			t.Errorf("%v, %d hints", row.VanishedAt, w.Reader.Hint.Query().CountX(ctx))
		}
		if run := w.Reader.SyncRun.Query().Where(syncrun.VanishedTicketsGT(0)).OnlyX(ctx); run.VanishedTickets != 1 || run.Kind != syncrun.KindHINTED {
			t.Errorf("%v", run)
		}
		w.now = w.now.Add(8 * time.Minute)
		w.settle(t) // the round
		before := len(w.ra.calls)
		w.Writer.SyncState.Update().SetScanAt(w.now).ExecX(ctx)
		if w.settle(t); len(w.ra.calls)-before > 16 {
			t.Errorf("%d calls for nothing", len(w.ra.calls)-before)
		}
	})
}

// A scan goes on where another process left it, and none of its calls is made twice.
func TestAScanGoesOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		much(t, w, 200)
		w.Writer.SyncState.Update().SetScanAt(w.now).ExecX(t.Context())
		w.view.forget()
		asked := map[string]bool{}
		for len(asked) < 20 {
			before := len(w.ra.calls)
			w.Syncer = New(w.DB, w.Options)
			if !w.step(t) {
				break
			}
			for _, q := range w.ra.calls[before:] {
				if asked[q.Encode()] {
					t.Errorf("asked twice: %v", q)
				}
				asked[q.Encode()] = true
			}
		}
		if states, calls := w.scans(t); len(states) != 1 || states[0] != "SUCCEEDED" || calls != len(asked) {
			t.Errorf("%v, %d calls, %d made", states, calls, len(asked))
		}
	})
}

// A Reclame Aqui that counts wrongly, or refuses, ends a scan and nothing else.
func TestAScanEnds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		much(t, w, 900)
		w.ra.lie = func(total int) int { return total + 70 }
		w.Writer.SyncState.Update().SetScanAt(w.now).ExecX(ctx)
		w.view.forget()
		for steps := 0; w.step(t); steps++ {
			if steps > 3*scanCalls {
				t.Fatal("it never ends")
			}
		}
		if states, calls := w.scans(t); len(states) != 1 || calls > scanCalls || len(w.state().Scan) != 0 {
			t.Errorf("%v after %d calls", states, calls)
		}
		w.ra.lie = nil
		for tries := 0; tries < 100 && w.Reader.Hint.Query().ExistX(ctx); tries++ { // ours were asked for in vain
			w.now = w.now.Add(5 * time.Second)
			w.settle(t)
		}
		w.ra.fail = []int{400, 500}
		w.Writer.SyncState.Update().SetScanAt(w.now).SetNextSyncAt(w.now.Add(9 * time.Minute)).ExecX(ctx)
		w.settle(t)
		states, _ := w.scans(t)
		if last := states[len(states)-1]; last != "FAILED" || w.state().Failures != 0 {
			t.Errorf("%v, %v", states, w.state())
		}
		w.Writer.SyncState.Update().SetScanAt(w.now).ExecX(ctx)
		w.settle(t)
		if s := w.state(); s.Failures != 1 || s.RetryAt == nil {
			t.Errorf("an outage: %v", s)
		}
		w.now = *w.state().RetryAt
		w.settle(t)
		if states, _ = w.scans(t); states[len(states)-1] != "SUCCEEDED" {
			t.Errorf("%v", states)
		}
	})
}

// Only a whole answer without it, twice, says that a complaint has vanished; it may come back.
func TestVanishingNeedsProof(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		for i := range int64(3) {
			w.ra.put(day(i+1, 1))
		}
		w.settle(t)
		row := func() *time.Time { return w.Reader.Ticket.Query().Where(ticket.ComplaintID(2)).OnlyX(ctx).VanishedAt }
		look := func() {
			w.hint(t, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: "2"})
			w.now = w.now.Add(5 * time.Second)
			w.settle(t)
		}
		hidden := w.ra.entries[2]
		delete(w.ra.entries, 2)
		w.ra.lie = func(total int) int { return total + 1 }
		look()
		w.ra.lie = nil
		if n := w.Reader.Hint.Query().CountX(ctx); row() != nil || n != 0 {
			t.Errorf("an answer that is not whole: %v, %d hints", row(), n)
		}
		look()
		look() // a callback on the way to the second look: it is looked for again
		if h := w.Reader.Hint.Query().OnlyX(ctx); row() != nil || !isSecondLook(h) {
			t.Errorf("%v, %v", row(), h)
		}
		w.now = w.now.Add(secondLook)
		w.settle(t)
		if row() == nil {
			t.Error("it has not vanished")
		}
		w.ra.put(*hidden)
		look()
		if row() != nil {
			t.Error("it does not come back")
		}
		var told []string
		for _, e := range w.Reader.TicketEvent.Query().Order(ticketevent.ByID()).AllX(ctx) {
			for _, c := range e.Changes {
				if strings.HasSuffix(c.Field, "vanishedAt") {
					told = append(told, string(e.Cause))
				}
			}
		}
		if len(told) != 2 {
			t.Errorf("%v", told)
		}
	})
}
