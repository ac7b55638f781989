package syncer

import (
	"hash/fnv"
	"time"

	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/quota"
)

// task is one kind of work for an integration; one task is one call (hints that have to be
// looked for one by one are the exception).
type task int

const (
	idle task = iota
	readHints
	pollChanges
	countChanges
	readChanges
	countBackfill
	readBackfill
	scanGaps
)

// lane is the call budget's lane of a task.
func (t task) lane() quota.Lane {
	switch t {
	case readHints, pollChanges:
		return quota.Callback
	case countChanges, readChanges, countBackfill:
		// Without the count there is no watermark, and without it no sync: it does not wait behind other backfills.
		return quota.Incremental
	}
	return quota.Backfill
}

// How long hints gather between two reads of an integration, where calls are free and where they are short (rule C2).
// The first is read at once.
const (
	gather = 1500 * time.Millisecond
	scrape = 10 * time.Second
)

// standing is what the plan needs to know of one integration.
type standing struct {
	now time.Time
	// hintDue is when its earliest hint is due; zero when there is none.
	hintDue time.Time
	// hints is how many are due now, hintPut when the first of them was put.
	hints   int
	hintPut time.Time
	// batch is how many complaints one call reads.
	batch int
	// hintsRead is when hints were last read.
	hintsRead time.Time
	// paused says that the mirror is stopped: only the fate of what was sent is still looked for.
	paused bool
	// scarce says that two thirds of the credential's calls or more are used.
	scarce bool
	// counted says that the backfill has begun.
	counted bool
	// running says that an incremental run is under way.
	running  bool
	lastSync time.Time
	nextSync time.Time
	interval time.Duration
	// held says until when a round that is overdue waits its turn (see spread).
	held time.Time
	// backfill says that the retroactive months are to be read: not done, not paused, not cancelled.
	backfill bool
	// scanFrom is when the gap scan begins or goes on; zero for not yet.
	scanFrom time.Time
	// retryAt is when it may be tried again after failures.
	retryAt time.Time
	// openUntil is when its credential may be tried again.
	openUntil time.Time
}

// todo is something to be done from a moment on.
type todo struct {
	task task
	from time.Time
}

// plan lists what an integration needs, the most urgent first, each with the moment from which
// it may be done. It is pure.
func plan(s standing) []todo {
	s = heal(s)
	var list []todo
	add := func(t task, from time.Time) {
		list = append(list, todo{t, latest(from, s.retryAt, s.openUntil)})
	}
	if !s.counted && !s.paused {
		// Before that there is no watermark, and nothing that a hint could mean.
		add(countBackfill, time.Time{})
		return list
	}
	if !s.hintDue.IsZero() {
		add(s.hintTask(), latest(s.hintDue, s.hintsReadable()))
	}
	if s.paused {
		return list
	}
	switch {
	case s.running:
		add(readChanges, time.Time{})
	case !s.nextSync.IsZero():
		add(readChanges, latest(s.nextSync, s.held))
	}
	switch {
	case s.backfill:
		add(readBackfill, time.Time{})
	case !s.scanFrom.IsZero() && !s.running:
		add(scanGaps, s.scanFrom)
	}
	return list
}

func (s standing) hintsReadable() time.Time {
	switch {
	case s.hintsRead.IsZero():
		return s.hintsRead
	case s.scarce:
		return s.hintsRead.Add(scrape)
	}
	return s.hintsRead.Add(gather)
}

// hintTask: many hints that all came after the last round are cheaper to follow by asking what has
// changed, for one page settles up to 50. What that leaves is older than the round, and read by its numbers.
func (s standing) hintTask() task {
	if !s.paused && s.hints > 2*max(s.batch, 1) && (s.running || s.hintPut.After(s.lastSync)) {
		return pollChanges
	}
	return readHints
}

// The furthest that moments may lie ahead. What lies further was written by a clock that has been set back, or
// by a longer interval than there is now.
const (
	longestHint = 75 * time.Minute // a retry's hour and some slack
	longestWait = 15 * time.Minute // ten minutes for credentials, and slack
	slack       = time.Minute
)

// heal makes due now what lies further ahead than it could.
func heal(s standing) standing {
	if s.now.IsZero() {
		return s
	}
	ahead := func(at *time.Time, longest time.Duration) {
		if at.After(s.now.Add(longest)) {
			*at = s.now
		}
	}
	ahead(&s.hintDue, longestHint)
	ahead(&s.retryAt, longestWait)
	ahead(&s.openUntil, longestWait)
	if s.interval > 0 {
		ahead(&s.nextSync, s.interval+slack)
	}
	if s.hintsRead.After(s.now) {
		s.hintsRead = time.Time{}
	}
	return s
}

// longestSilence is the longest wait after failures in a row.
const longestSilence = 5 * time.Minute

// backoff is how long to wait after a number of failures in a row.
func backoff(failures int) time.Duration {
	return min(5*time.Second<<min(failures-1, 10), longestSilence)
}

// byHand is how long to wait where only somebody's hand helps; a change of the configuration clears the wait.
const byHand = 10 * time.Minute

// waitFor is how long to wait after a failure of a code, the last of a number in a row.
func waitFor(code fault.Code, failures int) time.Duration {
	if code == fault.UpstreamCredentials || code == fault.UpstreamLicence {
		return byHand
	}
	return backoff(failures)
}

// ofCredential says whether a failure is one of all integrations with the credential: an outage, answers that
// cannot be read, a wrong password, a licence that ended. own and all are the failures in a row before it, the
// integration's and the credential's: whoever fails again while others succeed fails alone.
func ofCredential(code fault.Code, own, all int) bool {
	switch code {
	case fault.UpstreamUnavailable, fault.UpstreamCredentials, fault.UpstreamLicence:
		return own < 2 || all > 0
	}
	return false
}

// sooner takes up to a share of a duration away, the same for the same words, so that many that began together
// do not come back together. It never adds: what somebody chose as the longest wait stays that.
func sooner(d time.Duration, share float64, words ...string) time.Duration {
	h := fnv.New64a()
	for _, w := range words {
		_, _ = h.Write([]byte(w)) // a hash takes everything
	}
	return d - time.Duration(float64(d)*share*float64(h.Sum64()%1000)/1000)
}

// nextRound is when the round after one that ended now is due: up to a tenth before the interval is over.
func nextRound(now time.Time, interval time.Duration, integrationID string) time.Time {
	return now.Add(sooner(interval, 0.1, integrationID, now.Format(time.RFC3339)))
}

// overdue rounds that a start or a sleep finds begin so far apart, and all within the longest.
const (
	apart       = 100 * time.Millisecond
	apartInAll  = time.Minute
	wokeUpAfter = time.Minute
)

// spread gives each of the integrations whose rounds were missed its turn, in their order: the first at once.
func spread(now time.Time, ids []string) map[string]time.Time {
	turns := make(map[string]time.Time, len(ids))
	step := apart
	if n := time.Duration(len(ids)); n > 0 {
		step = min(step, apartInAll/n)
	}
	for i, id := range ids {
		turns[id] = now.Add(time.Duration(i) * step)
	}
	return turns
}

// worthCounting says whether to ask with one count whether anything at all has changed for a number of
// integrations that are due, before each asks for itself. Who asked in vain lately waits, ever longer.
func worthCounting(due, inVain int, since time.Duration) bool {
	return due >= 2 && (inVain == 0 || since >= min(20*time.Minute<<min(inVain-1, 10), 12*time.Hour))
}

func latest(first time.Time, others ...time.Time) time.Time {
	for _, t := range others {
		if t.After(first) {
			first = t
		}
	}
	return first
}
