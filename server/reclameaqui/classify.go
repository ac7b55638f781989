package reclameaqui

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxMessage caps RA's text, in characters.
const maxMessage = 500

// maxRetryAfter caps what RA may ask us to wait, so that an absurd number stops nobody for good.
const maxRetryAfter = 24 * time.Hour

// codePattern is what may pass as a code, and so into logs.
var codePattern = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,40}$`)

// refusal makes an Error of an answer that is not 2xx, and passes a 429 on to the Gate.
func (c *Client) refusal(op string, a answer) *Error {
	e := &Error{Op: op, Status: a.status, Sent: true, Cause: a.broken}
	e.Code, e.Message = readReason(a.body)
	e.RetryAfter = retryAfter(a.header, c.now())
	e.Kind = kindOf(op, a.status, e.Code)
	if c.licenceSpeaks(e) {
		e.Kind = KindLicenceEnded
	}
	if e.Kind == KindRateLimited {
		c.gate.Throttled(e.RetryAfter)
	}
	return e
}

// kindOf classifies by status first and by code second: the codes 4000 to 5030 may be a client's own invention.
func kindOf(op string, status int, code string) Kind {
	switch {
	case status == http.StatusUnauthorized:
		return KindBadCredentials
	case status == http.StatusTooManyRequests:
		return KindRateLimited
	case status == http.StatusNotFound:
		return KindNotFound
	case status == http.StatusRequestTimeout, status < 400, status > 499:
		return KindUnavailable
	}
	c := codesByText[code]
	switch {
	case c.Outcome == Accepted && slices.Contains(c.At, op):
		return KindDuplicate
	case c.Retry == RetryAfterWait:
		return KindRateLimited
	case c.Retry == RetryAfterAuth:
		return KindBadCredentials
	}
	return KindRefused
}

// licenceSpeaks tells a licence that is not in force from a wrong secret. RA's behaviour after the end is not known; 401 or 403 is
// expected. RA's words count at 401 only: a 403 may say that the licence does not cover this one call.
func (c *Client) licenceSpeaks(e *Error) bool {
	if e.Status != http.StatusUnauthorized && e.Status != http.StatusForbidden {
		return false
	}
	if e.Status == http.StatusUnauthorized && mentionsLicence(e.Message) {
		return true
	}
	known, now := c.issue.licence(), c.now()
	ended := !known.LicenceEnd.IsZero() && now.After(known.LicenceEnd)
	early := !known.LicenceStart.IsZero() && now.Before(known.LicenceStart)
	return ended || early
}

// mentionsLicence finds licença, licence and license.
func mentionsLicence(message string) bool { return strings.Contains(strings.ToLower(message), "licen") }

// readReason finds code and text in an error's body: {"message", "code", "success"}, the OAuth form, or any text.
func readReason(body []byte) (code, message string) {
	o, err := readObject(body)
	if err != nil {
		return "", tidyMessage(string(body))
	}
	code = strings.TrimSpace(o.text("code"))
	oauth := o.text("error")
	if code == "" {
		code = oauth
	}
	if !codePattern.MatchString(code) {
		code = ""
	}
	for _, text := range []string{strings.Join(o.texts("message"), "; "), o.text("error_description"), oauth} {
		if text != "" {
			return code, tidyMessage(text)
		}
	}
	return code, tidyMessage(string(body))
}

func tidyMessage(s string) string {
	return capRunes(strings.TrimSpace(NormalizeText(strings.ReplaceAll(s, "\x00", ""))), maxMessage)
}

// retryAfter reads the header, in seconds or as a date, which is compared with RA's own clock where it shows it.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if !(seconds > 0) {
			return 0
		}
		return time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if server := serverTime(h); !server.IsZero() {
		now = server
	}
	return min(max(until.Sub(now), 0), maxRetryAfter)
}

// serverTime is RA's clock, zero if it does not show it.
func serverTime(h http.Header) time.Time {
	t, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// brokenAnswer is a 2xx whose body did not arrive whole. Too long a body will be so the next time too; a cut one may not.
func brokenAnswer(op string, a answer) *Error {
	kind := KindUnavailable
	if errors.Is(a.broken, errTooLong) {
		kind = KindMalformed
	}
	return &Error{Op: op, Status: a.status, Kind: kind, Sent: true, Cause: a.broken}
}

// notLetIn wraps the Gate's error. A caller who went away was not held back by the limit; one whose time ran out waiting was.
func notLetIn(op string, cause error) *Error {
	kind := KindRateLimited
	if errors.Is(cause, context.Canceled) {
		kind = KindUnavailable
	}
	return &Error{Op: op, Kind: kind, Cause: cause}
}

// withoutToken says that a call did not happen because no token could be had. Whatever became of the token request, the call
// itself was not sent.
func withoutToken(op string, err error) *Error {
	var e *Error
	if !errors.As(err, &e) {
		return &Error{Op: op, Kind: KindUnavailable, Cause: err}
	}
	copied := *e
	copied.Op, copied.Sent = op, false
	return &copied
}
