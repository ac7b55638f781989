package ticket

import (
	"context"
	"fmt"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/customerkey"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
)

// customers finds or makes the customer of each complaint (rule T2) and returns their ids in
// the same order.
func (w *writer) customers(ctx context.Context, page []mirror) ([]string, error) {
	owners, err := w.owners(ctx, page)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(page))
	var fresh []*db.CustomerCreate
	var keys []*db.CustomerKeyCreate
	for i, m := range page {
		ids[i] = ownerOf(m.person, owners)
		if ids[i] == "" {
			ids[i] = schema.NewID(schema.PrefixCustomer)
			fresh = append(fresh, w.newCustomer(ids[i], m.person))
		}
		for _, k := range m.person.keys() {
			if owners[k] == "" {
				owners[k] = ids[i]
				keys = append(keys, w.tx.CustomerKey.Create().SetKind(k.kind).SetValue(k.value).SetCustomerID(ids[i]))
			}
		}
	}
	if err := w.insertCustomers(ctx, fresh); err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return ids, nil
	}
	if err := w.tx.CustomerKey.CreateBulk(keys...).Exec(ctx); err != nil {
		return nil, fmt.Errorf("create customer keys: %w", err)
	}
	return ids, nil
}

func ownerOf(p person, owners map[key]string) string {
	for _, k := range p.keys() {
		if id := owners[k]; id != "" {
			return id
		}
	}
	return ""
}

// owners loads whom the keys of a page lead to.
func (w *writer) owners(ctx context.Context, page []mirror) (map[key]string, error) {
	values := map[customerkey.Kind][]string{}
	for _, m := range page {
		for _, k := range m.person.keys() {
			values[k.kind] = append(values[k.kind], k.value)
		}
	}
	owners := map[key]string{}
	for kind, list := range values {
		known, err := w.tx.CustomerKey.Query().
			Where(customerkey.KindEQ(kind), customerkey.ValueIn(list...)).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("load customer keys: %w", err)
		}
		for _, k := range known {
			owners[key{k.Kind, k.Value}] = k.CustomerID
		}
	}
	return owners, nil
}

func (w *writer) newCustomer(id string, p person) *db.CustomerCreate {
	return w.tx.Customer.Create().SetID(id).
		SetName(p.name).SetNameFolded(p.folded).SetEmails(p.emails).SetPhones(p.phones).SetDocuments(p.documents).
		SetNillableCity(p.city).SetNillableState(p.state).
		SetCustomerTypeID(w.read.Defaults.CustomerTypeID).SetRegionID(w.read.Defaults.RegionID)
}

func (w *writer) insertCustomers(ctx context.Context, fresh []*db.CustomerCreate) error {
	if len(fresh) == 0 {
		return nil
	}
	last, err := database.Take(ctx, w.tx, "customer", len(fresh))
	if err != nil {
		return err
	}
	for i, create := range fresh {
		create.SetCode(fmt.Sprintf("C%07d", last-int64(len(fresh))+int64(i)+1))
	}
	if err := w.tx.Customer.CreateBulk(fresh...).Exec(ctx); err != nil {
		return fmt.Errorf("create customers: %w", err)
	}
	return nil
}
