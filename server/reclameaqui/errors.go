package reclameaqui

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Kind says what went wrong, as data for callers.
type Kind string

const (
	// KindBadCredentials: RA does not accept the client id and secret, also after a new token.
	KindBadCredentials Kind = "bad credentials"
	// KindLicenceEnded: RA refuses, and its licence dates or its own words say that the licence is not in force.
	KindLicenceEnded Kind = "licence ended"
	// KindRateLimited: RA answered 429, or the Gate let nothing through (then Sent is false and Cause is the Gate's error).
	KindRateLimited Kind = "rate limited"
	// KindRefused: RA understood and said no; Code and Message say why. Also a call that cannot be made as asked (Sent false).
	KindRefused Kind = "refused"
	// KindNotFound: RA knows no such thing (404).
	KindNotFound Kind = "not found"
	// KindUnavailable: no answer, or none that is RA's: network, time-out, cancellation, 5xx, a redirect.
	KindUnavailable Kind = "unavailable"
	// KindMalformed: RA answered 2xx with a body that cannot be read.
	KindMalformed Kind = "malformed"
	// KindDuplicate: what was wanted is there already. RA has this message (40930), or the private conversation to be ended is not
	// open (40925: ended before, or never begun).
	KindDuplicate Kind = "duplicate"
	// KindFile: a file of the call cannot be opened, or is not as long as its Size. When that showed while sending, Sent is true.
	KindFile Kind = "file"
)

// Codes of RA that classification names; all of them are in codes.
const (
	codeTokenInvalid     = "4010"
	codeRateLimited      = "4290"
	codeHistoryNotKept   = "4097"
	codeNotOpen          = "40925"
	codeDuplicateMessage = "40930"
)

// Error is the only error type of this package.
type Error struct {
	// Op is what was asked, such as "list" or "reply publicly".
	Op string
	// Status is the HTTP status of RA's answer, 0 when there was none.
	Status int
	// Code is RA's own code as text, "" if it gave none.
	Code string
	// Message is RA's own text, 500 characters at most. It may be shown to agents and must never be logged: it may quote the consumer.
	Message string
	// Kind classifies by HTTP status first and by code second.
	Kind Kind
	// RetryAfter is how long RA asked to wait, 0 when it did not say.
	RetryAfter time.Duration
	// Sent is true when the request may have reached RA, so that without an answer its outcome is unknown;
	// false when it surely did not: the Gate or the token was refused, or no connection came about.
	Sent bool
	// Cause is what lies beneath: the Gate's error, the network's or the reader's. Nil when RA's answer says it all.
	Cause error
}

// Error names operation, kind, status and code. It holds no text of RA, no address and no secret, so it may be logged.
func (e *Error) Error() string {
	s := "reclame aqui: " + e.Op + ": " + string(e.Kind)
	switch {
	case e.Status != 0 && e.Code != "":
		return fmt.Sprintf("%s (status %d, code %s)", s, e.Status, e.Code)
	case e.Status != 0:
		return fmt.Sprintf("%s (status %d)", s, e.Status)
	default:
		return s
	}
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Cause }

// PostOutcome is what is known of a post after its call returned.
type PostOutcome string

const (
	// Accepted: RA has it.
	Accepted PostOutcome = "accepted"
	// Rejected: RA does not have it, surely; it may be sent again.
	Rejected PostOutcome = "rejected"
	// Unknown: RA may have it. Only reading the complaint again tells; sending it again may post twice.
	Unknown PostOutcome = "unknown"
)

// Outcome judges the error of a post. When in doubt it says Unknown, because a wrong Rejected shows a consumer
// the same text twice, while a wrong Unknown costs a read. Hence some answers of RA that look like a no are none:
// 408, which proxies give for a request that they may have passed on, the codes whose meaning leaves it open
// (Code.Outcome), and "sent a moment ago" (40930) to a post that is no message. A file that broke while it was sent left
// RA with less than it was promised, and nobody can say whether it took that.
func Outcome(err error) PostOutcome {
	if err == nil {
		return Accepted
	}
	var e *Error
	if !errors.As(err, &e) {
		return Unknown
	}
	switch {
	case !e.Sent:
		return Rejected
	case e.Kind == KindDuplicate:
		return Accepted
	case e.Status == http.StatusRequestTimeout, e.Status < 400, e.Status > 499:
		return Unknown
	}
	if codesByText[e.Code].Outcome == Unknown || e.Code == codeDuplicateMessage {
		return Unknown
	}
	return Rejected
}
