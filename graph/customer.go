package graph

import (
	"context"
	"slices"
	"strings"

	"entgo.io/contrib/entgql"
	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/customer"
	"citrus.cx/channel/ent/db/possibleduplicate"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/fold"
	"citrus.cx/channel/server/identity"
	store "citrus.cx/channel/server/ticket"
)

// Customers is the field of the same name.
func (r queryResolver) Customers(
	ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string],
	search *string, orderBy *db.CustomerOrder,
) (*db.CustomerConnection, error) {
	if _, err := identity.Require(ctx); err != nil {
		return nil, err
	}
	query := r.Reader.Customer.Query()
	if search != nil && strings.TrimSpace(*search) != "" {
		query.Where(customer.Or(
			customer.NameFoldedContains(fold.Text(*search)), customer.Code(strings.ToUpper(strings.TrimSpace(*search))),
			store.CustomerKnownBy(*search),
		))
	}
	return query.Paginate(ctx, after, first, before, last, db.WithCustomerOrder(orderBy))
}

// AsSent is the field of the same name.
func (r customerResolver) AsSent(_ context.Context, c *db.Customer) (*exec.CustomerAsSent, error) {
	return &exec.CustomerAsSent{Emails: plain(c.AsSent.Emails), Phones: plain(c.AsSent.Phones), Documents: plain(c.AsSent.Documents)}, nil
}

// PossibleDuplicates is the field of the same name.
func (r customerResolver) PossibleDuplicates(ctx context.Context, c *db.Customer) ([]*db.Customer, error) {
	return loadersOf(ctx).twins.Load(ctx, c.ID)
}

// twins reads who may be the same person as customers that the viewer sees, of those that he sees, too.
func (r *resolver) twins(ctx context.Context, ids []string) (map[string][]*db.Customer, error) {
	pairs, err := r.Reader.PossibleDuplicate.Query().Where(possibleduplicate.CustomerIDIn(ids...)).
		Order(possibleduplicate.ByFoundAt(sql.OrderDesc()), possibleduplicate.ByID()).All(identity.System(ctx))
	if err != nil {
		return nil, err
	}
	others := make([]string, len(pairs))
	for i, p := range pairs {
		others[i] = p.OtherID
	}
	visible := map[string]*db.Customer{}
	for some := range slices.Chunk(others, maxList) {
		rows, err := r.Reader.Customer.Query().Where(customer.IDIn(some...)).All(ctx)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			visible[row.ID] = row
		}
	}
	twins := make(map[string][]*db.Customer, len(ids))
	for _, id := range ids {
		twins[id] = []*db.Customer{}
	}
	for _, p := range pairs {
		if other := visible[p.OtherID]; other != nil && len(twins[p.CustomerID]) < maxPage {
			twins[p.CustomerID] = append(twins[p.CustomerID], other)
		}
	}
	return twins, nil
}
