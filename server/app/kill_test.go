package app

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/event"
)

// The product is killed again and again, at any moment, while Reclame Aqui lives on, calls back, and agents answer:
// no acknowledged callback is lost, nothing is twice, no answer goes out twice, and the limit is kept all the same.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, s settings) {
		if soak() {
			survives(t, newStorm(t, s, 1, 8000, 100), 100)
		} else {
			survives(t, newStorm(t, s, 1, 700, 40), 6)
		}
	})
}

// The same where two processes share a database: what the one did not finish is as safe with the other, and one plans.
func TestOneOfTwoIsKilled(t *testing.T) {
	t.Parallel()
	s := folder(t).with(settings{"DATABASE_URL": databasetest.Postgres(t)})
	if soak() {
		survives(t, newStorm(t, s, 2, 8000, 100), 50)
	} else {
		survives(t, newStorm(t, s, 2, 700, 40), 4)
	}
}

func survives(t *testing.T, x *storm, kills int) {
	seed := uint64(20261126)
	if soak() {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	random, began := rand.New(rand.NewPCG(seed, 4)), time.Now()
	calm := x.rage()
	for n, least := 0, kills; n < least || n < 4*least && x.sent() < 3; n++ { // on a busy machine little gets done between two kills
		x.strike(random)
		kills = n + 1
	}
	stormed := time.Since(began)
	calm()
	d := databasetest.Open(t, x.places[0].databaseURL(), database.Options{})
	used := x.raise(d)
	x.rests(d)
	x.announced(d) // before the round, which would find also what a lost callback told of
	x.round()
	x.settled(d)
	x.rests(d)
	x.pushed(d)
	for _, p := range x.places {
		p.stop()
	}
	if n := d.Reader.TicketEvent.Query().Where(ticketevent.PositionIsNil()).CountX(t.Context()); n > 0 {
		t.Errorf("at rest %d events have no position", n)
	}
	x.delivered(d)
	x.answeredOnce(d)
	x.ran(d, kills)
	inOrder(t, d)
	if n := x.together.Load(); n != 1 {
		t.Errorf("%d calls of the syncer were under way at a time", n)
	}
	complete(t, x.places[0].databaseURL(), x.w)
	states := map[string]int{}
	for _, a := range x.answers {
		states[a.state+a.code]++
	}
	t.Logf("%d kills in %s, at rest %s later: %d of %d callbacks acknowledged, %d answers %v, asked again %d times, at most %d of %d calls in a minute, %d calls of Reclame Aqui, %d tickets, %d events",
		kills, stormed.Round(time.Millisecond), (time.Since(began) - stormed).Round(time.Millisecond), len(x.told), x.tries, len(x.answers), states, x.redone,
		used, x.limit, len(x.w.calls()), d.Reader.Ticket.Query().CountX(t.Context()), d.Reader.TicketEvent.Query().CountX(t.Context()))
}

// sent counts the answers that agents know to be sent.
func (x *storm) sent() (n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, a := range x.answers {
		if a.state == "SENT" {
			n++
		}
	}
	return n
}

// strike kills one process at a moment that is nobody's choice, sometimes while it starts, or under a flood of callbacks,
// and starts it again.
func (x *storm) strike(random *rand.Rand) {
	x.t.Helper()
	p := x.places[random.IntN(len(x.places))]
	switch random.IntN(4) {
	case 0:
		p.kill()
		p.program = launch(x.t, p.settings, "serve")
		<-time.After(time.Duration(random.IntN(600)) * time.Millisecond)
	case 1:
		<-time.After(time.Duration(random.IntN(1000)) * time.Millisecond)
		defer x.flood()()
		<-time.After(time.Duration(random.IntN(20_000)) * time.Microsecond)
	default:
		<-time.After(time.Duration(random.Int64N(int64(max(2*time.Second, 2*x.startTime)))))
	}
	p.kill()
	if len(x.places) > 1 && soak() && random.IntN(10) == 0 {
		before := x.plannedSoFar.Load()
		<-time.After(25 * time.Second)
		// A window that agents have used up shuts everybody out for the rest of a minute.
		within(x.t, time.Minute+patience, "a process that is gone for longer than its lease is stood in for", func() bool {
			return x.plannedSoFar.Load() != before
		})
	}
	began := time.Now()
	p.program = launch(x.t, p.settings, "serve")
	p.opened(p.settings)
	x.startTime = time.Since(began)
}

// raise has Reclame Aqui allow more, so that the rest need not wait for the window: the limit has been kept until here.
// It gives the most calls that a window held.
func (x *storm) raise(d *database.DB) (used int) {
	x.t.Helper()
	calls := x.w.calls()
	keepsTo(x.t, calls, x.limit)
	const plenty = 10_000
	if err := x.site.SetRate(plenty); err != nil {
		x.t.Fatal(err)
	}
	d.Writer.CallBudget.Update().SetCallsPerMinute(plenty).ExecX(x.t.Context()) // as the next token tells it, in an hour
	for _, p := range x.places {                                                // who waits for a slot was told when
		p.stop()
		p.program = start(x.t, p.settings, "serve")
	}
	for _, last := range calls {
		n := 0
		for _, c := range calls {
			if ago := last.At.Sub(c.At); c.Counted && ago >= 0 && ago < time.Minute {
				n++
			}
		}
		used = max(used, n)
	}
	return used
}

// rests waits until nothing is left to do: the first sync is over, and no callback's hint waits.
func (x *storm) rests(d *database.DB) {
	x.t.Helper()
	within(x.t, 3*patience, "the mirror rests", func() bool {
		left := d.Reader.Hint.Query().Where(hint.CauseEQ(hint.CauseCALLBACK)).CountX(x.t.Context())
		unnumbered := d.Reader.TicketEvent.Query().Where(ticketevent.PositionIsNil()).CountX(x.t.Context())
		return left+unnumbered == 0 && !x.admin.backfill().at("finishedAt").null()
	})
}

// round asks for a round over all that has changed and waits for its end.
func (x *storm) round() {
	x.t.Helper()
	x.admin.must("syncNow", map[string]any{"integrationId": x.office.integration, "idempotencyKey": key()}, "integrations { id }")
	within(x.t, 3*patience, "the round that was asked for is over", func() bool {
		return len(x.admin.runs(`{kinds: [INCREMENTAL], states: [SUCCEEDED]}`, "ADMIN")) == 1
	})
}

// announced: what an acknowledged callback told of is here before anybody asks Reclame Aqui what has changed.
func (x *storm) announced(d *database.DB) {
	x.t.Helper()
	have, want := threads(x.t, d), x.w.complaints()
	told := map[int64]int{}
	for _, c := range x.told {
		told[c.complaint] = max(told[c.complaint], c.changes)
	}
	n := 0
	for id, changes := range told {
		if changes < x.changes[id] {
			continue // the last change was told of in vain, or not at all
		}
		n++
		same(x.t, fmt.Sprint("interactions of complaint ", id, ", which was called back"), have[id], thread(want[fmt.Sprint(id)]))
	}
	if n < 10 {
		x.t.Errorf("only of %d complaints the last change was announced: less is proved than was meant", n)
	}
}

// threads are the interactions that we have, by complaint.
func threads(t *testing.T, d *database.DB) map[int64][]string {
	t.Helper()
	all := map[int64][]string{}
	for _, row := range d.Reader.Ticket.Query().WithInteractions().AllX(t.Context()) {
		for _, i := range row.Edges.Interactions {
			all[row.ComplaintID] = append(all[row.ComplaintID], i.SourceID+" "+i.Body)
		}
	}
	return all
}

// thread is what a complaint has at Reclame Aqui.
func thread(complaint node) (all []string) {
	for _, i := range complaint.at("interactions").list() {
		all = append(all, i.at("ticket_interaction_id").text()+" "+lineFeeds.Replace(i.at("message").text()))
	}
	return all
}

// settled waits until the fate of all answers is known. That one never left is known after five minutes, which
// are taken off the attempts' age here.
func (x *storm) settled(d *database.DB) {
	x.t.Helper()
	const aging = 6 * time.Minute
	aged := map[string]bool{}
	var left []*db.OutboundAttempt
	defer func() {
		for _, a := range left {
			x.t.Logf("of unknown fate: %v", a)
		}
	}()
	within(x.t, 3*patience, "the fate of all answers is known", func() bool {
		left = d.Reader.OutboundAttempt.Query().Where(outboundattempt.StateIn(outboundattempt.StateUNKNOWN, outboundattempt.StatePENDING)).AllX(x.t.Context())
		for _, a := range left {
			if a.FirstAbsentAt == nil || aged[a.ID] {
				continue // the first read that does not show it is still to come, or the second
			}
			aged[a.ID] = true
			for _, change := range []struct {
				statement string
				args      []any
			}{
				{"UPDATE outbound_attempts SET created_at = $1, updated_at = $2, first_absent_at = $3 WHERE id = $4", []any{a.CreatedAt.Add(-aging), a.UpdatedAt.Add(-aging), a.FirstAbsentAt.Add(-aging), a.ID}},
				{"UPDATE hints SET due_at = $1 WHERE cause = 'OUTBOUND'", []any{time.Now().UTC().Truncate(time.Microsecond)}},
			} {
				if _, err := d.Writer.ExecContext(x.t.Context(), change.statement, change.args...); err != nil {
					x.t.Fatal(err)
				}
			}
		}
		return len(left) == 0
	})
}

var marks = regexp.MustCompile(`mark([a-j]+)mark`)

// delivered: every callback that was acknowledged is in the log, once.
func (x *storm) delivered(d *database.DB) {
	x.t.Helper()
	rows := map[string]int{}
	for _, c := range d.Reader.CallbackDelivery.Query().AllX(x.t.Context()) {
		if mark := marks.Find(c.Body); mark == nil {
			x.t.Errorf("a delivery that nobody sent: %q", c.Body)
		} else if rows[string(mark)]++; rows[string(mark)] > 1 {
			x.t.Errorf("%s is in the log %d times", mark, rows[string(mark)])
		}
	}
	lost := without(slices.Collect(maps.Keys(x.told)), slices.Collect(maps.Keys(rows)))
	if len(lost) > 0 {
		x.t.Errorf("%d acknowledged callbacks are not in the log, as %v", len(lost), few(lost))
	}
}

// answeredOnce: no text is at Reclame Aqui twice, and what agents and we are told of each is so.
func (x *storm) answeredOnce(d *database.DB) {
	x.t.Helper()
	posts := map[string]int{}
	for _, p := range x.w.do("GET", "posts?kind=public&by=api", nil).at("data").list() {
		posts[p.at("text").text()]++
	}
	attempts := map[string]*db.OutboundAttempt{}
	for _, a := range d.Reader.OutboundAttempt.Query().AllX(x.t.Context()) {
		attempts[a.Text] = a
		if want := map[outboundattempt.State]int{outboundattempt.StateSENT: 1}[a.State]; posts[a.Text] != want {
			x.t.Errorf("the attempt %s is %s and %d times at Reclame Aqui", a.ID, a.State, posts[a.Text])
		}
	}
	for text, n := range posts {
		if n > 1 || attempts[text] == nil {
			x.t.Errorf("%q is %d times at Reclame Aqui, by the attempt %v", text, n, attempts[text])
		}
	}
	for text, a := range x.answers {
		switch {
		case a.code == "given up", a.attempt == "" && a.code == "":
			x.t.Errorf("an agent was never told what became of %q", text)
		case a.state == "SENT" && posts[text] != 1, a.state == "" && posts[text] != 0, a.state == "FAILED" && posts[text] != 0:
			x.t.Errorf("%q is %d times at Reclame Aqui, its author was told %+v", text, posts[text], a)
		}
	}
	if x.sent() == 0 {
		x.t.Error("no answer was sent: less is proved than was meant")
	}
}

// ran: there was one first sync, a kill cost it at most the call that was under way, and nothing is under way for ever.
func (x *storm) ran(d *database.DB, kills int) {
	x.t.Helper()
	kinds := map[syncrun.Kind]int{}
	for _, run := range d.Reader.SyncRun.Query().AllX(x.t.Context()) {
		if run.Kind == syncrun.KindBACKFILL && run.State != syncrun.StateSUCCEEDED {
			x.t.Errorf("the first sync is %s", run.State)
		}
		if run.State == syncrun.StateRUNNING || run.Kind == syncrun.KindBACKFILL {
			if kinds[run.Kind]++; kinds[run.Kind] > 1 {
				x.t.Errorf("there are %d runs of %s at a time", kinds[run.Kind], run.Kind)
			}
		}
	}
	const slack = 2 // the page that finds nothing more, and a last page cut short
	if pages, n := len(x.w.complaints())/50+1, len(lists(x.w)); n > pages+kills+slack {
		x.t.Errorf("%d pages were read where there are %d, with %d kills: it started over", n, pages, kills)
	}
}

// inOrder: the positions of a ticket's events are in the order of their ids and of the ticket's versions.
func inOrder(t *testing.T, d *database.DB) {
	t.Helper()
	last := map[string]*db.TicketEvent{}
	for _, e := range d.Reader.TicketEvent.Query().Order(ticketevent.ByPosition()).AllX(t.Context()) {
		if before := last[e.TicketID]; before != nil && (e.ID <= before.ID || e.TicketVersion < before.TicketVersion) {
			t.Errorf("of ticket %s comes %s of version %d after %s of version %d", e.TicketID, e.ID, e.TicketVersion, before.ID, before.TicketVersion)
		}
		last[e.TicketID] = e
	}
}

// lineFeeds: texts are kept with LF alone, whatever Reclame Aqui ends lines with.
var lineFeeds = strings.NewReplacer("\n\r", "\n", "\r\n", "\n", "\r", "\n")

func (p *person) backfill() node {
	p.t.Helper()
	return p.ask(`{ integrations(first: 1) { edges { node { backfill { finishedAt done } } } } }`, nil).at("integrations").nodes()[0].at("backfill")
}

// lists are the pages of the first sync that were asked for.
func lists(w *simulated) []call {
	w.t.Helper()
	return slices.DeleteFunc(w.calls(), func(c call) bool {
		return !strings.HasSuffix(c.Path, "/ticket/v1/tickets") || !strings.Contains(c.Query, "sort[creation_date]")
	})
}

// complete compares what is in the database with Reclame Aqui, and proves the order of events.
func complete(t *testing.T, url string, w *simulated) {
	t.Helper()
	d := databasetest.Open(t, url, database.Options{})
	ctx := t.Context()
	tickets, err := d.Reader.Ticket.Query().WithInteractions().All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var complaints, thread, wantThread []string
	for _, row := range tickets {
		complaints = append(complaints, fmt.Sprint(row.ComplaintID))
		for _, i := range row.Edges.Interactions {
			thread = append(thread, fmt.Sprint(row.ComplaintID, "/", i.SourceID, " ", i.Body))
		}
	}
	want := w.complaints()
	for id, c := range want {
		for _, i := range c.at("interactions").list() {
			wantThread = append(wantThread, fmt.Sprint(id, "/", i.at("ticket_interaction_id").text(), " ", lineFeeds.Replace(i.at("message").text())))
		}
	}
	same(t, "tickets", complaints, sorted(want))
	same(t, "interactions", thread, wantThread)
	gapless(t, d)
	created, err := d.Reader.TicketEvent.Query().Where(ticketevent.KindEQ(ticketevent.KindCREATED)).All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var of, all []string
	for _, e := range created {
		of = append(of, e.TicketID)
	}
	for _, row := range tickets {
		all = append(all, row.ID)
	}
	same(t, "events of creation", of, all)
}

// gapless proves that the positions of events are 1, 2, 3 and so on, once what a process left without has got its own.
func gapless(t *testing.T, d *database.DB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	log := event.NewLog(d, event.Options{})
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() {
		if err := log.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	defer cancel()
	all := d.Reader.TicketEvent.Query().CountX(ctx)
	head, err := log.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for f := log.Follow(&event.Position{Epoch: head.Epoch}); seen < all; {
		events, err := f.Next(ctx)
		if err != nil {
			t.Fatalf("%d of %d events: %v", seen, all, err)
		}
		for _, e := range events {
			if seen++; e.Position != int64(seen) {
				t.Fatalf("event %d has position %d", seen, e.Position)
			}
		}
	}
	if head, err := log.Head(ctx); err != nil || head.Offset != int64(all) {
		t.Errorf("the log's head is %v (%v), it has %d events", head, err, all)
	}
}
