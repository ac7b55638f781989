package syncer

import (
	"context"
	"errors"
	"strconv"
	"time"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/predicate"
	"citrus.cx/channel/ent/db/quarantine"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/inbox"
	"citrus.cx/channel/server/reclameaqui"
	store "citrus.cx/channel/server/ticket"
)

// scan makes the next call of a gap scan: a count, or the list of a piece whose count was not ours.
func (j *job) scan(ctx context.Context) error {
	stack, began := j.state.Scan, false
	if len(stack) == 0 {
		var err error
		if stack, err = j.pieces(ctx); err != nil {
			return err
		}
		if began = true; len(stack) == 0 {
			return j.scanned(ctx, nil, nil, scanStep{began: began})
		}
	}
	ours, middle, err := j.mine(ctx, stack[len(stack)-1])
	if err != nil {
		return err
	}
	stack, list := aim(stack, ours, middle)
	if list {
		return j.list(ctx, stack, began)
	}
	return j.compare(ctx, stack, began)
}

// pieces are what a scan compares: up to what the last round read, for later changes are the next one's, which reads again
// from that moment on.
func (j *job) pieces(ctx context.Context) (stack []schema.ScanWindow, err error) {
	end := j.state.Watermark.Add(-overlap)
	for _, ends := range [][2]time.Time{{j.months(), earliest(j.since(), end)}, {latest(j.since(), j.months()), end}} {
		whole, ok := piece(ends[0], ends[1])
		if !ok {
			continue
		}
		ours, err := j.ours(ctx, whole)
		if err != nil {
			return nil, err
		}
		list, err := pieces(whole, ours, pieceSize(j.began), func(n int) (time.Time, error) {
			return j.changedAt(ctx, whole, n, sql.OrderDesc())
		})
		if err != nil {
			return nil, err
		}
		stack = append(stack, list...)
	}
	return stack, nil
}

// since is when changes of all complaints began to be followed, also of those from before the retroactive months (rule S1).
func (j *job) since() time.Time { return j.state.CreatedAt.Add(-overlap) }

// months is from when on complaints are mirrored: the retroactive months as far as they were read.
func (j *job) months() time.Time {
	switch s := j.state; {
	case s.BackfillDoneAt != nil:
		return s.WindowFrom
	case s.BackfillBefore != nil:
		return *s.BackfillBefore
	}
	return j.since()
}

// compare counts the top window at Reclame Aqui and here.
func (j *job) compare(ctx context.Context, stack []schema.ScanWindow, began bool) error {
	top := stack[len(stack)-1]
	answer, err := j.client.Count(ctx, j.within(top))
	if refused(err) {
		return j.scanned(ctx, nil, nil, scanStep{began: began, refused: true})
	}
	if err != nil {
		return err
	}
	ours, err := j.ours(ctx, top)
	if err != nil {
		return err
	}
	left := 0
	if w, ok := rest(stack, answer.Total); ok {
		if left, err = j.ours(ctx, w); err != nil {
			return err
		}
	}
	next, step := counted(stack, answer.Total, ours, left), scanStep{began: began}
	return j.scanned(ctx, next, nil, step)
}

// list reads a page of the top window. Where a page holds all of it, what of ours is not there has moved or vanished.
func (j *job) list(ctx context.Context, stack []schema.ScanWindow, began bool) error {
	top := stack[len(stack)-1]
	query := j.within(top)
	query.Page, query.Size, query.Sort = max(top.Page, 1), reclameaqui.MaxPageSize, reclameaqui.SortIDAsc
	page, err := j.client.List(ctx, query)
	if gone(err) {
		page, err = reclameaqui.Page{}, nil // past the end
	}
	if refused(err) {
		return j.scanned(ctx, nil, nil, scanStep{began: began, refused: true})
	}
	if err != nil {
		return err
	}
	more := len(page.Complaints)+len(page.Malformed) > 0 && !seenAll(query.Page, page)
	// Nothing comes into a window that was counted.
	step := scanStep{began: began, lied: top.Theirs != nil && page.Total > *top.Theirs || page.Total < len(page.Complaints)}
	if !more {
		step.read = &top
	}
	return j.scanned(ctx, listed(stack, more), &page, step)
}

// refused says that Reclame Aqui does not answer such a question, which asking again does not change: the mirror goes on without.
func refused(err error) bool {
	var e *reclameaqui.Error
	return errors.As(err, &e) && e.Sent && (e.Kind == reclameaqui.KindRefused || e.Kind == reclameaqui.KindNotFound)
}

func (j *job) within(w schema.ScanWindow) reclameaqui.Query {
	q := reclameaqui.Query{CompanyID: *j.row.PageID, ModifiedFrom: w.From, ModifiedTo: w.To}
	if w.From.Before(j.since().Truncate(tick)) {
		q.CreatedFrom = j.months()
	}
	return q
}

// there are the tickets that Reclame Aqui should have in a window. Complaints in quarantine are missing here, and
// when they changed is not known: their window is read once a scan, which is one more try.
func (j *job) there(w schema.ScanWindow) predicate.Ticket {
	there := ticket.And(ticket.IntegrationID(j.row.ID), ticket.RaModifiedAtGTE(w.From), ticket.RaModifiedAtLTE(w.To), ticket.VanishedAtIsNil())
	if w.From.Before(j.since().Truncate(tick)) {
		there = ticket.And(there, ticket.OccurredAtGTE(j.months().UTC()))
	}
	return there
}

func (j *job) ours(ctx context.Context, w schema.ScanWindow) (int, error) {
	return j.database.Reader.Ticket.Query().Where(j.there(w)).Count(j.AsSystem(ctx))
}

// mine is how many of ours are in a window that was counted, and when the middle one was changed; zero for none.
func (j *job) mine(ctx context.Context, w schema.ScanWindow) (ours int, middle time.Time, err error) {
	if w.Theirs == nil {
		return 0, middle, nil
	}
	if ours, err = j.ours(ctx, w); err != nil || ours == 0 {
		return 0, middle, err
	}
	middle, err = j.changedAt(ctx, w, ours/2)
	return ours, middle, err
}

// changedAt is when the n-th of ours in a window was changed; zero for none.
func (j *job) changedAt(ctx context.Context, w schema.ScanWindow, n int, order ...sql.OrderTermOption) (time.Time, error) {
	row, err := j.database.Reader.Ticket.Query().Where(j.there(w)).Order(ticket.ByRaModifiedAt(order...)).Offset(n).
		Select(ticket.FieldRaModifiedAt).First(j.AsSystem(ctx))
	if db.IsNotFound(err) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return row.RaModifiedAt, nil
}

// scanStep is what a call of a scan meant beside the windows that are left.
type scanStep struct {
	// began: it was the first.
	began bool
	// refused: Reclame Aqui does not answer it.
	refused bool
	// lied: Reclame Aqui counts less than it lists.
	lied bool
	// read is a window that is done and in which ours were not all seen.
	read *schema.ScanWindow
}

// scanned keeps what a call of a scan brought.
func (j *job) scanned(ctx context.Context, left []schema.ScanWindow, page *reclameaqui.Page, step scanStep) error {
	if page == nil {
		page = &reclameaqui.Page{}
	}
	began, calls, lied, err := j.scanSoFar(ctx)
	if err != nil {
		return err
	}
	endless := len(left) > 0 && calls+1 >= scanCalls
	over, now := len(left) == 0 || endless, j.Now()
	lied = lied || step.lied
	return j.merge(ctx, store.Read{Cause: ticketevent.CauseINCREMENTAL_SYNC}, *page, progress{
		over: over && !endless && !step.refused && !lied,
		state: func(u *db.SyncStateUpdateOne, _ *db.SyncState) {
			if step.began {
				u.SetScanAt(nextScan(j.row.ID, now))
			}
			if over {
				u.ClearScan().SetScannedAt(now)
				return
			}
			u.SetScan(left)
		},
		also: func(ctx context.Context, tx *db.Tx, report store.Report) error {
			if step.read != nil {
				if err := j.lookFor(ctx, tx, *step.read, began, *page, report); err != nil {
					return err
				}
			}
			switch {
			case step.refused:
				return j.giveUpScan(ctx, tx, string(fault.UpstreamRefused))
			case endless, over && lied:
				return j.giveUpScan(ctx, tx, string(reclameaqui.TroubleCounts))
			}
			if step.lied {
				return tx.SyncRun.Update().
					Where(syncrun.IntegrationID(j.row.ID), syncrun.KindEQ(j.kind), syncrun.StateEQ(syncrun.StateRUNNING)).
					SetErrorCode(string(reclameaqui.TroubleCounts)).Exec(ctx)
			}
			return nil
		},
	})
}

// lookFor has those of ours in a window asked for by their ids that were not read since the scan began: they have moved on, or
// vanished. Those that could not be read are tried again anyway.
func (j *job) lookFor(
	ctx context.Context, tx *db.Tx, w schema.ScanWindow, began time.Time, page reclameaqui.Page, report store.Report,
) error {
	list, err := tx.Ticket.Query().Where(j.there(w), ticket.ReadAtLT(began.UTC())).Select(ticket.FieldComplaintID).All(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	known, err := tx.Quarantine.Query().Where(quarantine.IntegrationID(j.row.ID)).Select(quarantine.FieldComplaintID).All(ctx)
	if err != nil {
		return err
	}
	tried := map[int64]bool{}
	for _, q := range known {
		tried[q.ComplaintID] = true
	}
	for _, m := range page.Malformed {
		tried[m.ID] = true
	}
	for _, f := range report.Failed {
		tried[f.ComplaintID] = true
	}
	var refs []inbox.Reference
	for _, t := range list {
		if !tried[t.ComplaintID] {
			refs = append(refs, reference(t.ComplaintID))
		}
	}
	return j.Inbox.Put(ctx, tx, j.row.ID, hint.CauseRETRY, refs...)
}

func reference(complaintID int64) inbox.Reference {
	return inbox.Reference{Kind: hint.KindCOMPLAINT, Value: strconv.FormatInt(complaintID, 10)}
}
