package syncer

import (
	"time"

	"citrus.cx/channel/server/reclameaqui"
)

// window is a piece of time of Reclame Aqui's changes, both ends inclusive; open at the end when to is zero. A run
// reads its windows in the order of time, each in one call if it can be: one answer is one moment's truth, so that
// nothing is missed whatever is changed, hidden or deleted between two calls. What changes after its window was
// read is in a later one.
type window struct {
	from, to time.Time
	// page is 1, or higher where a window is walked: one second has more than a page, or Reclame Aqui does not filter.
	page int
}

// walk is what is remembered of the pages of a window that were read. It is in memory: a walk that another process
// began begins anew.
type walk struct {
	// read are the rows so far, first those of page 1.
	read, first int
	// total was Reclame Aqui's at the page before, ids the first and the last on it.
	total int
	ids   [2]int64
	// short says that page 1 was not full though there should be more: either Reclame Aqui gives less than it was
	// asked for, or it lies about the total. Page 2 tells.
	short bool
	// backs is how often the walk stepped back: at most mostBacks and two for each page.
	backs int
	// clock and high are those of page 1.
	clock time.Time
	high  time.Time
}

// pace is how a page leads on.
type pace int

const (
	onward    pace = iota // the next page of the same window
	narrower              // a part of the window, from its beginning
	completed             // all of the window has been read
)

// The walk's bounds, so that every run ends whatever Reclame Aqui answers.
const (
	mostPages = 2000
	mostBacks = 20
)

// follow says how a run goes on after a page of a window. size is how many rows Reclame Aqui gives, clock its time.
// It trusts the rows; the total only where the rows do not speak against it. It is pure.
func follow(w window, k walk, page reclameaqui.Page, size int, clock time.Time) (pace, window, walk) {
	rows := len(page.Complaints) + len(page.Malformed)
	if w.page <= 1 {
		k = walk{first: rows, short: rows < size, clock: clock, high: highOf(page, clock), backs: k.backs}
	}
	before := k
	k.total, k.ids = page.Total, endsOf(page)
	k.read += rows
	switch {
	case w.page <= 1 && (rows == 0 || page.Total == rows):
		return completed, w, k
	case w.page <= 1 && rows >= size && !ignored(w, page):
		if part, ok := w.half(page.Total, size, clock); ok {
			return narrower, part, walk{}
		}
	case w.page > 1 && shrunk(w, before, page) > 0 && before.backs < mostBacks+2*w.page:
		// What stood behind moved to the front, over the edge of the page before.
		back := max(1, w.page-(shrunk(w, before, page)+size-1)/size)
		k.backs, k.read = before.backs+1, (back-1)*max(k.first, 1)
		return onward, window{w.from, w.to, back}, k
	case w.page == 2 && k.short && rows > 0 && k.ids != before.ids && clamped(w, k, page, clock):
		// Fewer to a page than asked for: then a window holds less, too.
		part, _ := w.half(page.Total, k.first, clock)
		return narrower, part, k
	case w.page > 1 && (rows == 0 || k.ids != [2]int64{} && k.ids == before.ids || w.page >= mostPages || k.read == page.Total):
		return completed, w, k
	}
	return onward, window{w.from, w.to, w.page + 1}, k
}

// clamped says that a window of pages that are smaller than asked for can be divided.
func clamped(w window, k walk, page reclameaqui.Page, clock time.Time) bool {
	_, divides := w.half(page.Total, k.first, clock)
	return divides && !ignored(w, page)
}

// shrunk is by how many rows the window became smaller since the page before: they were deleted, hidden, or changed.
// A total that the rows of the page speak against says nothing.
func shrunk(w window, k walk, page reclameaqui.Page) int {
	rows := len(page.Complaints) + len(page.Malformed)
	if rows > 0 && page.Total < (w.page-1)*k.first+rows {
		return 0
	}
	return max(k.total-page.Total, 0)
}

// ignored says that rows lie outside of the window: Reclame Aqui does not filter by it, and narrower ones are no smaller.
func ignored(w window, page reclameaqui.Page) bool {
	for _, c := range page.Complaints {
		early := c.ModifiedAt.Before(w.from.Add(-time.Second))
		late := !w.to.IsZero() && c.ModifiedAt.After(w.to.Add(time.Second))
		if !c.ModifiedAt.IsZero() && (early || late) {
			return true
		}
	}
	return false
}

// edge is the end of the second that begins after a moment, as windows end: Reclame Aqui's times are whole seconds.
func edge(after time.Time) time.Time {
	end := after.Truncate(time.Second).Add(time.Second - time.Millisecond)
	if !end.After(after) {
		end = end.Add(time.Second)
	}
	return end
}

// half is the first part of a window that should fill most of a page, from a half to a sixteenth of it; none where
// it is a second, which cannot be divided.
func (w window) half(total, size int, clock time.Time) (window, bool) {
	end := w.to
	if end.IsZero() {
		end = clock
	}
	if !edge(w.from).Before(end) {
		return w, false
	}
	share := min(max(0.8*float64(size)/float64(max(total, 1)), 1.0/16), 0.5)
	to := edge(w.from.Add(time.Duration(float64(end.Sub(w.from)) * share)))
	for !to.Before(end) {
		to = to.Add(-time.Second)
	}
	if to = latest(to, edge(w.from)); !to.Before(end) {
		return w, false
	}
	return window{from: w.from, to: to, page: 1}, true
}

// next is the window after one of which rows were read: wider where that was nearly empty. It is open when it
// reaches the present. The ends meet, so that nothing is between them.
func (w window) next(rows, size int, clock time.Time) window {
	width := w.to.Sub(w.from)
	switch {
	case rows == 0 || rows > size:
		width *= 4
	case rows <= size/4:
		width *= 2
	case rows <= size/2:
		width += width / 2
	}
	to := edge(w.to.Add(width))
	if !to.Before(clock) {
		to = time.Time{}
	}
	return window{from: w.to, to: to, page: 1}
}

// behind is how far the watermark may stay behind Reclame Aqui's clock where nothing changes: it may show a change later
// than it dates it.
const behind = 3 * time.Minute

// watermark is up to where all changes are known after a window was completed: its end, or for an open one the
// latest change seen on its first page, and not much before the clock. Never later than Reclame Aqui's clock.
func watermark(w window, k walk) time.Time {
	if !w.to.IsZero() {
		return earliest(w.to, k.clock)
	}
	return earliest(latest(k.high, k.clock.Add(-behind)), k.clock)
}

// clockOf is the time at Reclame Aqui when an answer was made: never later than either clock, for one of them may be wrong.
func clockOf(server, began time.Time) time.Time {
	if server.IsZero() {
		return began.Add(-overlap) // ours may be ahead of theirs
	}
	return earliest(server, began)
}

// highOf is the latest change on a page; one that is dated in the future says nothing.
func highOf(page reclameaqui.Page, clock time.Time) (high time.Time) {
	for _, c := range page.Complaints {
		if !c.ModifiedAt.After(clock) {
			high = latest(high, c.ModifiedAt)
		}
	}
	return high
}

// endsOf names a page by its first and last row.
func endsOf(page reclameaqui.Page) (ends [2]int64) {
	if n := len(page.Complaints); n > 0 {
		ends = [2]int64{page.Complaints[0].ID, page.Complaints[n-1].ID}
	}
	return ends
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
