package graph

import (
	"context"
	"errors"
	"slices"

	"entgo.io/contrib/entgql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/graph/internal/feed"
	"citrus.cx/channel/graph/internal/live"
	"citrus.cx/channel/graph/transport"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// TicketChanges is the subscription of the same name. It is executed in two ways: once to learn what is asked for,
// and then for each change that package feed has for all who ask the same.
func (r subscriptionResolver) TicketChanges(ctx context.Context, filter *exec.TicketChangesFilter, after *entgql.Cursor[string]) (<-chan live.Update, error) {
	updates := make(chan live.Update, 1)
	defer close(updates)
	if u, ok := ctx.Value(givenKey{}).(live.Update); ok {
		updates <- u
		return updates, nil
	}
	viewer, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	from, err := r.start(ctx, after)
	if err != nil {
		return nil, err
	}
	w, ok := ctx.Value(wantedKey{}).(*wanted)
	if !ok {
		return nil, errors.New("graph: subscriptions are fed by the transport")
	}
	w.filter, w.from = filterOf(filter, viewer), from
	return updates, nil
}

// filterOf is a filter in the feed's words; "only mine" is the viewer's id, so that it can be shared like any other.
func filterOf(f *exec.TicketChangesFilter, viewer identity.Viewer) feed.Filter {
	if f == nil {
		return feed.Filter{}
	}
	out := feed.Filter{
		SectorIDs: f.SectorIds.Value(), AssigneeIDs: f.AssigneeIds.Value(), IntegrationIDs: f.IntegrationIds.Value(),
		TicketIDs: f.TicketIds.Value(), Unread: f.Unread.Value(),
	}
	if statuses := f.Statuses.Value(); statuses != nil {
		out.Statuses = []string{}
		for _, s := range statuses {
			out.Statuses = append(out.Statuses, string(s))
		}
	}
	if mine := f.OnlyMine.Value(); mine != nil && *mine {
		if out.AssigneeIDs == nil || slices.Contains(out.AssigneeIDs, viewer.UserID) {
			out.AssigneeIDs = []string{viewer.UserID}
		} else {
			out.AssigneeIDs = []string{}
		}
	}
	return out
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

// start is where a subscription begins: after the cursor that an event stream's client had last, else after the given one, else
// at the present end, taken before the subscription is confirmed. Who comes back by himself repeats the request with which he
// first came, its cursor too: what he has had since goes before.
func (r subscriptionResolver) start(ctx context.Context, after *entgql.Cursor[string]) (event.Position, error) {
	if last := transport.LastEventID(ctx); last != "" {
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
