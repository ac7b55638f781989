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
	store "citrus.cx/channel/server/ticket"
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
	// unproved are those that an answer which is not whole does not show: they may be the rows that had no id, and were
	// tried before. They are tried again.
	unproved []int64
}

// absent says it of the complaints that were asked for; partly says that some were not asked for after all.
func (j *job) absent(ctx context.Context, page reclameaqui.Page, partly bool, ids []int64) (a absence, err error) {
	missing := slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return shows(page.Complaints, page.Malformed, id) })
	if len(missing) == 0 || partly {
		return a, nil
	}
	slices.Sort(missing)
	known, err := j.database.Reader.Ticket.Query().Where(ticket.IntegrationID(j.row.ID), ticket.ComplaintIDIn(missing...)).
		Select(ticket.FieldComplaintID, ticket.FieldVanishedAt).All(j.AsSystem(ctx))
	if err != nil {
		return a, err
	}
	if page.Short || nameless(page) {
		a.unproved, err = j.unproved(ctx, page, missing, known)
		return a, err
	}
	for _, t := range known {
		switch {
		case t.VanishedAt != nil:
		case isSecondLook(j.hinted[t.ComplaintID]):
			a.vanished = append(a.vanished, t.ComplaintID)
		default:
			a.again = append(a.again, reference(t.ComplaintID))
		}
	}
	return a, nil
}

func (j *job) unproved(ctx context.Context, page reclameaqui.Page, missing []int64, known []*db.Ticket) (ids []int64, err error) {
	tried, err := j.database.Reader.Quarantine.Query().
		Where(quarantine.IntegrationID(j.row.ID), quarantine.ComplaintIDIn(missing...)).All(j.AsSystem(ctx))
	if err != nil {
		return nil, err
	}
	for _, q := range tried {
		ids = append(ids, q.ComplaintID)
	}
	for _, t := range known {
		if nameless(page) && !slices.Contains(ids, t.ComplaintID) {
			ids = append(ids, t.ComplaintID)
		}
	}
	return ids, nil
}

func isSecondLook(h *db.Hint) bool {
	return h != nil && h.Cause == hint.CauseRETRY && h.DueAt.Sub(h.PutAt).Round(time.Second) == secondLook
}

// keep writes it, in the transaction of the read.
func (a absence) keep(j *job) func(context.Context, *db.Tx, store.Report) error {
	return func(ctx context.Context, tx *db.Tx, _ store.Report) error {
		for _, id := range a.unproved {
			if err := j.setAside(ctx, tx, id, aside{unreadable, "id"}); err != nil {
				return err
			}
		}
		return j.Inbox.PutAt(ctx, tx, j.row.ID, hint.CauseRETRY, j.Now().Add(secondLook), a.again...)
	}
}

// nameless says that a page has rows without an id: whose they are is not known.
func nameless(page reclameaqui.Page) bool {
	return slices.ContainsFunc(page.Malformed, func(m reclameaqui.Malformed) bool { return m.ID == 0 })
}

// scanSoon adds to a progress that the next gap scan comes nearer after a page with such rows.
func scanSoon(step func(*db.SyncStateUpdateOne, *db.SyncState), page reclameaqui.Page, now time.Time) func(*db.SyncStateUpdateOne, *db.SyncState) {
	if !nameless(page) {
		return step
	}
	return func(u *db.SyncStateUpdateOne, s *db.SyncState) {
		if at := now.Add(namelessAgain); s.ScanAt == nil || s.ScanAt.After(at) {
			u.SetScanAt(at)
		}
		if step != nil {
			step(u, s)
		}
	}
}
