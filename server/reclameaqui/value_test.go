package reclameaqui

import (
	"testing"
	"time"
)

func TestReadID(t *testing.T) {
	for raw, want := range map[string]struct {
		id int64
		ok bool
	}{
		`123`: {123, true}, `"123"`: {123, true}, `" 123 "`: {123, true}, `-1`: {0, true}, `"-1"`: {0, true}, `null`: {0, true}, `""`: {0, true},
		``: {0, true}, `[]`: {0, true}, `[ ]`: {0, true}, "{\n}": {0, true}, `0`: {0, true}, `123.0`: {123, true}, `1e3`: {1000, true},
		`9223372036854775807`: {9223372036854775807, true}, `9007199254740993`: {9007199254740993, true},
		`9223372036854775808`: {0, false}, `1e400`: {0, false}, `1e30`: {0, false}, `1.5`: {0, false}, `"12a"`: {0, false}, `true`: {0, false},
		`{"id":1}`: {0, false}, `[1]`: {0, false}, `"NaN"`: {0, false}, `"Inf"`: {0, false}, `"0x10"`: {0, false},
	} {
		id, ok := readID([]byte(raw))
		equal(t, raw+" id", id, want.id)
		equal(t, raw+" ok", ok, want.ok)
	}
}

func TestReadBool(t *testing.T) {
	for raw, want := range map[string][2]bool{
		`true`: {true, true}, `"true"`: {true, true}, `"TRUE"`: {true, true}, `1`: {true, true}, `"1"`: {true, true}, `"Sim"`: {true, true},
		`false`: {false, true}, `"false"`: {false, true}, `0`: {false, true}, `null`: {false, true}, `"Não"`: {false, true}, `[]`: {false, true},
		`2`: {false, false}, `"x"`: {false, false}, `[true]`: {false, false},
	} {
		value, ok := readBool([]byte(raw))
		equal(t, raw, [2]bool{value, ok}, want)
	}
}

func TestReadTime(t *testing.T) {
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	clock := time.Date(2026, 3, 2, 12, 18, 30, 0, time.UTC)
	for raw, want := range map[string]time.Time{
		`"2026-03-02T12:18:30.000Z"`: clock, `"2026-03-02T12:18:30Z"`: clock, `"2026-03-02T09:18:30-03:00"`: clock, `"2026-03-02T09:18:30-0300"`: clock,
		`"2026-03-02T12:18:30.123456789Z"`: clock.Add(123456 * time.Microsecond), `"2026-03-02T12:18:30"`: clock, `" 2026-03-02 12:18:30 "`: clock,
		`"2026-03-02T12:18:30.5"`: clock.Add(500 * time.Millisecond), `"2026-03-02 12:18:30.5"`: clock.Add(500 * time.Millisecond),
		`"2026-03-02T12:18"`: clock.Add(-30 * time.Second), `"2026-03-02T12:18Z"`: clock.Add(-30 * time.Second), `"2026-03-02 12:18"`: clock.Add(-30 * time.Second),
		`"2026-03-02"`: day, `"02/03/2026"`: day, `"02/03/2026 12:18:30"`: clock, `"02/03/2026 12:18"`: clock.Add(-30 * time.Second),
		`null`: {}, `""`: {}, `-1`: {}, `"-1"`: {}, `[]`: {},
	} {
		got, ok := readTime([]byte(raw))
		equal(t, raw, got, want)
		equal(t, raw+" ok", ok, true)
	}
	for _, raw := range []string{`"2026-13-01"`, `"0000-00-00"`, `"31/02/2026"`, `"x"`, `1772453910`, `{"$date":1}`, `["2026-03-02"]`, `"-0001-01-01"`} {
		got, ok := readTime([]byte(raw))
		equal(t, raw+" ok", ok, false)
		equal(t, raw, got, time.Time{})
	}
}

func TestNormalizeText(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a\nb": "a\nb", "a\r\nb": "a\nb", "a\n\rb": "a\nb", "a\rb": "a\nb", "a\r\rb": "a\n\nb", "a\n\nb": "a\n\nb",
		"a\r\n\r\nb": "a\n\nb", "a\n\r\n\rb": "a\n\nb", "\r": "\n", "ação\r\n": "ação\n", "a\r\n\rb": "a\n\nb",
	} {
		equal(t, in, NormalizeText(in), want)
		equal(t, in+" again", NormalizeText(NormalizeText(in)), want)
	}
}
