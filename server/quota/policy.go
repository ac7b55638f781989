package quota

import (
	"slices"
	"time"
)

// rules are what the policy goes by, the same for all credentials.
type rules struct {
	window time.Duration // margin included
	held   int
}

// book is what is known of a credential's calls.
type book struct {
	calls        []time.Time // ascending, those of the last two windows
	limit        int         // calls a window, ≥ 1
	blockedUntil time.Time   // zero: not blocked
}

// heldOf is the agents' share of a limit: at least one call is left for the others.
func (p rules) heldOf(limit int) int { return min(p.held, limit-1) }

// used counts the calls in the window that ends at a moment.
func (p rules) used(k book, now time.Time) int {
	n := 0
	for _, c := range k.calls {
		if c.After(now.Add(-p.window)) {
			n++
		}
	}
	return n
}

// free is the first moment, not before from, at which the window has fewer than allowed calls.
// A call exactly one window old has left it.
func (p rules) free(k book, allowed int, from time.Time) time.Time {
	if n := len(k.calls); n >= allowed {
		return latest(from, k.calls[n-allowed].Add(p.window))
	}
	return from
}

// agent is the first moment at which a call may use the whole limit.
func (p rules) agent(k book, from time.Time) time.Time {
	return p.free(k, k.limit, latest(from, k.blockedUntil))
}

// lower is the first moment at which another lane's call may go: it leaves the held share, is
// paced, and with nothing to hold it respects the claim of an agent that was turned away.
func (p rules) lower(k book, claim, from time.Time) time.Time {
	allowed := k.limit - p.heldOf(k.limit)
	from = latest(from, k.blockedUntil)
	open := latest(p.free(k, allowed, from), p.paced(k, allowed, from))
	if allowed < k.limit || !claim.After(open) {
		return open
	}
	if k.limit == 1 {
		return claim
	}
	return latest(open, earliest(claim, p.free(k, k.limit-1, from)))
}

// paced is the first moment at which the pace lets a lower lane go: at once after a rest, else
// when the calls so far, each due one interval after the one before, are through but for one.
func (p rules) paced(k book, allowed int, from time.Time) time.Time {
	n := len(k.calls)
	if n < allowed {
		return from
	}
	rested := k.calls[n-allowed].Add(2 * p.window)
	interval := p.window / time.Duration(allowed)
	var due time.Time
	for _, c := range k.calls {
		due = latest(due, c).Add(interval)
	}
	return latest(from, earliest(rested, due.Add(-interval)))
}

// moment is when a lane's next call may go if nobody is before it. owed: see turns.
func (p rules) moment(k book, l Lane, owed bool, claim, from time.Time) time.Time {
	if l == Agent || owed {
		return p.agent(k, from)
	}
	return p.lower(k, claim, from)
}

// forecast says when the waiter with a number of others of its lane ahead may go, and whether it
// is next of all. It plays the queue forward as if nobody else came, so the truth is never earlier
// unless somebody gives up.
func (p rules) forecast(k book, t turns, l Lane, ahead int, now time.Time) (at time.Time, next bool) {
	k.calls = slices.Clone(k.calls)
	next, at = true, now
	for {
		turn, owed := t.next()
		at = p.moment(k, turn, owed, t.claim, at)
		if turn == l && ahead == 0 {
			return at, next
		}
		if turn == l {
			ahead--
		}
		next = false
		t = t.took(turn)
		t.waiting[turn]--
		k.calls = append(k.calls, at)
	}
}

// tidy drops the calls that no rule asks about any more, and heals what only a clock that was set
// back can have left: a call or a block from further ahead than any could be.
func (p rules) tidy(k book, now time.Time) (tidied book, changed bool) {
	calls := make([]time.Time, 0, len(k.calls)+1)
	for _, c := range k.calls {
		switch {
		case c.After(now.Add(p.window)):
			calls, changed = append(calls, now), true
		case c.After(now.Add(-2 * p.window)):
			calls = append(calls, c)
		}
	}
	slices.SortFunc(calls, time.Time.Compare)
	k.calls = calls
	if k.blockedUntil.After(now.Add(longestBlock)) {
		k.blockedUntil, changed = now.Add(p.window), true
	}
	k.limit = max(k.limit, 1)
	return k, changed
}

func latest(first time.Time, others ...time.Time) time.Time {
	for _, t := range others {
		if t.After(first) {
			first = t
		}
	}
	return first
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
