package syncer

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/server/reclameaqui"
)

// scanSoFar is when the scan under way began, how many calls it took, and whether it was lied to.
func (j *job) scanSoFar(ctx context.Context) (began time.Time, calls int, lied bool, err error) {
	run, err := j.database.Reader.SyncRun.Query().
		Where(syncrun.IntegrationID(j.row.ID), syncrun.KindEQ(j.kind), syncrun.StateEQ(syncrun.StateRUNNING)).
		Order(db.Desc(syncrun.FieldID)).First(j.AsSystem(ctx))
	if db.IsNotFound(err) {
		return j.began, 0, false, nil
	}
	if err != nil {
		return j.began, 0, false, err
	}
	return run.StartedAt, run.Calls, run.ErrorCode != nil && *run.ErrorCode == string(reclameaqui.TroubleCounts), nil
}

// giveUpScan ends a scan that Reclame Aqui does not answer, or counts otherwise than it lists: the next one tries again.
func (j *job) giveUpScan(ctx context.Context, tx *db.Tx, code string) error {
	j.Log.WarnContext(ctx, "gap scan given up", "integration", j.row.ID, "code", code)
	return tx.SyncRun.Update().
		Where(syncrun.IntegrationID(j.row.ID), syncrun.KindEQ(j.kind), syncrun.StateEQ(syncrun.StateRUNNING)).
		SetState(syncrun.StateFAILED).SetFinishedAt(j.Now()).SetErrorCode(code).Exec(ctx)
}
