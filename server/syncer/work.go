package syncer

import (
	"context"
	"errors"
	"strconv"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/ent/db/syncstate"
	"citrus.cx/channel/server/fault"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/reclameaqui"
)

// job is one task under way.
type job struct {
	*Syncer
	candidate
	state  *db.SyncState
	client *reclameaqui.Client
	// kind is the run that the job belongs to.
	kind syncrun.Kind
	// calls are those made; reported is how many of them stand in a run already.
	calls    *account.Calls
	reported int
	// began is when the call began, our clock.
	began time.Time
	// hinted are the hints that were there before the call began, by complaint: what it reads may settle them.
	hinted map[int64]*db.Hint
	// polls are those that name no complaint; polled says that the job is owed to one of a callback.
	polls  []*db.Hint
	polled bool
}

// errOvertaken: another process has gone on from the same state, so that this one writes nothing. It is no failure.
var errOvertaken = errors.New("another process was faster")

// work does one task and keeps what came of it.
func (s *Syncer) work(ctx context.Context, c candidate) {
	j := &job{Syncer: s, candidate: c, state: c.row.Edges.SyncState, kind: c.task.run(), began: s.Now()}
	err := j.do(ctx)
	switch {
	case errors.Is(err, errOvertaken):
		s.Log.DebugContext(ctx, "sync overtaken", "integration", c.row.ID)
		return
	case ctx.Err() != nil:
		return
	case err == nil:
		err = j.closeBreaker(ctx)
	default:
		err = j.failed(ctx, account.Upstream(err))
	}
	if err != nil && !errors.Is(err, errOvertaken) && ctx.Err() == nil {
		s.Log.ErrorContext(ctx, "sync outcome not kept", "integration", c.row.ID, "error", err)
	}
}

// run is the kind of run that a task belongs to (rule S6).
func (t task) run() syncrun.Kind {
	switch t {
	case readHints:
		return syncrun.KindHINTED
	case pollChanges, readChanges, countChanges:
		return syncrun.KindINCREMENTAL
	case scanGaps:
		return syncrun.KindGAP_SCAN
	}
	return syncrun.KindBACKFILL
}

// patience bounds the wait of a task's further calls for their places in the budget: a worker has others to serve.
const patience = 10 * time.Second

func (j *job) do(ctx context.Context) (err error) {
	j.client, j.calls, err = j.Accounts.EnteredClient(j.row, j.task.lane(), patience)
	if err != nil {
		return err
	}
	if j.pending {
		if err := j.loadHints(ctx); err != nil {
			return err
		}
	}
	switch j.task {
	case readHints:
		return j.hints(ctx)
	case pollChanges, readChanges:
		return j.changes(ctx)
	case countChanges:
		return j.countTogether(ctx)
	case countBackfill:
		return j.count(ctx)
	case readBackfill:
		return j.backfill(ctx)
	case scanGaps:
		return j.scan(ctx)
	}
	return nil
}

// mostHints bounds how many hints one read looks after; the others are settled by the next.
const mostHints = 1000

// loadHints notes what was hinted at before the call begins: what is put later may announce a later change.
func (j *job) loadHints(ctx context.Context) error {
	list, err := j.Inbox.Due(j.AsSystem(ctx), j.row.ID, j.began.Add(longestHint), mostHints, causes(j.row)...)
	if err != nil {
		return err
	}
	j.hinted = make(map[int64]*db.Hint, len(list))
	for _, h := range list {
		switch id, err := strconv.ParseInt(h.Reference, 10, 64); {
		case h.Kind == hint.KindPOLL:
			j.polls = append(j.polls, h)
			j.polled = j.polled || h.Cause == hint.CauseCALLBACK
		case h.Kind == hint.KindCOMPLAINT && err == nil:
			j.hinted[id] = h
		}
	}
	return nil
}

// failed keeps why the mirror does not go on and when it is tried again: for the integration, and where the failure
// is one of all that share the credential, for those too. That calls are used up is no failure.
func (j *job) failed(ctx context.Context, cause error) error {
	code := fault.CodeOf(cause)
	if code == "" {
		code = fault.Internal
	}
	word := string(code)
	if trouble := reclameaqui.TroubleOf(cause); trouble != reclameaqui.TroubleNone {
		// This word is finer: what an administrator is told to do depends on it.
		word = string(trouble)
		switch trouble {
		case reclameaqui.TroubleLicence:
			code = fault.UpstreamLicence
		case reclameaqui.TroubleCredentials:
			code = fault.UpstreamCredentials
		}
	}
	if code == fault.RateLimited {
		return j.spent(ctx)
	}
	failures := j.state.Failures + 1
	now := j.Now()
	j.Log.WarnContext(ctx, "sync failed", "integration", j.row.ID, "code", code, "failures", failures, "error", cause)
	return j.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if ofCredential(code, j.state.Failures, j.breaker.Failures) {
			all := j.breaker.Failures + 1
			wait := sooner(waitFor(code, all), 0.2, j.credential, strconv.Itoa(all))
			if err := quota.Failed(ctx, tx, j.credential, word, now, now.Add(wait)); err != nil {
				return err
			}
		}
		err := tx.SyncState.UpdateOneID(j.state.ID).Where(syncstate.Step(j.state.Step)).AddStep(1).
			SetLastErrorCode(word).SetLastErrorAt(now).SetFailures(failures).SetRetryAt(now.Add(waitFor(code, failures))).Exec(ctx)
		if db.IsNotFound(err) {
			return errOvertaken
		}
		if err != nil {
			return err
		}
		return j.report(ctx, tx, tally{code: string(code), trigger: j.trigger(j.state)})
	})
}

// spent keeps the calls that were made in vain.
func (j *job) spent(ctx context.Context) error {
	if j.calls == nil || j.calls.Made() == j.reported {
		return nil
	}
	return j.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return j.report(ctx, tx, tally{trigger: j.trigger(j.state)})
	})
}

// closeBreaker forgets the failures of the credential after a call that succeeded, and the waits of those of its
// integrations that did not fail more often than all together: that was the outage.
func (j *job) closeBreaker(ctx context.Context) error {
	if j.breaker.Failures == 0 || j.calls == nil || j.calls.Made() == 0 {
		return nil
	}
	return j.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := quota.Mended(ctx, tx, j.credential); err != nil {
			return err
		}
		return tx.SyncState.Update().
			Where(syncstate.IntegrationIDIn(j.group...), syncstate.FailuresLTE(j.breaker.Failures), syncstate.RetryAtNotNil()).
			ClearRetryAt().Exec(ctx)
	})
}

// own keeps the complaints of the integration's page: a filter that Reclame Aqui ignored must not
// bring another company's tickets (rule A12b).
func (j *job) own(list []reclameaqui.Complaint) []reclameaqui.Complaint {
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

// gone says that Reclame Aqui answered that it knows no such thing, which is an answer and no failure.
func gone(err error) bool {
	var e *reclameaqui.Error
	return errors.As(err, &e) && e.Kind == reclameaqui.KindNotFound
}

// limited says that a read ended because the calls are used up: what it brought before that counts.
func limited(err error) bool { return fault.CodeOf(account.Upstream(err)) == fault.RateLimited }
