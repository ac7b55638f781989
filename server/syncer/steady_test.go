package syncer

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/ent/db/syncstate"
	"citrus.cx/channel/server/inbox"
	"citrus.cx/channel/server/reclameaqui"
)

// runs tells of the runs, the first first.
func (w *world) runs() string {
	var list []string
	for _, r := range w.Reader.SyncRun.Query().Order(db.Asc(syncrun.FieldStartedAt, syncrun.FieldID)).AllX(context.Background()) {
		s := fmt.Sprintf("%s %s %s %d/%d/%d/%d %d", r.Kind, r.Trigger, r.State, r.CreatedTickets, r.UpdatedTickets, r.UnchangedTickets, r.FailedComplaints, r.Calls)
		if r.ErrorCode != nil {
			s += " " + *r.ErrorCode
		}
		if (r.FinishedAt == nil) != (r.State == syncrun.StateRUNNING) {
			s += " ?"
		}
		list = append(list, s)
	}
	return strings.Join(list, "\n")
}

func (w *world) wantRuns(t *testing.T, want ...string) {
	t.Helper()
	if got := w.runs(); got != strings.Join(want, "\n") {
		t.Errorf("runs:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

func (w *world) round10() { w.now = w.now.Add(10*time.Minute + time.Second) }

// Rule S6: what each run did and what it cost, tokens and failures included.
func TestRuns(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		for i := range int64(60) {
			w.ra.put(day(i+1, 1+int(i%28)))
		}
		w.settle(t)
		first := "BACKFILL ACTIVATION SUCCEEDED 60/0/2/0 4" // a token, a count, two pages
		w.wantRuns(t, first, "INCREMENTAL SCHEDULE SUCCEEDED 0/0/0/0 1")

		w.ra.entries[1].title, w.ra.entries[1].modified = "y", w.now
		w.hint(t, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: "1"}, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: "2"})
		w.settle(t)
		hinted := "HINTED CALLBACK %s 0/1/1/0 1"
		w.wantRuns(t, first, "INCREMENTAL SCHEDULE SUCCEEDED 0/0/0/0 1", fmt.Sprintf(hinted, "RUNNING"))

		// A round that fails before its first page shows, and ends well later.
		w.round10()
		w.ra.fail = []int{500}
		w.settle(t)
		w.wantRuns(t, first, "INCREMENTAL SCHEDULE SUCCEEDED 0/0/0/0 1", fmt.Sprintf(hinted, "RUNNING"),
			"INCREMENTAL SCHEDULE RUNNING 0/0/0/0 1 UPSTREAM_UNAVAILABLE")
		w.now = w.now.Add(6 * time.Second)
		w.settle(t)
		w.wantRuns(t, first, "INCREMENTAL SCHEDULE SUCCEEDED 0/0/0/0 1", fmt.Sprintf(hinted, "SUCCEEDED"),
			"INCREMENTAL SCHEDULE SUCCEEDED 0/0/1/0 2 UPSTREAM_UNAVAILABLE")

		// A person's round takes the place of one that never got beyond its failures, and is his.
		w.round10()
		w.ra.fail = []int{500}
		w.settle(t)
		w.now = w.now.Add(6 * time.Second)
		w.Writer.SyncState.Update().SetSyncRequestedAt(w.now).SetSyncRequestedBy(w.userID).SetNextSyncAt(w.now).ExecX(ctx)
		w.settle(t)
		got := strings.Split(w.runs(), "\n")
		if !slices.Equal(got[4:], []string{"INCREMENTAL SCHEDULE FAILED 0/0/0/0 1 UPSTREAM_UNAVAILABLE", "INCREMENTAL ADMIN SUCCEEDED 0/0/0/0 1", "GAP_SCAN SCHEDULE SUCCEEDED 0/0/60/0 2"}) {
			t.Error(got[4:])
		}
		if s := w.state(); s.SyncRequestedAt != nil || s.SyncRequestedBy != nil || !s.NextSyncAt.After(w.now) {
			t.Error(s)
		}
		if last := w.Reader.SyncRun.Query().Where(syncrun.KindEQ(syncrun.KindINCREMENTAL)).Order(db.Desc(syncrun.FieldID)).FirstX(ctx); last.RequestedByID == nil || *last.RequestedByID != w.userID {
			t.Error(last)
		}
	})
}

// Who asks for a round while one is under way gets another.
func TestARequestDuringARound(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.settle(t)
		w.round10()
		w.ra.during = func(int) {
			w.ra.during = nil
			w.now = w.now.Add(time.Second)
			w.Writer.SyncState.Update().SetSyncRequestedAt(w.now).SetSyncRequestedBy(w.userID).SetNextSyncAt(w.now).ExecX(context.Background())
		}
		if n := w.settle(t); n != 3 || !strings.Contains(w.runs(), "INCREMENTAL ADMIN SUCCEEDED") || !strings.Contains(w.runs(), "GAP_SCAN SCHEDULE SUCCEEDED") {
			t.Errorf("%d calls\n%s", n, w.runs())
		}
	})
}

// Rule S1: the first sync is paused, resumed, cancelled and begun again from where it stood; all else goes on.
func TestPauseAndCancel(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		for i := range int64(140) {
			w.ra.put(day(i+1, 1+int(i%28)))
		}
		for range 2 { // the count and a page
			w.step(t)
		}
		set := w.Writer.SyncState.Update()
		set.SetBackfillPausedAt(w.now).ExecX(ctx)
		w.ra.entries[1].title, w.ra.entries[1].modified = "y", w.now
		w.hint(t, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: "1"})
		if w.settle(t); len(w.titles()) > 51 || w.titles()[1] != "y" || !strings.HasPrefix(w.runs(), "BACKFILL ACTIVATION RUNNING") {
			t.Errorf("paused: %d tickets\n%s", len(w.titles()), w.runs())
		}
		w.Writer.SyncState.Update().ClearBackfillPausedAt().SetBackfillCancelledAt(w.now).ExecX(ctx)
		before := len(w.titles())
		if w.settle(t); len(w.titles()) != before || !strings.HasPrefix(w.runs(), "BACKFILL ACTIVATION CANCELLED") || w.state().BackfillDoneAt != nil {
			t.Errorf("cancelled: %d tickets\n%s", len(w.titles()), w.runs())
		}
		calls := len(w.ra.calls)
		w.Writer.SyncState.Update().ClearBackfillCancelledAt().ExecX(ctx)
		w.settle(t)
		if len(w.titles()) != 140 || w.state().BackfillDoneAt == nil || w.ra.calls[calls].Get("creation_date[lte]") == "" {
			t.Errorf("resumed: %d tickets, went on with %v", len(w.titles()), w.ra.calls[calls])
		}
	})
}

// Rule C5: what callbacks announced and what only asking brought up; what we did ourselves is neither.
func TestTally(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		for i := range int64(6) {
			w.ra.put(day(i+1, 2))
		}
		w.settle(t)
		tally := func() string {
			announced, found := 0, 0
			for _, row := range w.Reader.ChangeTally.Query().AllX(ctx) {
				announced, found = announced+row.Announced, found+row.Found
			}
			return fmt.Sprintf("%d announced, %d found, %d silent", announced, found, w.state().SilentChanges)
		}
		if got := tally(); got != "0 announced, 0 found, 0 silent" {
			t.Error("the first sync: " + got)
		}
		touch := func(ids ...int64) {
			for _, id := range ids {
				w.ra.entries[id].title, w.ra.entries[id].modified = fmt.Sprint(w.now.UnixNano()), w.now
			}
		}
		w.round10()
		touch(1, 2)
		if w.settle(t); tally() != "0 announced, 2 found, 2 silent" {
			t.Error("a round: " + tally())
		}
		w.now = w.now.Add(time.Minute)
		touch(3)
		w.hint(t, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: "3"}, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: "4"})
		if w.settle(t); tally() != "1 announced, 2 found, 0 silent" {
			t.Error("a callback: " + tally())
		}
		w.round10()
		touch(5, 6)
		w.hint(t, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: "5"})
		w.Writer.Hint.Update().SetDueAt(w.now.Add(time.Minute)).ExecX(ctx) // the round comes first
		if w.settle(t); tally() != "2 announced, 3 found, 0 silent" || w.Reader.Hint.Query().CountX(ctx) != 0 {
			t.Error("a round that meets a callback: " + tally())
		}
	})
}

// Rules C2 and C3: 1,000 callbacks on 20 complaints within 5 s are 10 calls at most, and the last word counts; a single
// one is read at once.
func TestAFlood(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range int64(20) {
			w.ra.put(day(i+1, 2))
		}
		w.settle(t)
		w.now = w.now.Add(time.Minute)
		calls := len(w.ra.calls)
		for i := range 1000 {
			id := int64(i%20 + 1)
			w.ra.entries[id].title, w.ra.entries[id].modified = fmt.Sprint("state ", i), w.now
			w.hint(t, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: fmt.Sprint(id)})
			if i == 0 {
				if n := w.settle(t); n != 1 {
					t.Errorf("the first callback: %d calls", n)
				}
			}
			w.now = w.now.Add(5 * time.Millisecond)
			w.step(t)
		}
		for range 10 {
			w.settle(t)
			w.now = w.now.Add(time.Second)
		}
		if n := len(w.ra.calls) - calls; n > 10 {
			t.Errorf("%d calls", n)
		}
		for id, title := range w.titles() {
			if want := fmt.Sprint("state ", 980+id-1); title != want {
				t.Errorf("complaint %d is %q, want %q", id, title, want)
			}
		}
	})
}

// Many callbacks are cheaper to follow by asking what has changed; what that leaves is read by its numbers.
func TestManyHintsAreOneLook(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.settle(t)
		w.now = w.now.Add(time.Minute)
		w.ra.single = true
		var refs []inbox.Reference
		for i := range int64(30) {
			e := day(i+1, 40)
			e.modified = w.now
			if i == 29 { // announced, and nothing has changed
				e.modified = noon.AddDate(0, 0, -30)
			}
			w.ra.put(e)
			refs = append(refs, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: fmt.Sprint(i + 1)})
		}
		w.memory.single = true
		w.hint(t, refs...)
		n := w.rest(t)
		if left := w.Reader.Hint.Query().CountX(context.Background()); n != 2 || len(w.titles()) != 30 || left != 0 {
			t.Errorf("%d calls, %d tickets, %d hints left", n, len(w.titles()), left)
		}
	})
}

// Of two processes that go on from one state, the slower writes nothing, and that is no failure.
func TestOvertaken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.ra.put(day(1, 1))
		w.settle(t)
		w.round10()
		w.ra.entries[1].title, w.ra.entries[1].modified = "y", w.now
		w.ra.during = func(int) {
			w.ra.during = nil
			// Another process goes on from the same state.
			w.Writer.SyncState.Update().Where(syncstate.IntegrationID(w.id)).AddStep(1).ExecX(ctx)
		}
		w.step(t)
		if s := w.state(); w.titles()[1] != "x" || s.Failures != 0 || s.LastErrorCode != nil {
			t.Errorf("who was overtaken has written: %v, %v", w.titles(), s)
		}
		if w.settle(t); w.titles()[1] != "y" {
			t.Error("and nobody goes on")
		}
	})
}

// Rule S2: a complaint with a part that cannot be read is set aside, also one whose number can only be guessed, and
// comes out when it is well, or gone.
func TestSetAside(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		for i := range int64(40) {
			e := day(i+1, 1+int(i%28))
			e.broken = i == 3 || i == 4
			e.undated = i == 5
			w.ra.put(e)
		}
		w.settle(t)
		details := map[int64]string{}
		for _, q := range w.Reader.Quarantine.Query().AllX(ctx) {
			details[q.ComplaintID] = q.Reason + " " + q.Detail
		}
		if len(details) != 3 || details[4] != "unreadable id" || details[5] != "unreadable id" || details[6] != "unreadable creation_date" {
			t.Error(details)
		}
		if !strings.Contains(w.runs(), "38/0/") {
			t.Error(w.runs())
		}
		delete(w.ra.entries, 5)
		for _, e := range w.ra.entries {
			e.broken, e.undated = false, false
		}
		w.now = w.now.Add(2 * time.Minute)
		if w.settle(t); len(w.titles()) != 39 || w.Reader.Quarantine.Query().CountX(ctx) != 0 || w.Reader.Hint.Query().CountX(ctx) != 0 {
			t.Errorf("%d tickets, %d set aside, %d hints", len(w.titles()), w.Reader.Quarantine.Query().CountX(ctx), w.Reader.Hint.Query().CountX(ctx))
		}
	})
}

// The breaker: one integration's failure that concerns the credential stops all of its integrations, one probe tells
// that it is over, and others are not touched.
func TestBreaker(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		other := w.another("client", 900002)
		w.another("other", 900003)
		w.settle(t)
		w.now = w.now.Add(time.Second)
		w.settle(t)
		for status, word := range map[int]reclameaqui.Trouble{500: reclameaqui.TroubleUnreachable, 200: reclameaqui.TroubleBroken} { // 200: a body that is none
			w.round10()
			before := len(w.ra.calls)
			w.ra.down = map[string]int{"client": status}
			for range 20 {
				w.settle(t)
				w.now = w.now.Add(500 * time.Millisecond)
			}
			b := w.breaker(t)
			if b.Failures < 2 || b.Failures > 3 || b.Code != string(word) || b.Since.IsZero() || len(w.ra.calls)-before != 1 {
				t.Errorf("after 10 s of %d: %+v, %d calls of others", status, b, len(w.ra.calls)-before)
			}
			for range 40 {
				w.settle(t)
				w.now = w.now.Add(30 * time.Second)
			}
			if b := w.breaker(t); b.Failures > 15 || b.OpenUntil.Sub(w.now) > 5*time.Minute {
				t.Errorf("after 20 minutes: %+v", b)
			}
			w.ra.down = nil
			w.now = w.now.Add(5 * time.Minute)
			for range 4 {
				w.settle(t)
				w.now = w.now.Add(time.Second)
			}
			for _, s := range w.Reader.SyncState.Query().AllX(ctx) {
				if s.Failures != 0 || s.RetryAt != nil || s.LastErrorCode != nil || !s.NextSyncAt.After(w.now) {
					t.Errorf("not recovered (other is %s): %v", other, s)
				}
			}
			if b, _ := w.Budgets.Breakers(w.AsSystem(ctx)); len(b) != 0 {
				t.Errorf("still open: %v", b)
			}
		}
		// Refused is one integration's own.
		w.round10()
		w.ra.fail = []int{403}
		w.settle(t)
		if b, _ := w.Budgets.Breakers(w.AsSystem(ctx)); len(b) != 0 {
			t.Errorf("a refusal opens the breaker: %v", b)
		}
		// An agent's success closes it.
		w.round10()
		w.ra.down = map[string]int{"client": http.StatusBadGateway}
		w.settle(t)
		w.ra.down = nil
		if err := w.Budgets.Answered(w.AsSystem(ctx), w.Accounts.Credential(w.template)); err != nil {
			t.Fatal(err)
		}
		if b, _ := w.Budgets.Breakers(w.AsSystem(ctx)); len(b) != 0 {
			t.Errorf("open after a success: %v", b)
		}
	})
}

// Several integrations of one credential that are due together are one call where nothing has changed.
func TestCountFirst(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ra.mixes = false
		w.ra.put(day(1, 40))
		for i := range int64(4) {
			w.another("client", 900002+i)
		}
		rest := func() (calls int) {
			for range 10 {
				calls += w.settle(t)
				w.now = w.now.Add(time.Second)
			}
			return calls
		}
		rest()
		w.now = w.now.Add(15 * time.Minute)
		// Twice the first time: that a count without a company counts something is not taken on trust.
		if n := rest(); n != 2 {
			t.Errorf("%d calls for the first five rounds that find nothing", n)
		}
		w.now = w.now.Add(15 * time.Minute)
		if n := rest(); n != 1 {
			t.Errorf("%d calls for five rounds that find nothing", n)
		}
		if n := strings.Count(w.runs(), "INCREMENTAL SCHEDULE SUCCEEDED"); n != 15 {
			t.Errorf("%d rounds\n%s", n, w.runs())
		}
		w.now = w.now.Add(15 * time.Minute)
		e := day(7, 40)
		e.modified, e.company = w.now, 900003
		w.ra.put(e)
		if n := rest(); n != 6 || len(w.titles()) != 1 {
			t.Errorf("%d calls where one had a change, %d tickets", n, len(w.titles()))
		}
	})
}

// A number that Reclame Aqui answers with 404 does not hide the complaints that were asked for beside it.
func TestAnUnknownNumberAmongOthers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ra.single, w.ra.strict = true, true
		w.settle(t)
		w.now = w.now.Add(time.Minute)
		w.ra.put(day(7, 40))
		w.hint(t, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: "3"}, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: "7"})
		if w.rest(t); len(w.titles()) != 1 {
			t.Errorf("%d tickets", len(w.titles()))
		}
	})
}
