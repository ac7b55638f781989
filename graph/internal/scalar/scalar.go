// Package scalar owns the text form of the contract's scalars: strict in, canonical out.
// gqlgen's generated code calls it and nobody else does.
package scalar

import (
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// MarshalDateTime writes RFC 3339 in UTC with the fraction that is there.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		io.WriteString(w, strconv.Quote(t.UTC().Format(time.RFC3339Nano)))
	})
}

// UnmarshalDateTime reads RFC 3339 with any offset; kept in UTC and whole microseconds.
func UnmarshalDateTime(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("a DateTime must be a string")
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("a DateTime must be RFC 3339, as 2026-03-02T12:18:30Z")
	}
	return t.UTC().Truncate(time.Microsecond), nil
}

// MarshalDate writes a day.
func MarshalDate(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalDate reads a day of the calendar.
func UnmarshalDate(v any) (string, error) {
	s, _ := v.(string)
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", fmt.Errorf("a Date must be a day, as 1990-01-31")
	}
	return s, nil
}

// MarshalProtocol writes a ticket's human number.
func MarshalProtocol(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalProtocol reads digits, up to 20.
func UnmarshalProtocol(v any) (string, error) {
	s, ok := v.(string)
	if !ok || s == "" || len(s) > 20 {
		return "", fmt.Errorf("a Protocol must be a string of 1 to 20 digits")
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return "", fmt.Errorf("a Protocol must be a string of 1 to 20 digits")
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
		return "", fmt.Errorf("an Url must be an absolute http or https address")
	}
	return s, nil
}

// MarshalEmailAddress writes an address.
func MarshalEmailAddress(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalEmailAddress reads what looks like one address; the rules for users are stricter.
func UnmarshalEmailAddress(v any) (string, error) {
	s, ok := v.(string)
	at := strings.IndexByte(s, '@')
	if !ok || at < 1 || at == len(s)-1 || strings.ContainsAny(s, " \t\r\n") {
		return "", fmt.Errorf("an EmailAddress must be a string like ana@example.com")
	}
	return s, nil
}
