package desk

import (
	"context"
	"strconv"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/ticket"
)

// Reading says whether a ticket counts as read.
type Reading struct {
	Target
	// Unread puts the mark back that MarkRead takes away.
	Unread bool
}

// MarkRead takes the mark of unread off a ticket, or puts it back.
func (s *Service) MarkRead(ctx context.Context, in Reading) error {
	_, err := s.do(ctx, VerbMarkRead, "markTicketRead", in.Target, in, func(_ context.Context, _ *db.Tx, _ identity.Viewer, t *db.Ticket) (string, ticket.Act, error) {
		var c changes
		c.compare("unread", strconv.FormatBool(t.Unread), strconv.FormatBool(in.Unread))
		return t.ID, ticket.Act{
			Kind: ticketevent.KindUPDATED, Changes: c,
			Apply: func(u *db.TicketUpdateOne) { u.SetUnread(in.Unread) },
		}, nil
	})
	return err
}
