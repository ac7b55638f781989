package outbound

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/outboundattempt"
	tickets "citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/fault"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/reclameaqui"
	"citrus.cx/channel/server/ticket"
)

// send calls Reclame Aqui, once, and keeps what it said.
func (s *Service) send(ctx context.Context, t *db.Ticket, a *db.OutboundAttempt) error {
	_, client, err := s.account(ctx, t)
	if err == nil {
		calling, cancel := context.WithTimeout(ctx, patience)
		err = client.ReplyPublicly(calling, t.ComplaintID, a.Text)
		cancel()
	} else {
		// Nothing was sent: as certain a no as Reclame Aqui's.
		return s.keep(ctx, a, outboundattempt.StateFAILED, err)
	}
	switch reclameaqui.Outcome(err) {
	case reclameaqui.Accepted:
		return s.keep(ctx, a, outboundattempt.StateSENT, nil)
	case reclameaqui.Rejected:
		return s.keep(ctx, a, outboundattempt.StateFAILED, account.Upstream(err))
	}
	s.Log.WarnContext(ctx, "outcome of a reply unknown", "attempt", a.ID, "error", err)
	return s.keep(ctx, a, outboundattempt.StateUNKNOWN, nil)
}

// keep writes an attempt's state with its event, moves the ticket to the consumer's turn when the
// answer is there (rule T3), and has the complaint read again: soon to settle an unknown fate, and
// after a success to bring the answer into the thread. It returns the failure, as the agent's error.
func (s *Service) keep(ctx context.Context, a *db.OutboundAttempt, state outboundattempt.State, failure error) error {
	f, err := failureOf(failure)
	if err != nil {
		return err
	}
	var before outboundattempt.State
	err = s.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		t, err := s.Tickets.Lock(ctx, tx, a.TicketID)
		if err != nil {
			return err
		}
		now, err := tx.OutboundAttempt.Get(ctx, a.ID)
		if err != nil {
			return err
		}
		if before = now.State; before != outboundattempt.StatePENDING {
			return nil // a read was faster than the answer and has settled it
		}
		if err := s.keepAttempt(ctx, tx, a.ID, state, f); err != nil {
			return err
		}
		if state != outboundattempt.StateFAILED {
			if err := s.Inbox.PutAt(ctx, tx, t.IntegrationID, hint.CauseOUTBOUND, s.Now().Add(settleSoon), reference(t)); err != nil {
				return err
			}
		}
		return s.Tickets.Record(ctx, tx, t.ID, stateAct(t, a.AuthorID, state))
	})
	if err != nil {
		return err
	}
	if f != nil && before != outboundattempt.StateSENT {
		return f
	}
	return nil
}

// stateAct is what an attempt's new state does to its ticket.
func stateAct(t *db.Ticket, authorID string, state outboundattempt.State) ticket.Act {
	act := ticket.Act{
		Kind: ticketevent.KindOUTBOUND_CHANGED, Cause: ticketevent.CauseAGENT_ACTION,
		ActorKind: ticketevent.ActorKindAGENT, ActorID: &authorID,
		Changes: []ticket.Changed{{Field: "outboundAttempts", Old: string(outboundattempt.StatePENDING), New: string(state)}},
	}
	if state != outboundattempt.StateSENT {
		return act
	}
	answered := tickets.StatusAWAITING_RETURN
	if t.Status == tickets.StatusIN_PROGRESS {
		act.Changes = append(act.Changes, ticket.Changed{Field: "status", Old: string(t.Status), New: string(answered)})
	}
	if t.Unread {
		act.Changes = append(act.Changes, ticket.Changed{Field: "unread", Old: "true", New: "false"})
	}
	act.Apply = func(u *db.TicketUpdateOne) {
		u.SetUnread(false)
		if t.Status == tickets.StatusIN_PROGRESS {
			u.SetStatus(answered)
		}
	}
	return act
}

// failureOf gives a failure as the agent's error; what is none of ours is internal and passes as err.
func failureOf(failure error) (*fault.Error, error) {
	if failure == nil {
		return nil, nil
	}
	list, ok := fault.All(failure)
	if !ok {
		return fault.New(fault.UpstreamUnavailable).Because(failure), nil
	}
	return list[0], nil
}

func (s *Service) keepAttempt(ctx context.Context, tx *db.Tx, id string, state outboundattempt.State, f *fault.Error) error {
	update := tx.OutboundAttempt.UpdateOneID(id).SetState(state)
	if state != outboundattempt.StateUNKNOWN {
		update.SetSettledAt(s.Now())
	}
	if f != nil {
		update.SetFailureCode(string(f.Code))
		if f.UpstreamCode != "" {
			update.SetUpstreamCode(f.UpstreamCode)
		}
		if reason, ok := f.Params["reason"].(string); ok {
			update.SetFailureText(reason)
		}
	}
	return update.Exec(ctx)
}

// Recover turns what a crash left PENDING into UNKNOWN, to be settled by reading. It runs at the
// start, before anything is sent. before is the moment of the start: attempts begun later are under way.
func (s *Service) Recover(ctx context.Context, before time.Time) error {
	left, err := s.database.Writer.OutboundAttempt.Query().
		Where(outboundattempt.StateEQ(outboundattempt.StatePENDING), outboundattempt.CreatedAtLT(before)).
		WithTicket().All(ctx)
	if err != nil {
		return err
	}
	for _, a := range left {
		if err := s.keep(ctx, a, outboundattempt.StateUNKNOWN, nil); err != nil {
			return err
		}
	}
	return nil
}
