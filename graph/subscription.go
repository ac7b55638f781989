package graph

import (
	"context"
	"errors"
	"slices"

	"entgo.io/contrib/entgql"
	"github.com/99designs/gqlgen/graphql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/graph/internal/live"
	"citrus.cx/channel/graph/transport"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

func identityOf(ctx context.Context) (identity.Viewer, bool) { return identity.From(ctx) }

// TicketChanges is the subscription of the same name: it follows the log from a cursor on, and
// shows of it what the filter and the viewer's role let through.
func (r subscriptionResolver) TicketChanges(ctx context.Context, filter *exec.TicketChangesFilter, after *entgql.Cursor[string]) (<-chan live.Update, error) {
	viewer, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	from, err := r.start(ctx, after)
	if err != nil {
		return nil, err
	}
	updates := make(chan live.Update)
	go func() {
		defer close(updates)
		r.ended(ctx, r.follow(ctx, viewer, filter, from, updates))
	}()
	return updates, nil
}

// ended tells the client why a stream is over that he has not left himself.
func (r subscriptionResolver) ended(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	if _, expected := fault.All(err); !expected {
		r.Logger.ErrorContext(ctx, "subscription ended", "requestId", requestID(ctx), "error", err)
		err = fault.New(fault.Internal)
	}
	transport.Fail(ctx, err)
}

// start is where a subscription begins: after the given cursor, else after the one that an event
// stream's client had last, else at the present end, taken before the subscription is confirmed.
func (r subscriptionResolver) start(ctx context.Context, after *entgql.Cursor[string]) (event.Position, error) {
	if last := transport.LastEventID(ctx); after == nil && last != "" {
		after = &entgql.Cursor[string]{}
		if err := after.UnmarshalGQL(last); err != nil {
			return event.Position{}, badCursor()
		}
	}
	if after == nil {
		return r.Log.Head(ctx)
	}
	position, ok := live.PositionOf(*after)
	if !ok {
		return event.Position{}, badCursor()
	}
	return position, nil
}

func badCursor() error {
	return fault.New(fault.Invalid, "after").With("reason", fault.Text{
		PT: "after não é um cursor de eventos", EN: "after is not a cursor of events",
	})
}

// follow sends until the context ends. A position that cannot be followed gives one resync, and
// the stream goes on from the present end.
func (r subscriptionResolver) follow(
	ctx context.Context, viewer identity.Viewer, filter *exec.TicketChangesFilter, from event.Position, updates chan<- live.Update,
) error {
	follower := r.Log.Follow(&from)
	for {
		events, err := follower.Next(ctx)
		if errors.Is(err, event.ErrResync) {
			head, err := r.Log.Head(ctx)
			if err != nil {
				return err
			}
			follower = r.Log.Follow(&head)
			if !send(ctx, updates, live.Resync{Cursor: live.CursorOf(head)}) {
				return nil
			}
			continue
		}
		if err != nil {
			return err
		}
		// Authorised at every delivery: the session may have ended, the viewer may have another role or sector.
		if viewer, err = r.Identity.Again(ctx, viewer); err != nil {
			return err
		}
		epoch := follower.Position().Epoch
		for _, e := range events {
			if !visible(viewer, e) || !passes(filter, e) {
				continue
			}
			if !send(ctx, updates, change(epoch, e)) {
				return nil
			}
		}
	}
}

func send(ctx context.Context, updates chan<- live.Update, u live.Update) bool {
	select {
	case updates <- u:
		return true
	case <-ctx.Done():
		return false
	}
}

// visible is rule T4 for an event: agents get those of their sectors, and are told of the tickets that leave them.
func visible(v identity.Viewer, e *db.TicketEvent) bool {
	return v.Sees(e.SectorID) || v.Sees(before(e, "sector"))
}

// before is what a field was before a change, "" where it was nothing or stayed.
func before(e *db.TicketEvent, field string) string {
	for _, c := range e.Changes {
		if c.Field == field && c.Old != nil {
			return *c.Old
		}
	}
	return ""
}

// passes decides from the event alone: it repeats the ticket's state after the change. A list of a
// sector's or of somebody's tickets learns of those that leave it, too.
func passes(f *exec.TicketChangesFilter, e *db.TicketEvent) bool {
	if f == nil {
		return true
	}
	assignee := ""
	if e.AssigneeID != nil {
		assignee = *e.AssigneeID
	}
	return among(f.SectorIds, e.SectorID, before(e, "sector")) && among(f.Statuses, ticket.Status(e.Status)) &&
		among(f.AssigneeIds, assignee, before(e, "assignee")) && among(f.IntegrationIds, e.IntegrationID) && among(f.TicketIds, e.TicketID)
}

// among says whether one of the values is wanted.
func among[T comparable](wanted graphql.Omittable[[]T], values ...T) bool {
	list := wanted.Value()
	return list == nil || slices.ContainsFunc(values, func(v T) bool { return slices.Contains(list, v) })
}

func change(epoch string, e *db.TicketEvent) live.Change {
	fields := []string{}
	for _, c := range e.Changes {
		if !slices.Contains(fields, c.Field) {
			fields = append(fields, c.Field)
		}
	}
	return live.Change{
		Cursor: live.CursorOf(event.Position{Epoch: epoch, Offset: e.Position}),
		Kind:   e.Kind, OccurredAt: e.OccurredAt, Cause: e.Cause, ChangedFields: fields, TicketID: e.TicketID, Event: e,
	}
}

// Ticket is the field of the same name: the ticket as it is now, if the viewer still sees it.
func (r ticketChangeResolver) Ticket(ctx context.Context, c *live.Change) (*db.Ticket, error) {
	return r.oneTicket(ctx, ticket.ID(c.Event.TicketID))
}

// Actor is the field of the same name. A subscription lives long: nothing is remembered from one change to the next.
func (r ticketChangeResolver) Actor(ctx context.Context, c *live.Change) (*exec.Actor, error) {
	out := &exec.Actor{Kind: c.Event.ActorKind}
	if c.Event.ActorID == nil {
		return out, nil
	}
	var err error
	out.User, err = orNull(r.Reader.User.Get(ctx, *c.Event.ActorID))
	return out, err
}
