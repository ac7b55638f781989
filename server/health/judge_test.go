package health

import (
	"slices"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/server/fault"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) *time.Time { at := noon.Add(-d); return &at }

func in(d time.Duration) *time.Time { return ago(-d) }

func as[T any](v T) *T { return &v }

// well is an integration of which nothing is to be said.
func well() Facts {
	return Facts{
		Integration: &db.Integration{
			ID: "int_1", State: integration.StateACTIVE, SyncIntervalMinutes: as(10), ActivatedAt: ago(48 * time.Hour),
		},
		Sync:      &db.SyncState{LastSyncAt: ago(5 * time.Minute)},
		Budget:    &db.CallBudget{LicenceEnd: in(200 * 24 * time.Hour)},
		Callbacks: Callbacks{LastAt: ago(time.Minute), Announced: 3, Found: 1},
	}
}

// The verdict: what is wrong, how grave it is, when the product tries again, and what all of it means in one word.
func TestJudge(t *testing.T) {
	breaker := func(code string, failures int, since time.Duration) func(*Facts) {
		return func(f *Facts) {
			f.Budget.Failures, f.Budget.FailingCode, f.Budget.FailingSince = failures, &code, ago(since)
			f.Budget.OpenUntil = in(time.Minute)
		}
	}
	lastError := func(code fault.Code, failures int) func(*Facts) {
		return func(f *Facts) {
			f.Sync.LastErrorCode, f.Sync.LastErrorAt, f.Sync.Failures = as(string(code)), ago(time.Second), failures
			f.Sync.RetryAt = in(30 * time.Second)
		}
	}
	and := func(all ...func(*Facts)) func(*Facts) {
		return func(f *Facts) {
			for _, one := range all {
				one(f)
			}
		}
	}
	for name, c := range map[string]struct {
		change func(*Facts)
		status Status
		want   string // "CODE SEVERITY" of each problem, with "@seconds" where the product has planned to try again
	}{
		"well":                 {func(*Facts) {}, Healthy, ""},
		"before its first run": {func(f *Facts) { f.Sync.LastSyncAt, f.Integration.ActivatedAt, f.Budget = nil, ago(time.Minute), nil }, Healthy, ""},

		"one failed call":         {breaker("UPSTREAM_UNREACHABLE", 1, time.Second), Failing, "UPSTREAM_UNREACHABLE INFO @60"},
		"a second one":            {breaker("UPSTREAM_UNREACHABLE", 2, time.Second), Failing, "UPSTREAM_UNREACHABLE WARNING @60"},
		"one that lasts":          {breaker("UPSTREAM_SLOW", 1, time.Minute), Failing, "UPSTREAM_SLOW WARNING @60"},
		"for hours":               {breaker("UPSTREAM_UNREACHABLE", 90, 3*time.Hour), Failing, "UPSTREAM_UNREACHABLE CRITICAL @60"},
		"broken answers":          {breaker("UPSTREAM_ANSWERS_BROKEN", 3, time.Minute), Failing, "UPSTREAM_ANSWERS_BROKEN WARNING @60"},
		"password changed":        {breaker("CREDENTIALS_REFUSED", 1, time.Second), Blocked, "CREDENTIALS_REFUSED CRITICAL @60"},
		"licence ended":           {breaker("LICENCE_ENDED", 1, time.Second), Blocked, "LICENCE_ENDED CRITICAL @60"},
		"in the contract's words": {breaker("UPSTREAM_LICENCE", 1, time.Second), Blocked, "LICENCE_ENDED CRITICAL @60"},
		"a word of tomorrow":      {breaker("WHATEVER", 2, time.Second), Failing, "SYNC_FAILED WARNING @60"},
		"the breaker's retry is due": {
			and(breaker("UPSTREAM_SLOW", 2, time.Second), func(f *Facts) { f.Budget.OpenUntil = ago(time.Second) }), Failing,
			"UPSTREAM_SLOW WARNING",
		},

		"the integration's own":      {lastError(fault.UpstreamUnavailable, 2), Failing, "UPSTREAM_UNREACHABLE WARNING @30"},
		"broken answers to it alone": {lastError("UPSTREAM_ANSWERS_BROKEN", 2), Failing, "UPSTREAM_ANSWERS_BROKEN WARNING @30"},
		"refused":                    {lastError(fault.UpstreamRefused, 1), Failing, "UPSTREAM_REFUSES INFO @30"},
		"internal":                   {lastError(fault.Internal, 3), Failing, "SYNC_FAILED WARNING @30"},
		"credentials, no breaker":    {lastError(fault.UpstreamCredentials, 1), Blocked, "CREDENTIALS_REFUSED CRITICAL @30"},
		"the breaker knows better":   {and(lastError(fault.UpstreamUnavailable, 2), breaker("UPSTREAM_SLOW", 2, time.Second)), Failing, "UPSTREAM_SLOW WARNING @60"},
		"and does not know of this":  {and(lastError(fault.Internal, 2), breaker("UPSTREAM_SLOW", 2, time.Second)), Failing, "UPSTREAM_SLOW WARNING @60, SYNC_FAILED WARNING @30"},

		"password does not open": {func(f *Facts) { f.Unreadable = true }, Blocked, "PASSWORD_UNREADABLE CRITICAL"},
		"which explains the failure": {
			and(lastError(fault.Internal, 9), func(f *Facts) { f.Unreadable = true }), Blocked,
			"PASSWORD_UNREADABLE CRITICAL",
		},

		"a 429":         {func(f *Facts) { f.Budget.BlockedUntil = in(40 * time.Second) }, Degraded, "RATE_LIMITED_BY_OTHERS WARNING @40"},
		"which is over": {func(f *Facts) { f.Budget.BlockedUntil = ago(time.Second) }, Healthy, ""},

		"licence ends soon":              {func(f *Facts) { f.Budget.LicenceEnd = in(soon - time.Second) }, Degraded, "LICENCE_ENDS_SOON WARNING"},
		"not that soon":                  {func(f *Facts) { f.Budget.LicenceEnd = in(soon) }, Healthy, ""},
		"its end is past and it answers": {func(f *Facts) { f.Budget.LicenceEnd = ago(time.Second) }, Degraded, "LICENCE_ENDED WARNING"},
		"it has not begun":               {func(f *Facts) { f.Budget.LicenceStart = in(time.Hour) }, Degraded, "LICENCE_ENDED WARNING"},
		"past, and refused": {
			and(lastError(fault.UpstreamLicence, 1), func(f *Facts) { f.Budget.LicenceEnd = ago(time.Second) }), Blocked,
			"LICENCE_ENDED CRITICAL @30",
		},

		"sync on the edge":       {func(f *Facts) { f.Sync.LastSyncAt = ago(2*10*time.Minute + slack) }, Healthy, ""},
		"sync late":              {func(f *Facts) { f.Sync.LastSyncAt = ago(2*10*time.Minute + slack + time.Second) }, Degraded, "SYNC_LATE WARNING"},
		"late, but active again": {func(f *Facts) { f.Sync.LastSyncAt, f.Integration.ActivatedAt = ago(90*time.Hour), ago(time.Minute) }, Healthy, ""},
		"never, for long":        {func(f *Facts) { f.Sync.LastSyncAt = nil }, Degraded, "SYNC_LATE WARNING"},
		"down for hours and late": {
			and(breaker("UPSTREAM_UNREACHABLE", 90, 3*time.Hour), func(f *Facts) { f.Sync.LastSyncAt = ago(3 * time.Hour) }), Failing,
			"UPSTREAM_UNREACHABLE CRITICAL @60, SYNC_LATE WARNING",
		},

		"quarantine": {
			func(f *Facts) {
				f.Quarantine = Quarantine{Count: 2, Oldest: ago(time.Hour), RetryAt: in(90 * time.Second)}
			}, Degraded,
			"QUARANTINE_NOT_EMPTY WARNING @90",
		},
		"totals lie":                 {func(f *Facts) { f.Contradicted, f.Sync.ScanAt = ago(time.Minute), in(time.Hour) }, Degraded, "COUNTS_CONTRADICT WARNING @3600"},
		"backfill paused":            {func(f *Facts) { f.Sync.BackfillPausedAt = ago(time.Hour) }, Healthy, "BACKFILL_PAUSED INFO"},
		"paused, and done after all": {func(f *Facts) { f.Sync.BackfillPausedAt, f.Sync.BackfillDoneAt = ago(time.Hour), ago(time.Minute) }, Healthy, ""},
		"paused, and given up":       {func(f *Facts) { f.Sync.BackfillPausedAt, f.Sync.BackfillCancelledAt = ago(time.Hour), ago(time.Minute) }, Healthy, ""},
		"never a callback":           {func(f *Facts) { f.Callbacks = Callbacks{Found: 9, Silent: 9} }, Healthy, "CALLBACKS_NEVER_CAME INFO"},
		"callbacks stopped":          {func(f *Facts) { f.Callbacks.LastAt, f.Callbacks.Silent = ago(2*time.Hour), 3 }, Degraded, "CALLBACKS_STOPPED WARNING"},

		"a draft": {and(breaker("CREDENTIALS_REFUSED", 1, time.Second), func(f *Facts) { f.Integration.State, f.Sync = integration.StateDRAFT, nil }), Inactive, ""},
		"archived": {and(breaker("CREDENTIALS_REFUSED", 1, time.Second), func(f *Facts) {
			f.Integration.State, f.Quarantine.Count = integration.StateARCHIVED, 3
		}), Inactive, ""},
		"a paused one still answers": {and(breaker("CREDENTIALS_REFUSED", 1, time.Second), func(f *Facts) {
			f.Integration.State, f.Quarantine.Count, f.Sync.LastSyncAt = integration.StatePAUSED, 3, ago(99*time.Hour)
		}), Inactive, "CREDENTIALS_REFUSED CRITICAL @60"},
	} {
		t.Run(name, func(t *testing.T) {
			f := well()
			c.change(&f)
			r := Judge(f, noon)
			var got []string
			for _, p := range r.Problems {
				text := string(p.Code) + " " + string(p.Severity)
				if p.RetryAt != nil {
					text += " @" + p.RetryAt.Sub(noon).String()
				}
				got = append(got, text)
			}
			if text := strings.Join(got, ", "); text != durations(c.want) || r.Status != c.status {
				t.Errorf("%s %q, want %s %q", r.Status, text, c.status, durations(c.want))
			}
		})
	}
}

// durations writes the "@60" of the table as time does.
func durations(want string) string {
	words := strings.Fields(want)
	for i, w := range words {
		if seconds, ok := strings.CutPrefix(strings.TrimSuffix(w, ","), "@"); ok {
			d, err := time.ParseDuration(seconds + "s")
			if err != nil {
				panic(err)
			}
			words[i] = "@" + d.String()
			if strings.HasSuffix(w, ",") {
				words[i] += ","
			}
		}
	}
	return strings.Join(words, " ")
}

// Rule C5: callbacks have stopped when they came before, three changes went by unannounced, and the last callback is long ago.
func TestCallbacksStopped(t *testing.T) {
	for name, c := range map[string]struct {
		last     *time.Time
		silent   int
		interval time.Duration
		want     bool
	}{
		"never came":                  {nil, 100, 10 * time.Minute, false},
		"two went by":                 {ago(99 * time.Hour), 2, 10 * time.Minute, false},
		"three went by":               {ago(99 * time.Hour), 3, 10 * time.Minute, true},
		"an hour":                     {ago(time.Hour), 3, 10 * time.Minute, false},
		"more than an hour":           {ago(time.Hour + time.Second), 3, 10 * time.Minute, true},
		"within two long intervals":   {ago(8 * time.Hour), 50, 4 * time.Hour, false},
		"beyond two long intervals":   {ago(8*time.Hour + time.Second), 3, 4 * time.Hour, true},
		"quiet, but nothing happened": {ago(99 * time.Hour), 0, 10 * time.Minute, false},
	} {
		if got := (Callbacks{LastAt: c.last, Silent: c.silent}).stopped(c.interval, noon); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestShare(t *testing.T) {
	if s := (Callbacks{Silent: 3}).Share(); s != nil {
		t.Errorf("of nothing %v", *s)
	}
	for _, c := range []struct {
		announced, found int
		want             float64
	}{{3, 1, 0.75}, {0, 4, 0}, {4, 0, 1}} {
		if s := (Callbacks{Announced: c.announced, Found: c.found}).Share(); s == nil || *s != c.want {
			t.Errorf("%d of %d: %v", c.announced, c.announced+c.found, s)
		}
	}
}

// Each problem says in both languages what it is and what to do.
func TestTexts(t *testing.T) {
	codes := Codes()
	if len(codes) < 16 {
		t.Fatalf("only %d codes", len(codes))
	}
	for i, code := range codes {
		if slices.Contains(codes[:i], code) {
			t.Errorf("%s stands there twice", code)
		}
		for _, say := range []func(fault.Language) string{code.Message, code.Advice} {
			pt, en := say(fault.Portuguese), say(fault.English)
			if !strings.HasSuffix(pt, ".") || !strings.HasSuffix(en, ".") || pt == en {
				t.Errorf("%s: %q, %q", code, pt, en)
			}
		}
	}
	if Code("LATER").Message(fault.English) != SyncFailed.Message(fault.English) {
		t.Error("a code of another version says something of its own")
	}
}
