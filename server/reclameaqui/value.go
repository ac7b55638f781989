package reclameaqui

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The readers of single values. Each takes the shapes in which RA, or a gateway before it, has been seen to write a
// value, says whether it could read it, and gives the zero value for RA's four ways to say nothing.

// isNothing tells the absent, null, "", [] and {} values from those that were meant to say something.
func isNothing(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	switch string(raw) {
	case "", "null", `""`:
		return true
	}
	inside := bytes.TrimSpace(raw[1:max(len(raw)-1, 1)])
	return len(inside) == 0 && (raw[0] == '[' || raw[0] == '{')
}

// readText reads a string; numbers and booleans give their JSON text. NUL, which no text means and no store keeps, is dropped.
func readText(raw json.RawMessage) (string, bool) {
	raw = bytes.TrimSpace(raw)
	if isNothing(raw) {
		return "", true
	}
	switch raw[0] {
	case '{', '[':
		return "", false
	case '"':
		s, ok := unquote(raw)
		return strings.ReplaceAll(s, "\x00", ""), ok
	default:
		return string(raw), true
	}
}

// unquote reads a JSON string; one without escapes, as most are, at the cost of a copy.
func unquote(raw json.RawMessage) (s string, ok bool) {
	if len(raw) > 1 && bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return string(raw[1 : len(raw)-1]), true
	}
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// readID reads 123, "123" and 123.0 exactly. -1 and 0, and every other number that is not positive, are nothing.
func readID(raw json.RawMessage) (int64, bool) {
	n, ok := readInt(raw)
	return max(n, 0), ok
}

// readIDText reads an id that is used as text. "-1" and "0" are nothing.
func readIDText(raw json.RawMessage) (string, bool) {
	s, ok := readText(raw)
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n <= 0 {
		return "", ok
	}
	return s, ok
}

// readInt reads an integer, as a number or as text. An integer written as 1.0 or 1e3 is taken where a float64 holds it exactly.
func readInt(raw json.RawMessage) (int64, bool) {
	s, ok := readText(raw)
	if !ok {
		return 0, false
	}
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, true
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// readFloat reads a finite number, as a number or as text. Nothing is not a number here.
func readFloat(raw json.RawMessage) (float64, bool) {
	s, _ := readText(raw)
	return parseFloat(strings.TrimSpace(s))
}

func parseFloat(s string) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// readBool reads true, "true", 1, "1" and the Portuguese words.
func readBool(raw json.RawMessage) (value, ok bool) {
	s, ok := readText(raw)
	if !ok {
		return false, false
	}
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "1", "yes", "y", "sim", "s":
		return true, true
	case "", "false", "0", "no", "n", "não", "nao", "-1":
		return false, true
	}
	return false, false
}

// layouts of dates, those with a zone first. RA writes the first; the others were seen in requests and in other clients' data.
var layouts = []struct {
	text     string
	dateOnly bool
}{
	{time.RFC3339Nano, false}, // also reads ms, µs and no fraction
	{"2006-01-02T15:04:05.999999999Z0700", false},
	{"2006-01-02T15:04Z07:00", false},
	{"2006-01-02T15:04:05.999999999", false}, // no zone: taken as UTC, as all of RA's times are
	{"2006-01-02T15:04", false},
	{"2006-01-02 15:04:05.999999999Z07:00", false},
	{"2006-01-02 15:04:05.999999999", false},
	{"2006-01-02 15:04", false},
	{"2006-01-02", true},
	{"02/01/2006 15:04:05", false},
	{"02/01/2006 15:04", false},
	{"02/01/2006", true},
}

// parseTime reads a date in UTC, to the microsecond. Years that JSON cannot write again are not read.
func parseTime(s string) (t time.Time, dateOnly, ok bool) {
	s = strings.TrimSpace(s)
	for _, layout := range layouts {
		t, err := time.Parse(layout.text, s)
		if err != nil {
			continue
		}
		t = t.UTC().Truncate(time.Microsecond)
		if t.Year() < 1 || t.Year() > 9999 {
			return time.Time{}, false, false
		}
		return t, layout.dateOnly, true
	}
	return time.Time{}, false, false
}

// readTime reads a date; nothing gives the zero time.
func readTime(raw json.RawMessage) (time.Time, bool) {
	s, ok := readText(raw)
	if !ok || s == "" || s == "-1" {
		return time.Time{}, ok
	}
	t, _, ok := parseTime(s)
	return t, ok
}
