package feed

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/graph/internal/live"
	"citrus.cx/channel/graph/transport"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/identity"
)

// An answer is given again for a moment, to the same question and scope; then nothing is left of it.
func TestAnswersAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recent
		made := 0
		ask := func(question, scope string, position int64, left bool) {
			q := &asked{Question: Question{Key: question, Answer: func(identity.Viewer, live.Update) transport.Answer {
				made++
				return transport.Answer{}
			}}}
			r.answer(q, scope, identity.Viewer{}, live.Change{TicketID: "t1", LeftFilter: left, Event: &db.TicketEvent{Position: position}})
		}
		ask("q", "s", 1, false)
		ask("q", "s", 1, false)
		if made != 1 {
			t.Errorf("made %d times", made)
		}
		ask("q", "s", 1, true)
		ask("q", "s", 2, false)
		ask("q", "other", 1, false)
		ask("other", "s", 1, false)
		if made != 5 {
			t.Errorf("%d made for 5 that differ", made)
		}
		<-time.After(freshFor * 3 / 2)
		if ask("q", "s", 1, false); made != 5 {
			t.Errorf("made again within %s", 2*freshFor)
		}
		<-time.After(freshFor)
		synctest.Wait()
		if r.young != nil || r.old != nil {
			t.Errorf("after %s there are %d and %d tickets", 2*freshFor, len(r.young), len(r.old))
		}
		if ask("q", "s", 1, false); made != 6 {
			t.Error("an old answer was given")
		}
	})
}

// Who comes back together gets the same answers, until the ticket has another event.
func TestWhoComesBackSharesAnswers(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		h := newStage(t, d)
		h.recent.old = map[string]map[of]*item{} // nothing ages here
		var all []*Subscriber
		for range 10 {
			all = append(all, h.subscribe())
		}
		back := func() (first, last []string) {
			h.made.Store(0)
			for _, s := range all {
				for n := int64(1); n <= 6; n++ {
					s.keep(h.at, []*db.TicketEvent{{Position: n, TicketID: fmt.Sprint("t", n%2), SectorID: "sec_1"}})
				}
				first, last = last, drain(s)
			}
			return first, last
		}
		if a, b := back(); len(a) != 6 || !slices.Equal(a, b) || h.made.Load() != 6 {
			t.Errorf("6 changes are %v for one and %v for another, %d were made", a, b, h.made.Load())
		}
		h.happen("t0")
		for _, s := range all {
			drain(s)
		}
		if _, b := back(); len(b) != 6 || h.made.Load() != 3 {
			t.Errorf("after an event of one of two tickets: %v, and %d were made, want those of its 3", b, h.made.Load())
		}
		for _, s := range all {
			s.Close()
		}
	})
}

// What has failed fails who asked for it; who asks afterwards asks anew.
func TestAFailureIsNotGivenAgain(t *testing.T) {
	var r recent
	r.old = map[string]map[of]*item{} // nothing ages here
	fails := true
	q := &asked{Question: Question{Key: "q", Answer: func(identity.Viewer, live.Update) transport.Answer {
		return transport.Answer{End: fails}
	}}}
	ask := func() (failed bool) {
		return r.answer(q, "s", identity.Viewer{}, live.Change{TicketID: "t1", Event: &db.TicketEvent{Position: 1}}).End
	}
	if !ask() {
		t.Error("it has not failed")
	}
	if fails = false; ask() {
		t.Error("an old failure was given")
	}
	if fails = true; ask() {
		t.Error("what was made well is made again")
	}
}
