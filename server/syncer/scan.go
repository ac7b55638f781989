package syncer

import (
	"hash/fnv"
	"slices"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/reclameaqui"
)

// The gap scan finds what was missed anyway, by count. Every complaint has one moment of its last change at
// Reclame Aqui, so pieces of that time hold as many there as here, or something is to be found in them: a
// complaint that we do not have, one whose change we do not have, or one that is not shown any more. One call says
// that nothing is; else the piece is halved until it fits on a page, which is read.
//
// One count of everything would not do: a change that we missed moves a complaint within it, and one that vanished makes up
// for one that was missed. So there are several pieces, small ones for what changed last, where most is missed. Those that
// fit on a page are read, which costs what a count does and proves more: up to some 350 complaints all are. The
// pieces differ from day to day, so that what made up for something in one of them does not in the next.
//
// A complaint that changes meanwhile leaves its piece: that costs a read and does no harm. The rules are here and pure;
// gapscan.go does the calls.

const (
	// tick is how finely Reclame Aqui dates: pieces begin with a second and end before one, so that none shares a
	// complaint with another. The end is told in milliseconds, for a Reclame Aqui that has them.
	tick = time.Second
	// scanCalls bounds a scan: where Reclame Aqui counts wrongly throughout, it would read everything.
	scanCalls = 300
	// scanEvery is from one scan to the next; the first is one to two times firstScan after the backfill.
	scanEvery = 24 * time.Hour
	firstScan = time.Hour
	// outage is how much later than planned a round must come for a scan to follow it.
	outage = time.Hour
	// namelessAgain is when complaints are looked for whose rows had no id: nothing else can name them.
	namelessAgain = time.Hour
)

// scanFrom is when a scan is to go on or to begin; zero for not yet.
func scanFrom(s *db.SyncState) time.Time {
	ended := latest(deref(s.BackfillDoneAt), deref(s.BackfillCancelledAt))
	switch {
	case ended.IsZero() || s.Watermark == nil:
		return time.Time{}
	case len(s.Scan) > 0:
		return ended
	case s.ScanAt != nil:
		return *s.ScanAt
	}
	return ended.Add(firstScan + jitter(s.IntegrationID, firstScan))
}

// nextScan is the integration's own moment of the day: 500 integrations do not scan at once.
func nextScan(integrationID string, now time.Time) time.Time {
	at := now.UTC().Truncate(scanEvery).Add(jitter(integrationID, scanEvery))
	for !at.After(now) {
		at = at.Add(scanEvery)
	}
	return at
}

// jitter is the same part of a span for the same integration.
func jitter(integrationID string, span time.Duration) time.Duration {
	h := fnv.New64a()
	_, _ = h.Write([]byte(integrationID)) // a hash takes everything
	return time.Duration(h.Sum64() % uint64(span)).Truncate(time.Second)
}

// scanAfter says whether a scan follows a round that ends now: Reclame Aqui, or we, had been away.
func scanAfter(s *db.SyncState, interval time.Duration, now time.Time) bool {
	return s.LastSyncAt != nil && now.Sub(*s.LastSyncAt) > interval+outage
}

// exactPieces are those of one page; each older one is twice as large as the one after it.
const exactPieces = 8

// pieceSize is how many of ours are in the newest pieces of a day's scan.
func pieceSize(now time.Time) int { return 40 + now.YearDay()%10 }

// pieces cut the whole time, the newest on top, by the moments of ours: at tells that of the n-th newest one.
func pieces(whole schema.ScanWindow, ours, size int, at func(n int) (time.Time, error)) ([]schema.ScanWindow, error) {
	var list []schema.ScanWindow
	exact, cut := exactPieces*size, 0
	for n := size; n < ours; n += size {
		moment, err := at(n)
		if err != nil {
			return nil, err
		}
		if later, ok := split(whole, moment); ok && moment.After(whole.From) {
			later.Page = firstPage(n <= exact)
			list, whole.To, cut = append(list, later), later.From.Add(-time.Millisecond), n
		}
		if n >= exact {
			size *= 2
		}
	}
	whole.Page = firstPage(0 < ours && ours <= exact || 0 < ours-cut && ours-cut <= reclameaqui.MaxPageSize)
	list = append(list, whole)
	slices.Reverse(list)
	return list, nil
}

// firstPage makes a window be read without a count.
func firstPage(read bool) int {
	if read {
		return 1
	}
	return 0
}

// piece is the time between two moments as a window; ok is false for none.
func piece(from, to time.Time) (w schema.ScanWindow, ok bool) {
	w = schema.ScanWindow{From: from.UTC().Truncate(tick), To: to.UTC().Truncate(tick).Add(-time.Millisecond)}
	return w, w.From.Before(w.To)
}

// small says that a window is read, not split.
func small(theirs, ours int) bool {
	return theirs <= reclameaqui.MaxPageSize && ours <= reclameaqui.MaxPageSize
}

// split cuts the later part off a window, at the middle of what we have in it, else of its time. It stays below its part
// on the stack until that is counted; ok is false for a window that cannot be cut.
func split(w schema.ScanWindow, middle time.Time) (later schema.ScanWindow, ok bool) {
	if middle.IsZero() {
		middle = w.From.Add(w.To.Sub(w.From) / 2)
	}
	middle = middle.UTC().Truncate(tick)
	if !middle.After(w.From) {
		middle = w.From.Add(tick)
	}
	if middle.After(w.To) {
		return schema.ScanWindow{}, false
	}
	return schema.ScanWindow{From: middle, To: w.To}, true
}

// aim says what is asked next about the top window, in which we have ours, the middle one of them changed at middle: its
// complaints where they fit on a page or it cannot be cut, else a count of it or of its later part, which is then on top.
func aim(stack []schema.ScanWindow, ours int, middle time.Time) (next []schema.ScanWindow, list bool) {
	top := stack[len(stack)-1]
	switch {
	case top.Page > 0:
		return stack, true
	case top.Theirs == nil:
		return stack, false
	case small(*top.Theirs, ours):
		return stack, true
	}
	later, ok := split(top, middle)
	if !ok {
		return stack, true
	}
	return append(append([]schema.ScanWindow{}, stack...), later), false
}

// rest is what remains of the window below when the top one was cut from it, and what Reclame Aqui must have in it;
// ok is false where the top one was not.
func rest(stack []schema.ScanWindow, theirs int) (w schema.ScanWindow, ok bool) {
	if len(stack) < 2 {
		return w, false
	}
	top, below := stack[len(stack)-1], stack[len(stack)-2]
	if below.Theirs == nil || below.To.Before(top.To) || !below.From.Before(top.From) {
		return w, false
	}
	left := *below.Theirs - theirs
	return schema.ScanWindow{From: below.From, To: top.From.Add(-time.Millisecond), Theirs: &left}, true
}

// counted is the stack when Reclame Aqui counted theirs in its top window, in which we have ours; oursLeft is how many we
// have in what is left of the window that it was cut from. An equal window is done. Of the rest only the
// difference is believed: that it is equal as well was not counted, and it may not be.
func counted(stack []schema.ScanWindow, theirs, ours, oursLeft int) []schema.ScanWindow {
	next := append([]schema.ScanWindow{}, stack[:len(stack)-1]...)
	if left, ok := rest(stack, theirs); ok {
		if *left.Theirs == oursLeft || *left.Theirs < 0 {
			left.Theirs = nil
		}
		next[len(next)-1] = left
	}
	if theirs == ours {
		return next
	}
	top := stack[len(stack)-1]
	top.Theirs = &theirs
	return append(next, top)
}

// listed is the stack after a page of its top window: what follows it is on the next one, else the window is done.
func listed(stack []schema.ScanWindow, more bool) []schema.ScanWindow {
	next := append([]schema.ScanWindow{}, stack...)
	top := &next[len(next)-1]
	if top.Page = max(top.Page, 1) + 1; more {
		return next
	}
	return next[:len(next)-1]
}
