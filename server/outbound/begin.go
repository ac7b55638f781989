package outbound

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/ticket"
)

// begin commits the attempt, guarded against what its author has not seen: the ticket is locked,
// so of two agents who answer at once the second one sees the first one's attempt.
func (s *Service) begin(ctx context.Context, userID string, o Order) (attempt *db.OutboundAttempt, repeated bool, err error) {
	err = s.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		t, err := s.Tickets.Lock(ctx, tx, o.TicketID)
		if err != nil {
			return err
		}
		// Looked for again under the lock: a repeat may have come in at the same time.
		attempt, err = tx.OutboundAttempt.Query().
			Where(outboundattempt.AuthorID(userID), outboundattempt.IdempotencyKey(o.Key)).Only(ctx)
		if err == nil {
			repeated = true
			return o.same(attempt)
		}
		if !db.IsNotFound(err) {
			return err
		}
		twins, err := s.guard(ctx, tx, t, userID, o)
		if err != nil {
			return err
		}
		attempt, err = s.create(ctx, tx, t, userID, o, twins)
		if err != nil {
			return err
		}
		return s.Tickets.Record(ctx, tx, t.ID, ticket.Act{
			Kind: ticketevent.KindOUTBOUND_CHANGED, Cause: ticketevent.CauseAGENT_ACTION,
			ActorKind: ticketevent.ActorKindAGENT, ActorID: &userID,
			Changes: []ticket.Changed{{Field: "outboundAttempts", New: string(attempt.State)}},
		})
	})
	if database.IsUnique(err) {
		// The key was used on another ticket at the same time, whose lock is another one.
		err = fault.New(fault.IdempotencyKeyReused, "idempotencyKey")
	}
	return attempt, repeated, err
}

func (s *Service) create(ctx context.Context, tx *db.Tx, t *db.Ticket, userID string, o Order, twins []string) (*db.OutboundAttempt, error) {
	now := s.Now()
	create := tx.OutboundAttempt.Create().SetTicketID(t.ID).SetAuthorID(userID).SetCreatedAt(now).SetUpdatedAt(now).
		SetKind(o.Kind).SetText(o.Text).SetIdempotencyKey(o.Key).SetInputHash(o.hash()).
		SetKnownTwins(twins).SetKnownState(ticket.Trace(o.Kind, t))
	if o.Kind == outboundattempt.KindMODERATION_REQUEST {
		create.SetModerationReasonID(o.Reason)
	}
	if o.TargetCompanyID != 0 {
		create.SetTargetCompanyID(o.TargetCompanyID)
	}
	attempt, err := create.Save(ctx)
	if err != nil {
		return nil, err
	}
	return attempt, s.Uploads.Claim(ctx, tx, userID, attempt.ID, o.UploadIDs)
}
