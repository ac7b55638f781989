package outbound

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/idempotency"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/presence"
	"citrus.cx/channel/server/ticket"
)

// Finding is what somebody who has looked at Reclame Aqui says of an attempt that no read could settle.
type Finding struct {
	AttemptID string
	Arrived   bool
	// InteractionID is what it became; "" when that is not known.
	InteractionID string
	Key           string
}

// Settle settles an attempt by hand: one that has been UNKNOWN for so long that reading will hardly tell any more,
// as when Reclame Aqui altered its text beyond recognition.
func (s *Service) Settle(ctx context.Context, f Finding) (attemptID string, err error) {
	defer fault.Wrap(&err, "outbound.Settle")
	viewer, err := identity.Require(ctx)
	if err != nil {
		return "", err
	}
	a, err := s.database.Reader.OutboundAttempt.Get(ctx, f.AttemptID)
	if db.IsNotFound(err) {
		return "", fault.New(fault.NotFound, "attemptId")
	}
	if err != nil {
		return "", err
	}
	if f.InteractionID != "" && !f.Arrived {
		return "", fault.New(fault.Invalid, "interactionId").
			With("reason", fault.Text{PT: "só se informa quando a mensagem chegou", EN: "it goes with what has arrived alone"})
	}
	return idempotency.Once(ctx, s.database, viewer.UserID, "settleOutboundAttempt", f.Key, f, func(ctx context.Context, tx *db.Tx) (string, error) {
		return a.ID, s.settle(ctx, tx, a, f, viewer.UserID)
	})
}

func (s *Service) settle(ctx context.Context, tx *db.Tx, a *db.OutboundAttempt, f Finding, userID string) error {
	t, err := s.Tickets.Lock(ctx, tx, a.TicketID)
	if err != nil {
		return err
	}
	if a, err = tx.OutboundAttempt.Get(ctx, a.ID); err != nil {
		return err
	}
	now := s.Now()
	switch {
	case a.State != outboundattempt.StateUNKNOWN:
		return fault.New(fault.InvalidState, "attemptId").With("state", fault.Text{PT: "o resultado já é conhecido", EN: "its outcome is known already"})
	case now.Sub(a.CreatedAt) < ticket.Lag:
		return fault.New(fault.InvalidState, "attemptId").With("state", fault.Text{PT: "ainda está sendo verificado", EN: "it is still being checked"}).
			After(ticket.Lag - now.Sub(a.CreatedAt))
	}
	update := tx.OutboundAttempt.UpdateOne(a).SetUpdatedAt(now).SetSettledAt(now)
	state := outboundattempt.StateFAILED
	if f.Arrived {
		state = outboundattempt.StateSENT
	} else if a.FirstAbsentAt == nil {
		update.SetFirstAbsentAt(now) // should it show up after all, it is known again
	}
	if f.InteractionID != "" {
		if err := s.claimable(ctx, tx, a, f.InteractionID); err != nil {
			return err
		}
		update.SetInteractionID(f.InteractionID)
	}
	if err := update.SetState(state).Exec(ctx); err != nil {
		return err
	}
	act := ticket.Act{
		Kind: ticketevent.KindOUTBOUND_CHANGED, Cause: ticketevent.CauseAGENT_ACTION,
		ActorKind: ticketevent.ActorKindAGENT, ActorID: &userID,
		Changes: []ticket.Changed{{Field: "outboundAttempts", Old: string(a.State), New: string(state)}},
	}
	if state == outboundattempt.StateSENT {
		effects(t, a.Kind, &act)
	}
	if err := s.Tickets.Record(ctx, tx, t.ID, act); err != nil || state != outboundattempt.StateSENT {
		return err
	}
	return presence.Answered(ctx, tx, s.Tickets, a)
}

// claimable refuses an interaction that the attempt cannot have become.
func (s *Service) claimable(ctx context.Context, tx *db.Tx, a *db.OutboundAttempt, interactionID string) error {
	kind, isMessage := ticket.Messages[a.Kind]
	there, err := tx.Interaction.Query().Where(
		interaction.ID(interactionID), interaction.TicketID(a.TicketID), interaction.KindEQ(kind),
		interaction.AuthorKindEQ(interaction.AuthorKindCOMPANY),
	).Exist(ctx)
	if err != nil {
		return err
	}
	taken, err := tx.OutboundAttempt.Query().Where(outboundattempt.InteractionID(interactionID)).Exist(ctx)
	if err == nil && (!isMessage || !there || taken) {
		return fault.New(fault.NotFound, "interactionId")
	}
	return err
}
