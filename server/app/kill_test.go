package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/event"
)

// kills is how often the process is ended during the first sync.
const kills = 10

// pageDelay is how long Reclame Aqui takes for a page, so that there is time to kill.
const pageDelay = 250 * time.Millisecond

// A first sync that is killed again and again goes on where it was: nothing twice, nothing missing.
func TestKilledDuringTheFirstSync(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, s settings) {
		ra := start(t, folder(t), "sandbox")
		w := world(t, ra.sandbox)
		for range 400 { // with the simulator's own that is enough for every kill to find work
			w.complain("Mais uma")
		}
		w.do("POST", "faults", map[string]any{"endpoint": "list", "kind": "delay", "delayMs": pageDelay.Milliseconds(), "times": 1000})
		s["RECLAME_AQUI_URL"] = ra.sandbox + "/api"
		p, admin := server(t, s)
		o := admin.register()
		admin.activate(&o)
		for i := range kills {
			if i > 0 {
				p = start(t, s, "serve")
				admin.base = p.graphql
			}
			switch i % 3 {
			case 0:
				admin.waitForCall(w)
			case 1:
				admin.waitForPage()
			case 2:
				admin.waitForMerge(w)
			}
			p.kill()
		}
		before := len(lists(w))
		w.do("DELETE", "faults", nil)
		p = start(t, s, "serve")
		admin.base = p.graphql
		admin.synced()
		if len(lists(w)) == before {
			t.Error("the first sync was over before the last kill: less is proved than was meant")
		}
		p.stop()
		wentOn(t, w)
		complete(t, s.databaseURL(), w)
	})
}

// lineFeeds: texts are kept with LF alone, whatever Reclame Aqui ends lines with.
var lineFeeds = strings.NewReplacer("\n\r", "\n", "\r\n", "\n", "\r", "\n")

func (p *person) backfill() node {
	p.t.Helper()
	return p.ask(`{ integrations(first: 1) { edges { node { backfill { finishedAt done } } } } }`, nil).at("integrations").nodes()[0].at("backfill")
}

// waitForCall waits until one more page is on its way.
func (p *person) waitForCall(w *simulated) {
	p.t.Helper()
	before := len(lists(w))
	eventually(p.t, "a page is asked for", func() bool { return len(lists(w)) > before })
}

// waitForPage waits until one more page has been brought in.
func (p *person) waitForPage() {
	p.t.Helper()
	before := p.backfill().at("done").number()
	eventually(p.t, "a page is brought in", func() bool { return p.backfill().at("done").number() > before })
}

// waitForMerge waits until one more page has come and is perhaps just being brought in: the moment is nobody's choice.
func (p *person) waitForMerge(w *simulated) {
	p.t.Helper()
	p.waitForCall(w)
	<-time.After(pageDelay + rand.N(60*time.Millisecond))
}

// lists are the pages of the first sync that were asked for.
func lists(w *simulated) []call {
	w.t.Helper()
	return slices.DeleteFunc(w.calls(), func(c call) bool {
		return !strings.HasSuffix(c.Path, "/ticket/v1/tickets") || !strings.Contains(c.Query, "sort[creation_date]")
	})
}

// wentOn: a kill costs at most the call that was under way.
func wentOn(t *testing.T, w *simulated) {
	t.Helper()
	const slack = 2 // the page that finds nothing more, and a last page cut short
	pages := len(w.complaints())/50 + 1
	if n := len(lists(w)); n > pages+kills+slack {
		t.Errorf("%d pages were read where there are %d, with %d kills: it started over", n, pages, kills)
	}
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
