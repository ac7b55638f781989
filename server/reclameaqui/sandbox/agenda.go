package sandbox

import (
	"container/heap"
	"context"
	"errors"
	"time"
)

// freezeMonths is how long after the first public answer both sides may still write: six months, unless the consumer
// has rated by then.
const freezeMonths = 6

// appointment is a moment at which something happens to a complaint by itself.
type appointment struct {
	at time.Time
	id int64
}

// agenda is a heap, the earliest first. An appointment may be stale: what is due is asked of the complaint itself.
type agenda []appointment

func (g agenda) Len() int           { return len(g) }
func (g agenda) Less(i, j int) bool { return g[i].at.Before(g[j].at) }
func (g agenda) Swap(i, j int)      { g[i], g[j] = g[j], g[i] }
func (g *agenda) Push(x any)        { *g = append(*g, x.(appointment)) }
func (g *agenda) Pop() any {
	last := len(*g) - 1
	x := (*g)[last]
	*g = (*g)[:last]
	return x
}

// due is when the next thing happens to a complaint by itself; the zero time for never.
func (t *Ticket) due() time.Time {
	var at time.Time
	if t.freezes() {
		at = t.Responded.AddDate(0, freezeMonths, 0)
	}
	if i, found := t.own.waiting(PostPublic, PostPrivate); found && (at.IsZero() || t.own.Posts[i].ShowAt.Before(at)) {
		at = t.own.Posts[i].ShowAt.Time
	}
	return at
}

// freezes is true while a rating can still be missed.
func (t *Ticket) freezes() bool {
	return t.Active && !t.Frozen && t.isRA() && t.Responded != nil && !t.evaluated()
}

// schedule books what will happen to a ticket by itself, where that differs from before.
func (l *ledger) schedule(before, t *Ticket) {
	at := t.due()
	if at.IsZero() || before != nil && before.due().Equal(at) {
		return
	}
	heap.Push(&l.agenda, appointment{at, t.ID})
}

// settle lets happen what is due by now: late posts are shown, and unrated complaints freeze. Every read and every
// change begins with it, so that nobody sees a moment without what it brought.
func (l *ledger) settle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for len(l.agenda) > 0 && !l.agenda[0].at.After(now) {
		next := heap.Pop(&l.agenda).(appointment)
		_, err := l.commit(l.list[l.index[next.id]].clone(), (*act).comeDue)
		if err != nil && !errors.Is(err, errNothingDue) {
			heap.Push(&l.agenda, next) // the journal failed; the next call tries again
			return
		}
	}
}

// keepTime settles once a second, so that callbacks go out also while nobody asks.
func (s *Server) keepTime(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.ledger.settle()
		case <-ctx.Done():
			return
		}
	}
}

var errNothingDue = errors.New("sandbox: nothing is due")

func (a *act) comeDue() error {
	if i, found := a.t.own.waiting(PostPublic, PostPrivate); found && !a.t.own.Posts[i].ShowAt.After(a.at) {
		a.reveal(i)
		return nil
	}
	if a.t.freezes() && !a.at.Before(a.t.Responded.AddDate(0, freezeMonths, 0)) {
		a.freeze()
		return nil
	}
	return errNothingDue
}
