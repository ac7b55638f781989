package graph

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/customer"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/desk"
	"citrus.cx/channel/server/reclameaqui"
	store "citrus.cx/channel/server/ticket"
)

// sendings are the contract's words for what an agent may send, in the order in which they are offered.
var sendings = []struct {
	action exec.TicketAction
	kind   outboundattempt.Kind
}{
	{exec.TicketActionReplyPublicly, outboundattempt.KindPUBLIC_REPLY},
	{exec.TicketActionSendPrivateMessage, outboundattempt.KindPRIVATE_MESSAGE},
	{exec.TicketActionEndPrivateConversation, outboundattempt.KindPRIVATE_CONVERSATION_END},
	{exec.TicketActionRequestEvaluation, outboundattempt.KindEVALUATION_REQUEST},
	{exec.TicketActionRequestModeration, outboundattempt.KindMODERATION_REQUEST},
}

// deeds are the contract's words for what an agent may do here, in that order too.
var deeds = []struct {
	action exec.TicketAction
	verb   desk.Verb
}{
	{exec.TicketActionAssign, desk.VerbAssign},
	{exec.TicketActionTransfer, desk.VerbTransfer},
	{exec.TicketActionFinish, desk.VerbFinish},
	{exec.TicketActionReopen, desk.VerbReopen},
	{exec.TicketActionAddNote, desk.VerbAddNote},
	{exec.TicketActionMarkRead, desk.VerbMarkRead},
}

// reasons are the contract's words for Reclame Aqui's reasons of a moderation.
var reasons = map[exec.ModerationReason]int{
	exec.ModerationReasonOtherCompany:    reclameaqui.ReasonOtherCompany,
	exec.ModerationReasonDuplicate:       reclameaqui.ReasonDuplicate,
	exec.ModerationReasonImproperContent: reclameaqui.ReasonImproperContent,
	exec.ModerationReasonThirdParties:    reclameaqui.ReasonThirdParties,
	exec.ModerationReasonLabourMatter:    reclameaqui.ReasonLabourMatter,
	exec.ModerationReasonNoViolation:     reclameaqui.ReasonNoViolation,
	exec.ModerationReasonFraud:           reclameaqui.ReasonFraud,
}

// AvailableActions is the field of the same name.
func (r ticketResolver) AvailableActions(ctx context.Context, t *db.Ticket) ([]*exec.AvailableAction, error) {
	facts, err := loadersOf(ctx).facts.Load(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	var list []*exec.AvailableAction
	offer := func(action exec.TicketAction, p store.Permission) {
		list = append(list, &exec.AvailableAction{Action: action, Allowed: p.Blocked == nil, Reason: why(ctx, p), Until: p.Until})
	}
	for _, s := range sendings {
		offer(s.action, store.Permit(s.kind, t, facts, r.Now()))
	}
	for _, d := range deeds {
		var p store.Permission
		if reason, blocked := desk.Blocked(t, d.verb); blocked {
			p.Blocked = &reason
		}
		offer(d.action, p)
	}
	return list, nil
}

// ModerationReasons is the field of the same name.
func (r ticketResolver) ModerationReasons(ctx context.Context, t *db.Ticket) ([]*exec.AvailableModerationReason, error) {
	facts, err := loadersOf(ctx).facts.Load(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	list := make([]*exec.AvailableModerationReason, len(exec.AllModerationReason))
	for i, reason := range exec.AllModerationReason {
		p := store.Permit(outboundattempt.KindMODERATION_REQUEST, t, facts, r.Now())
		if p.Blocked == nil {
			p = store.PermitReason(reasons[reason], t, facts, r.Now())
		}
		list[i] = &exec.AvailableModerationReason{Reason: reason, Allowed: p.Blocked == nil, Why: why(ctx, p), Until: p.Until}
	}
	return list, nil
}

func why(ctx context.Context, p store.Permission) *string {
	if p.Blocked == nil {
		return nil
	}
	text := p.Blocked.In(languageOf(ctx))
	return &text
}

// facts reads what the actions on tickets depend on: as many statements for a list as for one.
func (r *resolver) facts(ctx context.Context, ids []string) (map[string]store.Facts, error) {
	rows, err := r.Reader.Ticket.Query().Where(ticket.IDIn(ids...)).Select(ticket.FieldID, ticket.FieldIntegrationID, ticket.FieldCustomerID).
		WithIntegration(func(q *db.IntegrationQuery) { q.Select(integration.FieldState) }).
		WithCustomer(func(q *db.CustomerQuery) { q.Select(customer.FieldEmails) }).
		WithInteractions(func(q *db.InteractionQuery) {
			q.Select(interaction.FieldTicketID, interaction.FieldSourceID, interaction.FieldKind, interaction.FieldAuthorKind,
				interaction.FieldPrivate, interaction.FieldOccurredAt).Order(db.Asc(interaction.FieldID))
		}).
		WithOutboundAttempts(func(q *db.OutboundAttemptQuery) {
			q.Where(outboundattempt.StateNEQ(outboundattempt.StateFAILED))
		}).All(ctx)
	if err != nil {
		return nil, err
	}
	facts := make(map[string]store.Facts, len(rows))
	for _, t := range rows {
		state := t.Edges.Integration.State
		facts[t.ID] = store.Facts{
			Thread: t.Edges.Interactions, Attempts: t.Edges.OutboundAttempts,
			HasAddress: t.Edges.Customer != nil && len(t.Edges.Customer.Emails) > 0,
			InUse:      state == integration.StateACTIVE || state == integration.StatePAUSED,
			Zone:       r.Zone,
		}
	}
	return facts, nil
}
