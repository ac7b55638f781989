package quota

import "time"

// rules are what the policy goes by, the same for all credentials.
type rules struct {
	window time.Duration // margin included
	held   int           // calls of a window that only agents may make
	more   int           // calls that the others leave besides while agents are at work
}

// shift is how long agents count as at work after a call of theirs.
const shift = 45 * time.Minute

// heldOf is the agents' share of a limit: at least one call is left for the others.
func (p rules) heldOf(limit int) int { return min(p.held, limit-1) }

// leaves is how many calls of the window a lower lane leaves to those above it. A reply is two
// calls, a read and a post, so the held share is one reply. While agents are at work the others
// leave more, polls and backfill twice what callbacks do, for the agent who answers while the first
// reply's calls are in the window still; of a small limit half stays theirs.
func (p rules) leaves(k book, l Lane, at time.Time) int {
	held := p.heldOf(k.limit)
	if !at.Before(k.agentAt.Add(shift)) {
		return held
	}
	more := p.more
	if l > Callback {
		more *= 2
	}
	return max(held, min(p.held+more, k.limit/2))
}

// free is the first moment, not before from, at which the window has fewer than allowed calls.
// A call exactly one window old has left it.
func (p rules) free(k book, allowed int, from time.Time) time.Time {
	if at, full := k.nth(allowed); full {
		return latest(from, at.Add(p.window))
	}
	return from
}

// agent is the first moment at which a call may use the whole limit.
func (p rules) agent(k book, from time.Time) time.Time {
	return p.free(k, k.limit, latest(from, k.blockedUntil))
}

// lower is the first moment at which another lane's call may go: it leaves what it has to, is
// paced, and with nothing to hold it respects the claim of an agent that was turned away.
func (p rules) lower(k book, l Lane, claim, from time.Time) time.Time {
	from = latest(from, k.blockedUntil)
	allowed := k.limit - p.leaves(k, l, from)
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
	rest, busy := k.nth(allowed)
	if !busy {
		return from
	}
	interval, grain := p.window/time.Duration(allowed), p.grain(k.limit)
	var due time.Time
	for _, c := range k.calls {
		due = latest(due, c.At.Truncate(grain)).Add(time.Duration(c.N) * interval)
	}
	return latest(from, earliest(rest.Add(2*p.window), due.Add(-interval)))
}

// moment is when a lane's next call may go if nobody is before it. owed: see turns.
func (p rules) moment(k book, l Lane, owed bool, claim, from time.Time) time.Time {
	if l == Agent || owed {
		return p.agent(k, from)
	}
	return p.lower(k, l, claim, from)
}

// forecast says when the waiter with a number of others of its lane ahead may go, and whether it
// is next of all. It plays the queue forward as if nobody else came, so the truth is never earlier
// unless somebody gives up.
func (p rules) forecast(k book, t turns, l Lane, ahead int, now time.Time) (at time.Time, next bool) {
	k = k.copied()
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
		k = p.enter(k, turn, 1, at)
	}
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
