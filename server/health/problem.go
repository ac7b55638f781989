package health

import (
	"time"

	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/reclameaqui"
)

// Code is the kind of a problem; the contract's HealthProblemCode has the same values.
type Code string

// The problems. What each means and what to do stands in texts; for the app, in schema.graphql.
const (
	PasswordUnreadable  Code = "PASSWORD_UNREADABLE"
	CredentialsRefused       = Code(reclameaqui.TroubleCredentials)
	LicenceEnded             = Code(reclameaqui.TroubleLicence)
	UpstreamUnreachable      = Code(reclameaqui.TroubleUnreachable)
	UpstreamSlow             = Code(reclameaqui.TroubleSlow)
	UpstreamBroken           = Code(reclameaqui.TroubleBroken)
	UpstreamRefuses          = Code(reclameaqui.TroubleRefusal)
	SyncFailed          Code = "SYNC_FAILED"
	RateLimitedByOthers Code = "RATE_LIMITED_BY_OTHERS"
	SyncLate            Code = "SYNC_LATE"
	CallbacksStopped    Code = "CALLBACKS_STOPPED"
	CountsContradict    Code = "COUNTS_CONTRADICT"
	QuarantineNotEmpty  Code = "QUARANTINE_NOT_EMPTY"
	LicenceEndsSoon     Code = "LICENCE_ENDS_SOON"
	BackfillPaused      Code = "BACKFILL_PAUSED"
	CallbacksNeverCame  Code = "CALLBACKS_NEVER_CAME"
)

// Severity says how much a problem matters. Warning and Critical raise an alarm.
type Severity string

// The severities, from a note to what stops the integration.
const (
	Info     Severity = "INFO"
	Warning  Severity = "WARNING"
	Critical Severity = "CRITICAL"
)

// Problem is one thing that is wrong with an integration.
type Problem struct {
	Code     Code
	Severity Severity
	// Since is when it began as far as is known, nil when it is not.
	Since *time.Time
	// RetryAt is when the product itself tries again, nil when it does so without a plan or when trying is of no use.
	RetryAt *time.Time
}

// text is what a problem is, and what to do about it.
type text struct{ message, advice fault.Text }

// Codes lists every code, in the order in which an administrator should look at them.
func Codes() []Code {
	list := make([]Code, len(texts))
	for i, t := range texts {
		list[i] = t.code
	}
	return list
}

// Message says in a language what a problem of a code is.
func (c Code) Message(lang fault.Language) string { return c.text().message.In(lang) }

// Advice says in a language what to do about it.
func (c Code) Advice(lang fault.Language) string { return c.text().advice.In(lang) }

func (c Code) text() text { return texts[c.rank()].text }

// rank is the place of a code in texts; a code of a later version that an alarm may name is told as a failed sync.
func (c Code) rank() int {
	unknown := 0
	for i, t := range texts {
		if t.code == c {
			return i
		}
		if t.code == SyncFailed {
			unknown = i
		}
	}
	return unknown
}
