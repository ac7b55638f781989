// Package scalar owns the text form of the contract's scalars: strict in, canonical out.
// gqlgen's generated code calls it and nobody else does.
package scalar

import (
	"io"
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"citrus.cx/channel/server/fault"
)

// invalid says what a scalar would take, never what it was given: that may be a secret in the wrong place.
func invalid(pt, en string) error {
	return fault.New(fault.Invalid).With("reason", fault.Text{PT: pt, EN: en})
}

// MarshalDateTime writes RFC 3339 in UTC with the fraction that is there.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		io.WriteString(w, strconv.Quote(t.UTC().Format(time.RFC3339Nano)))
	})
}

// rfc3339: package time also takes an hour of one digit, and a comma.
var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)

// UnmarshalDateTime reads RFC 3339 with any offset; kept in UTC and whole microseconds.
func UnmarshalDateTime(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, invalid("use RFC 3339, como 2026-03-02T12:18:30Z", "a DateTime must be RFC 3339, as 2026-03-02T12:18:30Z")
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || !rfc3339.MatchString(s) {
		return time.Time{}, invalid("use RFC 3339, como 2026-03-02T12:18:30Z", "a DateTime must be RFC 3339, as 2026-03-02T12:18:30Z")
	}
	return t.UTC().Truncate(time.Microsecond), nil
}

// MarshalDate writes a day.
func MarshalDate(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalDate reads a day of the calendar.
func UnmarshalDate(v any) (string, error) {
	s, _ := v.(string)
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", invalid("use um dia, como 1990-01-31", "a Date must be a day, as 1990-01-31")
	}
	return s, nil
}

// MarshalProtocol writes a ticket's human number.
func MarshalProtocol(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalProtocol reads digits, up to 20.
func UnmarshalProtocol(v any) (string, error) {
	s, ok := v.(string)
	if !ok || s == "" || len(s) > 20 {
		return "", invalid("um protocolo tem de 1 a 20 dígitos", "a Protocol must be a string of 1 to 20 digits")
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return "", invalid("um protocolo tem de 1 a 20 dígitos", "a Protocol must be a string of 1 to 20 digits")
		}
	}
	return s, nil
}

// MarshalUrl writes an address.
func MarshalUrl(s string) graphql.Marshaler { return graphql.MarshalString(s) } //nolint:revive // the scalar's name

// UnmarshalUrl reads an absolute http or https address.
func UnmarshalUrl(v any) (string, error) { //nolint:revive // the scalar's name
	s, ok := v.(string)
	u, err := url.Parse(s)
	if !ok || err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", invalid("use um endereço http ou https completo", "an Url must be an absolute http or https address")
	}
	return s, nil
}

// MarshalEmailAddress writes an address.
func MarshalEmailAddress(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalEmailAddress reads one bare address; the rules for users are stricter.
func UnmarshalEmailAddress(v any) (string, error) {
	s, ok := v.(string)
	address, err := mail.ParseAddress(s)
	if !ok || err != nil || address.Address != s {
		return "", invalid("use um e-mail, como ana@example.com", "an EmailAddress must be a string like ana@example.com")
	}
	return s, nil
}
