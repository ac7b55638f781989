package feed

import (
	"sync"
	"time"

	"citrus.cx/channel/graph/internal/live"
	"citrus.cx/channel/graph/transport"
	"citrus.cx/channel/server/identity"
)

// freshFor is how long an answer is given again to those who come back; it may be twice that.
const freshFor = 500 * time.Millisecond

// recent is answers that were just made for those who come back: after a restart thousands ask for the same changes.
// A ticket's are forgotten at its next event, because they tell how it was before; and all of them soon, because they
// also tell of what has no events.
type recent struct {
	mu         sync.Mutex
	young, old map[string]map[of]*item // by ticket
}

// of is an answer's question, for whose eyes it is, and of what.
type of struct {
	question, scope string
	position        int64
	left            bool
}

// answer makes an answer, or gives the one that was just made for somebody with the same question and scope. One that has
// failed is given to nobody who comes after it.
func (r *recent) answer(q *asked, scope string, as identity.Viewer, c live.Change) transport.Answer {
	key := of{q.Key, scope, c.Event.Position, c.LeftFilter}
	r.mu.Lock()
	i := r.young[c.TicketID][key]
	if i == nil {
		i = r.old[c.TicketID][key]
	}
	if i == nil {
		i = &item{group: &group{question: q, as: as}, change: c}
		r.add(key, i)
	}
	r.mu.Unlock()
	a := i.made()
	if a.End { // it has failed; the next time it may not
		r.forget(c.TicketID)
	}
	return a
}

// add keeps an item; the lock is held.
func (r *recent) add(key of, i *item) {
	if r.young == nil {
		r.young = map[string]map[of]*item{}
		if r.old == nil {
			time.AfterFunc(freshFor, r.age)
		}
	}
	if r.young[i.change.TicketID] == nil {
		r.young[i.change.TicketID] = map[of]*item{}
	}
	r.young[i.change.TicketID][key] = i
}

// age forgets what is old, until nothing is left.
func (r *recent) age() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.old, r.young = r.young, nil
	if r.old != nil {
		time.AfterFunc(freshFor, r.age)
	}
}

// forget lets go of a ticket's answers.
func (r *recent) forget(ticketID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.young, ticketID)
	delete(r.old, ticketID)
}
