package syncer

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/inbox"
	"citrus.cx/channel/server/reclameaqui"
	store "citrus.cx/channel/server/ticket"
)

// causes are the hints that an integration reads: all, but paused only those that settle what was sent.
func causes(row *db.Integration) []hint.Cause {
	if row.State == integration.StatePAUSED {
		return []hint.Cause{hint.CauseOUTBOUND}
	}
	return nil
}

// hints reads the complaints that were hinted at, up to 50 in one call. A hint is never
// believed: only what Reclame Aqui says of the complaint counts.
func (j *job) hints(ctx context.Context) error {
	due, err := j.Inbox.Due(j.AsSystem(ctx), j.row.ID, j.began, reclameaqui.MaxPageSize, causes(j.row)...)
	if err != nil || len(due) == 0 {
		return err
	}
	due, err = j.resolve(ctx, due)
	if err != nil {
		return err
	}
	waiting := j.hinted
	j.hinted = map[int64]*db.Hint{}
	var ids []int64
	for _, h := range due {
		if id, err := strconv.ParseInt(h.Reference, 10, 64); h.Kind == hint.KindCOMPLAINT && err == nil && id > 0 {
			j.hinted[id], ids = h, append(ids, id)
		}
	}
	if len(ids) > 0 {
		return j.readComplaints(ctx, ids)
	}
	switch due[0].Kind {
	case hint.KindSOURCE:
		return j.readSource(ctx, due[0])
	case hint.KindPOLL:
		j.kind, j.hinted = syncrun.KindINCREMENTAL, waiting
		return j.changes(ctx)
	}
	return j.merge(ctx, store.Read{}, reclameaqui.Page{}, progress{done: due})
}

// resolve turns hints by the site's number into hints by Reclame Aqui's own where the ticket is known.
func (j *job) resolve(ctx context.Context, due []*db.Hint) ([]*db.Hint, error) {
	var sources []string
	for _, h := range due {
		if h.Kind == hint.KindSOURCE {
			sources = append(sources, h.Reference)
		}
	}
	if len(sources) == 0 {
		return due, nil
	}
	known, err := j.database.Reader.Ticket.Query().
		Where(ticket.IntegrationID(j.row.ID), ticket.SourceIDIn(sources...)).
		Select(ticket.FieldSourceID, ticket.FieldComplaintID).All(j.AsSystem(ctx))
	if err != nil {
		return nil, err
	}
	ids := map[string]int64{}
	for _, t := range known {
		ids[t.SourceID] = t.ComplaintID
	}
	for i, h := range due {
		if id, ok := ids[h.Reference]; ok && h.Kind == hint.KindSOURCE {
			// A copy under another name; Done goes by the row's id, which stays.
			resolved := *h
			resolved.Kind, resolved.Reference = hint.KindCOMPLAINT, strconv.FormatInt(id, 10)
			due[i] = &resolved
		}
	}
	return due, nil
}

func (j *job) readComplaints(ctx context.Context, ids []int64) error {
	page, err := j.client.Read(ctx, ids...)
	j.memory.keepSingle(!reclameaqui.ReadsTogether(j.client))
	partly := limited(err) && len(page.Complaints)+len(page.Malformed) > 0
	if err != nil && !gone(err) && !partly {
		return err
	}
	page.Malformed = named(page.Malformed)
	page.Short = page.Short || gone(err) // which a gateway without the route says as well
	a, err := j.absent(ctx, page, partly, ids)
	if err != nil {
		return err
	}
	p := progress{announced: true, also: a.keep(j)}
	var missed []inbox.Reference
	for _, id := range ids {
		h := j.hinted[id]
		switch {
		case shows(page.Complaints, page.Malformed, id):
			// Its hint is answered with the page.
		case partly:
			continue // not asked for yet
		default:
			p.done = append(p.done, h)
			if h.Cause == hint.CauseCALLBACK && h.Kind == hint.KindCOMPLAINT {
				missed = append(missed, inbox.Reference{Kind: hint.KindSOURCE, Value: h.Reference})
			}
		}
		if !slices.Contains(a.unproved, id) {
			p.asked = append(p.asked, id)
		}
	}
	missed, err = j.strangers(ctx, missed)
	if err != nil {
		return err
	}
	read := store.Read{Cause: causeOf(slices.Collect(maps.Values(j.hinted))), Vanished: a.vanished}
	if err := j.merge(ctx, read, page, p); err != nil {
		return err
	}
	return j.lookElsewhere(ctx, missed)
}

// strangers leaves out the complaints that we know: those that Reclame Aqui does not show any more have vanished.
func (j *job) strangers(ctx context.Context, missed []inbox.Reference) ([]inbox.Reference, error) {
	var strangers []inbox.Reference
	for _, r := range missed {
		id, err := strconv.ParseInt(r.Value, 10, 64)
		if err != nil {
			continue
		}
		known, err := j.database.Reader.Ticket.Query().
			Where(ticket.IntegrationID(j.row.ID), ticket.ComplaintID(id)).Exist(j.AsSystem(ctx))
		if err != nil {
			return nil, err
		}
		if !known {
			strangers = append(strangers, r)
		}
	}
	return strangers, nil
}

// maxStrangers is how many numbers that Reclame Aqui does not know are looked for one by one. A
// callback that names more of them is no better than one that names none.
const maxStrangers = 3

// lookElsewhere tries a callback's number as the site's, once: which of the two it is is not known.
func (j *job) lookElsewhere(ctx context.Context, refs []inbox.Reference) error {
	if len(refs) == 0 {
		return nil
	}
	if len(refs) > maxStrangers {
		refs = []inbox.Reference{inbox.Poll}
	}
	return j.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return j.Inbox.Put(ctx, tx, j.row.ID, hint.CauseCALLBACK, refs...)
	})
}

func (j *job) readSource(ctx context.Context, h *db.Hint) error {
	page, err := j.client.ReadBySource(ctx, h.Reference)
	if err != nil && !gone(err) {
		return err
	}
	p := progress{announced: h.Cause == hint.CauseCALLBACK, done: []*db.Hint{h}}
	return j.merge(ctx, store.Read{Cause: causeOf([]*db.Hint{h})}, page, p)
}

// causeOf names what a read is owed to: a callback, if any of its hints came by one.
func causeOf(hints []*db.Hint) ticketevent.Cause {
	cause := ticketevent.CauseINCREMENTAL_SYNC
	for _, h := range hints {
		switch h.Cause {
		case hint.CauseCALLBACK:
			return ticketevent.CauseCALLBACK
		case hint.CauseOUTBOUND:
			cause = ticketevent.CauseSETTLEMENT
		}
	}
	return cause
}
