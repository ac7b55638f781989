package graph

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/presence"
)

// ReplyClaim is the field of the same name. It says nothing of who asks, so that subscribers share an answer.
func (r ticketResolver) ReplyClaim(ctx context.Context, t *db.Ticket) (*db.ReplyClaim, error) {
	c, err := t.ReplyClaim(ctx)
	if c == nil || err != nil || !presence.Living(c, r.Now()) {
		return nil, err
	}
	return c, nil
}

// ClaimReply is the mutation of the same name.
func (r mutationResolver) ClaimReply(ctx context.Context, in exec.ClaimReplyInput) (*exec.ClaimReplyPayload, error) {
	from, err := r.Presence.Claim(ctx, in.TicketID, text(in.IdempotencyKey))
	ticket, problems, err := changed(ctx, r.ticketNow, in.TicketID, err)
	out := &exec.ClaimReplyPayload{Ticket: ticket, Errors: problems}
	if err != nil || from == "" {
		return out, err
	}
	out.TakenOverFrom, err = orNull(r.Reader.User.Get(ctx, from))
	return out, err
}

// ReleaseReply is the mutation of the same name.
func (r mutationResolver) ReleaseReply(ctx context.Context, in exec.ReleaseReplyInput) (*exec.ReleaseReplyPayload, error) {
	err := r.Presence.Release(ctx, in.TicketID, text(in.IdempotencyKey))
	ticket, problems, err := changed(ctx, r.ticketNow, in.TicketID, err)
	return &exec.ReleaseReplyPayload{Ticket: ticket, Errors: problems}, err
}
