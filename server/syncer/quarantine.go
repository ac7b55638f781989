package syncer

import (
	"context"
	"strconv"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/quarantine"
	"citrus.cx/channel/server/inbox"
	"citrus.cx/channel/server/reclameaqui"
	"citrus.cx/channel/server/ticket"
)

// quarantine sets aside complaints that could not be read or merged: each is tried again by
// itself, ever later, and nothing is skipped for good (rule S2).
func (j job) quarantine(ctx context.Context, failed []ticket.Failure, malformed []reclameaqui.Malformed) error {
	reasons := map[int64]string{}
	for _, f := range failed {
		reasons[f.ComplaintID] = "merge"
	}
	for _, m := range malformed {
		if m.ID > 0 {
			reasons[m.ID] = "unreadable"
			continue
		}
		j.Log.WarnContext(ctx, "row without an id from Reclame Aqui", "integration", j.row.ID, "index", m.Index)
	}
	if len(reasons) == 0 {
		return nil
	}
	return j.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		for id, reason := range reasons {
			if err := j.setAside(ctx, tx, id, reason); err != nil {
				return err
			}
		}
		return nil
	})
}

func (j job) setAside(ctx context.Context, tx *db.Tx, complaintID int64, reason string) error {
	attempts := 1
	known, err := tx.Quarantine.Query().
		Where(quarantine.IntegrationID(j.row.ID), quarantine.ComplaintID(complaintID)).Only(ctx)
	if err != nil && !db.IsNotFound(err) {
		return err
	}
	if known != nil {
		attempts = known.Attempts + 1
	}
	retry := j.Now().Add(12 * backoff(attempts)) // from one minute to an hour
	err = tx.Quarantine.Create().SetIntegrationID(j.row.ID).SetComplaintID(complaintID).
		SetReason(reason).SetAttempts(attempts).SetRetryAt(retry).
		OnConflict(sql.ConflictColumns(quarantine.FieldIntegrationID, quarantine.FieldComplaintID)).
		Update(func(u *db.QuarantineUpsert) { u.SetReason(reason).SetAttempts(attempts).SetRetryAt(retry) }).Exec(ctx)
	if err != nil {
		return err
	}
	return j.Inbox.PutAt(ctx, tx, j.row.ID, hint.CauseRETRY, retry,
		inbox.Reference{Kind: hint.KindCOMPLAINT, Value: strconv.FormatInt(complaintID, 10)})
}

// release takes complaints that were merged out of quarantine.
func release(ctx context.Context, tx *db.Tx, integrationID string, merged []reclameaqui.Complaint) error {
	if len(merged) == 0 {
		return nil
	}
	ids := make([]int64, len(merged))
	for i, c := range merged {
		ids[i] = c.ID
	}
	_, err := tx.Quarantine.Delete().
		Where(quarantine.IntegrationID(integrationID), quarantine.ComplaintIDIn(ids...)).Exec(ctx)
	return err
}
