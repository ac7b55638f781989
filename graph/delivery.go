package graph

import (
	"context"
	"strings"

	"entgo.io/contrib/entgql"
	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/callbackdelivery"
	"citrus.cx/channel/ent/db/predicate"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/delivery"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// latestDelivery orders callbacks by their ids, which sort by time.
var latestDelivery = &db.CallbackDeliveryOrder{Direction: entgql.OrderDirectionDesc, Field: db.DefaultCallbackDeliveryOrder.Field}

// CallbackDeliveries is the field of the same name.
func (r queryResolver) CallbackDeliveries(
	ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string],
	filter *exec.CallbackDeliveryFilter,
) (*db.CallbackDeliveryConnection, error) {
	if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
		return nil, err
	}
	where, err := deliveriesWhere(filter)
	if err != nil {
		return nil, err
	}
	query := r.Reader.CallbackDelivery.Query().Where(where...)
	// A body may have a megabyte: what is shown of it is read by itself.
	query.Select(callbackdelivery.FieldIntegrationID, callbackdelivery.FieldReceivedAt, callbackdelivery.FieldMethod,
		callbackdelivery.FieldContentType, callbackdelivery.FieldRedeliveredAt, callbackdelivery.FieldRedeliveries)
	return query.Paginate(ctx, after, first, before, last, db.WithCallbackDeliveryOrder(latestDelivery))
}

// deliveriesWhere is the filter in the database's words.
func deliveriesWhere(f *exec.CallbackDeliveryFilter) ([]predicate.CallbackDelivery, error) {
	if f == nil {
		return nil, nil
	}
	var where []predicate.CallbackDelivery
	if ids := f.IntegrationIds.Value(); ids != nil {
		where = append(where, callbackdelivery.IntegrationIDIn(ids...))
	}
	if from := given(f.ReceivedFrom); from != nil {
		where = append(where, callbackdelivery.ReceivedAtGTE(from.UTC()))
	}
	if to := given(f.ReceivedTo); to != nil {
		where = append(where, callbackdelivery.ReceivedAtLT(to.UTC()))
	}
	if method := given(f.Method); method != nil {
		where = append(where, callbackdelivery.Method(strings.ToUpper(*method)))
	}
	if id := given(f.ComplaintID); id != nil {
		if *id == "" || strings.Trim(*id, "0123456789") != "" {
			return nil, fault.New(fault.Invalid, "filter", "complaintId").With("reason", fault.Text{PT: "não é um número", EN: "not a number"})
		}
		where = append(where, naming(*id))
	}
	switch again := given(f.Redelivered); {
	case again == nil:
	case *again:
		where = append(where, callbackdelivery.RedeliveriesGT(0))
	default:
		where = append(where, callbackdelivery.Redeliveries(0))
	}
	return where, nil
}

// naming finds the callbacks that name a complaint by either of its numbers. The references are a short list of JSON,
// and both databases can read it as a text.
func naming(number string) predicate.CallbackDelivery {
	return func(s *sql.Selector) {
		s.Where(sql.P(func(b *sql.Builder) {
			b.WriteString("CAST(").Ident(s.C(callbackdelivery.FieldReferences)).WriteString(" AS TEXT) LIKE ").Arg(`%:` + number + `"%`)
		}))
	}
}

// Integration is the field of the same name.
func (r deliveryResolver) Integration(ctx context.Context, d *db.CallbackDelivery) (*db.Integration, error) {
	return loadersOf(ctx).whole.Load(ctx, d.IntegrationID)
}

// Size is the field of the same name.
func (r deliveryResolver) Size(ctx context.Context, d *db.CallbackDelivery) (int, error) {
	body, err := loadersOf(ctx).bodies.Load(ctx, d.ID)
	return body.Size, err
}

// Body is the field of the same name.
func (r deliveryResolver) Body(ctx context.Context, d *db.CallbackDelivery) (*string, error) {
	body, err := loadersOf(ctx).bodies.Load(ctx, d.ID)
	if body.Masked == "" {
		return nil, err
	}
	return &body.Masked, err
}

// State is the field of the same name.
func (r deliveryResolver) State(ctx context.Context, d *db.CallbackDelivery) (exec.CallbackDeliveryState, error) {
	pointers, err := loadersOf(ctx).pointers.Load(ctx, d.ID)
	state := exec.CallbackDeliveryStateRead
	if pointers.Waiting {
		state = exec.CallbackDeliveryStateWaiting
	}
	return state, err
}

// Hints is the field of the same name.
func (r deliveryResolver) Hints(ctx context.Context, d *db.CallbackDelivery) ([]*exec.CallbackHint, error) {
	pointers, err := loadersOf(ctx).pointers.Load(ctx, d.ID)
	hints := make([]*exec.CallbackHint, len(pointers.Hints))
	for i, p := range pointers.Hints {
		hints[i] = &exec.CallbackHint{Kind: p.Kind, Ticket: p.Ticket}
		if p.Value != "" {
			hints[i].Reference = &p.Value
		}
	}
	return hints, err
}

// pointers reads what deliveries hinted at, and notes that their tickets came together.
func (r *resolver) pointers(ctx context.Context, ids []string) (map[string]delivery.Pointers, error) {
	all, err := r.Deliveries.Pointers(ctx, ids)
	var tickets []*db.Ticket
	for _, p := range all {
		for _, h := range p.Hints {
			if h.Ticket != nil {
				tickets = append(tickets, h.Ticket)
			}
		}
	}
	c := loadersOf(ctx).company
	note(c, c.ids, tickets, func(t *db.Ticket) string { return t.ID })
	return all, err
}

// Ticket is the field of the same name: again, with what is asked of it.
func (r callbackHintResolver) Ticket(ctx context.Context, h *exec.CallbackHint) (*db.Ticket, error) {
	if h.Ticket == nil {
		return nil, nil
	}
	return loadersOf(ctx).pointed.Load(ctx, h.Ticket.ID)
}

// pointed reads tickets with the edges that this field asks for; of the columns all, because another field of the
// same name may ask for others.
func (r *resolver) pointed(ctx context.Context, ids []string) (map[string]*db.Ticket, error) {
	query := r.Reader.Ticket.Query().Where(ticket.IDIn(ids...))
	query.Select(ticket.Columns...)
	query, err := query.CollectFields(ctx, "Ticket")
	if err != nil {
		return nil, err
	}
	rows, err := query.All(ctx)
	tickets := make(map[string]*db.Ticket, len(rows))
	for _, t := range rows {
		tickets[t.ID] = t
	}
	return tickets, err
}

// RedeliverCallbacks is the mutation of the same name.
func (r mutationResolver) RedeliverCallbacks(ctx context.Context, in exec.RedeliverCallbacksInput) (*exec.RedeliverCallbacksPayload, error) {
	done, err := r.Deliveries.Redeliver(ctx, delivery.Order{
		DeliveryIDs: in.DeliveryIds.Value(), IntegrationID: text(in.IntegrationID),
		From: given(in.ReceivedFrom), To: given(in.ReceivedTo),
	}, text(in.IdempotencyKey))
	problems, internal := userErrors(ctx, err)
	out := &exec.RedeliverCallbacksPayload{Errors: problems}
	if err == nil {
		out.Deliveries, out.Hints = &done.Deliveries, &done.Hints
	}
	return out, internal
}
