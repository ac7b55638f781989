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
		"as lately":       {state: state(), run: run, samples: []Sample{{at(-1), 3}}, phase: Running, calls: 12, left: 2 * time.Minute},
		"too little seen": {state: state(), run: run, samples: []Sample{{noon.Add(-20 * time.Second), 7}}, phase: Running, calls: 12, left: 3 * time.Minute},
		"too long ago":    {state: state(), run: run, samples: []Sample{{at(-50), 0}, {at(-1), 3}}, phase: Running, calls: 12, left: 2 * time.Minute},
		// 6 calls in two minutes, the last of them 20 seconds ago: 11 more take 220 seconds from then on.
		"from its last call on": {state: state(), run: run, samples: []Sample{{at(-2).Add(-20 * time.Second), 3}, {noon.Add(-20 * time.Second), 9}}, phase: Running, calls: 12, left: 220 * time.Second},
		// The same a minute later than a call takes: as if it went on from a call then.
		"it is overdue":     {state: state(), run: run, samples: []Sample{{at(-4), 3}, {at(-2), 9}}, phase: Running, calls: 12, left: 5 * time.Minute},
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
		if got.ETA != nil {
			known = got.ETA.Sub(noon)
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

// A first sync is watched every second: a burst of eight calls, then one every 7.5 seconds, as the budget lets them go,
// of 200; after 60 of them agents take most for five minutes, so that one in five goes. From call to call the forecast
// stays, and a call moves it by a tenth of what is left at most.
func TestTheForecastIsSteady(t *testing.T) {
	total := 200 * 50
	state := &db.SyncState{CreatedAt: noon, BackfillTotal: &total}
	seen := NewPaces()
	var eta *time.Time
	next, calls := noon, 0
	for now := noon; calls < 200; now = now.Add(time.Second) {
		called := !now.Before(next)
		for !now.Before(next) && calls < 200 {
			calls++
			next = after(calls, next)
		}
		state.BackfillCalls, state.BackfillRead = calls, 50*(calls-1)
		got, past := BackfillOf(state, true, nil, seen(Sample{At: now, Calls: calls}), now), now.Sub(noon)
		switch {
		case got.ETA == nil && past > 68*time.Second:
			t.Fatalf("after %s it is not known", past)
		case got.ETA == nil || eta == nil:
		case !called && !got.ETA.Equal(*eta):
			t.Fatalf("after %s it moves by %s without a call", past, got.ETA.Sub(*eta))
		case past > 2*time.Minute && got.ETA.Sub(*eta).Abs() > max(got.ETA.Sub(now)/10, 8*time.Second):
			t.Errorf("after %s it moves by %s with %s left", past, got.ETA.Sub(*eta), got.ETA.Sub(now))
		}
		eta = got.ETA
	}
}

// after is when the call comes that follows so many.
func after(calls int, last time.Time) time.Time {
	switch {
	case calls < 8:
		return last
	case calls == 8:
		return last.Add(52 * time.Second)
	case calls > 60 && calls < 68:
		return last.Add(37500 * time.Millisecond)
	}
	return last.Add(7500 * time.Millisecond)
}

// What Reclame Aqui counted is not believed against what it has brought.
func TestMoreThanWasCounted(t *testing.T) {
	counted := 1000
	for _, c := range []struct {
		total *int
		read  int
		want  int // −1: not known
	}{{nil, 0, -1}, {&counted, 999, 1000}, {&counted, 1000, 1000}, {&counted, 1040, 1040}} {
		got := BackfillOf(&db.SyncState{CreatedAt: noon, BackfillTotal: c.total, BackfillRead: c.read}, true, nil, nil, noon)
		if n := got.Total; (n == nil) != (c.want < 0) || n != nil && *n != c.want || got.Read != c.read || counted != 1000 {
			t.Errorf("%d read: of %v, want %d", c.read, n, c.want)
		}
	}
}

// A forecast that is overdue is now, and not in the past.
func TestTheForecastIsNotInThePast(t *testing.T) {
	total := 1000
	state := &db.SyncState{CreatedAt: noon.Add(-10 * time.Minute), BackfillTotal: &total, BackfillRead: 1000, BackfillCalls: 9}
	samples := []Sample{{noon.Add(-3 * time.Minute), 3}, {noon.Add(-30 * time.Second), 9}}
	if got := BackfillOf(state, true, nil, samples, noon); got.ETA == nil || !got.ETA.Equal(noon) {
		t.Errorf("it is %v, want %v", got.ETA, noon)
	}
}
