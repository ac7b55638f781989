package syncer

import (
	"fmt"
	"testing"
	"time"

	"citrus.cx/channel/server/quota"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

var taskNames = map[task]string{readHints: "hints", readChanges: "changes", countBackfill: "count", readBackfill: "backfill"}

// after says a moment as the seconds since noon.
func after(at time.Time) string {
	if at.IsZero() {
		return "now"
	}
	return fmt.Sprintf("%+ds", int(at.Sub(noon).Seconds()))
}

// What comes next, the most urgent first, and from when on (rules S1, S2, C2).
func TestPlan(t *testing.T) {
	at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	for _, c := range []struct {
		what string
		s    standing
		want string
	}{
		{"just activated", standing{nextSync: at(600)}, "count now"},
		{"just activated, with a callback", standing{hintDue: at(1), nextSync: at(600)}, "count now"},
		{"paused, with the fate of a reply open", standing{paused: true, counted: true, hintDue: at(1), nextSync: at(600)}, "hints +1s"},
		{"paused before the count", standing{paused: true, hintDue: at(1)}, "hints +1s"},
		{"paused", standing{paused: true, counted: true, nextSync: at(600)}, ""},
		{"first sync under way", standing{counted: true, nextSync: at(600)}, "changes +600s backfill now"},
		{"all read", standing{counted: true, backfilled: true, nextSync: at(600)}, "changes +600s"},
		{"a run of several pages under way", standing{counted: true, backfilled: true, running: true, nextSync: at(600)}, "changes now"},
		{"a hint while calls are free", standing{counted: true, backfilled: true, hintDue: at(1), hintsRead: at(0), nextSync: at(600)}, "hints +1s changes +600s"},
		{"a hint while calls are short", standing{counted: true, backfilled: true, hintDue: at(1), hintsRead: at(0), scarce: true, nextSync: at(600)}, "hints +10s changes +600s"},
		{"the first hint while calls are short", standing{counted: true, backfilled: true, hintDue: at(1), scarce: true, nextSync: at(600)}, "hints +1s changes +600s"},
		{"a hint for later while calls are short", standing{counted: true, backfilled: true, hintDue: at(60), hintsRead: at(0), scarce: true}, "hints +60s"},
		{"after failures", standing{counted: true, hintDue: at(1), nextSync: at(600), retryAt: at(30)}, "hints +30s changes +600s backfill +30s"},
		{"after failures before the count", standing{retryAt: at(30)}, "count +30s"},
		{"never scheduled", standing{counted: true, backfilled: true}, ""},
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
		readHints: quota.Callback, readChanges: quota.Incremental, countBackfill: quota.Incremental, readBackfill: quota.Backfill,
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
