package feed

import "citrus.cx/channel/graph/internal/live"

// Bounds of what waits for one subscriber.
const (
	// keepUp is how many changes wait one by one; from then on each ticket is told of once (rule L4). The log is read by
	// five hundred: who keeps up may find as many, and as many again, before he has had his turn.
	keepUp = 1000
	// giveUp is how many tickets wait; beyond that the client is told to load again.
	giveUp = 2000
)

// entry is a change that waits: shared with a group, or the subscriber's own.
type entry struct {
	item     *item
	change   *live.Change
	replayed bool // the change is as the log has it, so that others who replay have the same
}

func (e entry) told() *live.Change {
	if e.item != nil {
		return &e.item.change
	}
	return e.change
}

// pending is what waits for a subscriber, in order.
type pending struct {
	entries []entry
	head    int            // entries before it are taken
	last    map[string]int // by ticket, where in entries; nil while he keeps up
}

func (p *pending) len() int { return len(p.entries) - p.head }

// push adds a change; false when too much waits.
func (p *pending) push(e entry) bool {
	if p.last == nil && p.len() < keepUp {
		p.entries = append(p.entries, e)
		return true
	}
	if p.last == nil {
		p.coalesce()
	}
	p.add(own(e))
	return len(p.last) <= giveUp
}

// own is an entry that holds no answer of a group: whoever is slow keeps nothing alive but events.
func own(e entry) entry {
	c := *e.told()
	return entry{change: &c}
}

// coalesce begins to keep one change a ticket.
func (p *pending) coalesce() {
	old := p.entries[p.head:]
	*p = pending{last: map[string]int{}}
	for _, e := range old {
		p.add(own(e))
	}
}

// add puts a change at the end; an earlier one of its ticket goes into it: it stands at its last position with the
// changed fields merged.
func (p *pending) add(e entry) {
	if at, ok := p.last[e.change.TicketID]; ok {
		earlier := p.entries[at].change
		e.change.ChangedFields = merged(append([]string{}, earlier.ChangedFields...), e.change.ChangedFields...)
		p.entries[at] = entry{}
		if len(p.entries)-p.head > 2*len(p.last)+keepUp {
			p.sweep()
		}
	}
	p.last[e.change.TicketID] = len(p.entries)
	p.entries = append(p.entries, e)
}

// sweep takes out the places of changes that went into later ones.
func (p *pending) sweep() {
	kept := make([]entry, 0, len(p.last)+1)
	for _, e := range p.entries[p.head:] {
		if e.change != nil {
			p.last[e.change.TicketID] = len(kept)
			kept = append(kept, e)
		}
	}
	p.entries, p.head = kept, 0
}

// first is what pop would take.
func (p *pending) first() (e entry, ok bool) {
	for _, e := range p.entries[p.head:] {
		if e.item != nil || e.change != nil {
			return e, true
		}
	}
	return entry{}, false
}

// pop takes the first that waits.
func (p *pending) pop() (e entry, ok bool) {
	for p.head < len(p.entries) {
		e = p.entries[p.head]
		p.entries[p.head] = entry{}
		p.head++
		if e.item != nil || e.change != nil {
			if p.last != nil {
				delete(p.last, e.change.TicketID)
			}
			ok = true
			break
		}
	}
	switch {
	case p.head == len(p.entries):
		// An idle subscriber holds no memory for what once waited, and keeps up again.
		*p = pending{}
	case p.head >= keepUp && p.head >= p.len():
		p.closeRanks()
	}
	return e, ok
}

// closeRanks gives the room of what was taken to what comes: who is always a little behind would need more and more of it.
func (p *pending) closeRanks() {
	kept := copy(p.entries, p.entries[p.head:])
	clear(p.entries[kept:])
	p.entries = p.entries[:kept]
	for ticket := range p.last {
		p.last[ticket] -= p.head
	}
	p.head = 0
}
