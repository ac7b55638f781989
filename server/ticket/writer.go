package ticket

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/complaint"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/inbox"
)

// writer applies one page inside one transaction.
type writer struct {
	*Store
	tx     *db.Tx
	read   Read
	now    time.Time
	report Report
	events []event.Draft
	// rechecks are complaints to be read again, to learn the fate of what was sent.
	rechecks []recheckAt
	// arrived are attempts that this read proves to have arrived.
	arrived []*db.OutboundAttempt
}

// knownTicket is a ticket whose complaint differs from what was last read.
type knownTicket struct {
	ticket *db.Ticket
	mirror mirror
}

type recheckAt struct {
	integrationID string
	complaint     inbox.Reference
	at            time.Time
}

// page merges the complaints of a page; its number of statements does not grow with what is unchanged.
func (w *writer) page(ctx context.Context, page []reading) error {
	tickets, err := w.known(ctx, page)
	if err != nil {
		return err
	}
	var fresh []mirror
	var news []reading
	var same []string
	for _, r := range page {
		t := tickets[r.complaint.ID]
		switch {
		case t == nil:
			fresh = append(fresh, r.convert(w.now))
		case r.older(t, w.read.At), r.same(t):
			// An older read that came in late says nothing new either.
			same = append(same, t.ID)
		default:
			news = append(news, r)
		}
	}
	if err := w.touch(ctx, same); err != nil {
		return err
	}
	changed, err := w.whole(ctx, news, tickets)
	if err != nil {
		return err
	}
	if err := w.bring(ctx, fresh, changed); err != nil {
		return err
	}
	if err := w.presence(ctx, tickets); err != nil {
		return err
	}
	return w.settle(ctx, tickets)
}

// bring writes the complaints that are new or differ from what was last read.
func (w *writer) bring(ctx context.Context, fresh []mirror, changed []knownTicket) error {
	if len(fresh)+len(changed) == 0 {
		return nil
	}
	// First, because its lock makes those who create take turns: what is looked up below stays so.
	last, err := database.Take(ctx, w.tx, "protocol", len(fresh))
	if err != nil {
		return err
	}
	meetings := make([]*meeting, 0, len(fresh)+len(changed))
	for _, m := range fresh {
		meetings = append(meetings, &meeting{person: m.person})
	}
	for _, k := range changed {
		meetings = append(meetings, &meeting{person: k.mirror.person, customerID: k.ticket.CustomerID})
	}
	if err := w.customers(ctx, meetings); err != nil {
		return err
	}
	if err := w.create(ctx, fresh, meetings[:len(fresh)], last); err != nil {
		return err
	}
	if err := w.change(ctx, changed, meetings[len(fresh):]); err != nil {
		return err
	}
	return w.countStrange(ctx, fresh, changed)
}

// known loads of the tickets of a page, by Reclame Aqui's ids, what tells whether it says anything new, with the
// fingerprint of what was last read, and keeps them as they are until the transaction ends: what is decided depends on them.
func (w *writer) known(ctx context.Context, page []reading) (map[int64]*db.Ticket, error) {
	ids := slices.Clone(w.read.Vanished)
	for _, r := range page {
		ids = append(ids, r.complaint.ID)
	}
	query := w.tx.Ticket.Query().
		Where(ticket.IntegrationID(w.read.Defaults.IntegrationID), ticket.ComplaintIDIn(ids...)).
		WithRawComplaint(func(q *db.ComplaintQuery) {
			q.Select(complaint.FieldTicketID, complaint.FieldHash)
		}).Order(db.Asc(ticket.FieldID))
	query.Select(ticket.FieldComplaintID, ticket.FieldReadAt, ticket.FieldRaModifiedAt, ticket.FieldVanishedAt)
	if w.database.Dialect == dialect.Postgres { // SQLite's one writer has the lock already
		query.ForUpdate()
	}
	list, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("load tickets: %w", err)
	}
	known := make(map[int64]*db.Ticket, len(list))
	for _, t := range list {
		known[t.ComplaintID] = t
	}
	return known, nil
}

// whole loads all of the tickets of which a page says something new.
func (w *writer) whole(ctx context.Context, news []reading, tickets map[int64]*db.Ticket) ([]knownTicket, error) {
	if len(news) == 0 {
		return nil, nil
	}
	ids := make([]string, len(news))
	for i, r := range news {
		ids[i] = tickets[r.complaint.ID].ID
	}
	list, err := w.tx.Ticket.Query().Where(ticket.IDIn(ids...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("load tickets: %w", err)
	}
	byID := make(map[string]*db.Ticket, len(list))
	for _, t := range list {
		byID[t.ID] = t
	}
	changed := make([]knownTicket, len(news))
	for i, r := range news {
		changed[i] = knownTicket{ticket: byID[ids[i]], mirror: r.convert(w.now).keeping(byID[ids[i]])}
	}
	return changed, nil
}

// touch notes that unchanged tickets were read.
func (w *writer) touch(ctx context.Context, ids []string) error {
	w.report.Unchanged += len(ids)
	if len(ids) == 0 {
		return nil
	}
	return w.tx.Ticket.Update().Where(ticket.IDIn(ids...), ticket.ReadAtLT(w.read.At)).SetReadAt(w.read.At).Exec(ctx)
}

// create makes tickets of complaints that were not known (rule T1).
// last is the last of the protocol numbers taken for them.
func (w *writer) create(ctx context.Context, fresh []mirror, meetings []*meeting, last int64) error {
	if len(fresh) == 0 {
		return nil
	}
	year := int64(w.now.In(w.zone).Year())
	creates := make([]*db.TicketCreate, len(fresh))
	raws := make([]*db.ComplaintCreate, len(fresh))
	var entries []newEntry
	for i, m := range fresh {
		number := last - int64(len(fresh)) + int64(i) + 1
		create := w.newTicket(m, meetings[i].customerID, fmt.Sprintf("%d%08d", year, number))
		creates[i] = create
		id, _ := create.Mutation().ID()
		raws[i] = w.tx.Complaint.Create().SetID(schema.NewID(schema.PrefixComplaint)).SetTicketID(id).SetHash(m.hash).SetRaw(m.raw).SetDetails(m.details)
		for _, e := range m.entries {
			entries = append(entries, newEntry{ticketID: id, entry: e})
		}
	}
	if err := database.Insert(ctx, w.database, w.tx, ticket.Table, ticket.Columns, creates); err != nil {
		return err
	}
	if err := database.Insert(ctx, w.database, w.tx, complaint.Table, complaint.Columns, raws); err != nil {
		return err
	}
	w.report.New += len(creates)
	for i, create := range creates {
		w.report.Changed = append(w.report.Changed, fresh[i].complaintID)
		w.events = append(w.events, w.created(create.Mutation()))
	}
	return w.addEntries(ctx, entries)
}

func (w *writer) newTicket(m mirror, customerID, protocol string) *db.TicketCreate {
	d := w.read.Defaults
	status, known := statusOf(m.raStatusID)
	if !known {
		status = ticket.StatusIN_PROGRESS
	}
	create := w.tx.Ticket.Create().
		SetID(schema.TimeID(schema.PrefixTicket, m.occurredAt, m.complaintID)).
		SetCreatedAt(w.now).SetUpdatedAt(w.now).SetVersion(1).SetSiteID(siteReclameAqui).
		SetProtocol(protocol).SetStatus(status).SetUnread(status != ticket.StatusFINISHED).
		SetOpenedAt(w.now).SetOccurredAt(m.occurredAt).SetLastChangedAt(w.now).SetReadAt(w.read.At).
		SetIntegrationID(d.IntegrationID).SetCustomerID(customerID).SetCreatorID(d.CreatorID).
		SetSectorID(d.SectorID).SetOccurrenceTypeID(d.OccurrenceTypeID).SetOccurrenceID(d.OccurrenceID).
		SetComplaintID(m.complaintID).SetOutsideWindow(m.occurredAt.Before(d.WindowFrom))
	if status == ticket.StatusFINISHED && d.DefaultSolutionID != "" {
		create.SetSolutionID(d.DefaultSolutionID)
	}
	SetDue(create.Mutation(), Due(m.occurredAt, d.SLA))
	m.into(create.Mutation())
	return create
}

// created is the event of a ticket that is made.
func (w *writer) created(m *db.TicketMutation) event.Draft {
	id, _ := m.ID()
	status, _ := m.Status()
	unread, _ := m.Unread()
	return event.Draft{
		TicketID: id, Kind: ticketevent.KindCREATED, OccurredAt: w.now, Cause: w.read.Cause, ActorKind: actorOf(w.read.Cause),
		TicketVersion: 1, IntegrationID: w.read.Defaults.IntegrationID, SectorID: w.read.Defaults.SectorID, Status: string(status), Unread: unread,
		Changes: []schema.FieldChange{{Field: "status", New: text(status)}},
	}
}

// draft is an event of this read about a ticket as it is after the change.
func (w *writer) draft(t *db.Ticket, kind ticketevent.Kind) event.Draft {
	return draftOf(t, kind, w.read.Cause, w.now)
}

func draftOf(t *db.Ticket, kind ticketevent.Kind, cause ticketevent.Cause, at time.Time) event.Draft {
	return event.Draft{
		TicketID: t.ID, Kind: kind, OccurredAt: at, Cause: cause, ActorKind: actorOf(cause),
		TicketVersion: t.Version, IntegrationID: t.IntegrationID, SectorID: t.SectorID,
		Status: string(t.Status), AssigneeID: t.AssigneeID, Unread: t.Unread,
	}
}

func actorOf(cause ticketevent.Cause) ticketevent.ActorKind {
	switch cause {
	case ticketevent.CauseCALLBACK:
		return ticketevent.ActorKindCALLBACK
	case ticketevent.CauseINCREMENTAL_SYNC, ticketevent.CauseBACKFILL:
		return ticketevent.ActorKindSYNC
	}
	return ticketevent.ActorKindSYSTEM
}

func fieldChange(c Changed) schema.FieldChange {
	return schema.FieldChange{Field: c.Field, Old: nonEmpty(c.Old), New: nonEmpty(c.New)}
}
