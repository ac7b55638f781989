package reclameaqui

import (
	"errors"
	"net/http"
	"strings"
)

// Retry is advice on making the same call again. It counts no attempts: whoever follows it caps them. For a post it says when asking
// again makes sense, and Outcome whether it is safe: an Unknown one is settled by reading first, whatever the advice.
type Retry string

const (
	// RetryNever: the same call would get the same answer.
	RetryNever Retry = "never"
	// RetryAfterAuth: after a person has put credentials or licence right. The client itself has tried a new token already.
	RetryAfterAuth Retry = "after authentication"
	// RetrySoon: the failure may pass by itself, in seconds to minutes.
	RetrySoon Retry = "soon"
	// RetryAfterWait: after Error.RetryAfter, or a minute where that is 0 (the wording of 4290).
	RetryAfterWait Retry = "after the wait"
	// RetryNotToday: a limit of the day is used up.
	RetryNotToday Retry = "not today"
	// RetryLater: the state of the complaint forbids it, and is expected to change by itself, as when a moderation is decided. Not fast.
	RetryLater Retry = "later"
	// RetryAfterChange: the state of the complaint forbids it; once that has changed it may succeed.
	RetryAfterChange Retry = "after a change"
)

// Retry advises by kind, which is by HTTP status, and within a refusal by code (Codes). A conflict of an unknown code is tried again,
// as known clients do.
func (e *Error) Retry() Retry {
	switch e.Kind {
	case KindBadCredentials, KindLicenceEnded:
		return RetryAfterAuth
	case KindRateLimited:
		return RetryAfterWait
	case KindUnavailable, KindMalformed:
		if errors.Is(e.Cause, errBase) || errors.Is(e.Cause, errTooLong) {
			return RetryNever
		}
		return RetrySoon
	case KindRefused:
		return e.retryRefused()
	}
	return RetryNever
}

func (e *Error) retryRefused() Retry {
	if !e.Sent {
		return RetryNever
	}
	if c, known := codesByText[e.Code]; known {
		return c.Retry
	}
	if e.Status == http.StatusConflict || strings.HasPrefix(e.Code, conflictPrefix) {
		return RetrySoon
	}
	return RetryNever
}

// conflictPrefix begins the codes of conflicts: a code is its HTTP status and an ordinal.
const conflictPrefix = "409"
