package schema

import (
	"slices"
	"testing"
	"time"
)

// Ids sort by their moment and then by their number, and one of both has an id wherever it stands.
func TestTimeIDs(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	ordered := []string{
		TimeID(PrefixInteraction, time.Time{}, 9), TimeID(PrefixInteraction, at, 7), TimeID(PrefixInteraction, at, 8),
		TimeID(PrefixInteraction, at, 1<<40), TimeID(PrefixInteraction, at.Add(time.Millisecond), 0),
	}
	if !slices.IsSorted(ordered) || PrefixOf(ordered[0]) != PrefixInteraction {
		t.Errorf("in the order of their making they are %q", ordered)
	}
	seen := map[string]bool{}
	for range 100_000 {
		id := TimeID(PrefixInteraction, at, 7)
		if seen[id] || len(id) > 40 {
			t.Fatalf("%q comes twice, or is too long", id)
		}
		seen[id] = true
	}
}
