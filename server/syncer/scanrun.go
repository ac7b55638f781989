package syncer

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/ticket"
)

// scanRun adds a call to the report of the scan under way (rule S6), which begins with its first one.
func (j job) scanRun(ctx context.Context, tx *db.Tx, r ticket.Report) (*db.SyncRun, error) {
	run, err := tx.SyncRun.Query().
		Where(syncrun.IntegrationID(j.row.ID), syncrun.KindEQ(syncrun.KindGAP_SCAN), syncrun.StateEQ(syncrun.StateRUNNING)).First(ctx)
	if db.IsNotFound(err) {
		create := tx.SyncRun.Create().SetIntegrationID(j.row.ID).SetKind(syncrun.KindGAP_SCAN).
			SetTrigger(syncrun.TriggerSCHEDULE).SetStartedAt(j.began)
		run, err = create.Save(ctx)
	}
	if err != nil {
		return nil, err
	}
	return tx.SyncRun.UpdateOne(run).AddCalls(1).AddCreatedTickets(r.New).AddUpdatedTickets(r.Updated).
		AddUnchangedTickets(r.Unchanged).AddFailedComplaints(len(r.Failed)).Save(ctx)
}

// endScan ends it. One that was given up says so by a code: the next one tries again.
func (j job) endScan(ctx context.Context, tx *db.Tx, run *db.SyncRun, endless, refused bool) error {
	update := tx.SyncRun.UpdateOne(run).SetState(syncrun.StateSUCCEEDED).SetFinishedAt(j.Now())
	if endless || refused {
		code := fault.UpstreamRefused
		if endless {
			code = fault.UpstreamUnavailable
		}
		j.Log.WarnContext(ctx, "gap scan given up", "integration", j.row.ID, "code", code, "calls", run.Calls)
		update.SetState(syncrun.StateFAILED).SetErrorCode(string(code))
	}
	return update.Exec(ctx)
}
