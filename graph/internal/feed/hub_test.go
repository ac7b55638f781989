package feed

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/graph/internal/live"
	"citrus.cx/channel/graph/transport"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is a hub whose events a test makes up, and an agent of the sector "sec_1".
type stage struct {
	*Hub
	t      *testing.T
	people *identity.Service
	system context.Context
	agent  context.Context
	id     string
	last   int64
	made   atomic.Int64 // answers
}

func newStage(t *testing.T, d *database.DB) *stage {
	t.Helper()
	identity.Guard(d.Reader)
	people, err := identity.New(d, identity.Options{SigningKey: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	h := &stage{t: t, people: people, system: identity.System(context.Background())}
	for _, id := range []string{"sec_1", "sec_2"} {
		d.Writer.Sector.Create().SetID(id).SetName(id).SetNameFolded(id).SetCode(id).SetCodeFolded(id).SaveX(h.system)
	}
	in := identity.NewUser{Email: "ana@example.com", Name: "Ana", Role: user.RoleAGENT, Password: "correct horse battery", SectorIDs: []string{"sec_1"}}
	if h.id, err = people.CreateUser(h.system, in, ""); err != nil {
		t.Fatal(err)
	}
	tokens, err := people.SignIn(context.Background(), in.Email, in.Password)
	if err != nil {
		t.Fatal(err)
	}
	if h.agent, err = people.Authenticate(context.Background(), "Bearer "+tokens.AccessToken); err != nil {
		t.Fatal(err)
	}
	log := event.NewLog(d, event.Options{AsSystem: identity.System})
	h.Hub = NewHub(log, people, slog.New(slog.DiscardHandler))
	if _, err := h.begin(h.system); err != nil {
		t.Fatal(err)
	}
	return h
}

// subscribe makes a live subscriber; his answers are texts of the updates.
func (h *stage) subscribe() *Subscriber {
	h.t.Helper()
	s, err := h.Subscribe(h.agent, Question{Key: "q", Answer: func(v identity.Viewer, u live.Update) transport.Answer {
		h.made.Add(1)
		return transport.Answer{JSON: []byte(worded(v, u))}
	}}, h.at, func() {})
	if err != nil {
		h.t.Fatal(err)
	}
	if a, ok := s.Next(); ok || s.group == nil {
		h.t.Fatalf("%s came, in group %v", a.JSON, s.group)
	}
	return s
}

func worded(v identity.Viewer, u live.Update) string {
	switch u := u.(type) {
	case live.Change:
		return fmt.Sprint(u.Event.Position, " ", u.TicketID, " left ", u.LeftFilter, " for ", v.SectorIDs)
	case live.Resync:
		p, _ := live.PositionOf(u.Cursor)
		return fmt.Sprint("resync ", p.Offset)
	}
	return "?"
}

// happen delivers events of tickets of the first sector, in batches.
func (h *stage) happen(tickets ...string) {
	h.t.Helper()
	for len(tickets) > 0 {
		var events []*db.TicketEvent
		for range min(100, len(tickets)) {
			h.last++
			events = append(events, &db.TicketEvent{
				Position: h.last, TicketID: tickets[0], SectorID: "sec_1",
				Changes: []schema.FieldChange{{Field: fmt.Sprint("f", h.last%3)}},
			})
			tickets = tickets[1:]
		}
		if err := h.deliver(h.system, h.at.Epoch, events); err != nil {
			h.t.Fatal(err)
		}
		h.telling.Wait()
	}
}

func drain(s *Subscriber) (list []string) {
	for {
		a, ok := s.Next()
		if !ok {
			return list
		}
		list = append(list, string(a.JSON))
	}
}

func ids(n, tickets int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint("t", i%tickets)
	}
	return list
}

// Who never reads costs what is bounded: first each ticket once, then the word to load again. Others notice nothing.
func TestWhoDoesNotReadIsBounded(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		h := newStage(t, d)
		slow, quick := h.subscribe(), h.subscribe()
		got := 0
		for range 40 {
			h.happen(ids(50, 30)...)
			got += len(drain(quick))
		}
		if got != 2000 || h.made.Load() != 2000 {
			t.Errorf("the quick one got %d of 2000, %d were made", got, h.made.Load())
		}
		if n := len(slow.waiting.entries); n > 4*keepUp {
			t.Errorf("%d places for 30 tickets", n)
		}
		told := drain(slow)
		if len(told) != 30 {
			t.Errorf("the slow one is told of %d, want each of 30 tickets once", len(told))
		}
		// A whole read of the log about one ticket comes at once: who keeps up is told of each change.
		h.happen(ids(500, 1)...)
		if n := len(drain(quick)); n != 500 {
			t.Errorf("told %d of 500 changes of one ticket", n)
		}
		drain(slow)
		// It keeps up again: one by one, and the answers are shared.
		h.made.Store(0)
		h.happen("t1", "t1", "t1")
		if a, b := drain(slow), drain(quick); len(a) != 3 || len(b) != 3 || h.made.Load() != 3 {
			t.Errorf("then %v and %v, %d made", a, b, h.made.Load())
		}
		for range 10 {
			h.happen(ids(2500, 2500)...)
			if n := len(drain(quick)); n == 0 {
				t.Error("the quick one got nothing")
			}
			if n := len(slow.waiting.entries); n > 2*giveUp+keepUp {
				t.Fatalf("%d places of somebody who reads nothing", n)
			}
		}
		if told, want := drain(slow), fmt.Sprint("resync ", h.last); len(told) != 1 || told[0] != want {
			t.Errorf("told %d, the first %q, want %q alone", len(told), told[0], want)
		}
		h.happen("t9")
		if told := drain(slow); len(told) != 1 {
			t.Errorf("after the resync %v", told)
		}
		slow.Close()
		quick.Close()
		h.forget()
		if len(h.living) != 0 || len(h.groups) != 0 {
			t.Errorf("%d living, %d groups after all have left", len(h.living), len(h.groups))
		}
	})
}

// Nothing is executed where nobody is left to hear it.
func TestNobodyIsTold(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		h := newStage(t, d)
		s := h.subscribe()
		h.happen("t1")
		s.Close()
		h.happen("t1", "t2")
		if n := h.made.Load(); n != 1 {
			t.Errorf("%d answers made, 1 of them for somebody", n)
		}
	})
}

// What waits is given for the eyes that its reader has by then, be there new events or not.
func TestWhatWaitsIsForTheEyesOfToday(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		h := newStage(t, d)
		move := func(version int, sectors ...string) {
			t.Helper()
			if _, err := h.people.UpdateUser(h.system, h.id, version, identity.UserChange{SectorIDs: &sectors}, ""); err != nil {
				t.Fatal(err)
			}
			if _, err := h.people.CallRoll(h.system); err != nil {
				t.Fatal(err)
			}
		}
		s := h.subscribe()
		h.happen("t1")
		move(1, "sec_1", "sec_2")
		if told := drain(s); len(told) != 1 || told[0] != "1 t1 left false for [sec_1 sec_2]" {
			t.Errorf("with one more sector: %q", told)
		}
		h.happen("t1")
		move(2, "sec_2")
		if told := drain(s); len(told) != 0 {
			t.Errorf("without the sector: %q", told)
		}
		h.happen("t1")
		if told := drain(s); len(told) != 0 {
			t.Errorf("an event of a sector that is no more his: %q", told)
		}
		move(3, "sec_1")
		h.happen("t1")
		if told := drain(s); len(told) != 1 || told[0] != "4 t1 left false for [sec_1]" {
			t.Errorf("back in the sector: %q", told)
		}
		s.Close()
	})
}

// A hub that stops and runs again has lost nobody.
func TestTheHubRunsAgain(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		h := newStage(t, d)
		s := h.subscribe()
		h.stop()
		if s.group != nil || s.replays == nil {
			t.Error("he is taken for live while nobody delivers")
		}
		if _, ok := s.Next(); ok || s.group != nil {
			t.Error("he joined a hub that does not run")
		}
		if _, err := h.begin(h.system); err != nil {
			t.Fatal(err)
		}
		if drain(s); s.group == nil {
			t.Error("he has not joined")
		}
		h.happen("t1")
		if told := drain(s); len(told) != 1 {
			t.Errorf("told %v", told)
		}
	})
}

// An answer that panics fails those who asked for it, and nobody else.
func TestAnAnswerThatPanics(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		h := newStage(t, d)
		well := h.subscribe()
		ill, err := h.Subscribe(h.agent, Question{
			Key:     "ill",
			Answer:  func(identity.Viewer, live.Update) transport.Answer { panic("a secret") },
			Failure: func(err error) transport.Answer { return transport.Answer{End: true, JSON: []byte(fault.CodeOf(err))} },
		}, h.at, func() {})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := ill.Next(); ok || ill.group == nil {
			t.Fatal("he has not joined")
		}
		h.happen("t1")
		h.telling.Wait()
		if a, ok := ill.Next(); !ok || !a.End || string(a.JSON) != string(fault.Internal) {
			t.Errorf("%q came, %t", a.JSON, ok)
		}
		if told := drain(well); len(told) != 1 {
			t.Errorf("the other is told %v", told)
		}
	})
}
