package mirror

import (
	"math"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/reclameaqui"
)

// Phase is where a first sync stands.
type Phase string

// The phases; the contract's enum BackfillState has the same values.
const (
	Waiting   Phase = "WAITING"
	Running   Phase = "RUNNING"
	Paused    Phase = "PAUSED"
	Cancelled Phase = "CANCELLED"
	Done      Phase = "DONE"
)

// Backfill is how far a first sync has come (rule S1).
type Backfill struct {
	Phase Phase
	// Read is complaints, Total what Reclame Aqui counted of them, nil before it has.
	Read  int
	Total *int
	// Calls are those used, CallsLeft about those that it still needs: nil before the count.
	Calls     int
	CallsLeft *int
	StartedAt time.Time
	// FinishedAt is nil while it goes on.
	FinishedAt *time.Time
	// Left is how long it still takes if it goes on as lately, nil when that is not known.
	Left *time.Duration
}

// Sample is how many calls a first sync had used at a moment.
type Sample struct {
	At    time.Time
	Calls int
}

const (
	// lately is how far back the pace looks: beyond it the lane may have been shared with others.
	lately = 10 * time.Minute
	// settled is how long it must have been seen: Reclame Aqui counts calls by the minute, so that after a rest a
	// minute's calls go in one burst, and none for the rest of it.
	settled = time.Minute
)

// BackfillOf says how far a first sync has come. It is pure. active is whether the integration is, run its latest
// run of the kind, nil when none is known, and samples what was seen of it lately, oldest first.
func BackfillOf(state *db.SyncState, active bool, run *db.SyncRun, samples []Sample, now time.Time) Backfill {
	b := Backfill{
		Phase: phaseOf(state, active), Read: state.BackfillRead, Total: state.BackfillTotal, Calls: state.BackfillCalls,
		StartedAt: state.CreatedAt, FinishedAt: state.BackfillDoneAt, CallsLeft: callsLeft(state),
	}
	began := Sample{At: state.CreatedAt}
	if run != nil {
		b.StartedAt = run.StartedAt
		began = Sample{At: run.StartedAt, Calls: state.BackfillCalls - run.Calls}
	}
	if b.Phase != Running {
		return b
	}
	if perSecond, ok := pace(samples, began, Sample{At: now, Calls: state.BackfillCalls}); ok {
		left := time.Duration(math.Ceil(float64(*b.CallsLeft)/perSecond)) * time.Second
		b.Left = &left
	}
	return b
}

func phaseOf(state *db.SyncState, active bool) Phase {
	switch {
	case state.BackfillDoneAt != nil:
		return Done
	case state.BackfillCancelledAt != nil:
		return Cancelled
	case state.BackfillPausedAt != nil || !active:
		return Paused
	case state.BackfillTotal == nil:
		return Waiting
	}
	return Running
}

// callsLeft is a call a page of what has been counted and not been read. The last page finds that there is no more,
// so one is left until it is done.
func callsLeft(state *db.SyncState) *int {
	left := 0
	switch {
	case state.BackfillDoneAt != nil:
	case state.BackfillTotal == nil:
		return nil
	default:
		missing := max(*state.BackfillTotal-state.BackfillRead, 1)
		left = (missing + reclameaqui.MaxPageSize - 1) / reclameaqui.MaxPageSize
	}
	return &left
}

// pace is how many calls a second a first sync has been getting: as seen lately, and while that is too short, since
// it began. ok is false when that is too short as well, and when it does not move.
func pace(samples []Sample, began, last Sample) (perSecond float64, ok bool) {
	first := began
	for _, s := range samples {
		if last.At.Sub(s.At) <= lately {
			if last.At.Sub(s.At) >= settled {
				first = s
			}
			break
		}
	}
	took, calls := last.At.Sub(first.At), last.Calls-first.Calls
	if took < settled || calls < 1 {
		return 0, false
	}
	return float64(calls) / took.Seconds(), true
}
