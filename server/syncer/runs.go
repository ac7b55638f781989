package syncer

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/server/ticket"
)

// tally is what a page, or a failure, adds to its run.
type tally struct {
	ticket.Report
	malformed, vanished int
	// announced and found are how the page's changes became known (rule C5).
	announced, found int
	trigger          trigger
	// code is a failure's.
	code string
	over bool
}

// trigger is what a run is owed to.
type trigger struct {
	by     syncrun.Trigger
	person *string
}

// trigger says what a run that begins in a state is owed to.
func (j *job) trigger(now *db.SyncState) trigger {
	switch {
	case j.kind == syncrun.KindBACKFILL:
		return trigger{by: syncrun.TriggerACTIVATION}
	case j.kind == syncrun.KindHINTED:
		return trigger{by: syncrun.TriggerCALLBACK}
	case j.kind == syncrun.KindINCREMENTAL && j.requested(now):
		return trigger{by: syncrun.TriggerADMIN, person: now.SyncRequestedBy}
	case j.kind == syncrun.KindINCREMENTAL && j.polled:
		return trigger{by: syncrun.TriggerCALLBACK}
	}
	return trigger{by: syncrun.TriggerSCHEDULE}
}

// requested says that somebody asked for the round that begins with this call: not while it was under way, for then
// he is owed another.
func (j *job) requested(now *db.SyncState) bool {
	return now.RunSince == nil && now.SyncRequestedAt != nil && !now.SyncRequestedAt.After(j.began)
}

// report adds a tally to the run of the job's kind that is under way, or begins one (rule S6). The end of a round
// also ends the run that gathered the hints before it.
func (j *job) report(ctx context.Context, tx *db.Tx, t tally) error {
	run, err := j.open(ctx, tx, t)
	if err != nil {
		return err
	}
	now := j.Now()
	update := tx.SyncRun.UpdateOne(run).
		AddCreatedTickets(t.New).AddUpdatedTickets(t.Updated).AddUnchangedTickets(t.Unchanged).
		AddFailedComplaints(len(t.Failed) + t.malformed).AddVanishedTickets(t.vanished)
	if j.calls != nil {
		update.AddCalls(j.calls.Made() - j.reported)
	}
	if t.code != "" {
		update.SetErrorCode(t.code)
	}
	if t.over {
		update.SetState(syncrun.StateSUCCEEDED).SetFinishedAt(now)
	}
	if err := update.Exec(ctx); err != nil {
		return err
	}
	if !t.over || j.kind != syncrun.KindINCREMENTAL {
		return nil
	}
	return j.end(ctx, tx, syncrun.KindHINTED, syncrun.StateSUCCEEDED, now)
}

// open finds the run under way or begins one. A round that somebody asked for takes the place of one that never got
// beyond its failures.
func (j *job) open(ctx context.Context, tx *db.Tx, t tally) (*db.SyncRun, error) {
	run, err := tx.SyncRun.Query().
		Where(syncrun.IntegrationID(j.row.ID), syncrun.KindEQ(j.kind), syncrun.StateEQ(syncrun.StateRUNNING)).
		Order(db.Desc(syncrun.FieldID)).First(ctx)
	switch {
	case err == nil && (run.Trigger == t.trigger.by || t.trigger.by != syncrun.TriggerADMIN):
		return run, nil
	case err == nil:
		if err := j.end(ctx, tx, j.kind, syncrun.StateFAILED, j.Now()); err != nil {
			return nil, err
		}
	case !db.IsNotFound(err):
		return nil, err
	}
	return tx.SyncRun.Create().SetIntegrationID(j.row.ID).SetKind(j.kind).SetTrigger(t.trigger.by).
		SetNillableRequestedByID(t.trigger.person).SetStartedAt(j.began).Save(ctx)
}

func (j *job) end(ctx context.Context, tx *db.Tx, kind syncrun.Kind, state syncrun.State, now time.Time) error {
	return tx.SyncRun.Update().
		Where(syncrun.IntegrationID(j.row.ID), syncrun.KindEQ(kind), syncrun.StateEQ(syncrun.StateRUNNING)).
		SetState(state).SetFinishedAt(now).Exec(ctx)
}
