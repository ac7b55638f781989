package syncer

import (
	"context"
	"errors"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/syncstate"
	"citrus.cx/channel/server/fault"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/reclameaqui"
	"citrus.cx/channel/server/ticket"
)

// job is one task under way.
type job struct {
	*Syncer
	row    *db.Integration
	state  *db.SyncState
	client *reclameaqui.Client
	// began is when the call began, our clock.
	began time.Time
}

// work does one task and keeps what came of it.
func (s *Syncer) work(ctx context.Context, c candidate) {
	err := s.try(ctx, c)
	if err == nil || ctx.Err() != nil {
		return
	}
	if err := s.failed(ctx, c.row, account.Upstream(err)); err != nil && ctx.Err() == nil {
		s.Log.ErrorContext(ctx, "sync failure not kept", "integration", c.row.ID, "error", err)
	}
}

func (s *Syncer) try(ctx context.Context, c candidate) error {
	client, err := s.Accounts.EnteredClient(c.row, c.task.lane())
	if err != nil {
		return err
	}
	j := job{Syncer: s, row: c.row, state: c.row.Edges.SyncState, client: client, began: s.Now()}
	switch c.task {
	case readHints:
		return j.hints(ctx)
	case readChanges:
		return j.changes(ctx)
	case countBackfill:
		return j.count(ctx)
	case readBackfill:
		return j.backfill(ctx)
	case scanGaps:
		return j.scan(ctx)
	}
	return nil
}

// failed keeps why the mirror does not go on and when it is tried again. That calls are used up is no failure.
func (s *Syncer) failed(ctx context.Context, row *db.Integration, cause error) error {
	code := fault.CodeOf(cause)
	if code == fault.RateLimited {
		return nil
	}
	if code == "" {
		code = fault.Internal
	}
	failures := row.Edges.SyncState.Failures + 1
	wait := backoff(failures)
	if code == fault.UpstreamCredentials || code == fault.UpstreamLicence {
		// Only somebody's hand helps; a change of the configuration clears the wait.
		wait = 10 * time.Minute
	}
	s.Log.WarnContext(ctx, "sync failed", "integration", row.ID, "code", code, "failures", failures, "error", cause)
	now := s.Now()
	return s.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.SyncState.Update().Where(syncstate.IntegrationID(row.ID)).
			SetLastErrorCode(string(code)).SetLastErrorAt(now).SetFailures(failures).SetRetryAt(now.Add(wait)).Exec(ctx)
	})
}

// own keeps the complaints of the integration's page: a filter that Reclame Aqui ignored must not
// bring another company's tickets (rule A12b).
func (j job) own(list []reclameaqui.Complaint) []reclameaqui.Complaint {
	if j.row.PageID == nil {
		return nil
	}
	var own []reclameaqui.Complaint
	for _, c := range list {
		if c.Company.ID == 0 || c.Company.ID == *j.row.PageID {
			own = append(own, c)
		}
	}
	return own
}

// progress is a change of the sync state that belongs to a page.
type progress func(*db.SyncStateUpdateOne)

// merge brings a page in with the progress that it means, and sets aside what could not be merged. What the read has to
// add of its own comes last.
func (j job) merge(ctx context.Context, r ticket.Read, page reclameaqui.Page, step progress, done ...*db.Hint) error {
	r.Defaults, r.Complaints, r.At = j.Accounts.Defaults(j.row), j.own(page.Complaints), j.began
	own := r.Also
	r.Also = func(ctx context.Context, tx *db.Tx, report ticket.Report) error {
		if err := j.Inbox.Done(ctx, tx, done...); err != nil {
			return err
		}
		if err := release(ctx, tx, j.row.ID, r.Complaints, report.Failed); err != nil {
			return err
		}
		if err := j.quarantine(ctx, tx, report.Failed, page.Malformed); err != nil {
			return err
		}
		update := tx.SyncState.UpdateOneID(j.state.ID).SetFailures(0).ClearRetryAt().ClearLastErrorCode().ClearLastErrorAt()
		if step != nil {
			step(update)
		}
		scanSoon(update, j.state, page, j.Now())
		if err := update.Exec(ctx); err != nil || own == nil {
			return err
		}
		return own(ctx, tx, report)
	}
	_, err := j.Tickets.Merge(ctx, r)
	return err
}

// gone says that Reclame Aqui answered that it knows no such thing, which is an answer and no failure.
func gone(err error) bool {
	var e *reclameaqui.Error
	return errors.As(err, &e) && e.Kind == reclameaqui.KindNotFound
}
