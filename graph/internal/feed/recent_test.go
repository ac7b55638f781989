package feed

import (
	"testing"
	"testing/synctest"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/graph/internal/live"
	"citrus.cx/channel/graph/transport"
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
