package desk

import (
	"context"
	"slices"
	"strconv"

	"citrus.cx/channel/ent/db"
	tickets "citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/ticket"
)

// Finish ends a ticket with a solution.
type Finish struct {
	Target
	// SolutionID is one of AllowedSolutions.
	SolutionID string
}

// Finish ends a ticket (rule T8) until Reclame Aqui's status moves, the consumer writes again, or
// somebody reopens it. NotFound, Archived or WrongParent at "solutionId" for what is not allowed;
// InvalidState at "ticketId" where it is finished already.
func (s *Service) Finish(ctx context.Context, in Finish) error {
	_, err := s.do(ctx, VerbFinish, "finishTicket", in.Target, in, func(ctx context.Context, tx *db.Tx, _ identity.Viewer, t *db.Ticket) (string, ticket.Act, error) {
		act := ticket.Act{Kind: ticketevent.KindSTATUS_CHANGED}
		if err := mayEnd(ctx, tx, t, in.SolutionID); err != nil {
			return "", act, err
		}
		var c changes
		c.compare("status", string(t.Status), string(tickets.StatusFINISHED))
		c.compare("solution", deref(t.SolutionID), in.SolutionID)
		c.compare("unread", strconv.FormatBool(t.Unread), "false")
		act.Changes = c
		act.Apply = func(u *db.TicketUpdateOne) {
			u.SetStatus(tickets.StatusFINISHED).SetSolutionID(in.SolutionID).SetUnread(false)
		}
		return t.ID, act, nil
	})
	return err
}

// mayEnd refuses a solution that is not among those allowed for a ticket.
func mayEnd(ctx context.Context, tx *db.Tx, t *db.Ticket, solutionID string) error {
	of := SettingOf(t)
	allowed, err := AllowedSolutions(ctx, tx.Client(), []Setting{of})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(allowed[of], func(s *db.Solution) bool { return s.ID == solutionID }) {
		return nil
	}
	known, err := tx.Solution.Get(ctx, solutionID)
	switch {
	case db.IsNotFound(err):
		return fault.New(fault.NotFound, "solutionId")
	case err != nil:
		return err
	case known.ArchivedAt != nil:
		return fault.New(fault.Archived, "solutionId")
	}
	return fault.New(fault.WrongParent, "solutionId").With("parent",
		fault.Text{PT: "soluções permitidas para o atendimento", EN: "the solutions allowed for the ticket"})
}

// Reopen takes a finished ticket up again, without its solution. InvalidState at "ticketId" where it
// is not finished.
func (s *Service) Reopen(ctx context.Context, on Target) error {
	_, err := s.do(ctx, VerbReopen, "reopenTicket", on, on, func(_ context.Context, _ *db.Tx, _ identity.Viewer, t *db.Ticket) (string, ticket.Act, error) {
		var c changes
		c.compare("status", string(t.Status), string(tickets.StatusIN_PROGRESS))
		c.compare("solution", deref(t.SolutionID), "")
		return t.ID, ticket.Act{
			Kind: ticketevent.KindREOPENED, Changes: c,
			Apply: func(u *db.TicketUpdateOne) { u.SetStatus(tickets.StatusIN_PROGRESS).ClearSolutionID() },
		}, nil
	})
	return err
}
