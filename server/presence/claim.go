package presence

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/replyclaim"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/idempotency"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/ticket"
)

// Claim says that the viewer is answering a ticket, for 30 seconds or for as long as he listens. Whose living claim
// it was before, if a colleague's, is takenOverFrom; "" else. Who has it already renews it. NotFound at "ticketId"
// where the viewer does not see the ticket. A repeat of the key answers as the first time and claims nothing.
func (s *Service) Claim(ctx context.Context, ticketID, key string) (takenOverFrom string, err error) {
	defer fault.Wrap(&err, "presence.Claim")
	viewer, ok := identity.From(ctx)
	if !ok {
		return "", fault.New(fault.Unauthenticated)
	}
	_, listens := s.Listening(viewer.SessionID)
	takenOverFrom, err = idempotency.Once(ctx, s.database, viewer.UserID, "claimReply", key, ticketID, func(ctx context.Context, tx *db.Tx) (string, error) {
		c, seen, err := s.look(ctx, tx, viewer, ticketID)
		switch {
		case err != nil:
			return "", err
		case !seen:
			return "", fault.New(fault.NotFound, "ticketId")
		}
		return s.claim(ctx, tx, viewer, ticketID, c, listens)
	})
	if err == nil && listens {
		s.hold(viewer.SessionID)
	}
	return takenOverFrom, err
}

// look locks a ticket and gives its claim, nil where there is none.
func (s *Service) look(ctx context.Context, tx *db.Tx, viewer identity.Viewer, ticketID string) (c *db.ReplyClaim, seen bool, err error) {
	t, err := s.Tickets.Lock(ctx, tx, ticketID)
	if db.IsNotFound(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	c, err = of(ctx, tx, ticketID)
	return c, viewer.Sees(t.SectorID), err
}

func of(ctx context.Context, tx *db.Tx, ticketID string) (*db.ReplyClaim, error) {
	c, err := tx.ReplyClaim.Query().Where(replyclaim.TicketID(ticketID)).Only(ctx)
	if db.IsNotFound(err) {
		return nil, nil
	}
	return c, err
}

// claim gives a ticket's claim to the viewer.
func (s *Service) claim(ctx context.Context, tx *db.Tx, by identity.Viewer, ticketID string, c *db.ReplyClaim, listens bool) (takenOverFrom string, err error) {
	now, before, instance := s.Now(), "", ""
	if listens {
		instance = s.instance
	}
	if c == nil {
		err = tx.ReplyClaim.Create().SetTicketID(ticketID).SetUserID(by.UserID).SetSessionID(by.SessionID).
			SetInstance(instance).SetClaimedAt(now).SetExpiresAt(now.Add(lease)).Exec(ctx)
	} else {
		before = c.UserID
		if !listens && c.SessionID == by.SessionID {
			instance = c.Instance // where he listens
		}
		update := tx.ReplyClaim.UpdateOne(c).SetUserID(by.UserID).SetSessionID(by.SessionID).SetInstance(instance).SetExpiresAt(now.Add(lease))
		if lives(c, now) && before == by.UserID {
			return "", update.Exec(ctx)
		}
		if lives(c, now) {
			takenOverFrom = before
		}
		err = update.SetClaimedAt(now).Exec(ctx)
	}
	if err != nil {
		return "", err
	}
	return takenOverFrom, s.Tickets.Record(ctx, tx, ticketID, act(ticketevent.KindREPLY_CLAIMED, &by.UserID, before, by.UserID))
}

// Release ends the viewer's own claim of a ticket, also where he does not see the ticket any more. Where he has none
// nothing changes. NotFound at "ticketId" where he neither has one nor sees the ticket.
func (s *Service) Release(ctx context.Context, ticketID, key string) (err error) {
	defer fault.Wrap(&err, "presence.Release")
	viewer, ok := identity.From(ctx)
	if !ok {
		return fault.New(fault.Unauthenticated)
	}
	_, err = idempotency.Once(ctx, s.database, viewer.UserID, "releaseReply", key, ticketID, func(ctx context.Context, tx *db.Tx) (string, error) {
		c, seen, err := s.look(ctx, tx, viewer, ticketID)
		switch {
		case err != nil:
			return "", err
		case c != nil && c.UserID == viewer.UserID:
			return "", release(ctx, tx, s.Tickets, c)
		case !seen:
			return "", fault.New(fault.NotFound, "ticketId")
		}
		return "", nil
	})
	return err
}

// Answered ends the claim of who sent a message that Reclame Aqui has, if it is his: the last statements of the
// transaction, under the ticket's lock, that writes that it has arrived. That may be known minutes later: a claim made
// after the message was sent is for the next one, and stays.
func Answered(ctx context.Context, tx *db.Tx, tickets *ticket.Store, a *db.OutboundAttempt) error {
	if _, isMessage := ticket.Messages[a.Kind]; !isMessage {
		return nil
	}
	c, err := of(ctx, tx, a.TicketID)
	if err != nil || c == nil || c.UserID != a.AuthorID || c.ClaimedAt.After(a.CreatedAt) {
		return err
	}
	return release(ctx, tx, tickets, c)
}
