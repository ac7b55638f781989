package desk

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/idempotency"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/ticket"
)

// Service does what agents do with tickets.
type Service struct {
	database *database.DB
	tickets  *ticket.Store
}

// New makes the service.
func New(d *database.DB, tickets *ticket.Store) *Service {
	return &Service{database: d, tickets: tickets}
}

// Target is which ticket a verb is about, and on what condition.
type Target struct {
	TicketID string
	// Version is the one that the author saw; nil = whatever it is now.
	Version *int
	// Key is the client's key of this intention; "" has no memory.
	Key string
}

// work decides what a verb changes on a ticket that nobody else changes meanwhile. It may write
// what stands beside the ticket; an act without changes is none. result is what a repeat of the
// key is answered.
type work func(ctx context.Context, tx *db.Tx, by identity.Viewer, t *db.Ticket) (result string, act ticket.Act, err error)

// do runs a verb: for who sees the ticket, in one transaction with its event, once for a key.
func (s *Service) do(ctx context.Context, v Verb, mutation string, on Target, input any, decide work) (result string, err error) {
	defer fault.Wrap(&err, "desk."+mutation)
	viewer, ok := identity.From(ctx)
	if !ok {
		return "", fault.New(fault.Unauthenticated)
	}
	return idempotency.Once(ctx, s.database, viewer.UserID, mutation, on.Key, input, func(ctx context.Context, tx *db.Tx) (string, error) {
		t, err := s.tickets.Lock(ctx, tx, on.TicketID)
		switch {
		case db.IsNotFound(err), err == nil && !viewer.Sees(t.SectorID):
			return "", fault.New(fault.NotFound, "ticketId")
		case err != nil:
			return "", err
		case on.Version != nil && *on.Version != t.Version:
			return "", fault.New(fault.Conflict, "version")
		}
		if err := refuse(t, v); err != nil {
			return "", err
		}
		result, act, err := decide(ctx, tx, viewer, t)
		if err != nil || len(act.Changes) == 0 {
			return result, err
		}
		act.Cause, act.ActorKind, act.ActorID = ticketevent.CauseAGENT_ACTION, ticketevent.ActorKindAGENT, &viewer.UserID
		return result, s.tickets.Record(ctx, tx, t.ID, act)
	})
}

// changes gathers what differs, by the contract's names of the fields; entries stand there by their ids.
type changes []ticket.Changed

func (c *changes) compare(field, before, after string) {
	if before != after {
		*c = append(*c, ticket.Changed{Field: field, Old: before, New: after})
	}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
