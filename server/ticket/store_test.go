package ticket

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"go.uber.org/goleak"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/inbox"
	"citrus.cx/channel/server/reclameaqui"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// each runs a test on a fresh world of either database.
func each(t *testing.T, run func(t *testing.T, w *world)) {
	t.Helper()
	databasetest.Each(t, func(t *testing.T, d *database.DB) { run(t, newWorld(t, d)) })
}

// rows counts what a merge may write.
func (w *world) rows() string {
	ctx, r := context.Background(), w.Reader
	return fmt.Sprintf("%d tickets, %d raw, %d interactions, %d attachments, %d customers, %d keys, %d events",
		r.Ticket.Query().CountX(ctx), r.Complaint.Query().CountX(ctx), r.Interaction.Query().CountX(ctx), r.Attachment.Query().CountX(ctx),
		r.Customer.Query().CountX(ctx), r.CustomerKey.Query().CountX(ctx), r.TicketEvent.Query().CountX(ctx))
}

// Rule T1.
func TestAComplaintMakesATicket(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		old := made(2, status(18), func(c *reclameaqui.Complaint) { c.CreatedAt = w.defaults.WindowFrom.Add(-time.Microsecond) })
		if r := w.read(t, made(1), old, made(3, status(99))); r.New != 3 {
			t.Fatalf("%+v", r)
		}
		one, two, three := w.ticket(1), w.ticket(2), w.ticket(3)
		at := noon.Add(-time.Hour)
		if one.Status != ticket.StatusIN_PROGRESS || !one.Unread || one.OutsideWindow || !one.OccurredAt.Equal(at) ||
			!one.DueAt.Equal(at.Add(48*time.Hour)) || !one.OpenedAt.Equal(noon) || one.CreatorID != w.agent || one.SolutionID != nil {
			t.Errorf("an open one: %v", one)
		}
		// Rule T3: FINISHED with the default solution; rule S1: marked as outside of the window.
		if two.Status != ticket.StatusFINISHED || two.Unread || !two.OutsideWindow || *two.SolutionID != w.defaults.DefaultSolutionID {
			t.Errorf("a closed old one: %v", two)
		}
		if three.Status != ticket.StatusIN_PROGRESS || three.RaStatusID != 99 {
			t.Errorf("one of an unknown status: %v", three)
		}
		year := noon.In(brt).Year()
		for i, row := range []*db.Ticket{one, two, three} {
			if want := fmt.Sprintf("%d%08d", year, i+1); row.Protocol != want {
				t.Errorf("protocol %s, want %s", row.Protocol, want)
			}
		}
		for _, e := range w.events(t) {
			if e.Kind != ticketevent.KindCREATED || e.Cause != ticketevent.CauseINCREMENTAL_SYNC || e.ActorKind != ticketevent.ActorKindSYNC {
				t.Errorf("event %v", e)
			}
		}
	})
}

// Rule S5: idempotent by RA's ids.
func TestMergeTwiceIsMergeOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		file := said(301, 3, company, noon, "segue")
		file.Details = []reclameaqui.Detail{{ID: "5", TypeID: 15, Value: "https://files.example.com/a.pdf"}}
		page := []reclameaqui.Complaint{made(1, replica, private), made(2, saying(file)), made(3, evaluated)}
		w.read(t, append(page, page[0])...)
		before := w.rows()
		if before != "3 tickets, 3 raw, 7 interactions, 1 attachments, 3 customers, 6 keys, 3 events" {
			t.Fatal(before)
		}
		w.now = w.now.Add(time.Minute)
		if r := w.read(t, page...); r.Unchanged != 3 || r.New+r.Updated != 0 || w.rows() != before {
			t.Errorf("%+v: %s", r, w.rows())
		}
		if got := w.ticket(1); !got.ReadAt.Equal(w.now) || got.Version != 1 {
			t.Errorf("read at %v, version %d", got.ReadAt, got.Version)
		}
		// Of two states of one complaint in a page the later counts.
		if r := w.read(t, made(1, modified(2*time.Minute), status(6)), made(1, modified(time.Minute), status(18))); r.Updated != 1 {
			t.Errorf("%+v", r)
		}
		if got := w.ticket(1); got.RaStatusID != 6 || got.Version != 2 {
			t.Errorf("status %d, version %d", got.RaStatusID, got.Version)
		}
		w.events(t)
	})
}

// An older read that comes in late overwrites nothing, not even of the same second.
func TestAnOlderReadChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		older := made(1, modified(0), status(5))
		w.read(t, older)
		w.now = noon.Add(10 * time.Second)
		w.read(t, made(1, modified(5*time.Second), status(6), answer))
		before := w.rows()
		w.now = noon.Add(20 * time.Second)
		if r := w.read(t, older); r.Unchanged != 1 {
			t.Errorf("%+v", r)
		}
		w.now = noon.Add(5 * time.Second)
		if r := w.read(t, made(1, modified(5*time.Second), status(5))); r.Unchanged != 1 {
			t.Errorf("within a second: %+v", r)
		}
		if got := w.ticket(1); got.RaStatusID != 6 || w.rows() != before || !got.ReadAt.Equal(noon.Add(20*time.Second)) {
			t.Errorf("status %d, read at %v, %s", got.RaStatusID, got.ReadAt, w.rows())
		}
	})
}

// Rule S5: an entry that RA altered is altered, with its files, and the event keeps the old text.
func TestAnAlteredEntry(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := said(301, 2, company, noon, "Bom dia")
		in.Details = []reclameaqui.Detail{{ID: "5", TypeID: 15, Value: "a.pdf"}}
		w.read(t, made(1, saying(in)))
		in.Message, in.Details = "[editado]", append(in.Details, reclameaqui.Detail{ID: "6", TypeID: 15, Value: "b.pdf"})
		if r := w.read(t, made(1, modified(time.Second), saying(in))); r.Updated != 1 {
			t.Fatalf("%+v", r)
		}
		thread := w.ticket(1).Edges.Interactions
		slices.SortFunc(thread, func(a, b *db.Interaction) int { return a.OccurredAt.Compare(b.OccurredAt) })
		if len(thread) != 2 || thread[1].Body != "[editado]" || len(thread[1].Edges.Attachments) != 2 {
			t.Fatalf("%v", thread)
		}
		e := w.events(t)[1]
		if e.Kind != ticketevent.KindUPDATED || !slices.ContainsFunc(e.Changes, func(c schema.FieldChange) bool {
			return c.Field == "interactions" && deref(c.Old) == "Bom dia"
		}) {
			t.Errorf("event %v", e)
		}
	})
}

// refuse makes the database refuse one complaint, until the returned function is called.
func (w *world) refuse(t testing.TB, complaintID int64) (accept func()) {
	t.Helper()
	run := func(statements ...string) {
		for _, s := range statements {
			if _, err := w.Writer.ExecContext(context.Background(), s); err != nil {
				t.Fatal(err)
			}
		}
	}
	if w.Dialect == dialect.SQLite {
		run(fmt.Sprintf("CREATE TRIGGER refuse BEFORE INSERT ON tickets WHEN NEW.complaint_id = %d BEGIN SELECT RAISE(ABORT, 'refused'); END", complaintID))
		return func() { run("DROP TRIGGER refuse") }
	}
	run("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$",
		fmt.Sprintf("CREATE TRIGGER refuse BEFORE INSERT ON tickets FOR EACH ROW WHEN (NEW.complaint_id = %d) EXECUTE FUNCTION refuse()", complaintID))
	return func() { run("DROP TRIGGER refuse ON tickets") }
}

// Rule S2: one bad complaint holds up neither the others nor what the caller adds, also when it is alone.
func TestABadComplaintHoldsUpNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		accept := w.refuse(t, 2)
		for _, page := range [][]reclameaqui.Complaint{{made(1), made(2), made(3)}, {made(2)}} {
			also := 0
			report, err := w.store.Merge(context.Background(), Read{
				Defaults: w.defaults, Cause: ticketevent.CauseBACKFILL, Complaints: page, At: w.now,
				Also: func(ctx context.Context, tx *db.Tx, r Report) error {
					if len(r.Failed) == 1 && r.Failed[0].ComplaintID == 2 {
						also++
					}
					return w.inbox.Put(ctx, tx, w.defaults.IntegrationID, hint.CauseRETRY, inbox.Poll)
				},
			})
			if err != nil || len(report.Failed) != 1 || report.Failed[0].ComplaintID != 2 || report.Failed[0].Err == nil || also != 1 {
				t.Fatalf("%+v, %v, %d additions", report, err, also)
			}
		}
		if w.ticket(1) == nil || w.ticket(2) != nil || w.ticket(3) == nil || w.Reader.Hint.Query().CountX(context.Background()) != 1 {
			t.Error("what could be written was not")
		}
		// Without anything to add, an agent's read that brought nothing is an error.
		if _, err := w.store.Merge(context.Background(), Read{Defaults: w.defaults, Cause: ticketevent.CauseAGENT_ACTION, Complaints: list(made(2)), At: w.now}); err == nil {
			t.Error("an agent is told that the complaint was read")
		}
		accept()
		if r := w.read(t, made(2)); r.New != 1 {
			t.Errorf("%+v", r)
		}
		w.events(t)
	})
}

// Where the addition fails, nothing of the page is there: a crash leaves all of it or nothing.
func TestThePageAndTheAdditionAreOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		broken := errors.New("broken")
		ctx, cancel := context.WithCancel(context.Background())
		_, err := w.store.Merge(ctx, Read{
			Defaults: w.defaults, Cause: ticketevent.CauseBACKFILL, Complaints: list(made(1)), At: w.now,
			Also: func(context.Context, *db.Tx, Report) error { cancel(); return broken },
		})
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
		if got := w.rows(); got != "0 tickets, 0 raw, 0 interactions, 0 attachments, 0 customers, 0 keys, 0 events" {
			t.Error(got)
		}
	})
}

// Rule T1: several processes that read the same complaints at once make one ticket each.
func TestTheSameComplaintsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var page []reclameaqui.Complaint
		for id := range int64(30) {
			page = append(page, made(id+1))
		}
		var workers sync.WaitGroup
		reports := make([]Report, 4)
		for i := range reports {
			own := slices.Clone(page)
			if i%2 == 1 {
				slices.Reverse(own)
			}
			workers.Go(func() {
				var err error
				reports[i], err = w.store.Merge(context.Background(), Read{Defaults: w.defaults, Cause: ticketevent.CauseBACKFILL, Complaints: own, At: w.now})
				if err != nil {
					t.Error(err)
				}
			})
		}
		workers.Wait()
		total := Report{}
		for _, r := range reports {
			total.New, total.Updated, total.Unchanged, total.Failed = total.New+r.New, total.Updated+r.Updated, total.Unchanged+r.Unchanged, append(total.Failed, r.Failed...)
		}
		if total.New != 30 || total.Unchanged != 90 || len(total.Failed) != 0 {
			t.Errorf("%+v", total)
		}
		if got := w.rows(); got != "30 tickets, 30 raw, 30 interactions, 0 attachments, 30 customers, 60 keys, 30 events" {
			t.Error(got)
		}
		w.events(t)
	})
}

// Processes that read the same change at once tell of it once.
func TestTheSameChangeAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.read(t, made(1), made(2))
		for round := range 4 {
			after := modified(time.Duration(round) * time.Second)
			title := func(c *reclameaqui.Complaint) { c.Title = fmt.Sprint("title ", round) }
			changed := list(made(1, after, title), made(2, after, title, saying(said(int64(300+round), 2, company, noon, "x"))))
			var workers sync.WaitGroup
			for i := range 6 {
				page := changed[:1+i%2]
				if i >= 4 {
					page = list(changed[1], changed[0])
				}
				workers.Go(func() {
					_, err := w.store.Merge(context.Background(), Read{Defaults: w.defaults, Cause: ticketevent.CauseCALLBACK, Complaints: page, At: w.now})
					if err != nil {
						t.Error(err)
					}
				})
			}
			workers.Wait()
		}
		if n := len(w.events(t)); n != 10 || w.ticket(1).Version != 5 || w.ticket(2).Version != 5 {
			t.Errorf("%d events, versions %d and %d", n, w.ticket(1).Version, w.ticket(2).Version)
		}
	})
}

// sending makes an attempt on a complaint's ticket.
func (w *world) sending(complaintID int64, text string, state outboundattempt.State) *db.OutboundAttempt {
	return w.Writer.OutboundAttempt.Create().SetTicketID(w.ticket(complaintID).ID).SetAuthorID(w.agent).
		SetKind(outboundattempt.KindPUBLIC_REPLY).SetText(text).SetState(state).SetIdempotencyKey(fmt.Sprint(complaintID, w.now.UnixNano(), text)).
		SetInputHash("x").SetKnownTwins([]string{}).SetCreatedAt(w.now).SetUpdatedAt(w.now).SaveX(context.Background())
}

// Rule T5: a read settles an unknown fate, or has the complaint read again at a later moment,
// whatever hint the read itself answered.
func TestAReadSettlesOrComesAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.read(t, made(1), made(2))
		lost, dropped := w.sending(1, "Olá", unknown), w.sending(2, "Olá", unknown)
		ref := func(id string) inbox.Reference { return inbox.Reference{Kind: hint.KindCOMPLAINT, Value: id} }
		if err := w.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			return w.inbox.PutAt(ctx, tx, w.defaults.IntegrationID, hint.CauseOUTBOUND, w.now, ref("1"), ref("2"))
		}); err != nil {
			t.Fatal(err)
		}
		read := func(after time.Duration, page ...reclameaqui.Complaint) {
			w.now = w.now.Add(after)
			due, err := w.inbox.Due(ctx, w.defaults.IntegrationID, w.now, 50)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.store.Merge(ctx, Read{
				Defaults: w.defaults, Cause: ticketevent.CauseSETTLEMENT, Complaints: page, At: w.now,
				Also: func(ctx context.Context, tx *db.Tx, _ Report) error { return w.inbox.Done(ctx, tx, due...) },
			}); err != nil {
				t.Fatal(err)
			}
		}
		state := func(a *db.OutboundAttempt) outboundattempt.State {
			return w.Reader.OutboundAttempt.GetX(ctx, a.ID).State
		}
		answered := made(1, modified(time.Second), status(6), saying(said(900, 2, company, noon, "Olá")))
		read(time.Second, answered, made(2))
		if state(lost) != sent || state(dropped) != unknown || w.ticket(1).Status != ticket.StatusAWAITING_RETURN {
			t.Fatalf("%s, %s, %s", state(lost), state(dropped), w.ticket(1).Status)
		}
		next, pending, err := w.inbox.Next(ctx, w.defaults.IntegrationID)
		if err != nil || pending != 1 || !next.Equal(w.now.Add(5*time.Second)) {
			t.Fatalf("%d hints, the first in %s, %v", pending, next.Sub(w.now), err)
		}
		read(5*time.Second, made(2))
		if next, _, _ = w.inbox.Next(ctx, w.defaults.IntegrationID); !next.Equal(w.now.Add(6 * time.Second)) {
			t.Fatalf("the next read is in %s", next.Sub(w.now))
		}
		read(2*time.Minute, made(2))
		if state(dropped) != unknown {
			t.Fatalf("given up while it may show late: %s", state(dropped))
		}
		read(Lag, made(2))
		if _, pending, _ = w.inbox.Next(ctx, w.defaults.IntegrationID); state(dropped) != failed || pending != 0 {
			t.Fatalf("%s, %d hints", state(dropped), pending)
		}
		last := w.events(t)[len(w.events(t))-1]
		if last.Kind != ticketevent.KindOUTBOUND_CHANGED || last.Cause != ticketevent.CauseSETTLEMENT {
			t.Errorf("event %v", last)
		}
	})
}
