package ticket

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/inbox"
	"citrus.cx/channel/server/reclameaqui"
)

// noon is when the tests begin. It lies ahead of the machine's clock, which stamps rows, so that
// a read of the tests is later than what was written before it.
var noon = time.Now().UTC().Add(time.Hour).Truncate(time.Hour)

var brt = time.FixedZone("BRT", -3*3600)

// world is a database with an integration, the store, and a clock that stands where a test puts it.
type world struct {
	*database.DB
	store    *Store
	inbox    *inbox.Inbox
	log      *event.Log
	now      time.Time
	defaults Defaults
	agent    string
}

func newWorld(t testing.TB, d *database.DB) *world {
	t.Helper()
	w := &world{now: noon}
	w.on(d)
	w.follow(t)
	ctx, c := context.Background(), d.Writer
	u := c.User.Create().SetEmail("ana@example.com").SetEmailFolded("ana@example.com").SetName("Ana").SetNameFolded("ana").
		SetRole(user.RoleAGENT).SetPasswordHash("-").SaveX(ctx)
	w.agent = u.ID
	kind := c.CustomerType.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	region := c.Region.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	sector := c.Sector.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	subject := c.OccurrenceType.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetSector(sector).SaveX(ctx)
	detail := c.Occurrence.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetOccurrenceType(subject).SaveX(ctx)
	solution := c.Solution.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetOccurrence(detail).SaveX(ctx)
	page := c.Integration.Create().SetName("x").SetNameFolded("x").
		SetChannel(integration.ChannelRECLAME_AQUI).SetKind(integration.KindRECLAME_AQUI).SaveX(ctx)
	w.defaults = Defaults{
		IntegrationID: page.ID, CustomerTypeID: kind.ID, RegionID: region.ID, CreatorID: u.ID, SectorID: sector.ID,
		OccurrenceTypeID: subject.ID, OccurrenceID: detail.ID, DefaultSolutionID: solution.ID,
		SLA: 48 * time.Hour, WindowFrom: noon.AddDate(0, -1, 0),
	}
	return w
}

// on makes the store on a database.
func (w *world) on(d *database.DB) {
	clock := func() time.Time { return w.now }
	w.DB = d
	w.log = event.NewLog(d, event.Options{Now: clock, Poll: 10 * time.Millisecond})
	w.inbox = inbox.New(d, inbox.Options{Now: clock})
	w.store = NewStore(d, w.log, w.inbox, clock, brt, slog.New(slog.DiscardHandler))
}

// made is one of Loja Aurora's, unanswered, made an hour ago; each change may set what it likes.
func made(id int64, changes ...func(*reclameaqui.Complaint)) reclameaqui.Complaint {
	at := noon.Add(-time.Hour)
	c := reclameaqui.Complaint{
		ID: id, SourceID: fmt.Sprint(100000000 + id), Company: reclameaqui.Named{ID: 900001, Name: "Loja Aurora"},
		RAStatus: reclameaqui.Named{ID: 5, Name: "Não respondido"}, CreatedAt: at, InsertedAt: at, ModifiedAt: at,
		Title: "Pedido não chegou", Content: "Comprei e não chegou.", Active: true, RequestModeration: true,
		Customer: reclameaqui.Customer{ID: 7000 + id, Name: fmt.Sprintf("Maria %d", id), Emails: []string{fmt.Sprintf("maria%d@example.com", id)}},
	}
	c.Interactions = []reclameaqui.Interaction{said(id*100, 1, consumer, at, "Comprei e não chegou.")}
	for _, change := range changes {
		change(&c)
	}
	return raw(c)
}

// raw gives a complaint the bytes that it would have come in: others for every other content.
func raw(c reclameaqui.Complaint) reclameaqui.Complaint {
	c.Raw = nil
	b, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	c.Raw = b
	return c
}

// The two sides of an interaction.
const (
	consumer = "consumer"
	company  = "company"
)

func said(number int64, typeID int, by string, at time.Time, message string) reclameaqui.Interaction {
	in := reclameaqui.Interaction{ID: fmt.Sprint(number), TypeID: typeID, Message: message, CreatedAt: at}
	switch by {
	case consumer:
		in.CustomerID = "7001"
	case company:
		in.ResponsibleID, in.ResponsibleName = "31", "Loja Aurora"
	}
	return in
}

// status sets RA's status.
func status(id int64) func(*reclameaqui.Complaint) {
	return func(c *reclameaqui.Complaint) {
		c.RAStatus = reclameaqui.Named{ID: id, Name: fmt.Sprint("status ", id)}
	}
}

// modified moves RA's time of the last change.
func modified(after time.Duration) func(*reclameaqui.Complaint) {
	return func(c *reclameaqui.Complaint) { c.ModifiedAt = noon.Add(after) }
}

// saying adds to the thread.
func saying(in ...reclameaqui.Interaction) func(*reclameaqui.Complaint) {
	return func(c *reclameaqui.Complaint) { c.Interactions = append(c.Interactions, in...) }
}

// from sets whose complaint it is.
func from(c reclameaqui.Customer) func(*reclameaqui.Complaint) {
	return func(x *reclameaqui.Complaint) { x.Customer = c }
}

// read merges complaints as an incremental sync that began now.
func (w *world) read(t testing.TB, list ...reclameaqui.Complaint) Report {
	t.Helper()
	report, err := w.store.Merge(context.Background(), Read{
		Defaults: w.defaults, Cause: ticketevent.CauseINCREMENTAL_SYNC, Complaints: list, At: w.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// ticket gives the one of a complaint.
func (w *world) ticket(id int64) *db.Ticket {
	for _, t := range w.Reader.Ticket.Query().WithInteractions(func(q *db.InteractionQuery) { q.WithAttachments() }).AllX(context.Background()) {
		if t.ComplaintID == id {
			return t
		}
	}
	return nil
}

// follow runs the log for the length of a test: on PostgreSQL it gives the positions.
func (w *world) follow(t testing.TB) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := w.log.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
}

// events gives the log once all is in it; it must be gapless from 1 (design rule 5).
func (w *world) events(t testing.TB) []*db.TicketEvent {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	all := w.Reader.TicketEvent.Query().CountX(ctx)
	head, err := w.log.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var list []*db.TicketEvent
	for f := w.log.Follow(&event.Position{Epoch: head.Epoch}); len(list) < all; {
		events, err := f.Next(ctx)
		if err != nil {
			t.Fatalf("%d of %d events: %v", len(list), all, err)
		}
		list = append(list, events...)
	}
	for i, e := range list {
		if e.Position != int64(i+1) {
			t.Fatalf("event %d has position %d", i+1, e.Position)
		}
	}
	last := map[string]*db.TicketEvent{} // filters decide from an event alone: each repeats its ticket
	for _, e := range list {
		last[e.TicketID] = e
	}
	for id, e := range last {
		if row := w.Reader.Ticket.GetX(ctx, id); e.SectorID != row.SectorID || e.Status != string(row.Status) || e.Unread != row.Unread {
			t.Errorf("the last event has the ticket as %v, it is %v", e, row)
		}
	}
	return list
}
