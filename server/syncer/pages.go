package syncer

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/reclameaqui"
	"citrus.cx/channel/server/ticket"
)

// overlap is how far a run reaches back before the watermark: Reclame Aqui may show a change
// later than it dates it. What is read twice is merged once.
const overlap = 2 * time.Minute

// count begins a backfill: how many complaints the months hold, and what time it is at Reclame
// Aqui, from which on changes are followed.
func (j job) count(ctx context.Context) error {
	answer, err := j.client.Count(ctx, reclameaqui.Query{CompanyID: *j.row.PageID, CreatedFrom: j.state.WindowFrom})
	if err != nil {
		return err
	}
	clock := answer.ServerTime
	if clock.IsZero() {
		// Ours may be ahead of theirs.
		clock = j.began.Add(-overlap)
	}
	return j.merge(ctx, ticket.Read{Cause: ticketevent.CauseBACKFILL}, reclameaqui.Page{}, func(u *db.SyncStateUpdateOne) {
		u.SetBackfillTotal(answer.Total).AddBackfillCalls(1)
		if j.state.Watermark == nil {
			u.SetWatermark(clock)
		}
	})
}

// backfill reads the next page of the retroactive months, newest first: always what is not newer
// than the oldest complaint read so far, so that new complaints shift nothing.
func (j job) backfill(ctx context.Context) error {
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
	next := advance(bound{at: query.CreatedTo, page: query.Page}, page)
	now := j.Now()
	return j.merge(ctx, ticket.Read{Cause: ticketevent.CauseBACKFILL}, page, func(u *db.SyncStateUpdateOne) {
		u.AddBackfillCalls(1).AddBackfillRead(next.fresh).SetBackfillPage(next.page)
		if !next.at.IsZero() {
			u.SetBackfillBefore(next.at)
		}
		if next.done {
			// Then what changed meanwhile is read at once.
			u.SetBackfillDoneAt(now).SetLastSyncAt(now).SetNextSyncAt(now)
		}
	})
}

// bound is where a backfill stands: complaints not newer than at, and the page under that bound.
type bound struct {
	at    time.Time
	page  int
	fresh int
	done  bool
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
			return time.Time{}, false
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
// the first, costs one more call, which finds nothing.
func seenAll(number int, page reclameaqui.Page) bool {
	return number*(len(page.Complaints)+len(page.Malformed)) >= page.Total
}

// changes reads the next page of what changed since the watermark.
func (j job) changes(ctx context.Context) error {
	since, number := j.began, j.state.RunPage
	switch {
	case j.state.RunSince != nil:
		since = *j.state.RunSince
	case j.state.Watermark != nil:
		since, number = j.state.Watermark.Add(-overlap), 1
	}
	page, err := j.client.List(ctx, reclameaqui.Query{
		Page: number, Size: reclameaqui.MaxPageSize, CompanyID: *j.row.PageID, ModifiedFrom: since, Sort: reclameaqui.SortIDAsc,
	})
	if err != nil {
		return err
	}
	high := j.state.RunHigh
	if number == 1 {
		high = highOf(page)
	}
	now := j.Now()
	last := len(page.Complaints)+len(page.Malformed) == 0 || seenAll(number, page)
	if number == 1 && !last && !page.ServerTime.IsZero() {
		high = &page.ServerTime
	}
	return j.merge(ctx, ticket.Read{Cause: ticketevent.CauseINCREMENTAL_SYNC}, page, func(u *db.SyncStateUpdateOne) {
		if !last {
			u.SetRunSince(since).SetRunPage(number + 1).SetNillableRunHigh(high)
			return
		}
		u.ClearRunSince().ClearRunHigh().SetRunPage(1).
			SetLastSyncAt(now).SetNextSyncAt(now.Add(time.Duration(*j.row.SyncIntervalMinutes) * time.Minute))
		if scanAfter(j.state, time.Duration(*j.row.SyncIntervalMinutes)*time.Minute, now) {
			u.SetScanAt(now)
		}
		if high != nil && (j.state.Watermark == nil || high.After(*j.state.Watermark)) {
			u.SetWatermark(*high)
		}
	})
}

// highOf is the latest change on a page. A run takes it from its first page, or Reclame Aqui's clock
// at it when more follow: what changes while the later ones are read may be on one that was read before.
func highOf(page reclameaqui.Page) (high *time.Time) {
	for _, c := range page.Complaints {
		if !page.ServerTime.IsZero() && c.ModifiedAt.After(page.ServerTime.Add(overlap)) {
			continue // a date that has not come yet would hide all changes before it
		}
		if high == nil || c.ModifiedAt.After(*high) {
			high = &c.ModifiedAt
		}
	}
	return high
}
