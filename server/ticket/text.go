package ticket

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"citrus.cx/channel/server/reclameaqui"
)

// clean drops the NUL that PostgreSQL's text cannot hold, and bytes that are no UTF-8; lines end with LF.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return reclameaqui.NormalizeText(strings.ReplaceAll(s, "\x00", ""))
}

// clip cleans and cuts to a number of bytes, at the edge of a character.
func clip(s string, bytes int) string {
	s = clean(s)
	if len(s) <= bytes {
		return s
	}
	for bytes > 0 && !utf8.RuneStart(s[bytes]) {
		bytes--
	}
	return s[:bytes]
}

func cleanPointer(s *string) *string {
	if s == nil || *s == "" {
		return nil
	}
	c := clean(*s)
	return &c
}

func clipPointer(s *string, bytes int) *string {
	if s == nil || *s == "" {
		return nil
	}
	c := clip(*s, bytes)
	return &c
}

// firstTime is the first one that is there, in whole microseconds (what both databases keep).
func firstTime(fallback time.Time, times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t.UTC().Truncate(time.Microsecond)
		}
	}
	return fallback
}

// instant is a moment that Reclame Aqui gave; nil without one.
func instant(t *time.Time) *time.Time {
	if t == nil || t.IsZero() {
		return nil
	}
	at := firstTime(*t, *t)
	return &at
}

func hash(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// stand makes an id for what RA sends without one, from what it says: the same the next time.
func stand(parts ...string) string { return "~" + hash([]byte(strings.Join(parts, "\x00")))[:32] }
