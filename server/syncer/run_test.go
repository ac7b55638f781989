package syncer

import (
	"context"
	"fmt"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/inbox"
	"citrus.cx/channel/server/reclameaqui"
)

// day is a complaint made and last changed some days before noon.
func day(id int64, days int) entry {
	at := noon.AddDate(0, 0, -days)
	return entry{id: id, created: at, modified: at, title: "x"}
}

// Rules S1 and S6: the window's complaints, of every status, and no others; then what changed meanwhile.
func TestFirstSync(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range int64(120) {
			e := day(i+1, 1+int(i%28))
			e.status = []int{5, 6, 18}[i%3]
			w.ra.put(e)
		}
		w.ra.put(day(500, 31))
		stranger := day(501, 1)
		stranger.company = 7
		w.ra.put(stranger)
		calls := w.settle(t)
		s := w.state()
		if got := len(w.titles()); got != 120 || s.BackfillDoneAt == nil || *s.BackfillTotal != 121 || s.BackfillCalls > 6 || calls != s.BackfillCalls+1 {
			t.Errorf("%d tickets, %v, %d calls", got, s, calls)
		}
		if s.Watermark == nil || s.NextSyncAt == nil || !s.NextSyncAt.After(w.now.Add(9*time.Minute)) || s.RunSince != nil || s.Failures != 0 {
			t.Errorf("%v", s)
		}
		if n := w.settle(t); n != 0 {
			t.Errorf("%d calls for nothing", n)
		}
	})
}

// A crash between two calls repeats none of the work that was kept: another syncer goes on.
func TestAnotherProcessGoesOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range int64(130) {
			w.ra.put(day(i+1, 1+int(i%28)))
		}
		for range 2 { // the count and the first page
			w.step(t)
		}
		read, calls := len(w.titles()), len(w.ra.calls)
		w.Syncer = New(w.DB, w.Options)
		w.settle(t)
		if first := w.ra.calls[calls]; read != 50 || first.Get("creation_date[lte]") == "" {
			t.Errorf("after %d tickets it went on with %v", read, first)
		}
		if n := len(w.titles()); n != 130 {
			t.Errorf("%d tickets", n)
		}
		if n := w.Reader.TicketEvent.Query().CountX(context.Background()); n != 130 {
			t.Errorf("%d events", n)
		}
	})
}

// Rule S2: what changed since the watermark, which is RA's clock and overlaps; an older complaint
// enters when RA changes it, marked as outside of the window.
func TestChanges(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ra.put(day(1, 1))
		w.ra.put(day(2, 40))
		w.settle(t)
		if len(w.titles()) != 1 {
			t.Fatal(w.titles())
		}
		w.now = noon.Add(11 * time.Minute)
		for id, e := range w.ra.entries {
			e.title, e.modified = fmt.Sprint("changed ", id), noon.Add(time.Minute)
		}
		if n := w.settle(t); n != 1 {
			t.Errorf("%d calls", n)
		}
		if got := w.titles(); got[1] != "changed 1" || got[2] != "changed 2" {
			t.Error(got)
		}
		if row := w.Reader.Ticket.Query().Order(db.Desc("complaint_id")).FirstX(context.Background()); !row.OutsideWindow {
			t.Error("the old one is not marked")
		}
		// RA shows a change two minutes late, with the time that it had.
		w.now = noon.Add(22 * time.Minute)
		w.ra.entries[1].modified = noon.Add(20 * time.Minute)
		w.settle(t)
		w.now = noon.Add(33 * time.Minute)
		w.ra.entries[2].title, w.ra.entries[2].modified = "late", noon.Add(18*time.Minute)
		w.settle(t)
		if got := w.titles()[2]; got != "late" {
			t.Errorf("a change that was shown late is %q", got)
		}
	})
}

// Rule S2, "never skipped": what changes while a long run is at its later pages is read by the next run.
func TestAChangeDuringALongRun(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ra.put(day(1, 1))
		w.settle(t)
		w.ra.clamp = 20
		for i := range int64(90) {
			e := day(i+2, 40)
			e.modified = noon.Add(5 * time.Minute)
			w.ra.put(e)
		}
		w.now = noon.Add(11 * time.Minute)
		start := len(w.ra.calls)
		w.ra.during = func(call int) {
			w.now = w.now.Add(3 * time.Minute) // calls are short
			switch call - start {
			case 2: // complaint 1 would have been on the first page
				w.ra.entries[1].title, w.ra.entries[1].modified = "meanwhile", w.now
			case 4: // and later than that, one that this run still sees
				w.ra.entries[91].title, w.ra.entries[91].modified = "seen", w.now
			}
		}
		w.settle(t)
		w.ra.during = nil
		if got := w.titles(); len(got) != 91 || got[91] != "seen" {
			t.Fatalf("%d tickets, %q", len(got), got[91])
		}
		w.now = w.now.Add(11 * time.Minute)
		w.settle(t)
		if got := w.titles()[1]; got != "meanwhile" {
			t.Errorf("complaint 1 is %q", got)
		}
	})
}

func (w *world) hint(t *testing.T, refs ...inbox.Reference) {
	t.Helper()
	if err := w.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		return w.Inbox.PutAt(ctx, tx, w.id, hint.CauseCALLBACK, w.now, refs...)
	}); err != nil {
		t.Fatal(err)
	}
}

// rest settles until nothing is hinted at any more; reads of hints lie apart.
func (w *world) rest(t *testing.T) (calls int) {
	t.Helper()
	for range 4 {
		calls += w.settle(t)
		w.now = w.now.Add(2 * time.Second)
	}
	return calls
}

// Rule C2: many callbacks, few calls; by RA's id, by the site's, or by nothing at all.
func TestHints(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range int64(10) {
			w.ra.put(day(i+1, 40))
		}
		w.settle(t)
		var refs []inbox.Reference
		for i := range 5 {
			refs = append(refs, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: fmt.Sprint(i + 1)})
		}
		w.hint(t, refs...)
		if n := w.settle(t); n != 1 || len(w.titles()) != 5 {
			t.Errorf("%d calls, %d tickets", n, len(w.titles()))
		}
		w.now = w.now.Add(2 * time.Second)
		w.hint(t, inbox.Reference{Kind: hint.KindSOURCE, Value: "1000006"}, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: "1000007"})
		// One is looked for at once; the second number turns out to be no id of RA's, and is looked for as the site's.
		if w.rest(t); w.titles()[6] == "" || w.titles()[7] == "" {
			t.Errorf("by the site's id, said so or not: %v", w.titles())
		}
		w.now = w.now.Add(2 * time.Second)
		w.ra.entries[8].modified = w.now
		w.hint(t, inbox.Poll)
		if w.rest(t); w.titles()[8] == "" {
			t.Error("a callback that names nothing was not followed by a look")
		}
		if e := w.Reader.TicketEvent.Query().Order(ticketevent.ByID()).FirstX(context.Background()); e.Cause != ticketevent.CauseCALLBACK {
			t.Errorf("the cause is %s", e.Cause)
		}
		// Rule C3: a lie costs a look or two and changes nothing.
		before := w.titles()
		w.now = w.now.Add(2 * time.Second)
		w.hint(t, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: "424242"})
		if n := w.rest(t); n != 2 || len(w.titles()) != len(before) || w.Reader.Hint.Query().CountX(context.Background()) != 0 {
			t.Errorf("%d calls, %d tickets, %d hints left", n, len(w.titles()), w.Reader.Hint.Query().CountX(context.Background()))
		}
	})
}

// Rule S2: what cannot be read is set aside, tried again ever later, and released when it can.
func TestQuarantine(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.ra.put(day(1, 1))
		bad := day(2, 2)
		w.ra.put(bad)
		w.ra.put(day(3, 3))
		if _, err := w.Writer.ExecContext(ctx, refusal(w.Dialect, 2)); err != nil {
			t.Fatal(err)
		}
		w.settle(t)
		if got := w.titles(); len(got) != 2 || w.state().BackfillDoneAt == nil {
			t.Fatalf("%v, %v", got, w.state())
		}
		waits := []time.Duration{}
		for range 4 {
			row := w.Reader.Quarantine.Query().OnlyX(ctx)
			if row.ComplaintID != 2 || row.Reason != "merge" || row.Attempts != len(waits)+1 {
				t.Fatalf("after %d tries: %v", len(waits), row)
			}
			waits = append(waits, row.RetryAt.Sub(w.now))
			w.now = row.RetryAt
			w.settle(t)
		}
		for i, wait := range waits {
			if wait < time.Minute-time.Second || i > 0 && wait <= waits[i-1] {
				t.Errorf("tried again after %v", waits)
			}
		}
		if _, err := w.Writer.ExecContext(ctx, acceptance(w.Dialect)); err != nil {
			t.Fatal(err)
		}
		w.now = w.Reader.Quarantine.Query().OnlyX(ctx).RetryAt
		w.settle(t)
		if got := w.titles(); got[2] == "" || w.Reader.Quarantine.Query().CountX(ctx) != 0 {
			t.Errorf("%v, still %d set aside", got, w.Reader.Quarantine.Query().CountX(ctx))
		}
	})
}

// refusal makes the database refuse one complaint; acceptance ends that.
func refusal(kind string, complaintID int64) string {
	if kind == "sqlite3" {
		return fmt.Sprintf("CREATE TRIGGER refuse BEFORE INSERT ON tickets WHEN NEW.complaint_id = %d BEGIN SELECT RAISE(ABORT, 'refused'); END", complaintID)
	}
	return fmt.Sprintf("ALTER TABLE tickets ADD CONSTRAINT refuse CHECK (complaint_id <> %d)", complaintID)
}

func acceptance(kind string) string {
	if kind == "sqlite3" {
		return "DROP TRIGGER refuse"
	}
	return "ALTER TABLE tickets DROP CONSTRAINT refuse"
}

// A row that has no readable id spoils neither its page nor the end of the reading.
func TestAMalformedRow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range int64(60) {
			e := day(i+1, 1+int(i%28))
			e.broken = i%7 == 0
			w.ra.put(e)
		}
		w.settle(t)
		if n := len(w.titles()); n != 51 || w.state().BackfillDoneAt == nil {
			t.Errorf("%d tickets, %v", n, w.state())
		}
	})
}

// What goes wrong is kept as the word that says what to do, tried again later, and forgotten after a success.
func TestFailures(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ra.put(day(1, 1))
		for i, c := range []struct {
			status int
			code   reclameaqui.Trouble
			wait   time.Duration
		}{
			{500, reclameaqui.TroubleUnreachable, 5 * time.Second},
			{503, reclameaqui.TroubleUnreachable, 10 * time.Second},
			{400, reclameaqui.TroubleRefusal, 20 * time.Second},
			{401, reclameaqui.TroubleCredentials, 10 * time.Minute},
			{403, reclameaqui.TroubleRefusal, 80 * time.Second},
		} {
			w.ra.fail = []int{c.status}
			if c.status == 401 {
				w.ra.fail = []int{401, 401} // also with a new token
			}
			w.step(t)
			s := w.state()
			if s.LastErrorCode == nil || *s.LastErrorCode != string(c.code) || s.Failures != i+1 || !s.RetryAt.Equal(w.now.Add(c.wait)) {
				t.Errorf("status %d: %v", c.status, s)
			}
			if n := w.settle(t); n != 0 {
				t.Errorf("status %d: %d calls before the wait was over", c.status, n)
			}
			w.now = *s.RetryAt
		}
		if w.settle(t); len(w.titles()) != 1 || w.state().LastErrorCode != nil || w.state().Failures != 0 || w.state().RetryAt != nil {
			t.Errorf("%v", w.state())
		}
	})
}

// Rule A12: months that are raised later extend the first sync; nothing in between is missed.
func TestRaisedMonths(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range int64(130) {
			w.ra.put(day(i+1, 1+int(i)))
		}
		w.settle(t)
		first := len(w.titles())
		w.Writer.SyncState.Update().SetWindowFrom(noon.AddDate(0, -6, 0)).ClearBackfillDoneAt().ClearBackfillTotal().ExecX(context.Background())
		w.settle(t)
		if n := len(w.titles()); first != 30 || n != 130 || w.state().BackfillDoneAt == nil {
			t.Errorf("%d tickets, then %d, %v", first, n, w.state())
		}
		if s := w.state(); s.BackfillRead != 130 || *s.BackfillTotal != 130 {
			t.Errorf("%d of %d", s.BackfillRead, *s.BackfillTotal)
		}
	})
}

// Run works by itself until it is told to end, and then nothing of it is left.
func TestRun(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range int64(60) {
			w.ra.put(day(i+1, 1+int(i%28)))
		}
		began := time.Now()
		w.Syncer.Now = func() time.Time { return noon.Add(time.Since(began)) }
		read := make(chan struct{})
		w.ra.during = func(call int) {
			if call == 4 { // count, two pages, and the look at what changed meanwhile
				close(read)
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		<-read
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if n := len(w.titles()); n != 60 {
			t.Errorf("%d tickets", n)
		}
	})
}
