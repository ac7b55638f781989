package quota

import "time"

const (
	// patience is how many calls pass a lane before it goes first: every fifth call is its own.
	patience = 4
	// grace is how long the slot of somebody who was turned away is kept after the moment that he
	// was told: time for an app to wait and ask again.
	grace = 5 * time.Second
)

// turns is who waits for a credential's calls and what they are owed.
type turns struct {
	waiting  [lanes]int
	passed   [lanes]int // calls of the other lower lanes since the lane's last, while it waited
	agentRun int        // agents' calls since the last of a lower lane, while one waited
	claim    time.Time  // until when an agent who was turned away is expected back
}

// lowerWaits says whether anybody but agents waits.
func (t turns) lowerWaits() bool {
	return t.waiting[Callback]+t.waiting[Incremental]+t.waiting[Backfill] > 0
}

// next is the lane whose turn it is, and whether the turn is owed to the lower lanes, who may then
// use the held share. At least one lane must be waiting.
func (t turns) next() (lane Lane, owed bool) {
	owed = t.lowerWaits() && t.agentRun >= patience
	if t.waiting[Agent] > 0 && !owed {
		return Agent, false
	}
	lane = -1
	for l := Callback; l <= Backfill; l++ {
		switch {
		case t.waiting[l] == 0:
		case lane < 0: // the highest, unless one below has been passed too often
			lane = l
		case t.passed[l] >= patience && t.passed[l] > t.passed[lane]:
			lane = l
		}
	}
	return lane, owed
}

// took is the state after a call of a lane that still counts as waiting.
func (t turns) took(l Lane) turns {
	if l == Agent {
		t.claim = time.Time{}
		if t.lowerWaits() {
			t.agentRun++
		} else {
			t.agentRun = 0
		}
		return t
	}
	t.agentRun = 0
	for other := Callback; other <= Backfill; other++ {
		if other != l && t.waiting[other] > 0 {
			t.passed[other]++
		} else {
			t.passed[other] = 0
		}
	}
	return t
}
