package syncer

import (
	"testing"

	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/server/reclameaqui"
)

// A Reclame Aqui that counts less than it lists is told of, takes nothing away, and is forgiven by the next scan.
func TestAScanIsLiedTo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		much(t, w, 300)
		w.ra.lie = func(int) int { return 0 }
		w.Writer.SyncState.Update().SetScanAt(w.now).ExecX(ctx)
		w.settle(t)
		run := w.Reader.SyncRun.Query().Where(syncrun.KindEQ(syncrun.KindGAP_SCAN)).OnlyX(ctx)
		if run.State != syncrun.StateFAILED || run.ErrorCode == nil || *run.ErrorCode != string(reclameaqui.TroubleCounts) ||
			run.FinishedAt == nil || run.FinishedAt.Before(*w.state().ScannedAt) || run.VanishedTickets != 0 {
			t.Errorf("%v", run)
		}
		if s := w.state(); len(s.Scan) != 0 || s.Failures != 0 || len(w.titles()) != 300 {
			t.Errorf("%v, %d tickets", s, len(w.titles()))
		}
		w.ra.lie = nil
		w.Writer.SyncState.Update().SetScanAt(w.now).ExecX(ctx)
		w.settle(t)
		if states, _ := w.scans(t); len(states) != 2 || states[1] != "SUCCEEDED" {
			t.Errorf("%v", states)
		}
	})
}

// A first sync that lacks whole pages of what was counted is compared at once, not in an hour.
func TestAShortFirstSyncIsCompared(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ra.lie = func(total int) int { return total + 60 }
		for i := range int64(20) {
			w.ra.put(day(i+1, 1+int(i)))
		}
		w.step(t) // the token and the count
		w.ra.lie = nil
		w.settle(t)
		if total := w.state().BackfillTotal; total == nil || *total != 80 {
			t.Fatalf("the count is %v", total)
		}
		if states, _ := w.scans(t); len(states) != 1 || states[0] != "SUCCEEDED" || w.state().BackfillDoneAt == nil {
			t.Errorf("%v, %v", states, w.state())
		}
	})
}
