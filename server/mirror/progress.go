package mirror

import (
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
	// Read is complaints, Total what Reclame Aqui counted of them when it began, or Read where it has brought more
	// since; nil before the count.
	Read  int
	Total *int
	// Calls are those used, CallsLeft about those that it still needs: nil before the count.
	Calls     int
	CallsLeft *int
	StartedAt time.Time
	// FinishedAt is nil while it goes on.
	FinishedAt *time.Time
	// ETA is when it will be done if it goes on as lately, nil when that is not known. It stays from call to call.
	ETA *time.Time
}

// BackfillOf says how far a first sync has come. It is pure. active is whether the integration is, run its latest
// run of the kind, nil when none is known, and samples what was seen of it lately, oldest first: the last is of when
// it was first seen to have made the calls that it had then.
func BackfillOf(state *db.SyncState, active bool, run *db.SyncRun, samples []Sample, now time.Time) Backfill {
	b := Backfill{
		Phase: phaseOf(state, active), Read: state.BackfillRead, Total: total(state), Calls: state.BackfillCalls,
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
	b.ETA = eta(samples, began, Sample{At: now, Calls: state.BackfillCalls}, *b.CallsLeft)
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

// total is what was counted. Complaints that came in meanwhile, or that Reclame Aqui did not count, are read all the
// same: what is here is known better.
func total(state *db.SyncState) *int {
	if state.BackfillTotal == nil {
		return nil
	}
	n := max(*state.BackfillTotal, state.BackfillRead)
	return &n
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
