package health

import (
	"cmp"
	"slices"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/server/fault"
)

// Status is how an integration fares in one word; the contract's HealthStatus.
type Status string

// The statuses, as schema.graphql describes them.
const (
	Inactive Status = "INACTIVE"
	Healthy  Status = "HEALTHY"
	Degraded Status = "DEGRADED"
	Failing  Status = "FAILING"
	Blocked  Status = "BLOCKED"
)

// Statuses lists them all.
func Statuses() []Status { return []Status{Inactive, Healthy, Degraded, Failing, Blocked} }

const (
	// repeated and lasting: one failed call is no alarm, a second one or a whole minute is. enduring: then it is critical.
	repeated = 2
	lasting  = time.Minute
	enduring = time.Hour
	// soon is how long before its end a licence is spoken of.
	soon = 14 * 24 * time.Hour
	// slack is what a sync may be late beyond two intervals, which a busy hour at the call limit takes.
	slack = 5 * time.Minute
)

// Facts are the rows that a verdict is about.
type Facts struct {
	Integration *db.Integration
	// Sync is nil before the first activation, Budget before the credential's first call.
	Sync   *db.SyncState
	Budget *db.CallBudget
	// Unreadable says that the stored password does not open.
	Unreadable bool
	Quarantine Quarantine
	Callbacks  Callbacks
	// Contradicted is when a comparison last found totals that cannot be, nil when none did.
	Contradicted *time.Time
}

// Quarantine is what is set aside of an integration.
type Quarantine struct {
	Count int
	// Oldest is since when, RetryAt when the next one is tried again; nil when there is none.
	Oldest, RetryAt *time.Time
}

// Report is a verdict.
type Report struct {
	IntegrationID string
	Status        Status
	// Problems are in the order of their severity, the worst first.
	Problems    []Problem
	Callbacks   Callbacks
	Quarantined int
	CheckedAt   time.Time

	archived bool
}

// Judge says how an integration fares at a moment. It is pure. Of a paused one only what hinders agents' answers is a
// problem, of a draft and an archived one nothing is.
func Judge(f Facts, now time.Time) Report {
	j := judgement{Facts: f, now: now}
	state := f.Integration.State
	active := state == integration.StateACTIVE && f.Sync != nil
	if active || state == integration.StatePAUSED {
		j.credential()
		if active {
			j.lastError()
		}
		j.limits()
	}
	if active {
		j.schedule()
		j.complaints()
		j.announcements()
	}
	slices.SortStableFunc(j.problems, func(a, b Problem) int {
		return cmp.Or(weight[b.Severity]-weight[a.Severity], a.Code.rank()-b.Code.rank())
	})
	return Report{
		IntegrationID: f.Integration.ID, Status: status(state, j.problems), Problems: j.problems,
		Callbacks: f.Callbacks, Quarantined: f.Quarantine.Count, CheckedAt: now,
		archived: state == integration.StateARCHIVED,
	}
}

var weight = map[Severity]int{Info: 0, Warning: 1, Critical: 2}

// status is the worst that the problems mean: what waits for a hand, what fails now, what wants attention.
func status(state integration.State, problems []Problem) Status {
	if state != integration.StateACTIVE {
		return Inactive
	}
	worst := Healthy
	rise := func(s Status) {
		if slices.Index(Statuses(), s) > slices.Index(Statuses(), worst) {
			worst = s
		}
	}
	for _, p := range problems {
		switch p.Code {
		case PasswordUnreadable, CredentialsRefused, LicenceEnded:
			if p.Severity == Critical {
				rise(Blocked)
			}
		case UpstreamUnreachable, UpstreamSlow, UpstreamBroken, UpstreamRefuses, SyncFailed:
			rise(Failing)
		}
		if p.Severity != Info {
			rise(Degraded)
		}
	}
	return worst
}

// judgement gathers the problems of one integration.
type judgement struct {
	Facts
	now      time.Time
	problems []Problem
}

func (j *judgement) add(p Problem) {
	if p.RetryAt != nil && !p.RetryAt.After(j.now) {
		p.RetryAt = nil // due now: nothing is waited for
	}
	if !j.has(func(c Code) bool { return c == p.Code }) {
		j.problems = append(j.problems, p)
	}
}

func (j *judgement) has(wanted func(Code) bool) bool {
	return slices.ContainsFunc(j.problems, func(p Problem) bool { return wanted(p.Code) })
}

// credential judges the last calls with it, those of other integrations among them.
func (j *judgement) credential() {
	if j.Unreadable {
		j.add(Problem{Code: PasswordUnreadable, Severity: Critical})
	}
	if b := j.Budget; b != nil && b.Failures > 0 && b.FailingCode != nil && b.FailingSince != nil {
		j.failing(codeOf(*b.FailingCode), b.Failures, *b.FailingSince, b.OpenUntil)
	}
}

// lastError judges the integration's own last failure, where the credential's and the password do not tell it already, and better.
func (j *judgement) lastError() {
	s := j.Sync
	if s.LastErrorCode == nil || s.LastErrorAt == nil {
		return
	}
	code := codeOf(*s.LastErrorCode)
	if code == SyncFailed && j.Unreadable || ofCredential(code) && j.has(ofCredential) {
		return
	}
	j.failing(code, s.Failures, *s.LastErrorAt, s.RetryAt)
}

// limits judges what Reclame Aqui allows the credential.
func (j *judgement) limits() {
	b := j.Budget
	if b == nil {
		return
	}
	if b.BlockedUntil != nil && b.BlockedUntil.After(j.now) {
		j.add(Problem{Code: RateLimitedByOthers, Severity: Warning, RetryAt: b.BlockedUntil})
	}
	// What the next token says of a renewed licence is not known yet: while Reclame Aqui answers, the dates stop nothing.
	switch start, end := b.LicenceStart, b.LicenceEnd; {
	case start != nil && j.now.Before(*start):
		j.add(Problem{Code: LicenceEnded, Severity: Warning})
	case end != nil && j.now.After(*end):
		j.add(Problem{Code: LicenceEnded, Severity: Warning, Since: end})
	case end != nil && end.Sub(j.now) < soon:
		since := end.Add(-soon)
		j.add(Problem{Code: LicenceEndsSoon, Severity: Warning, Since: &since})
	}
}

// failing adds a failure that repeats, as grave as it is old.
func (j *judgement) failing(code Code, failures int, since time.Time, retryAt *time.Time) {
	severity, age := Info, j.now.Sub(since)
	switch {
	case code == CredentialsRefused, code == LicenceEnded, age >= enduring:
		severity = Critical
	case failures >= repeated, age >= lasting:
		severity = Warning
	}
	j.add(Problem{Code: code, Severity: severity, Since: &since, RetryAt: retryAt})
}

// codeOf reads a breaker's word, which may be of another version.
func codeOf(word string) Code {
	if code := Code(word); slices.Contains(Codes(), code) {
		return code
	}
	if code, ok := failures[fault.Code(word)]; ok {
		return code
	}
	return SyncFailed
}

// failures are the contract's words for what an integration's own failure was, where nothing finer was known of it.
var failures = map[fault.Code]Code{
	fault.UpstreamUnavailable: UpstreamUnreachable,
	fault.UpstreamCredentials: CredentialsRefused,
	fault.UpstreamLicence:     LicenceEnded,
	fault.UpstreamRefused:     UpstreamRefuses,
	fault.UpstreamNoCompany:   UpstreamRefuses,
	fault.RateLimited:         RateLimitedByOthers,
}

// ofCredential says of a code whether a credential's breaker tells it, too.
func ofCredential(c Code) bool {
	return slices.Contains([]Code{UpstreamUnreachable, UpstreamSlow, UpstreamBroken, CredentialsRefused, LicenceEnded}, c)
}

// schedule judges whether the mirror keeps it.
func (j *judgement) schedule() {
	if due := j.due(); !due.IsZero() && j.now.After(due) {
		j.add(Problem{Code: SyncLate, Severity: Warning, Since: &due})
	}
	if s := j.Sync; s.BackfillPausedAt != nil && s.BackfillDoneAt == nil && s.BackfillCancelledAt == nil {
		j.add(Problem{Code: BackfillPaused, Severity: Info, Since: s.BackfillPausedAt})
	}
}

// due is when a sync is later than its schedule explains; zero when no schedule holds.
func (j *judgement) due() time.Time {
	last := j.caughtUp()
	if last == nil || j.Integration.SyncIntervalMinutes == nil {
		return time.Time{}
	}
	return last.Add(2*j.interval() + slack)
}

// caughtUp is when the mirror last caught up, or when it was last told to begin; nil before that.
func (f Facts) caughtUp() *time.Time {
	last := f.Integration.ActivatedAt
	if f.Sync == nil || f.Sync.LastSyncAt == nil {
		return last
	}
	if at := f.Sync.LastSyncAt; last == nil || at.After(*last) {
		return at
	}
	return last
}

func (j *judgement) interval() time.Duration {
	if m := j.Integration.SyncIntervalMinutes; m != nil {
		return time.Duration(*m) * time.Minute
	}
	return 0
}

// complaints judges what of Reclame Aqui's data makes no sense.
func (j *judgement) complaints() {
	if q := j.Quarantine; q.Count > 0 {
		j.add(Problem{Code: QuarantineNotEmpty, Severity: Warning, Since: q.Oldest, RetryAt: q.RetryAt})
	}
	if j.Contradicted != nil {
		j.add(Problem{Code: CountsContradict, Severity: Warning, Since: j.Contradicted, RetryAt: j.Sync.ScanAt})
	}
}

// announcements judges the callbacks (rule C5).
func (j *judgement) announcements() {
	switch {
	case j.Callbacks.LastAt == nil:
		j.add(Problem{Code: CallbacksNeverCame, Severity: Info, Since: j.Integration.ActivatedAt})
	case j.Callbacks.stopped(j.interval(), j.now):
		j.add(Problem{Code: CallbacksStopped, Severity: Warning, Since: j.Callbacks.LastAt})
	}
}
