package outbound

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/outboundattempt"
	tickets "citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/fault"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/presence"
	"citrus.cx/channel/server/ticket"
)

// keep writes an attempt's state with its event, moves the ticket to the consumer's turn when the
// answer is there (rule T3), and has the complaint read again: soon to settle an unknown fate, and
// after a success to bring the answer into the thread. It returns the failure, as the agent's error.
func (s *Service) keep(ctx context.Context, a *db.OutboundAttempt, state outboundattempt.State, failure error) error {
	f := failureOf(failure)
	if f != nil && f.Code == fault.Internal {
		s.Log.ErrorContext(ctx, "something could not be sent", "attempt", a.ID, "kind", a.Kind, "error", failure)
	}
	var before outboundattempt.State
	err := s.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		t, err := s.Tickets.Lock(ctx, tx, a.TicketID)
		if err != nil {
			return err
		}
		now, err := tx.OutboundAttempt.Get(ctx, a.ID)
		if err != nil {
			return err
		}
		// A process that started meanwhile took an attempt of this one for a dead one's: the answer knows better.
		before = now.State
		overruled := before == outboundattempt.StateUNKNOWN && state != outboundattempt.StateUNKNOWN
		if before != outboundattempt.StatePENDING && !overruled {
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
		if err := s.Tickets.Record(ctx, tx, t.ID, stateAct(t, now, state)); err != nil {
			return err
		}
		if state == outboundattempt.StateSENT {
			return presence.Answered(ctx, tx, s.Tickets, a)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if f != nil && before != outboundattempt.StateSENT {
		return f
	}
	return nil
}

// stateAct is what an attempt's new state does to its ticket; the attempt still has the old one.
func stateAct(t *db.Ticket, a *db.OutboundAttempt, state outboundattempt.State) ticket.Act {
	act := ticket.Act{
		Kind: ticketevent.KindOUTBOUND_CHANGED, Cause: ticketevent.CauseAGENT_ACTION,
		ActorKind: ticketevent.ActorKindAGENT, ActorID: &a.AuthorID,
		Changes: []ticket.Changed{{Field: "outboundAttempts", Old: string(a.State), New: string(state)}},
	}
	if state == outboundattempt.StateSENT {
		effects(t, a.Kind, &act)
	}
	return act
}

// effects is what something that Reclame Aqui has does to the ticket before the next read confirms it: an answer
// makes it the consumer's turn (rule T3), a message has read what was unread, a request cannot be made twice.
func effects(t *db.Ticket, kind outboundattempt.Kind, act *ticket.Act) {
	answered := kind == outboundattempt.KindPUBLIC_REPLY && t.Status == tickets.StatusIN_PROGRESS
	_, isMessage := ticket.Messages[kind]
	if answered {
		act.Changes = append(act.Changes, ticket.Changed{Field: "status", Old: string(t.Status), New: string(tickets.StatusAWAITING_RETURN)})
	}
	if isMessage && t.Unread {
		act.Changes = append(act.Changes, ticket.Changed{Field: "unread", Old: "true", New: "false"})
	}
	if !isMessage {
		act.Changes = append(act.Changes, ticket.Changed{Field: "availableActions"})
	}
	act.Apply = func(u *db.TicketUpdateOne) {
		switch {
		case answered:
			u.SetStatus(tickets.StatusAWAITING_RETURN).SetUnread(false)
		case isMessage:
			u.SetUnread(false)
		case kind == outboundattempt.KindEVALUATION_REQUEST:
			u.SetMayRequestEvaluation(false)
		case kind == outboundattempt.KindMODERATION_REQUEST:
			u.SetMayRequestModeration(false)
		}
	}
}

// failureOf gives a failure as the agent's error; what is no expected one is ours.
func failureOf(failure error) *fault.Error {
	if failure == nil {
		return nil
	}
	list, ok := fault.All(failure)
	if !ok {
		return fault.New(fault.Internal).Because(failure)
	}
	return list[0]
}

func (s *Service) keepAttempt(ctx context.Context, tx *db.Tx, id string, state outboundattempt.State, f *fault.Error) error {
	update := tx.OutboundAttempt.UpdateOneID(id).SetState(state).SetUpdatedAt(s.Now())
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

// Failure is why an attempt failed, nil when it did not.
func Failure(a *db.OutboundAttempt) *fault.Error {
	if a.State != outboundattempt.StateFAILED {
		return nil
	}
	code := fault.UpstreamUnavailable
	if a.FailureCode != nil {
		code = fault.Code(*a.FailureCode)
	}
	f := fault.New(code)
	if a.UpstreamCode != nil {
		account.Known(f, *a.UpstreamCode)
	}
	if a.FailureText != nil {
		f.With("reason", *a.FailureText)
	}
	return f
}
