package syncer

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/changetally"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/ticket"
)

// ourDoing is how long after something was sent a change of its complaint may be its effect.
const ourDoing = 15 * time.Minute

// changesKnown counts how a page's changes became known (rule C5): announced by a callback, or found by asking. What
// we changed ourselves is neither, and in the first sync everything is new.
func (j *job) changesKnown(ctx context.Context, tx *db.Tx, t *tally, p progress) error {
	if len(t.Changed) == 0 || !p.announced && !p.found {
		return nil
	}
	var silent []int64
	for _, id := range t.Changed {
		h := j.hinted[id]
		switch {
		case h != nil && h.Cause == hint.CauseCALLBACK && !h.PutAt.After(j.began), p.announced && h == nil:
			t.announced++
		case h == nil && p.found:
			silent = append(silent, id)
		}
	}
	if len(silent) > 0 && (j.state.BackfillDoneAt != nil || j.state.BackfillCancelledAt != nil) {
		ours, err := tx.OutboundAttempt.Query().Where(
			outboundattempt.UpdatedAtGT(j.began.Add(-ourDoing)),
			outboundattempt.HasTicketWith(ticket.IntegrationID(j.row.ID), ticket.ComplaintIDIn(silent...)),
		).QueryTicket().IDs(ctx)
		if err != nil {
			return err
		}
		t.found = max(0, len(silent)-len(ours))
	}
	if t.announced+t.found == 0 {
		return nil
	}
	return tx.ChangeTally.Create().SetIntegrationID(j.row.ID).SetHour(j.began.UTC().Truncate(time.Hour)).
		SetAnnounced(t.announced).SetFound(t.found).
		OnConflict(sql.ConflictColumns(changetally.FieldIntegrationID, changetally.FieldHour)).
		Update(func(u *db.ChangeTallyUpsert) { u.AddAnnounced(t.announced).AddFound(t.found) }).Exec(ctx)
}
