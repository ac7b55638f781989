package graph

import (
	"context"
	"strconv"
	"strings"
	"time"

	"entgo.io/contrib/entgql"
	"github.com/99designs/gqlgen/graphql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/customer"
	"citrus.cx/channel/ent/db/predicate"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/fold"
	"citrus.cx/channel/server/identity"
	store "citrus.cx/channel/server/ticket"
)

// newestFirst orders tickets by their ids, which sort by the complaint's time.
var newestFirst = &db.TicketOrder{Direction: entgql.OrderDirectionDesc, Field: db.DefaultTicketOrder.Field}

// Tickets is the field of the same name.
func (r queryResolver) Tickets(
	ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string],
	filter *exec.TicketFilter, orderBy *db.TicketOrder,
) (*db.TicketConnection, error) {
	viewer, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	if orderBy == nil {
		orderBy = newestFirst
	}
	return r.Reader.Ticket.Query().Where(ticketsWhere(filter, viewer.UserID, r.Now())...).
		Paginate(ctx, after, first, before, last, db.WithTicketOrder(orderBy))
}

// ticketsWhere is the filter in the database's words, for who asks and when.
func ticketsWhere(f *exec.TicketFilter, viewerID string, now time.Time) []predicate.Ticket {
	if f == nil {
		return nil
	}
	var where []predicate.Ticket
	if ids := f.SectorIds.Value(); ids != nil {
		where = append(where, ticket.SectorIDIn(ids...))
	}
	if statuses := f.Statuses.Value(); statuses != nil {
		where = append(where, ticket.StatusIn(statuses...))
	}
	if ids := f.AssigneeIds.Value(); ids != nil {
		where = append(where, ticket.AssigneeIDIn(ids...))
	}
	if ids := f.IntegrationIds.Value(); ids != nil {
		where = append(where, ticket.IntegrationIDIn(ids...))
	}
	where = append(where, either(f.Unassigned, ticket.AssigneeIDIsNil(), ticket.AssigneeIDNotNil())...)
	where = append(where, either(f.Mine, ticket.AssigneeID(viewerID), ticket.Or(ticket.AssigneeIDIsNil(), ticket.AssigneeIDNEQ(viewerID)))...)
	where = append(where, either(f.Unread, ticket.Unread(true), ticket.Unread(false))...)
	where = append(where, either(f.Overdue, store.Late(now), store.NotLate(now))...)
	if before := given(f.DueBefore); before != nil {
		where = append(where, store.DueBefore(*before))
	}
	return append(where, searched(text(f.Search))...)
}

// either restricts to one of two halves; what is absent does not restrict.
func either(wanted graphql.Omittable[*bool], yes, no predicate.Ticket) []predicate.Ticket {
	switch v := given(wanted); {
	case v == nil:
		return nil
	case *v:
		return []predicate.Ticket{yes}
	}
	return []predicate.Ticket{no}
}

func searched(search string) []predicate.Ticket {
	search = strings.TrimSpace(search)
	if search == "" {
		return nil
	}
	any := []predicate.Ticket{
		ticket.TitleContainsFold(search), ticket.Protocol(search), ticket.SourceID(search),
		ticket.HasCustomerWith(customer.NameFoldedContains(fold.Text(search))),
	}
	if number, err := strconv.ParseInt(search, 10, 64); err == nil {
		any = append(any, ticket.ComplaintID(number))
	}
	return []predicate.Ticket{ticket.Or(any...)}
}

// Ticket is the field of the same name.
func (r queryResolver) Ticket(ctx context.Context, id string) (*db.Ticket, error) {
	return r.oneTicket(ctx, ticket.ID(id))
}

// TicketByProtocol is the field of the same name.
func (r queryResolver) TicketByProtocol(ctx context.Context, protocol string) (*db.Ticket, error) {
	return r.oneTicket(ctx, ticket.Protocol(protocol))
}

func (r *resolver) oneTicket(ctx context.Context, where predicate.Ticket) (*db.Ticket, error) {
	if _, err := identity.Require(ctx); err != nil {
		return nil, err
	}
	query, err := r.Reader.Ticket.Query().Where(where).CollectFields(ctx, "Ticket")
	if err != nil {
		return nil, err
	}
	return orNull(query.Only(ctx))
}

// ReclameAqui is the field of the same name: the part of the ticket's row that mirrors the complaint.
func (r ticketResolver) ReclameAqui(_ context.Context, t *db.Ticket) (*db.Ticket, error) {
	return t, nil
}

// Actor is the field of the same name.
func (r ticketEventResolver) Actor(ctx context.Context, e *db.TicketEvent) (*exec.Actor, error) {
	out := &exec.Actor{Kind: e.ActorKind}
	if e.ActorID == nil {
		return out, nil
	}
	var err error
	out.User, err = loadersOf(ctx).user.Load(ctx, *e.ActorID)
	return out, err
}
