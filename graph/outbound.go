package graph

import (
	"context"
	"strconv"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/outbound"
)

// sending is what the mutations that send something answer with.
type sending struct {
	attempt *db.OutboundAttempt
	ticket  *db.Ticket
	errors  []*exec.UserError
}

// send is the one call of those mutations. Also where it failed it answers with the attempt, if one was made, and
// with the ticket as it is now.
func (r mutationResolver) send(ctx context.Context, o outbound.Order) (out sending, err error) {
	id, err := r.Outbound.Send(ctx, o)
	if out.errors, err = userErrors(ctx, err); err != nil {
		return out, err
	}
	if id != "" {
		if out.attempt, err = r.Reader.OutboundAttempt.Get(ctx, id); err != nil {
			return out, err
		}
	}
	if _, signedIn := identity.From(ctx); signedIn {
		out.ticket, err = orNull(r.Reader.Ticket.Get(ctx, o.TicketID))
	}
	return out, err
}

// ReplyPublicly is the mutation of the same name.
func (r mutationResolver) ReplyPublicly(ctx context.Context, in exec.ReplyPubliclyInput) (*exec.ReplyPubliclyPayload, error) {
	out, err := r.send(ctx, outbound.Order{
		Kind: outboundattempt.KindPUBLIC_REPLY, TicketID: in.TicketID, Text: in.Text,
		LastSeenID: text(in.LastSeenInteractionID), Key: in.IdempotencyKey,
	})
	return &exec.ReplyPubliclyPayload{Reply: out.attempt, Ticket: out.ticket, Errors: out.errors}, err
}

// SendPrivateMessage is the mutation of the same name.
func (r mutationResolver) SendPrivateMessage(ctx context.Context, in exec.SendPrivateMessageInput) (*exec.SendPrivateMessagePayload, error) {
	out, err := r.send(ctx, outbound.Order{
		Kind: outboundattempt.KindPRIVATE_MESSAGE, TicketID: in.TicketID, Text: in.Text,
		UploadIDs: in.UploadIds.Value(), LastSeenID: text(in.LastSeenInteractionID), Key: in.IdempotencyKey,
	})
	return &exec.SendPrivateMessagePayload{Message: out.attempt, Ticket: out.ticket, Errors: out.errors}, err
}

// EndPrivateConversation is the mutation of the same name.
func (r mutationResolver) EndPrivateConversation(
	ctx context.Context, in exec.EndPrivateConversationInput,
) (*exec.EndPrivateConversationPayload, error) {
	out, err := r.send(ctx, outbound.Order{
		Kind: outboundattempt.KindPRIVATE_CONVERSATION_END, TicketID: in.TicketID, Key: in.IdempotencyKey,
	})
	return &exec.EndPrivateConversationPayload{Ending: out.attempt, Ticket: out.ticket, Errors: out.errors}, err
}

// RequestEvaluation is the mutation of the same name.
func (r mutationResolver) RequestEvaluation(ctx context.Context, in exec.RequestEvaluationInput) (*exec.RequestEvaluationPayload, error) {
	out, err := r.send(ctx, outbound.Order{
		Kind: outboundattempt.KindEVALUATION_REQUEST, TicketID: in.TicketID, Key: in.IdempotencyKey,
	})
	return &exec.RequestEvaluationPayload{Request: out.attempt, Ticket: out.ticket, Errors: out.errors}, err
}

// RequestModeration is the mutation of the same name.
func (r mutationResolver) RequestModeration(ctx context.Context, in exec.RequestModerationInput) (*exec.RequestModerationPayload, error) {
	target, err := companyID(text(in.TargetCompanyID))
	if err != nil {
		problems, err := userErrors(ctx, err)
		return &exec.RequestModerationPayload{Errors: problems}, err
	}
	out, err := r.send(ctx, outbound.Order{
		Kind: outboundattempt.KindMODERATION_REQUEST, TicketID: in.TicketID, Text: in.Text, UploadIDs: in.UploadIds.Value(),
		Reason: reasons[in.Reason], TargetCompanyID: target, Key: in.IdempotencyKey,
	})
	return &exec.RequestModerationPayload{Request: out.attempt, Ticket: out.ticket, Errors: out.errors}, err
}

// companyID reads Reclame Aqui's id of a company; 0 when there is none.
func companyID(id string) (int64, error) {
	if id == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return 0, fault.New(fault.NotFound, "targetCompanyId")
	}
	return n, nil
}

// SettleOutboundAttempt is the mutation of the same name.
func (r mutationResolver) SettleOutboundAttempt(
	ctx context.Context, in exec.SettleOutboundAttemptInput,
) (*exec.SettleOutboundAttemptPayload, error) {
	id, err := r.Outbound.Settle(ctx, outbound.Finding{
		AttemptID: in.AttemptID, Arrived: in.Arrived, InteractionID: text(in.InteractionID), Key: text(in.IdempotencyKey),
	})
	attempt, problems, err := changed(ctx, r.Reader.OutboundAttempt.Get, id, err)
	return &exec.SettleOutboundAttemptPayload{Attempt: attempt, Errors: problems}, err
}

// Failure is the field of the same name.
func (r outboundAttemptResolver) Failure(ctx context.Context, a *db.OutboundAttempt) (*exec.UserError, error) {
	if f := outbound.Failure(a); f != nil {
		return userError(ctx, f), nil
	}
	return nil, nil
}

// ModerationReason is the field of the same name.
func (r outboundAttemptResolver) ModerationReason(_ context.Context, a *db.OutboundAttempt) (*exec.ModerationReason, error) {
	if a.ModerationReasonID == nil {
		return nil, nil
	}
	for word, number := range reasons {
		if number == *a.ModerationReasonID {
			return &word, nil
		}
	}
	return nil, nil
}

// TargetCompanyID is the field of the same name.
func (r outboundAttemptResolver) TargetCompanyID(_ context.Context, a *db.OutboundAttempt) (*string, error) {
	if a.TargetCompanyID == nil {
		return nil, nil
	}
	id := strconv.FormatInt(*a.TargetCompanyID, 10)
	return &id, nil
}
