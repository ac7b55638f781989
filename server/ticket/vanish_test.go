package ticket

import (
	"context"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/reclameaqui"
)

// lose merges a read that says that complaints are not shown any more, beside those that are.
func (w *world) lose(t testing.TB, list []reclameaqui.Complaint, ids ...int64) Report {
	t.Helper()
	report, err := w.store.Merge(context.Background(), Read{
		Defaults: w.defaults, Cause: ticketevent.CauseINCREMENTAL_SYNC, Complaints: list, Vanished: ids, At: w.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// A complaint that is not shown any more keeps its ticket, which says so until it is shown again, changed or not.
func TestVanishedAndBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.read(t, made(1), made(2), made(3))
		w.now = noon.Add(time.Minute)
		if r := w.lose(t, []reclameaqui.Complaint{made(3)}, 1, 2, 404); r.Vanished != 2 || r.Unchanged != 1 || r.New != 0 {
			t.Errorf("%+v", r)
		}
		gone := w.ticket(1)
		if gone.VanishedAt == nil || !gone.VanishedAt.Equal(w.now) || gone.Version != 2 || w.ticket(3).VanishedAt != nil {
			t.Errorf("%v", gone)
		}
		facts := Facts{InUse: true, HasAddress: true, Zone: time.UTC}
		if p := Permit(outboundattempt.KindPUBLIC_REPLY, gone, facts, w.now); p.Blocked == nil || *p.Blocked != vanished {
			t.Errorf("an answer to it: %+v", p)
		}
		e := w.events(t)[3]
		if e.Kind != ticketevent.KindUPDATED || len(e.Changes) != 1 || e.Changes[0].Field != "reclameAqui.vanishedAt" || e.Changes[0].Old != nil ||
			e.Changes[0].New == nil || *e.Changes[0].New != moment(&w.now) || e.TicketVersion != 2 {
			t.Errorf("%v", e)
		}
		if r := w.lose(t, nil, 1, 2); r.Vanished != 0 || len(w.events(t)) != 5 {
			t.Errorf("once more: %+v", r)
		}
		// An answer that began before it was noted says nothing of now.
		w.now = noon.Add(30 * time.Second)
		if w.read(t, made(1)); w.ticket(1).VanishedAt == nil {
			t.Error("an older read brought it back")
		}
		w.now = noon.Add(2 * time.Minute)
		w.read(t, made(1), made(2, modified(time.Minute), status(6)))
		same, changed := w.ticket(1), w.ticket(2)
		if same.VanishedAt != nil || same.Version != 3 || changed.VanishedAt != nil || changed.RaStatusID != 6 {
			t.Errorf("%v, %v", same, changed)
		}
		if w.lose(t, nil, 1); w.ticket(1).VanishedAt != nil {
			t.Error("a read of the same moment took it away")
		}
	})
}

// A date that lies far ahead is none: else it would stand before all later states.
func TestAnImpossibleDate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.read(t, made(1, modified(200*365*24*time.Hour)))
		w.now = noon.Add(time.Minute)
		if w.read(t, made(1, modified(time.Second), status(6))); w.ticket(1).RaStatusID != 6 {
			t.Errorf("%v", w.ticket(1))
		}
	})
}
