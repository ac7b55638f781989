package scalar

import (
	"math"
	"testing"
	"time"
)

// What the scalars take, and what they refuse.
func TestStrict(t *testing.T) {
	for name, c := range map[string]struct {
		read    func(v any) error
		takes   []any
		refuses []any
	}{
		"DateTime": {
			reading(UnmarshalDateTime),
			[]any{"2026-03-02T12:18:30Z", "2026-03-02T09:18:30.123456-03:00", "2024-02-29T00:00:00Z"},
			[]any{
				"", "2026-03-02", "2026-03-02 12:18:30Z", "2026-03-02T12:18:30", "2026-03-02T9:18:30Z", "2026-03-02T12:18:30,5Z", "2026-02-30T00:00:00Z",
				"2026-03-02T24:00:00Z", "2026-03-02T12:18:30+99:00", " 2026-03-02T12:18:30Z", "now", 1772453910, nil, true,
			},
		},
		"Protocol": {
			reading(UnmarshalProtocol),
			[]any{"202600000042", "1"},
			[]any{"", "2026-42", " 1", "1\n", "١", "123456789012345678901", 202600000042, nil},
		},
		"Url": {
			reading(UnmarshalUrl),
			[]any{"https://example.com", "http://127.0.0.1:8080/a?b=c"},
			[]any{"", "example.com", "//example.com", "ftp://example.com", "javascript:alert(1)", "https://", "https://exa mple.com", "https://[::1", 1, nil},
		},
		"EmailAddress": {
			reading(UnmarshalEmailAddress),
			[]any{"ana@example.com", "a+b@example.com"},
			[]any{"", "ana", "@example.com", "ana@", "a@b@c.com", "Ana <ana@example.com>", "<ana@example.com>", " ana@example.com", "ana@example.com\n", 1, nil},
		},
		"Cursor": {reading(UnmarshalCursor), []any{"gaFppXJlZ18x"}, []any{"", "gaFppXJlZ18", "gaFppXJlZ18xAA", "gaFppXJlZ18x\n", "gaFppXJlZ18x==", "gaFpoA", "{}", 1, nil}},
		"Int":    {reading(UnmarshalInt), []any{int64(math.MaxInt32), int64(math.MinInt32)}, []any{int64(math.MaxInt32 + 1), int64(math.MinInt32 - 1), "one", 1.5}},
		"String": {reading(UnmarshalString), []any{"", "ação"}, []any{"a\x00b"}},
		"ID":     {reading(UnmarshalID), []any{"reg_1"}, []any{"reg\x00"}},
	} {
		for _, v := range c.takes {
			if err := c.read(v); err != nil {
				t.Errorf("%s %q: %v", name, v, err)
			}
		}
		for _, v := range c.refuses {
			if err := c.read(v); err == nil {
				t.Errorf("%s takes %#v", name, v)
			}
		}
	}
	at, err := UnmarshalDateTime("2026-03-02T09:18:30.1234567-03:00")
	if want := time.Date(2026, 3, 2, 12, 18, 30, 123456000, time.UTC); err != nil || !at.Equal(want) || at.Location() != time.UTC {
		t.Errorf("%v, %v, want %v", at, err, want)
	}
}

func reading[T any](read func(any) (T, error)) func(any) error {
	return func(v any) error { _, err := read(v); return err }
}
