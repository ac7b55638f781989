package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/desk"
	store "citrus.cx/channel/server/ticket"
)

// target is which ticket a verb is about, as its input names it.
func target(ticketID string, version graphql.Omittable[*int], key graphql.Omittable[*string]) desk.Target {
	return desk.Target{TicketID: ticketID, Version: given(version), Key: text(key)}
}

// ticketNow reads a ticket after a verb; null when the viewer does not see it any more.
func (r *resolver) ticketNow(ctx context.Context, id string) (*db.Ticket, error) {
	return orNull(r.Reader.Ticket.Get(ctx, id))
}

// AssignTicket is the mutation of the same name.
func (r mutationResolver) AssignTicket(ctx context.Context, in exec.AssignTicketInput) (*exec.AssignTicketPayload, error) {
	err := r.Desk.Assign(ctx, desk.Assignment{
		Target: target(in.TicketID, in.Version, in.IdempotencyKey), AssigneeID: given(in.AssigneeID),
	})
	ticket, problems, err := changed(ctx, r.ticketNow, in.TicketID, err)
	return &exec.AssignTicketPayload{Ticket: ticket, Errors: problems}, err
}

// TransferTicket is the mutation of the same name.
func (r mutationResolver) TransferTicket(ctx context.Context, in exec.TransferTicketInput) (*exec.TransferTicketPayload, error) {
	err := r.Desk.Transfer(ctx, desk.Transfer{
		Target:   target(in.TicketID, in.Version, in.IdempotencyKey),
		SectorID: in.SectorID, OccurrenceTypeID: in.OccurrenceTypeID, OccurrenceID: in.OccurrenceID,
		Assignee: desk.Choice{Made: in.AssigneeID.IsSet(), ID: given(in.AssigneeID)}, Note: text(in.Note),
	})
	ticket, problems, err := changed(ctx, r.ticketNow, in.TicketID, err)
	return &exec.TransferTicketPayload{Ticket: ticket, Errors: problems}, err
}

// FinishTicket is the mutation of the same name.
func (r mutationResolver) FinishTicket(ctx context.Context, in exec.FinishTicketInput) (*exec.FinishTicketPayload, error) {
	err := r.Desk.Finish(ctx, desk.Finish{
		Target: target(in.TicketID, in.Version, in.IdempotencyKey), SolutionID: in.SolutionID,
	})
	ticket, problems, err := changed(ctx, r.ticketNow, in.TicketID, err)
	return &exec.FinishTicketPayload{Ticket: ticket, Errors: problems}, err
}

// ReopenTicket is the mutation of the same name.
func (r mutationResolver) ReopenTicket(ctx context.Context, in exec.ReopenTicketInput) (*exec.ReopenTicketPayload, error) {
	err := r.Desk.Reopen(ctx, target(in.TicketID, in.Version, in.IdempotencyKey))
	ticket, problems, err := changed(ctx, r.ticketNow, in.TicketID, err)
	return &exec.ReopenTicketPayload{Ticket: ticket, Errors: problems}, err
}

// MarkTicketRead is the mutation of the same name.
func (r mutationResolver) MarkTicketRead(ctx context.Context, in exec.MarkTicketReadInput) (*exec.MarkTicketReadPayload, error) {
	unread := given(in.Unread)
	err := r.Desk.MarkRead(ctx, desk.Reading{
		Target: desk.Target{TicketID: in.TicketID, Key: text(in.IdempotencyKey)}, Unread: unread != nil && *unread,
	})
	ticket, problems, err := changed(ctx, r.ticketNow, in.TicketID, err)
	return &exec.MarkTicketReadPayload{Ticket: ticket, Errors: problems}, err
}

// AddInternalNote is the mutation of the same name.
func (r mutationResolver) AddInternalNote(ctx context.Context, in exec.AddInternalNoteInput) (*exec.AddInternalNotePayload, error) {
	id, err := r.Desk.AddNote(ctx, desk.Note{Target: desk.Target{TicketID: in.TicketID, Key: in.IdempotencyKey}, Text: in.Text})
	note, problems, err := changed(ctx, r.noteNow, id, err)
	out := &exec.AddInternalNotePayload{Note: note, Errors: problems}
	if err != nil || note == nil {
		return out, err
	}
	out.Ticket, err = r.ticketNow(ctx, in.TicketID)
	return out, err
}

func (r *resolver) noteNow(ctx context.Context, id string) (*db.InternalNote, error) {
	return orNull(r.Reader.InternalNote.Get(ctx, id))
}

// AllowedSolutions is the field of the same name.
func (r ticketResolver) AllowedSolutions(ctx context.Context, t *db.Ticket) ([]*db.Solution, error) {
	return loadersOf(ctx).allowed.Load(ctx, desk.SettingOf(t))
}

func (r *resolver) allowedSolutions(ctx context.Context, of []desk.Setting) (map[desk.Setting][]*db.Solution, error) {
	return desk.AllowedSolutions(ctx, r.Reader, of)
}

// SLA is the field sla.
func (r ticketResolver) SLA(_ context.Context, t *db.Ticket) (*exec.TicketSLA, error) {
	return &exec.TicketSLA{State: exec.SLAState(store.SLAStateOf(t, r.Now())), DueAt: t.DueAt, AnsweredAt: t.FirstAnsweredAt}, nil
}
