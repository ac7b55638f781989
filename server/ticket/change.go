package ticket

import (
	"context"
	"fmt"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/complaint"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/ticket"
)

// change merges complaints that differ from what was last read.
func (w *writer) change(ctx context.Context, changed []knownTicket, meetings []*meeting) error {
	if len(changed) == 0 {
		return nil
	}
	ids := make([]string, len(changed))
	for i, k := range changed {
		ids[i] = k.ticket.ID
	}
	threads, err := w.threads(ctx, ids)
	if err != nil {
		return err
	}
	complaints, err := w.complaints(ctx, ids)
	if err != nil {
		return err
	}
	var entries []newEntry
	for i, k := range changed {
		k.ticket.Edges.RawComplaint = complaints[k.ticket.ID]
		d := merge(k.ticket, threads[k.ticket.ID], k.mirror, w.read.Defaults)
		d.changes = append(d.changes, meetings[i].changes...)
		if err := w.applyDecision(ctx, k.ticket, k.mirror, d, threads[k.ticket.ID]); err != nil {
			return err
		}
		for _, e := range d.added {
			entries = append(entries, newEntry{ticketID: k.ticket.ID, entry: e})
		}
	}
	return w.addEntries(ctx, entries)
}

// complaints loads the details of what was last read, which unchanged complaints are not asked for.
func (w *writer) complaints(ctx context.Context, ticketIDs []string) (map[string]*db.Complaint, error) {
	list, err := w.tx.Complaint.Query().Where(complaint.TicketIDIn(ticketIDs...)).
		Select(complaint.FieldTicketID, complaint.FieldDetails).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("load complaints: %w", err)
	}
	complaints := make(map[string]*db.Complaint, len(list))
	for _, c := range list {
		complaints[c.TicketID] = c
	}
	return complaints, nil
}

// threads loads the interactions of tickets, oldest first.
func (w *writer) threads(ctx context.Context, ticketIDs []string) (map[string][]*db.Interaction, error) {
	list, err := w.tx.Interaction.Query().Where(interaction.TicketIDIn(ticketIDs...)).
		WithAttachments().Order(db.Asc(interaction.FieldID)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("load threads: %w", err)
	}
	threads := make(map[string][]*db.Interaction, len(ticketIDs))
	for _, in := range list {
		threads[in.TicketID] = append(threads[in.TicketID], in)
	}
	return threads, nil
}

func (w *writer) applyDecision(ctx context.Context, t *db.Ticket, m mirror, d decision, thread []*db.Interaction) error {
	err := w.tx.Complaint.Update().Where(complaint.TicketID(t.ID)).SetHash(m.hash).SetRaw(m.raw).SetDetails(m.details).Exec(ctx)
	if err != nil {
		return fmt.Errorf("keep complaint: %w", err)
	}
	for _, in := range thread {
		if e, ok := d.replaced[in.ID]; ok {
			if err := w.replace(ctx, in, e); err != nil {
				return err
			}
		}
	}
	if d.unchanged() {
		return w.touch(ctx, []string{t.ID})
	}
	update := w.tx.Ticket.Update().Where(ticket.ID(t.ID)).AddVersion(1).SetLastChangedAt(w.now).SetReadAt(w.read.At).
		SetStatus(d.status).SetUnread(d.unread).SetNillableSolutionID(d.solution)
	if d.solution == nil {
		update.ClearSolutionID()
	}
	m.into(update.Mutation())
	if err := update.Exec(ctx); err != nil {
		return fmt.Errorf("update ticket: %w", err)
	}
	w.report.Updated++
	w.report.Changed = append(w.report.Changed, t.ComplaintID)
	after := *t
	after.Version, after.Status, after.Unread = t.Version+1, d.status, d.unread
	draft := w.draft(&after, d.kind)
	draft.Changes = d.changes
	w.events = append(w.events, draft)
	return nil
}
