package ticket

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/predicate"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/inbox"
)

// settle learns the fate of what was sent on the tickets of a page from what they are now. One
// statement where nothing is open.
func (w *writer) settle(ctx context.Context, tickets map[int64]*db.Ticket) error {
	ids := make([]string, 0, len(tickets))
	for _, t := range tickets {
		ids = append(ids, t.ID)
	}
	open, err := w.tx.OutboundAttempt.Query().
		Where(outboundattempt.TicketIDIn(ids...), outboundattempt.InteractionIDIsNil(), unsettled()).
		Order(db.Asc(outboundattempt.FieldID)).All(ctx)
	if err != nil || len(open) == 0 {
		return err
	}
	byTicket := map[string][]*db.OutboundAttempt{}
	for _, a := range open {
		byTicket[a.TicketID] = append(byTicket[a.TicketID], a)
	}
	for id, attempts := range byTicket {
		if err := w.settleTicket(ctx, id, attempts); err != nil {
			return fmt.Errorf("settle: %w", err)
		}
	}
	return nil
}

// unsettled are the attempts that a read may tell something about: what is under way or unknown, messages that
// do not show yet, and those that we gave up for their absence alone.
func unsettled() predicate.OutboundAttempt {
	kinds := slices.Collect(maps.Keys(Messages))
	return outboundattempt.Or(
		outboundattempt.StateIn(outboundattempt.StatePENDING, outboundattempt.StateUNKNOWN),
		outboundattempt.And(outboundattempt.StateEQ(outboundattempt.StateSENT), outboundattempt.KindIn(kinds...)),
		outboundattempt.And(outboundattempt.StateEQ(outboundattempt.StateFAILED), outboundattempt.KindIn(kinds...),
			outboundattempt.FirstAbsentAtNotNil(), outboundattempt.FailureCodeIsNil()),
	)
}

func (w *writer) settleTicket(ctx context.Context, ticketID string, attempts []*db.OutboundAttempt) error {
	t, err := w.tx.Ticket.Get(ctx, ticketID) // as the merge has left it
	if err != nil {
		return err
	}
	threads, err := w.threads(ctx, []string{ticketID})
	if err != nil {
		return err
	}
	claimed, err := w.tx.OutboundAttempt.Query().
		Where(outboundattempt.TicketID(ticketID), outboundattempt.InteractionIDNotNil()).
		Select(outboundattempt.FieldInteractionID).Strings(ctx)
	if err != nil {
		return err
	}
	for _, v := range settle(attempts, t, threads[ticketID], claimed, w.read.At) {
		if err := w.applyVerdict(ctx, t, v); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) applyVerdict(ctx context.Context, t *db.Ticket, v verdict) error {
	a := v.attempt
	if a.State == outboundattempt.StateFAILED && v.state == a.State {
		return nil
	}
	update := w.tx.OutboundAttempt.UpdateOne(a).SetUpdatedAt(w.now).SetState(v.state).SetNillableFirstAbsentAt(v.firstAbsent)
	if v.interactionID != "" {
		update.SetInteractionID(v.interactionID)
	}
	if v.state != a.State {
		update.SetSettledAt(w.now)
	}
	if err := update.Exec(ctx); err != nil {
		return err
	}
	if v.state == outboundattempt.StateUNKNOWN {
		w.rechecks = append(w.rechecks, recheckAt{
			integrationID: t.IntegrationID, at: recheck(a.CreatedAt, w.now),
			complaint: inbox.Reference{Kind: hint.KindCOMPLAINT, Value: strconv.FormatInt(t.ComplaintID, 10)},
		})
		return nil
	}
	if v.state == a.State {
		return nil
	}
	if v.state == outboundattempt.StateSENT {
		w.arrived = append(w.arrived, a)
	}
	return w.recordVerdict(ctx, t, v)
}

// tellArrived tells who wants to know what has arrived: the last that a read does.
func (w *writer) tellArrived(ctx context.Context) error {
	if w.Store.arrived == nil {
		return nil
	}
	for _, a := range w.arrived {
		if err := w.Store.arrived(ctx, w.tx, w.Store, a); err != nil {
			return err
		}
	}
	return nil
}

// recordVerdict tells the world what became of an attempt; one that turns out as sent has answered the consumer.
func (w *writer) recordVerdict(ctx context.Context, t *db.Ticket, v verdict) error {
	changes := []schema.FieldChange{{Field: "outboundAttempts", Old: text(v.attempt.State), New: text(v.state)}}
	now, err := w.tx.Ticket.Get(ctx, t.ID)
	if err != nil {
		return err
	}
	update := w.tx.Ticket.UpdateOneID(t.ID).AddVersion(1).SetLastChangedAt(w.now)
	mapped, known := statusOf(now.RaStatusID)
	if v.state == outboundattempt.StateSENT && now.Status == ticket.StatusIN_PROGRESS && known && mapped == ticket.StatusAWAITING_RETURN {
		update.SetStatus(ticket.StatusAWAITING_RETURN)
		changes = append(changes, schema.FieldChange{Field: "status", Old: text(now.Status), New: text(ticket.StatusAWAITING_RETURN)})
	}
	after, err := update.Save(ctx)
	if err != nil {
		return err
	}
	draft := draftOf(after, ticketevent.KindOUTBOUND_CHANGED, ticketevent.CauseSETTLEMENT, w.now)
	draft.Changes = changes
	w.events = append(w.events, draft)
	return nil
}
