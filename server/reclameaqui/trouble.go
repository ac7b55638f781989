package reclameaqui

import (
	"context"
	"errors"
	"net"
	"net/http"
)

// Trouble is what a failed call says of the way to RA, where Kind says what became of the call. Whoever looks after a credential
// keeps it, and an administrator is told of it: the values are the contract's HealthProblemCode.
type Trouble string

const (
	// TroubleNone: the failure is about the call alone, or the caller went away, or the limit held it back.
	TroubleNone Trouble = ""
	// TroubleUnreachable: no connection, a cut one, 5xx, a redirect.
	TroubleUnreachable Trouble = "UPSTREAM_UNREACHABLE"
	// TroubleSlow: RA took the call and did not answer in time.
	TroubleSlow Trouble = "UPSTREAM_SLOW"
	// TroubleBroken: RA answered 2xx with a body that cannot be read or did not come whole.
	TroubleBroken Trouble = "UPSTREAM_ANSWERS_BROKEN"
	// TroubleCredentials: RA does not accept user and password, or gives them no token.
	TroubleCredentials Trouble = "CREDENTIALS_REFUSED"
	// TroubleLicence: the licence is not in force.
	TroubleLicence Trouble = "LICENCE_ENDED"
	// TroubleRefusal: RA understood a call and says no. Of a list or a count, which every account may ask for, it is about the account.
	TroubleRefusal Trouble = "UPSTREAM_REFUSES"
	// TroubleCounts: RA counts otherwise than it lists. No error says so: whoever compares finds it.
	TroubleCounts Trouble = "COUNTS_CONTRADICT"
)

// TroubleOf says what an error of this package means for the calls to come; TroubleNone for any other error.
func TroubleOf(err error) Trouble {
	var e *Error
	if !errors.As(err, &e) {
		return TroubleNone
	}
	switch e.Kind {
	case KindBadCredentials:
		return TroubleCredentials
	case KindLicenceEnded:
		return TroubleLicence
	case KindMalformed:
		return TroubleBroken
	case KindRefused:
		return e.troubleRefused()
	case KindUnavailable:
		return e.troubleUnavailable()
	}
	return TroubleNone
}

// troubleRefused: a "no" to the token is one to the credentials, whatever its status; withoutToken says that nothing else was sent.
func (e *Error) troubleRefused() Trouble {
	switch {
	case e.Status == 0: // it could not be made as asked
		return TroubleNone
	case e.Status == http.StatusForbidden && mentionsLicence(e.Message):
		return TroubleLicence
	case !e.Sent, e.Op == opToken:
		return TroubleCredentials
	}
	return TroubleRefusal
}

func (e *Error) troubleUnavailable() Trouble {
	switch {
	case errors.Is(e.Cause, context.Canceled):
		return TroubleNone
	case timedOut(e.Cause):
		return TroubleSlow
	case e.Status >= 200 && e.Status <= 299:
		return TroubleBroken
	}
	return TroubleUnreachable
}

// timedOut says whether the time ran out while RA had the call: one that could not even be dialled in time reached nobody.
func timedOut(cause error) bool {
	var op *net.OpError
	if errors.As(cause, &op) && op.Op == "dial" {
		return false
	}
	var slow net.Error
	return errors.Is(cause, context.DeadlineExceeded) || errors.As(cause, &slow) && slow.Timeout()
}
