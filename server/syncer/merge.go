package syncer

import (
	"context"

	"entgo.io/ent/dialect"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/ent/db/syncstate"
	"citrus.cx/channel/server/reclameaqui"
	"citrus.cx/channel/server/ticket"
)

// progress is what a page means beside its complaints.
type progress struct {
	// state changes how far the mirror has come; now is the state as the transaction finds it.
	state func(u *db.SyncStateUpdateOne, now *db.SyncState)
	// asked are the complaints that were asked for by number, and which the page therefore ought to show.
	asked []int64
	// over ends the run.
	over bool
	// announced says that the page is owed to callbacks, found that it is owed to our asking alone.
	announced, found bool
	// done are the hints that the page answers, beside those of its complaints.
	done []*db.Hint
	// also is what else belongs to it, after all of this.
	also func(ctx context.Context, tx *db.Tx, report ticket.Report) error
}

// merge brings a page in with the progress that it means, and sets aside what could not be merged: all of it in one
// transaction, and nothing of it when another process went on from the same state meanwhile.
func (j *job) merge(ctx context.Context, r ticket.Read, page reclameaqui.Page, p progress) error {
	page.Malformed = named(page.Malformed)
	p.state = scanSoon(p.state, page, j.Now())
	r.Defaults, r.Complaints, r.At = j.Accounts.Defaults(j.row), j.own(page.Complaints), j.began
	// It may run more than once, and must then say the same.
	r.Also = func(ctx context.Context, tx *db.Tx, report ticket.Report) error {
		t := tally{Report: report, vanished: report.Vanished, over: p.over, malformed: len(page.Malformed)}
		if err := j.changesKnown(ctx, tx, &t, p); err != nil {
			return err
		}
		if err := j.advanceState(ctx, tx, &t, p); err != nil {
			return err
		}
		if err := j.Inbox.Done(ctx, tx, append(j.answered(page), p.done...)...); err != nil {
			return err
		}
		if err := j.release(ctx, tx, r.Complaints, p.asked, page.Malformed, report.Failed); err != nil {
			return err
		}
		if err := j.quarantine(ctx, tx, r.Complaints, report.Failed, page.Malformed); err != nil {
			return err
		}
		if err := j.report(ctx, tx, t); err != nil || p.also == nil {
			return err
		}
		return p.also(ctx, tx, report)
	}
	if _, err := j.Tickets.Merge(ctx, r); err != nil {
		return err
	}
	j.state.Step++
	j.reported = j.calls.Made()
	return nil
}

// advanceState moves the state on from the step that the job began with.
func (j *job) advanceState(ctx context.Context, tx *db.Tx, t *tally, p progress) error {
	query := tx.SyncState.Query().Where(syncstate.ID(j.state.ID))
	if j.database.Dialect == dialect.Postgres { // SQLite's one writer has the lock already
		query.ForUpdate()
	}
	now, err := query.Only(ctx)
	if err != nil {
		return err
	}
	if now.Step != j.state.Step {
		return errOvertaken
	}
	update := tx.SyncState.UpdateOneID(j.state.ID).AddStep(1).
		SetFailures(0).ClearRetryAt().ClearLastErrorCode().ClearLastErrorAt()
	t.trigger = j.trigger(now)
	if j.kind == syncrun.KindINCREMENTAL && j.requested(now) {
		update.ClearSyncRequestedAt().ClearSyncRequestedBy()
		update.SetScanAt(j.Now()) // the gap scan that is owed too, after the round
		now.SyncRequestedAt = nil
	}
	switch {
	case t.announced > 0:
		update.SetSilentChanges(0)
	case t.found > 0:
		update.AddSilentChanges(t.found)
	}
	if p.state != nil {
		p.state(update, now)
	}
	return update.Exec(ctx)
}

// answered are the hints of the complaints on a page that were there before the call began.
func (j *job) answered(page reclameaqui.Page) []*db.Hint {
	var done []*db.Hint
	take := func(id int64) {
		if h := j.hinted[id]; h != nil && !h.PutAt.After(j.began) {
			done = append(done, h)
		}
	}
	for _, c := range page.Complaints {
		take(c.ID)
	}
	for _, m := range page.Malformed {
		take(m.ID)
	}
	return done
}
