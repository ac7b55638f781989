package syncer

import (
	"context"
	"maps"
	"slices"
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
// itself, ever later, and nothing is skipped for good (rule S2): it is in the transaction that
// goes on beyond them.
func (j job) quarantine(ctx context.Context, tx *db.Tx, failed []ticket.Failure, malformed []reclameaqui.Malformed) error {
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
	for _, id := range slices.Sorted(maps.Keys(reasons)) {
		if err := j.setAside(ctx, tx, id, reasons[id]); err != nil {
			return err
		}
	}
	return nil
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

// release takes complaints that were merged out of quarantine; those that failed again stay, so
// that they are tried ever later.
func release(ctx context.Context, tx *db.Tx, integrationID string, read []reclameaqui.Complaint, failed []ticket.Failure) error {
	var ids []int64
	for _, c := range read {
		if !slices.ContainsFunc(failed, func(f ticket.Failure) bool { return f.ComplaintID == c.ID }) {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Quarantine.Delete().
		Where(quarantine.IntegrationID(integrationID), quarantine.ComplaintIDIn(ids...)).Exec(ctx)
	return err
}
