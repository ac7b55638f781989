package syncer

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"citrus.cx/channel/server/reclameaqui"
)

// changing is Reclame Aqui's list of changes, as rounds ask for it, with the ways in which it may disappoint.
type changing struct {
	rows  map[int64]time.Time // by complaint: its last change
	clock time.Time
	// clamp is the page size that it really gives.
	clamp int
	// lie gives the total that it tells; nil = the truth.
	lie func(total int) int
	// unfiltered and unturned: it ignores the filter, or the page's number. unsorted: it has an order of its own.
	unfiltered, unturned, unsorted bool
}

func (c *changing) page(w window) reclameaqui.Page {
	var rows []reclameaqui.Complaint
	for id, at := range c.rows {
		if c.unfiltered || !at.Before(w.from) && (w.to.IsZero() || !at.After(w.to)) {
			rows = append(rows, reclameaqui.Complaint{ID: id, ModifiedAt: at})
		}
	}
	slices.SortFunc(rows, func(a, b reclameaqui.Complaint) int {
		if c.unsorted {
			return cmp.Or(cmp.Compare(a.ID%7, b.ID%7), cmp.Compare(b.ID, a.ID))
		}
		return cmp.Compare(a.ID, b.ID)
	})
	number := w.page
	if c.unturned {
		number = 1
	}
	first := min((number-1)*c.clamp, len(rows))
	page := reclameaqui.Page{Total: len(rows), Complaints: rows[first:min(first+c.clamp, len(rows))], ServerTime: c.clock}
	if c.lie != nil {
		page.Total = max(c.lie(len(rows)), 0)
	}
	return page
}

// round is the loop of job.changes: windows until the run is over. It gives the new watermark.
func (c *changing) round(t *rapid.T, since time.Time, most int, seen map[int64]time.Time, between func()) (mark time.Time) {
	w, k, size := window{from: since, page: 1}, walk{}, reclameaqui.MaxPageSize
	mark = since
	for calls := 1; ; calls++ {
		if calls > most {
			t.Fatalf("%d calls for %d complaints", calls, len(c.rows))
		}
		page := c.page(w)
		for _, x := range page.Complaints {
			seen[x.ID] = x.ModifiedAt
		}
		pace, next, remembered := follow(w, k, page, size, c.clock)
		if pace == narrower && w.page == 2 {
			size = remembered.first
		}
		if pace == completed {
			mark = latest(mark, watermark(w, remembered))
			if w.to.IsZero() {
				return mark
			}
			next = w.next(remembered.read, size, remembered.clock)
		}
		if w, k = next, remembered; pace != onward {
			k = walk{}
		}
		between()
	}
}

func drawChanges(t *rapid.T, span int) map[int64]time.Time {
	rows := map[int64]time.Time{}
	for id := range int64(rapid.IntRange(0, 300).Draw(t, "complaints")) {
		second := rapid.IntRange(0, span).Draw(t, "second")
		if rapid.IntRange(0, 2).Draw(t, "bulk") == 0 {
			second = span / 2 // a bulk edit gives many one moment
		}
		rows[id+1] = noon.Add(time.Duration(second) * time.Second)
	}
	return rows
}

// Rule S2, "never skipped": while complaints are changed, made and deleted between any two calls, with any page size
// and any number in one second, a round and the next one leave nothing unread that was there.
func TestARoundMissesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		span := rapid.SampledFrom([]int{1, 60, 720}).Draw(t, "span")
		c := &changing{rows: drawChanges(t, span), clock: noon.Add(time.Duration(span+1) * time.Second), clamp: rapid.SampledFrom([]int{50, 50, 20, 7}).Draw(t, "clamp")}
		next := int64(1000)
		edit := func() {
			c.clock = c.clock.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "passes")) * time.Second)
			if rapid.IntRange(0, 3).Draw(t, "quiet") == 0 {
				return
			}
			for range rapid.IntRange(0, 5).Draw(t, "edits") {
				id := int64(rapid.IntRange(1, 300).Draw(t, "id"))
				switch _, there := c.rows[id]; {
				case rapid.Bool().Draw(t, "delete"):
					delete(c.rows, id)
				case there:
					c.rows[id] = c.clock
				default:
					next++
					c.rows[next] = c.clock
				}
			}
		}
		seen := map[int64]time.Time{}
		mark := c.round(t, noon.Add(-overlap), 2000, seen, edit)
		c.clock = c.clock.Add(10 * time.Minute)
		c.round(t, mark.Add(-overlap), 2000, seen, func() {})
		for id, at := range c.rows {
			if !seen[id].Equal(at) {
				t.Fatalf("complaint %d changed at %s and was last read as of %s", id, at, seen[id])
			}
		}
	})
}

// Whatever Reclame Aqui says of totals, order, pages and filters: a round ends, and what it can read it reads.
func TestARoundEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &changing{rows: drawChanges(t, 720), clock: noon.Add(721 * time.Second), clamp: rapid.SampledFrom([]int{50, 20}).Draw(t, "clamp")}
		c.unfiltered, c.unturned, c.unsorted = rapid.Bool().Draw(t, "unfiltered"), rapid.Bool().Draw(t, "unturned"), rapid.Bool().Draw(t, "unsorted")
		c.lie = map[string]func(int) int{
			"true": nil, "0": func(int) int { return 0 }, "huge": func(int) int { return 1 << 40 }, "more": func(n int) int { return n + 7 },
			"changing": func(n int) int { return n + rapid.IntRange(0, 100).Draw(t, "off") },
		}[rapid.SampledFrom([]string{"true", "0", "huge", "more", "changing"}).Draw(t, "lie")]
		seen := map[int64]time.Time{}
		mark := c.round(t, noon.Add(-overlap), 3000, seen, func() {})
		if mark.After(c.clock) {
			t.Fatalf("the watermark is %s, the clock %s", mark, c.clock)
		}
		if c.unturned {
			return // a second that holds more than a page cannot be read
		}
		for id := range c.rows {
			if seen[id].IsZero() {
				t.Fatalf("complaint %d of %d was never read", id, len(c.rows))
			}
		}
	})
}

// Windows cost little more than pages would.
func TestWindowsAreFew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &changing{rows: map[int64]time.Time{}, clock: noon.Add(721 * time.Second), clamp: 50}
		n := rapid.IntRange(500, 2000).Draw(t, "complaints")
		for i := range n {
			c.rows[int64(i+1)] = noon.Add(time.Duration(i*720/n) * time.Second)
		}
		calls := 1
		c.round(t, noon.Add(-overlap), 5000, map[int64]time.Time{}, func() { calls++ })
		if calls > 2*n/50+12 {
			t.Fatalf("%d calls for %d complaints", calls, n)
		}
	})
}

func TestWatermark(t *testing.T) {
	at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	for _, c := range []struct {
		what string
		w    window
		k    walk
		want time.Time
	}{
		{"a change just now", window{from: at(0)}, walk{high: at(590), clock: at(600)}, at(590)},
		{"an old change", window{from: at(0)}, walk{high: at(10), clock: at(600)}, at(420)},
		{"none", window{from: at(0)}, walk{clock: at(600)}, at(420)},
		{"a part", window{from: at(0), to: at(100)}, walk{high: at(50), clock: at(600)}, at(100)},
		{"a part that ends in the future", window{from: at(0), to: at(700)}, walk{clock: at(600)}, at(600)},
	} {
		if got := watermark(c.w, c.k); !got.Equal(c.want) {
			t.Errorf("%s: %s", c.what, got)
		}
	}
	future := reclameaqui.Page{Complaints: []reclameaqui.Complaint{{ModifiedAt: at(9999)}, {ModifiedAt: at(5)}}}
	if got := highOf(future, at(600)); !got.Equal(at(5)) {
		t.Errorf("a change of the future moves the watermark to %s", got)
	}
	if got := clockOf(at(9999), at(600)); !got.Equal(at(600)) {
		t.Errorf("a clock that is ahead of ours moves it to %s", got)
	}
}
