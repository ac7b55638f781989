package syncer

import (
	"context"
	"slices"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/quarantine"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/server/inbox"
	"citrus.cx/channel/server/reclameaqui"
)

// secondLook is how long after a read that did not show a complaint another one confirms it: Reclame Aqui
// may lag, or flap. The hint of that read remembers the first one by its wait: nobody else puts one that waits as long, and
// one that is put again meanwhile only makes it a first look again.
const secondLook = 150 * time.Second

// absence is what becomes of complaints that were asked for by their ids and are not in the answer.
type absence struct {
	// vanished are tickets whose complaint was not shown at a second look either.
	vanished []int64
	// again are those to be looked for once more.
	again []inbox.Reference
	// unreadable may be the rows that had no id.
	unreadable []int64
	// given up: not shown, and so not to be tried any more.
	givenUp []int64
}

// absent says it of the hints of a read. Only a whole answer proves that something is not there.
func (j job) absent(ctx context.Context, page reclameaqui.Page, hints map[int64]*db.Hint, found map[int64]bool) (a absence, err error) {
	var missing []int64
	for id := range hints {
		if !found[id] {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return a, nil
	}
	slices.Sort(missing)
	known, err := j.database.Reader.Ticket.Query().Where(ticket.IntegrationID(j.row.ID), ticket.ComplaintIDIn(missing...)).
		Select(ticket.FieldComplaintID, ticket.FieldVanishedAt).All(j.AsSystem(ctx))
	if err != nil {
		return a, err
	}
	if page.Short || nameless(page) {
		return j.unproved(ctx, page, missing, known)
	}
	a.givenUp = missing
	for _, t := range known {
		switch {
		case t.VanishedAt != nil:
		case isSecondLook(hints[t.ComplaintID]):
			a.vanished = append(a.vanished, t.ComplaintID)
		default:
			a.again = append(a.again, reference(t.ComplaintID))
		}
	}
	return a, nil
}

// unproved are those that an answer which is not whole does not show: tried again, where they were tried before or may be the
// rows that had no id.
func (j job) unproved(ctx context.Context, page reclameaqui.Page, missing []int64, known []*db.Ticket) (a absence, err error) {
	tried, err := j.database.Reader.Quarantine.Query().
		Where(quarantine.IntegrationID(j.row.ID), quarantine.ComplaintIDIn(missing...)).All(j.AsSystem(ctx))
	if err != nil {
		return a, err
	}
	for _, q := range tried {
		a.unreadable = append(a.unreadable, q.ComplaintID)
	}
	for _, t := range known {
		if nameless(page) && !slices.Contains(a.unreadable, t.ComplaintID) {
			a.unreadable = append(a.unreadable, t.ComplaintID)
		}
	}
	return a, nil
}

func isSecondLook(h *db.Hint) bool {
	return h.Cause == hint.CauseRETRY && h.DueAt.Sub(h.PutAt).Round(time.Second) == secondLook
}

// keep writes it, in the transaction of the read.
func (a absence) keep(ctx context.Context, tx *db.Tx, j job) error {
	for _, id := range a.unreadable {
		if err := j.setAside(ctx, tx, id, "unreadable"); err != nil {
			return err
		}
	}
	if len(a.givenUp) > 0 {
		_, err := tx.Quarantine.Delete().
			Where(quarantine.IntegrationID(j.row.ID), quarantine.ComplaintIDIn(a.givenUp...)).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return j.Inbox.PutAt(ctx, tx, j.row.ID, hint.CauseRETRY, j.Now().Add(secondLook), a.again...)
}

// nameless says that a page has rows without an id: whose they are is not known.
func nameless(page reclameaqui.Page) bool {
	return slices.ContainsFunc(page.Malformed, func(m reclameaqui.Malformed) bool { return m.ID == 0 })
}

// scanSoon brings the next gap scan nearer after a page with such rows.
func scanSoon(u *db.SyncStateUpdateOne, s *db.SyncState, page reclameaqui.Page, now time.Time) {
	if at := now.Add(namelessAgain); nameless(page) && (s.ScanAt == nil || s.ScanAt.After(at)) {
		u.SetScanAt(at)
	}
}
