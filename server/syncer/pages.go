package syncer

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db"
	tickets "citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/reclameaqui"
	"citrus.cx/channel/server/ticket"
)

// overlap is how far a run reaches back before the watermark: Reclame Aqui may show a change
// later than it dates it. What is read twice is merged once.
const overlap = 2 * time.Minute

// count begins a backfill: how many complaints the months hold, and what time it is at Reclame
// Aqui, from which on changes are followed.
func (j *job) count(ctx context.Context) error {
	answer, err := j.client.Count(ctx, reclameaqui.Query{CompanyID: *j.row.PageID, CreatedFrom: j.state.WindowFrom})
	if err != nil {
		return err
	}
	clock := clockOf(answer.ServerTime, j.began)
	return j.merge(ctx, ticket.Read{Cause: ticketevent.CauseBACKFILL}, reclameaqui.Page{}, progress{
		state: func(u *db.SyncStateUpdateOne, now *db.SyncState) {
			u.SetBackfillTotal(answer.Total).AddBackfillCalls(1)
			if now.Watermark == nil {
				u.SetWatermark(clock)
			}
		},
	})
}

// backfill reads the next page of the retroactive months, newest first: always what is not newer
// than the oldest complaint read so far, so that new complaints shift nothing.
func (j *job) backfill(ctx context.Context) error {
	query := reclameaqui.Query{
		Page: j.state.BackfillPage, Size: reclameaqui.MaxPageSize, CompanyID: *j.row.PageID,
		CreatedFrom: j.state.WindowFrom, Sort: reclameaqui.SortCreatedDesc,
	}
	if j.state.BackfillBefore != nil {
		query.CreatedTo = *j.state.BackfillBefore
	}
	page, err := j.client.List(ctx, query)
	if err != nil {
		return err
	}
	b := bound{at: query.CreatedTo, page: query.Page}
	next := advance(b, page)
	if j.memory.repeated(j.row.ID, b, endsOf(page)) {
		next = b.past()
	} else if back := j.memory.shrunk(j.row.ID, b, page); back > 0 && !next.done {
		next.page = back
	}
	missing := 0
	if next.done {
		have, err := j.database.Reader.Ticket.Query().
			Where(tickets.IntegrationID(j.row.ID), tickets.OccurredAtGTE(j.state.WindowFrom)).Count(j.AsSystem(ctx))
		if err != nil {
			return err
		}
		missing = deref(j.state.BackfillTotal) - have - next.fresh
	}
	now := j.Now()
	return j.merge(ctx, ticket.Read{Cause: ticketevent.CauseBACKFILL}, page, progress{over: next.done, state: func(u *db.SyncStateUpdateOne, _ *db.SyncState) {
		u.AddBackfillCalls(1).AddBackfillRead(next.fresh).SetBackfillPage(next.page)
		if !next.at.IsZero() {
			u.SetBackfillBefore(next.at)
		}
		if next.done {
			// Then what changed meanwhile is read at once.
			u.SetBackfillDoneAt(now).SetLastSyncAt(now).SetNextSyncAt(now)
			if missing > reclameaqui.MaxPageSize {
				u.SetScanAt(now) // what was counted and not shown is looked for at once
			}
		}
	}})
}

// bound is where a backfill stands: complaints not newer than at, and the page under that bound.
type bound struct {
	at    time.Time
	page  int
	fresh int
	done  bool
}

// past goes on where Reclame Aqui gives the same page again whatever its number: what else the moment holds
// cannot be had, and older complaints can. Without a bound there is nothing else to be had.
func (b bound) past() bound {
	if b.at.IsZero() {
		return bound{page: 1, done: true}
	}
	return bound{at: b.at.Add(-time.Millisecond), page: 1}
}

// advance says where a backfill goes on after a page. It is pure. The bound moves to the oldest
// complaint of the page. It stays, and the page number goes up, when a whole page shares one
// moment, or when Reclame Aqui did not sort as asked. At the end it stands where it would go on if
// the months were raised: at the first page under the bound, for older ones change what is on the others.
func advance(b bound, page reclameaqui.Page) bound {
	rows := len(page.Complaints) + len(page.Malformed)
	next := bound{at: b.at, page: b.page + 1}
	for _, c := range page.Complaints {
		if b.at.IsZero() || b.page > 1 || c.CreatedAt.Before(b.at) {
			next.fresh++
		}
	}
	if rows == 0 || seenAll(b.page, page) {
		next.done, next.page = true, 1
	}
	oldest, sorted := oldestOf(page.Complaints)
	if b.page == 1 && sorted && !oldest.IsZero() && (b.at.IsZero() || oldest.Before(b.at)) {
		next.at, next.page = oldest, 1
	}
	return next
}

func oldestOf(list []reclameaqui.Complaint) (oldest time.Time, sorted bool) {
	sorted = true
	for _, c := range list {
		if c.CreatedAt.IsZero() {
			continue // a date that cannot be read is set aside, and does not stop the others
		}
		if !oldest.IsZero() && c.CreatedAt.After(oldest) {
			sorted = false
		}
		if oldest.IsZero() || c.CreatedAt.Before(oldest) {
			oldest = c.CreatedAt
		}
	}
	return oldest, sorted
}

// seenAll says whether a page is the last one. It trusts the rows alone: Reclame Aqui may clamp the
// page size and still name the one that was asked for. So a last page that is not full, but for
// the first, costs one more call, which finds nothing. A total that the rows speak against is none.
func seenAll(number int, page reclameaqui.Page) bool {
	rows := len(page.Complaints) + len(page.Malformed)
	return page.Total >= rows && number*rows >= page.Total
}

// changes reads the next window of what changed since the watermark, or the next page of one that does not fit a page.
func (j *job) changes(ctx context.Context) error {
	w := j.window()
	k, known := j.memory.walk(j.row.ID, w)
	if !known {
		w.page = 1 // begun by another process, or not begun
	}
	page, err := j.client.List(ctx, reclameaqui.Query{
		Page: w.page, Size: reclameaqui.MaxPageSize, CompanyID: *j.row.PageID,
		ModifiedFrom: w.from, ModifiedTo: w.to, Sort: reclameaqui.SortIDAsc,
	})
	if err != nil && (!gone(err) || w.page == 1) { // a page past the end may be answered so
		return err
	}
	size := j.memory.size(j.credential)
	pace, next, k := follow(w, k, page, size, clockOf(page.ServerTime, j.began))
	if pace == narrower && w.page == 2 {
		size = k.first
		j.memory.keepSize(j.credential, size)
	}
	p := progress{found: true, announced: j.polled}
	mark := watermark(w, k)
	switch {
	case pace != completed:
		p.state = func(u *db.SyncStateUpdateOne, _ *db.SyncState) { keepWindow(u, next) }
	case w.to.IsZero():
		p.over, p.done = true, j.polls
		p.state = func(u *db.SyncStateUpdateOne, now *db.SyncState) { j.endRound(u, now, mark, page) }
	default:
		next = w.next(k.read, size, k.clock)
		p.state = func(u *db.SyncStateUpdateOne, now *db.SyncState) {
			keepWindow(u, next)
			raise(u, now, mark, page)
		}
	}
	if pace != onward {
		k = walk{} // a window of its own
	}
	j.memory.keepWalk(j.row.ID, next, k)
	return j.merge(ctx, ticket.Read{Cause: ticketevent.CauseINCREMENTAL_SYNC}, page, p)
}

// window is the one that the run under way goes on with, or that of a new run.
func (j *job) window() window {
	switch s := j.state; {
	case s.RunSince != nil:
		return window{from: *s.RunSince, to: deref(s.RunHigh), page: max(s.RunPage, 1)}
	case s.Watermark != nil:
		return window{from: s.Watermark.Add(-overlap), page: 1}
	}
	return window{from: j.began.Add(-overlap), page: 1}
}

func keepWindow(u *db.SyncStateUpdateOne, w window) {
	if u.SetRunSince(w.from).SetRunPage(w.page); w.to.IsZero() {
		u.ClearRunHigh()
		return
	}
	u.SetRunHigh(w.to)
}

// endRound ends a round. Who asked for one while it was under way gets another.
func (j *job) endRound(u *db.SyncStateUpdateOne, state *db.SyncState, mark time.Time, page reclameaqui.Page) {
	now := j.Now()
	u.ClearRunSince().ClearRunHigh().SetRunPage(1).SetLastSyncAt(now)
	if scanAfter(state, time.Duration(*j.row.SyncIntervalMinutes)*time.Minute, now) {
		u.SetScanAt(now)
	}
	if state.SyncRequestedAt != nil {
		u.SetNextSyncAt(now)
	} else {
		u.SetNextSyncAt(nextRound(now, time.Duration(*j.row.SyncIntervalMinutes)*time.Minute, j.row.ID))
	}
	raise(u, state, mark, page)
}

// pinned is how long the watermark waits for rows that have no readable number to be asked for by.
const pinned = 6 * time.Hour

// raise moves the watermark, never back. It stays where rows could not even be named: the next round reads them
// again, until they can be or it has gone on for long enough; then only the gap scan can find them.
func raise(u *db.SyncStateUpdateOne, state *db.SyncState, mark time.Time, page reclameaqui.Page) {
	old := deref(state.Watermark)
	for _, m := range named(page.Malformed) {
		if m.ID == 0 && mark.Sub(old) < pinned {
			return
		}
	}
	if mark.After(old) {
		u.SetWatermark(mark)
	}
}
