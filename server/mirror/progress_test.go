package mirror_test

import (
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	. "citrus.cx/channel/server/mirror"
)

func TestHowFarAFirstSyncHasCome(t *testing.T) {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	moment, total := at(-1), 1000
	state := func(with ...func(*db.SyncState)) *db.SyncState {
		s := &db.SyncState{CreatedAt: at(-100), BackfillTotal: &total, BackfillRead: 400, BackfillCalls: 9}
		for _, f := range with {
			f(s)
		}
		return s
	}
	run := &db.SyncRun{StartedAt: at(-2), Calls: 8}
	paused := func(s *db.SyncState) { s.BackfillPausedAt = &moment }
	cancelled := func(s *db.SyncState) { s.BackfillCancelledAt = &moment }
	uncounted := func(s *db.SyncState) { s.BackfillTotal = nil }
	done := func(s *db.SyncState) { s.BackfillDoneAt = &moment }
	read := func(n int) func(*db.SyncState) { return func(s *db.SyncState) { s.BackfillRead = n } }
	calls := func(n int) func(*db.SyncState) { return func(s *db.SyncState) { s.BackfillCalls = n } }

	for what, c := range map[string]struct {
		state   *db.SyncState
		idle    bool
		run     *db.SyncRun
		samples []Sample
		phase   Phase
		calls   int // −1: not known
		left    time.Duration
	}{
		"not counted":                          {state: state(uncounted), phase: Waiting, calls: -1},
		"not counted, of a paused integration": {state: state(uncounted), idle: true, phase: Paused, calls: -1},
		"paused":                               {state: state(paused), run: run, phase: Paused, calls: 12},
		"of a paused integration":              {state: state(), idle: true, run: run, phase: Paused, calls: 12},
		"cancelled":                            {state: state(cancelled), run: run, phase: Cancelled, calls: 12},
		"paused and cancelled":                 {state: state(paused, cancelled), run: run, phase: Cancelled, calls: 12},
		"done":                                 {state: state(done, paused), run: run, phase: Done, calls: 0},
		"done though less was read":            {state: state(done, read(990)), run: run, phase: Done, calls: 0},

		// 8 calls in 2 minutes: 4 a minute.
		"by the run alone": {state: state(), run: run, phase: Running, calls: 12, left: 3 * time.Minute},
		// 9 calls since the activation 100 minutes ago.
		"without a run": {state: state(), phase: Running, calls: 12, left: 8000 * time.Second},
		// 6 calls in the last minute, whatever was before.
		"as lately":         {state: state(), run: run, samples: []Sample{{at(-1), 3}}, phase: Running, calls: 12, left: 2 * time.Minute},
		"too little seen":   {state: state(), run: run, samples: []Sample{{noon.Add(-20 * time.Second), 7}}, phase: Running, calls: 12, left: 3 * time.Minute},
		"too long ago":      {state: state(), run: run, samples: []Sample{{at(-50), 0}, {at(-1), 3}}, phase: Running, calls: 12, left: 2 * time.Minute},
		"it does not move":  {state: state(), run: run, samples: []Sample{{at(-5), 9}}, phase: Running, calls: 12},
		"nothing yet":       {state: state(read(0), calls(1)), run: &db.SyncRun{StartedAt: at(-2), Calls: 0}, phase: Running, calls: 20},
		"just begun":        {state: state(read(0), calls(1)), run: &db.SyncRun{StartedAt: noon, Calls: 1}, phase: Running, calls: 20},
		"a burst":           {state: state(), run: &db.SyncRun{StartedAt: noon.Add(-59 * time.Second), Calls: 9}, phase: Running, calls: 12},
		"half a page left":  {state: state(read(975)), run: run, phase: Running, calls: 1, left: 15 * time.Second},
		"the last look":     {state: state(read(1000)), run: run, phase: Running, calls: 1, left: 15 * time.Second},
		"more than counted": {state: state(read(1040)), run: run, phase: Running, calls: 1, left: 15 * time.Second},
	} {
		got := BackfillOf(c.state, !c.idle, c.run, c.samples, noon)
		left, known := -1, time.Duration(0)
		if got.CallsLeft != nil {
			left = *got.CallsLeft
		}
		if got.Left != nil {
			known = *got.Left
		}
		if got.Phase != c.phase || left != c.calls || known != c.left {
			t.Errorf("%s: %s with %d calls left, %s; want %s, %d, %s", what, got.Phase, left, known, c.phase, c.calls, c.left)
		}
		began := at(-100)
		if c.run != nil {
			began = c.run.StartedAt
		}
		if !got.StartedAt.Equal(began) || (got.FinishedAt != nil) != (c.phase == Done) {
			t.Errorf("%s: from %s to %v", what, got.StartedAt, got.FinishedAt)
		}
	}
}
