package graph

import (
	"context"
	"time"

	"entgo.io/ent"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/intercept"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/presence"
)

// living has the reader show, in answers, no claim that has run out. The query itself says so: a list loads no more of
// a claim than is selected, which need not be when it ends.
func living(now func() time.Time) ent.Interceptor {
	return intercept.TraverseReplyClaim(func(ctx context.Context, q *db.ReplyClaimQuery) error {
		if _, answers := ctx.Value(loadersKey{}).(*loaders); answers {
			q.Where(presence.Living(now()))
		}
		return nil
	})
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
