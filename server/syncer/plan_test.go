package syncer

import (
	"fmt"
	"testing"
	"time"

	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/quota"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

var taskNames = map[task]string{readHints: "hints", readChanges: "changes", countBackfill: "count", readBackfill: "backfill", pollChanges: "poll", countChanges: "together"}

// after says a moment as the seconds since noon.
func after(at time.Time) string {
	if at.IsZero() {
		return "now"
	}
	return fmt.Sprintf("%+gs", at.Sub(noon).Seconds())
}

// What comes next, the most urgent first, and from when on (rules S1, S2, C2).
func TestPlan(t *testing.T) {
	at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	for _, c := range []struct {
		what string
		s    standing
		want string
	}{
		{"just activated", standing{nextSync: at(600), backfill: true}, "count now"},
		{"just activated, with a callback", standing{hintDue: at(1), nextSync: at(600), backfill: true}, "count now"},
		{"paused, with the fate of a reply open", standing{paused: true, counted: true, hintDue: at(1), nextSync: at(600), backfill: true}, "hints +1s"},
		{"paused before the count", standing{paused: true, hintDue: at(1), backfill: true}, "hints +1s"},
		{"paused", standing{paused: true, counted: true, nextSync: at(600)}, ""},
		{"first sync under way", standing{counted: true, nextSync: at(600), backfill: true}, "changes +600s backfill now"},
		{"first sync paused or cancelled", standing{counted: true, nextSync: at(600)}, "changes +600s"},
		{"cancelled before the count, which all else needs", standing{nextSync: at(600)}, "count now"},
		{"a run of several pages under way", standing{counted: true, running: true, nextSync: at(600)}, "changes now"},
		{"a hint", standing{counted: true, hintDue: at(1), nextSync: at(600)}, "hints +1s changes +600s"},
		{"a hint just after a read", standing{counted: true, hintDue: at(1), hintsRead: at(0), nextSync: at(600)}, "hints +1.5s changes +600s"},
		{"a hint while calls are short", standing{counted: true, hintDue: at(1), hintsRead: at(0), scarce: true, nextSync: at(600)}, "hints +10s changes +600s"},
		{"the first hint while calls are short", standing{counted: true, hintDue: at(1), scarce: true, nextSync: at(600)}, "hints +1s changes +600s"},
		{"a hint for later while calls are short", standing{counted: true, hintDue: at(60), hintsRead: at(0), scarce: true}, "hints +60s"},
		{"more hints than a look costs", standing{counted: true, hintDue: at(-9), hints: 101, batch: 50, hintPut: at(-9), lastSync: at(-99)}, "poll -9s"},
		{"as many, which the last round had not settled", standing{counted: true, hintDue: at(-9), hints: 101, batch: 50, hintPut: at(-99), lastSync: at(-9)}, "hints -9s"},
		{"as many, and a run goes on", standing{counted: true, running: true, hintDue: at(-9), hints: 101, batch: 50, hintPut: at(-99), lastSync: at(-9)}, "poll -9s changes now"},
		{"a few where they are read one by one", standing{counted: true, hintDue: at(-9), hints: 3, batch: 1, hintPut: at(-9), lastSync: at(-99)}, "poll -9s"},
		{"many while paused", standing{paused: true, counted: true, hintDue: at(-9), hints: 101, batch: 50, hintPut: at(-9)}, "hints -9s"},
		{"after failures", standing{counted: true, hintDue: at(1), nextSync: at(600), retryAt: at(30), backfill: true}, "hints +30s changes +600s backfill +30s"},
		{"after failures before the count", standing{retryAt: at(30)}, "count +30s"},
		{"while the credential fails", standing{counted: true, hintDue: at(1), nextSync: at(0), retryAt: at(30), openUntil: at(40), backfill: true}, "hints +40s changes +40s backfill +40s"},
		{"overdue among many", standing{counted: true, nextSync: at(-600), held: at(7)}, "changes +7s"},
		{"never scheduled", standing{counted: true}, ""},
		{"a clock that was set back: the round", standing{now: at(0), interval: time.Minute, counted: true, nextSync: at(9999)}, "changes +0s"},
		{"the present interval and its slack", standing{now: at(0), interval: time.Minute, counted: true, nextSync: at(119)}, "changes +119s"},
		{"a clock that was set back: the hint", standing{now: at(0), counted: true, hintDue: at(9999), hintsRead: at(5000)}, "hints +0s"},
		{"a clock that was set back: failures", standing{now: at(0), counted: true, backfill: true, retryAt: at(9999), openUntil: at(9999)}, "backfill +0s"},
	} {
		got := ""
		for _, next := range plan(c.s) {
			got += taskNames[next.task] + " " + after(next.from) + " "
		}
		if got != c.want && got != c.want+" " {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// Rule S4: agents before callbacks before increments before the first sync.
func TestLanes(t *testing.T) {
	for task, lane := range map[task]quota.Lane{
		readHints: quota.Callback, pollChanges: quota.Callback, countChanges: quota.Incremental, readChanges: quota.Incremental, countBackfill: quota.Incremental, readBackfill: quota.Backfill,
	} {
		if task.lane() != lane {
			t.Errorf("%s goes in lane %s", taskNames[task], task.lane())
		}
	}
}

func TestBackoff(t *testing.T) {
	before := time.Duration(0)
	for failures := 1; failures <= 200; failures++ {
		wait := backoff(failures)
		if wait < before || wait < 5*time.Second || wait > 5*time.Minute {
			t.Fatalf("after %d failures %s, before it %s", failures, wait, before)
		}
		before = wait
	}
	if backoff(1) != 5*time.Second || backoff(2) != 10*time.Second || before != 5*time.Minute {
		t.Errorf("%s, %s, … %s", backoff(1), backoff(2), before)
	}
}

// One count instead of several looks: only where several are due, and ever more seldom where it was in vain.
func TestWorthCounting(t *testing.T) {
	for _, c := range []struct {
		due, inVain int
		since       time.Duration
		want        bool
	}{
		{0, 0, 0, false},
		{1, 0, time.Hour, false},
		{2, 0, 0, true},
		{9, 1, 19 * time.Minute, false},
		{9, 1, 20 * time.Minute, true},
		{9, 2, 20 * time.Minute, false},
		{9, 2, 40 * time.Minute, true},
		{9, 200, 11 * time.Hour, false},
		{9, 200, 12 * time.Hour, true},
	} {
		if got := worthCounting(c.due, c.inVain, c.since); got != c.want {
			t.Errorf("%+v: %t", c, got)
		}
	}
}

// Whose failure it is: the credential's, unless others succeed with it.
func TestOfCredential(t *testing.T) {
	for _, c := range []struct {
		code     fault.Code
		own, all int
		want     bool
	}{
		{fault.UpstreamUnavailable, 0, 0, true},
		{fault.UpstreamUnavailable, 1, 0, true},
		{fault.UpstreamUnavailable, 2, 0, false},
		{fault.UpstreamUnavailable, 9, 3, true},
		{fault.UpstreamCredentials, 0, 0, true},
		{fault.UpstreamLicence, 0, 0, true},
		{fault.UpstreamRefused, 0, 0, false},
		{fault.Internal, 0, 5, false},
	} {
		if got := ofCredential(c.code, c.own, c.all); got != c.want {
			t.Errorf("%+v: %t", c, got)
		}
	}
	if waitFor(fault.UpstreamLicence, 1) != 10*time.Minute || waitFor(fault.UpstreamUnavailable, 2) != 10*time.Second {
		t.Error("waits")
	}
}

// Rounds come a little early, never late, and not together; what was missed begins one after the other.
func TestSpread(t *testing.T) {
	moments := map[time.Time]bool{}
	var ids []string
	for i := range 500 {
		id := fmt.Sprint("int_", i)
		ids = append(ids, id)
		next := nextRound(noon, 10*time.Minute, id)
		if early := noon.Add(10 * time.Minute).Sub(next); early < 0 || early > time.Minute {
			t.Fatalf("%s early", early)
		}
		moments[next] = true
	}
	if len(moments) < 250 {
		t.Errorf("500 rounds have %d moments", len(moments))
	}
	turns := spread(noon, ids)
	if !turns[ids[0]].Equal(noon) || turns[ids[499]].Before(noon.Add(40*time.Second)) || turns[ids[499]].After(noon.Add(time.Minute)) {
		t.Errorf("from %s to %s", turns[ids[0]], turns[ids[499]])
	}
	if len(spread(noon, nil)) != 0 {
		t.Error("nobody has a turn")
	}
}
