package outbound

import (
	"context"
	"slices"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/ticket"
)

// guard refuses an order that its author would not give if he saw what is there (rule T6). It returns the
// company's messages of the order's kind that are known so far.
func (s *Service) guard(ctx context.Context, tx *db.Tx, t *db.Ticket, userID string, o Order) (twins []string, err error) {
	attempts, err := tx.OutboundAttempt.Query().
		Where(outboundattempt.TicketID(t.ID), outboundattempt.StateNEQ(outboundattempt.StateFAILED)).All(ctx)
	if err != nil {
		return nil, err
	}
	if !o.isMessage() {
		return []string{}, underWay(attempts, o)
	}
	thread, err := tx.Interaction.Query().Where(interaction.TicketID(t.ID)).Order(db.Asc(interaction.FieldID)).
		Select(interaction.FieldID, interaction.FieldSourceID, interaction.FieldAuthorKind, interaction.FieldKind).All(ctx)
	if err != nil {
		return nil, err
	}
	own := ownMessages(attempts, userID, o)
	at := slices.IndexFunc(thread, func(in *db.Interaction) bool { return in.ID == o.LastSeenID })
	if at < 0 && o.LastSeenID != "" {
		return nil, fault.New(fault.NotFound, "lastSeenInteractionId")
	}
	for _, newer := range thread[at+1:] {
		if !own[newer.ID] {
			return nil, stale()
		}
	}
	for _, a := range attempts {
		if !own[a.ID] && ticket.Hidden(a, thread, t.ReadAt) {
			return nil, stale()
		}
	}
	return ticket.CompanyMessages(thread, ticket.Messages[o.Kind]), nil
}

func stale() error { return fault.New(fault.StaleThread, "lastSeenInteractionId") }

// underWay refuses a second request of a kind while the fate of the first one is not known: the consumer, or
// Reclame Aqui, would be asked twice.
func underWay(attempts []*db.OutboundAttempt, o Order) error {
	for _, a := range attempts {
		if a.Kind == o.Kind && a.State != outboundattempt.StateSENT {
			return fault.New(fault.InvalidState, "ticketId").With("state", fault.Text{
				PT: "um pedido igual já foi enviado e o resultado está sendo verificado", EN: "the same was sent already, and its outcome is being checked",
			})
		}
	}
	return nil
}

// ownMessages are what the author himself sent in the other conversation, public or private, by the ids of attempts
// and of what they became: he knows it, so that who has just written in private may answer in public at once. A
// second message in the same one is held up until he has seen the first: most likely he has clicked twice.
func ownMessages(attempts []*db.OutboundAttempt, userID string, o Order) map[string]bool {
	own := map[string]bool{}
	for _, a := range attempts {
		if a.AuthorID != userID || a.State != outboundattempt.StateSENT || a.Kind == o.Kind {
			continue
		}
		own[a.ID] = true
		if a.InteractionID != nil {
			own[*a.InteractionID] = true
		}
	}
	return own
}
