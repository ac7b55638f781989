package catalog

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
)

// customerTypes classify customers (Tipo de Cliente).
var customerTypes = &list{
	noun: "CustomerType",
	kind: auditentry.SubjectKindCUSTOMER_TYPE,
	rows: func(tx *db.Tx, where func(*sql.Selector), columns ...string) scanner {
		return tx.CustomerType.Query().Where(where).Select(columns...)
	},
	insert: func(tx *db.Tx) change {
		c := tx.CustomerType.Create()
		return change{c.Mutation(), c.Exec}
	},
	update: func(tx *db.Tx, id string) change {
		u := tx.CustomerType.UpdateOneID(id)
		return change{u.Mutation(), u.Exec}
	},
}

// CustomerTypeInput is what CreateCustomerType asks for; a nil Code is made from the name.
type CustomerTypeInput struct {
	Name string
	Code *string
}

// CustomerTypeChange is what UpdateCustomerType changes; what is nil stays.
type CustomerTypeChange struct {
	Name *string
	Code *string
}

// CreateCustomerType adds a customer type and gives its id.
func (s *Service) CreateCustomerType(ctx context.Context, in CustomerTypeInput, key string) (id string, err error) {
	return s.create(ctx, customerTypes, draft{name: &in.Name, code: in.Code}, in, key)
}

// UpdateCustomerType changes what is given of the customer type that was seen at a version, and gives its id.
func (s *Service) UpdateCustomerType(ctx context.Context, id string, version int, change CustomerTypeChange, key string) (string, error) {
	return s.modify(ctx, customerTypes, id, version, draft{name: change.Name, code: change.Code}, change, key)
}

// ArchiveCustomerType takes the customer type out of use.
func (s *Service) ArchiveCustomerType(ctx context.Context, id, key string) error {
	return s.archive(ctx, customerTypes, id, key)
}

// RestoreCustomerType puts the customer type into use again.
func (s *Service) RestoreCustomerType(ctx context.Context, id, key string) error {
	return s.restore(ctx, customerTypes, id, key)
}
