package ticket

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/customer"
	"citrus.cx/channel/ent/db/customerkey"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
)

// crowd is the customers of a page, while they are found, made and completed (rule T2). Whoever has one holds
// the lock of the counter of protocols: pages that may make or change customers take turns, whatever
// the number of processes, so that what is looked up stays so.
type crowd struct {
	*writer
	owners   map[key]string // whose a key is
	profiles map[string]*profile
	order    []*profile
	keys     []*db.CustomerKeyCreate
	pairs    map[[2]string]bool
}

// meeting is a consumer on a page, with the customer whom it is found to be. customerID is given where the
// ticket is known already.
type meeting struct {
	person     person
	customerID string
	// changes are what of the customer the complaint changed.
	changes []schema.FieldChange
}

// customers finds or makes the customer of each meeting and completes what is known of it.
func (w *writer) customers(ctx context.Context, meetings []*meeting) error {
	owners, err := w.owners(ctx, meetings)
	if err != nil {
		return err
	}
	c := crowd{writer: w, owners: owners, profiles: map[string]*profile{}, pairs: map[[2]string]bool{}}
	if err := c.load(ctx, meetings); err != nil {
		return err
	}
	for _, m := range meetings {
		c.meet(m)
	}
	for _, m := range meetings {
		c.suspect(m)
	}
	return c.save(ctx)
}

// owners loads whom the keys of a page lead to.
func (w *writer) owners(ctx context.Context, meetings []*meeting) (map[key]string, error) {
	values := map[customerkey.Kind][]string{}
	add := func(k key) { values[k.kind] = append(values[k.kind], k.value) }
	for _, m := range meetings {
		for _, k := range m.person.keys() {
			add(k)
		}
		if m.person.raID > 0 {
			add(raKey(customerkey.KindDUPLICATE_OF, m.person.raID))
		}
		if d := m.person.duplicateID; d > 0 {
			add(raKey(customerkey.KindRECLAME_AQUI_ID, d))
			add(raKey(customerkey.KindDUPLICATE_OF, d))
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

// load reads the customers whom the page may change.
func (c *crowd) load(ctx context.Context, meetings []*meeting) error {
	var ids []string
	for _, m := range meetings {
		if id := c.ownerOf(m); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := c.tx.Customer.Query().Where(customer.IDIn(ids...)).All(ctx)
	if err != nil {
		return fmt.Errorf("load customers: %w", err)
	}
	for _, row := range rows {
		c.profiles[row.ID] = profileOf(row)
	}
	return nil
}

// ownerOf is whom a consumer is known as; "" when nobody. A ticket stays with its customer.
func (c *crowd) ownerOf(m *meeting) string {
	if m.customerID != "" {
		return m.customerID
	}
	for _, k := range m.person.keys() {
		if id := c.owners[k]; id != "" {
			return id
		}
	}
	return ""
}

// meet finds the customer, or makes one, and learns from what RA says.
func (c *crowd) meet(m *meeting) {
	m.customerID = c.ownerOf(m)
	if m.customerID == "" {
		m.customerID = schema.NewID(schema.PrefixCustomer)
	}
	p := c.profiles[m.customerID]
	if p == nil {
		p = &profile{id: m.customerID, person: m.person, fresh: true}
		c.profiles[p.id] = p
		c.order = append(c.order, p)
	} else {
		if m.changes = p.learn(m.person, c.trust(m)); p.altered && !p.fresh && !slices.Contains(c.order, p) {
			c.order = append(c.order, p)
		}
	}
	for _, k := range m.person.keys() {
		c.claim(k, m.customerID)
	}
}

// trust: the name and what else there is one of follow RA's own id and the document, read now. The backfill comes
// to older complaints later, and an e-mail address may be a family's.
func (c *crowd) trust(m *meeting) trust {
	if c.read.Cause == ticketevent.CauseBACKFILL {
		return fills
	}
	for _, k := range m.person.keys() {
		if k.kind != customerkey.KindEMAIL && c.owners[k] == m.customerID {
			return replaces
		}
	}
	return fills
}

// claim makes a key lead to a customer, unless it leads to another one: then the two may be one person.
func (c *crowd) claim(k key, customerID string) {
	switch c.owners[k] {
	case customerID:
	case "":
		c.owners[k] = customerID
		c.keys = append(c.keys, c.tx.CustomerKey.Create().SetID(schema.NewID(schema.PrefixCustomerKey)).SetKind(k.kind).SetValue(k.value).SetCustomerID(customerID))
	default:
		c.pair(customerID, c.owners[k])
	}
}

// suspect lists whom RA takes for the same person. The other one may come later: then it finds the mark.
func (c *crowd) suspect(m *meeting) {
	if d := m.person.duplicateID; d > 0 {
		if other := c.owners[raKey(customerkey.KindRECLAME_AQUI_ID, d)]; other != "" {
			c.pair(m.customerID, other)
		} else {
			c.claim(raKey(customerkey.KindDUPLICATE_OF, d), m.customerID)
		}
	}
	if m.person.raID > 0 {
		if other := c.owners[raKey(customerkey.KindDUPLICATE_OF, m.person.raID)]; other != "" {
			c.pair(m.customerID, other)
		}
	}
}

func (c *crowd) pair(a, b string) {
	if a != b {
		c.pairs[[2]string{a, b}], c.pairs[[2]string{b, a}] = true, true
	}
}

// save writes who is new, who changed, the keys and the pairs.
func (c *crowd) save(ctx context.Context) error {
	var fresh []*db.CustomerCreate
	for _, p := range c.order {
		if p.fresh {
			create := c.tx.Customer.Create().SetID(p.id).SetCreatedAt(c.now).SetUpdatedAt(c.now).
				SetCustomerTypeID(c.read.Defaults.CustomerTypeID).SetRegionID(c.read.Defaults.RegionID)
			p.into(create.Mutation())
			fresh = append(fresh, create)
			continue
		}
		update := c.tx.Customer.UpdateOneID(p.id)
		p.into(update.Mutation())
		if err := update.Exec(ctx); err != nil {
			return fmt.Errorf("update customer: %w", err)
		}
	}
	if err := c.insert(ctx, fresh); err != nil {
		return err
	}
	if err := database.Insert(ctx, c.database, c.tx, customerkey.Table, customerkey.Columns, c.keys); err != nil {
		return err
	}
	return c.savePairs(ctx)
}

// insert makes customers, each with a code of its own.
func (w *writer) insert(ctx context.Context, fresh []*db.CustomerCreate) error {
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
	return database.Insert(ctx, w.database, w.tx, customer.Table, customer.Columns, fresh)
}

func (c *crowd) savePairs(ctx context.Context) error {
	if len(c.pairs) == 0 {
		return nil
	}
	var creates []*db.PossibleDuplicateCreate
	for pair := range c.pairs {
		creates = append(creates, c.tx.PossibleDuplicate.Create().SetCustomerID(pair[0]).SetOtherID(pair[1]).SetFoundAt(c.now))
	}
	for from := 0; from < len(creates); from += chunk {
		err := c.tx.PossibleDuplicate.CreateBulk(creates[from:min(from+chunk, len(creates))]...).
			OnConflict(sql.DoNothing()).Exec(ctx)
		if err != nil && !db.IsNotFound(err) { // no row comes back for a pair that was listed before
			return fmt.Errorf("list possible duplicates: %w", err)
		}
	}
	return nil
}
