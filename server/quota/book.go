package quota

import (
	"slices"
	"time"

	"citrus.cx/channel/ent/schema"
)

// book is what is known of a credential's calls.
type book struct {
	calls        []schema.Calls // ascending, those of the last two windows
	agentAt      time.Time      // the latest call of an agent; zero: none known
	agentRun     int            // agents' calls since the last of another lane
	passed       [lanes]int     // what the lower lanes have let pass, as of their last call; see turns
	limit        int            // calls a window, ≥ 1
	blockedUntil time.Time      // zero: not blocked
}

// grains is how many entries a window has at most. Up to so many calls each has its own; beyond,
// those of a moment share one, which counts as made when its last call was: a limit of 6,000 a
// minute costs no more to keep than one of 120, and a call is forgotten up to a grain later.
const grains = 120

// grain is the length of a moment; 0 when each call is its own.
func (p rules) grain(limit int) time.Duration {
	if limit <= grains {
		return 0
	}
	return p.window / grains
}

// enter books calls of a lane, none of which may be earlier than those that are booked.
func (p rules) enter(k book, l Lane, n int, at time.Time) book {
	if l == Agent {
		k.agentAt, k.agentRun = latest(k.agentAt, at), k.agentRun+n
	} else {
		k.agentRun = 0
	}
	if last := len(k.calls) - 1; last >= 0 {
		if before := k.calls[last].At; before.Equal(at) || before.Truncate(p.grain(k.limit)).Equal(at.Truncate(p.grain(k.limit))) {
			k.calls[last] = schema.Calls{At: latest(before, at), N: k.calls[last].N + n}
			return k
		}
	}
	k.calls = append(k.calls, schema.Calls{At: at, N: n})
	return k
}

// used counts the calls in the window that ends at a moment.
func (p rules) used(k book, now time.Time) (n int) {
	for _, c := range k.calls {
		if c.At.After(now.Add(-p.window)) {
			n += c.N
		}
	}
	return n
}

// nth is when the nth call from the end was made; ok false when there are fewer.
func (k book) nth(n int) (at time.Time, ok bool) {
	for _, c := range slices.Backward(k.calls) {
		if n -= c.N; n <= 0 {
			return c.At, true
		}
	}
	return time.Time{}, false
}

// copied is a book that may be written on.
func (k book) copied() book {
	k.calls = slices.Clone(k.calls)
	return k
}

// tidy drops the calls that no rule asks about any more, and heals what only a clock that was set
// back can have left: a call or a block from further ahead than any could be.
func (p rules) tidy(k book, now time.Time) (tidied book, changed bool) {
	calls := make([]schema.Calls, 0, len(k.calls)+1)
	for _, c := range k.calls {
		switch {
		case c.At.After(now.Add(p.window)):
			calls, changed = append(calls, schema.Calls{At: now, N: c.N}), true
		case c.At.After(now.Add(-2 * p.window)):
			calls = append(calls, c)
		}
	}
	slices.SortStableFunc(calls, func(a, b schema.Calls) int { return a.At.Compare(b.At) })
	k.calls = calls
	if k.agentAt.After(now.Add(p.window)) {
		k.agentAt, changed = now, true
	}
	if k.blockedUntil.After(now.Add(longestBlock)) {
		k.blockedUntil, changed = now.Add(p.window), true
	}
	k.limit = max(k.limit, 1)
	return k, changed
}
