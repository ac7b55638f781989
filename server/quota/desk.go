package quota

import (
	"slices"
	"sync"
	"time"
)

// waiter is one call of Enter under way.
type waiter struct {
	lane Lane
	wake chan struct{} // holds one: it may have become the head, or the head may go earlier
	want want
}

// want is since when somebody wants a call, counted in calls: the agents' in a row, in all
// processes, that had been made by then.
type want struct {
	known bool
	run   int
}

// passed is how many calls of agents have been made since, the row's run being what it is now.
func (w *want) passed(run int) int {
	if !w.known || run < w.run { // new, or the run was broken
		*w = want{known: true, run: run}
	}
	return run - w.run
}

// desk is the queue of one credential in this process.
type desk struct {
	mu    sync.Mutex
	queue [lanes][]*waiter
	owed  turns // waiting is filled in by look
	// tried: until when somebody of a lane who was told to come back is expected. He counts as
	// waiting though he stands in no queue, so that who asks from time to time gets his turns too.
	tried [lanes]time.Time
	wants [lanes]want // of those who were told
	begun bool        // it has taken over what the row says is owed
}

// join puts a new waiter at the end of its lane.
func (k *desk) join(l Lane) *waiter {
	w := &waiter{lane: l, wake: make(chan struct{}, 1)}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.queue[l] = append(k.queue[l], w)
	return w
}

// leave takes out a waiter that gave up, and lets the new head look.
func (k *desk) leave(w *waiter) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.remove(w) {
		k.wakeHead()
	}
}

func (k *desk) remove(w *waiter) bool {
	i := slices.Index(k.queue[w.lane], w)
	if i < 0 {
		return false // it went
	}
	k.queue[w.lane] = slices.Delete(k.queue[w.lane], i, i+1)
	return true
}

// look gives the turns as they are, how many of its lane are before a waiter, and until when his
// turn is kept for a lower lane that is expected back. A nil waiter is somebody of that lane who
// does not queue: he counts as its last. Agents wait for nobody who is not there. The row's agents' calls
// in a row count: those of other processes pass a lower lane as ours do.
func (k *desk) look(l Lane, w *waiter, row book, now time.Time) (t turns, ahead int, kept time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.begin(row, now)
	t = k.turns()
	if l != Agent {
		t.agentRun = max(t.agentRun, k.want(l, w, now).passed(row.agentRun))
	}
	ahead = slices.Index(k.queue[l], w)
	if w == nil {
		ahead = t.waiting[l]
		t.waiting[l]++
	}
	if first, _ := k.expecting(t, now).next(); l != Agent && t.waiting[first] == 0 {
		kept = k.tried[first]
	}
	return t, ahead, kept
}

// begin takes over, at the first look, what the row says is owed: a restart is to a lower lane as if it had been told
// to come back. Where there was no call lately nobody was passed lately.
func (k *desk) begin(row book, now time.Time) {
	if k.begun {
		return
	}
	k.begun = true
	for l := Callback; l <= Backfill && len(row.calls) > 0; l++ {
		if row.passed[l] > 0 {
			k.owed.passed[l], k.tried[l] = row.passed[l], now.Add(grace)
		}
	}
}

// want is since when a waiter wants a call, or somebody who tries: since he was first told, if he is back in time.
func (k *desk) want(l Lane, w *waiter, now time.Time) *want {
	if w != nil {
		return &w.want
	}
	if !now.Before(k.tried[l]) {
		k.wants[l] = want{}
	}
	return &k.wants[l]
}

// waiting counts this process's waiters by lane.
func (k *desk) waiting() map[Lane]int {
	k.mu.Lock()
	defer k.mu.Unlock()
	counts := map[Lane]int{}
	for l := range k.queue {
		counts[Lane(l)] = len(k.queue[l])
	}
	return counts
}

func (k *desk) turns() turns {
	t := k.owed
	for l := range k.queue {
		t.waiting[l] = len(k.queue[l])
	}
	return t
}

// expecting adds the lower lanes that are expected back. An expected agent has his claim instead.
func (k *desk) expecting(t turns, now time.Time) turns {
	for l := Callback; l <= Backfill; l++ {
		if t.waiting[l] == 0 && now.Before(k.tried[l]) {
			t.waiting[l] = 1
		}
	}
	return t
}

// after is what will be owed when a lane has made a call: took in advance.
func (k *desk) after(l Lane, now time.Time) turns {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.expecting(k.turns(), now).took(l)
}

// took notes a call of a lane, takes its waiter out (nil: it did not queue) and lets the new head look.
func (k *desk) took(l Lane, w *waiter, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	t := k.expecting(k.turns(), now)
	k.tried[l], k.wants[l] = time.Time{}, want{}
	k.owed = t.took(l)
	k.owed.waiting = [lanes]int{}
	if w != nil {
		k.remove(w)
	}
	k.wakeHead()
}

// turnedAway notes that somebody of a lane was told to come back at a moment.
func (k *desk) turnedAway(l Lane, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if l == Agent {
		k.owed.claim = latest(k.owed.claim, at.Add(grace))
	} else {
		k.tried[l] = at.Add(grace)
	}
}

// rouse lets the head look again after news, which makes old appointments void.
func (k *desk) rouse() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tried, k.owed.claim = [lanes]time.Time{}, time.Time{}
	k.wakeHead()
}

// wakeHead tells the waiter whose turn it is. The others sleep without a timer until they are it.
func (k *desk) wakeHead() {
	t := k.turns()
	if t.waiting == [lanes]int{} {
		return
	}
	l, _ := t.next()
	select {
	case k.queue[l][0].wake <- struct{}{}:
	default: // it knows already
	}
}
