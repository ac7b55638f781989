package desk

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/sector"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/ticket"
)

// Assignment says who takes care of a ticket.
type Assignment struct {
	Target
	// AssigneeID is oneself (take), a colleague (assign), or nil: nobody (release).
	AssigneeID *string
}

// Assign gives a ticket to somebody, or to nobody. NotFound or Archived at "assigneeId"; WrongParent
// there for an agent who is not in the ticket's sector.
func (s *Service) Assign(ctx context.Context, in Assignment) error {
	_, err := s.do(ctx, VerbAssign, "assignTicket", in.Target, in, func(ctx context.Context, tx *db.Tx, _ identity.Viewer, t *db.Ticket) (string, ticket.Act, error) {
		act := ticket.Act{Kind: ticketevent.KindASSIGNED}
		if deref(in.AssigneeID) == deref(t.AssigneeID) {
			return t.ID, act, nil
		}
		if in.AssigneeID != nil {
			problem, err := assignable(ctx, tx, *in.AssigneeID, t.SectorID)
			if err == nil && problem != nil {
				err = problem
			}
			if err != nil {
				return "", act, err
			}
		}
		act.Changes = []ticket.Changed{{Field: "assignee", Old: deref(t.AssigneeID), New: deref(in.AssigneeID)}}
		act.Apply = func(u *db.TicketUpdateOne) { setAssignee(u, in.AssigneeID) }
		return t.ID, act, nil
	})
	return err
}

func setAssignee(u *db.TicketUpdateOne, id *string) {
	if id == nil {
		u.ClearAssigneeID()
		return
	}
	u.SetAssigneeID(*id)
}

var sectorText = fault.Text{PT: "setor do atendimento", EN: "the ticket's sector"}

// assignable says what keeps a user from taking care of tickets of a sector, nil when nothing does:
// he must be there, in use, and see them.
func assignable(ctx context.Context, tx *db.Tx, userID, sectorID string) (*fault.Error, error) {
	u, err := tx.User.Query().Where(user.ID(userID)).
		WithSectors(func(q *db.SectorQuery) { q.Where(sector.ID(sectorID)) }).Only(ctx)
	switch {
	case db.IsNotFound(err):
		return fault.New(fault.NotFound, "assigneeId"), nil
	case err != nil:
		return nil, err
	case u.ArchivedAt != nil:
		return fault.New(fault.Archived, "assigneeId"), nil
	case u.Role == user.RoleAGENT && len(u.Edges.Sectors) == 0:
		return fault.New(fault.WrongParent, "assigneeId").With("parent", sectorText), nil
	}
	return nil, nil
}
