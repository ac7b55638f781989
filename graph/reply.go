package graph

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/outbound"
)

func failureOf(a *db.OutboundAttempt) *fault.Error { return outbound.Failure(a) }

// ReplyPublicly is the mutation of the same name. Also where it failed it answers with the
// attempt, if one was made, and with the ticket as it is now.
func (r mutationResolver) ReplyPublicly(ctx context.Context, in exec.ReplyPubliclyInput) (*exec.ReplyPubliclyPayload, error) {
	id, err := r.Outbound.ReplyPublicly(ctx, outbound.Reply{
		TicketID: in.TicketID, Text: in.Text, LastSeenID: text(in.LastSeenInteractionID), Key: in.IdempotencyKey,
	})
	problems, err := userErrors(ctx, err)
	if err != nil {
		return nil, err
	}
	out := &exec.ReplyPubliclyPayload{Errors: problems}
	if id != "" {
		if out.Reply, err = r.Reader.OutboundAttempt.Get(ctx, id); err != nil {
			return nil, err
		}
	}
	if _, signedIn := identityOf(ctx); !signedIn {
		return out, nil
	}
	out.Ticket, err = orNull(r.Reader.Ticket.Get(ctx, in.TicketID))
	return out, err
}
