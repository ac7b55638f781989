package syncer

import (
	"time"

	"citrus.cx/channel/server/quota"
)

// task is one kind of work for an integration; one task is one call (hints that have to be
// looked for one by one are the exception).
type task int

const (
	idle task = iota
	readHints
	readChanges
	countBackfill
	readBackfill
	scanGaps
)

// lane is the call budget's lane of a task.
func (t task) lane() quota.Lane {
	switch t {
	case readHints:
		return quota.Callback
	case readChanges, countBackfill:
		// Without the count there is no watermark, and without it no sync: it does not wait behind other backfills.
		return quota.Incremental
	}
	return quota.Backfill
}

// coalesce is how long hints gather where calls are short (rule C2).
const coalesce = 10 * time.Second

// standing is what the plan needs to know of one integration.
type standing struct {
	// hintDue is when its earliest hint is due; zero when there is none.
	hintDue time.Time
	// hintsRead is when hints were last read.
	hintsRead time.Time
	// paused says that the mirror is stopped: only the fate of what was sent is still looked for.
	paused bool
	// scarce says that two thirds of the credential's calls or more are used.
	scarce bool
	// counted says that the backfill has begun.
	counted bool
	// running says that an incremental run is under way.
	running    bool
	nextSync   time.Time
	backfilled bool
	// scanFrom is when the gap scan begins or goes on; zero for not yet.
	scanFrom time.Time
	// retryAt is when it may be tried again after failures.
	retryAt time.Time
}

// todo is something to be done from a moment on.
type todo struct {
	task task
	from time.Time
}

// plan lists what an integration needs, the most urgent first, each with the moment from which
// it may be done. It is pure.
func plan(s standing) []todo {
	var list []todo
	add := func(t task, from time.Time) {
		if from.Before(s.retryAt) {
			from = s.retryAt
		}
		list = append(list, todo{t, from})
	}
	if !s.counted && !s.paused {
		// Before that there is no watermark, and nothing that a hint could mean.
		add(countBackfill, time.Time{})
		return list
	}
	if !s.hintDue.IsZero() {
		from := s.hintDue
		if gathered := s.hintsRead.Add(coalesce); s.scarce && from.Before(gathered) {
			from = gathered
		}
		add(readHints, from)
	}
	if s.paused {
		return list
	}
	switch {
	case s.running:
		add(readChanges, time.Time{})
	case !s.nextSync.IsZero():
		add(readChanges, s.nextSync)
	}
	switch {
	case !s.backfilled:
		add(readBackfill, time.Time{})
	case !s.scanFrom.IsZero() && !s.running:
		add(scanGaps, s.scanFrom)
	}
	return list
}

// backoff is how long to wait after a number of failures in a row.
func backoff(failures int) time.Duration {
	return min(5*time.Second<<min(failures-1, 10), 5*time.Minute)
}
