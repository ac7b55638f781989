package catalog

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
)

// regions classify customers by place (Região).
var regions = &list{
	noun: "Region",
	kind: auditentry.SubjectKindREGION,
	rows: func(tx *db.Tx, where func(*sql.Selector), columns ...string) scanner {
		return tx.Region.Query().Where(where).Select(columns...)
	},
	insert: func(tx *db.Tx) change {
		c := tx.Region.Create()
		return change{c.Mutation(), c.Exec}
	},
	update: func(tx *db.Tx, id string) change {
		u := tx.Region.UpdateOneID(id)
		return change{u.Mutation(), u.Exec}
	},
}

// RegionInput is what CreateRegion asks for; a nil Code is made from the name.
type RegionInput struct {
	Name string
	Code *string
}

// RegionChange is what UpdateRegion changes; what is nil stays.
type RegionChange struct {
	Name *string
	Code *string
}

// CreateRegion adds a region and gives its id.
func (s *Service) CreateRegion(ctx context.Context, in RegionInput, key string) (id string, err error) {
	return s.create(ctx, regions, draft{name: &in.Name, code: in.Code}, in, key)
}

// UpdateRegion changes what is given of the region that was seen at a version, and gives its id.
func (s *Service) UpdateRegion(ctx context.Context, id string, version int, change RegionChange, key string) (string, error) {
	return s.modify(ctx, regions, id, version, draft{name: change.Name, code: change.Code}, change, key)
}

// ArchiveRegion takes the region out of use.
func (s *Service) ArchiveRegion(ctx context.Context, id, key string) error {
	return s.archive(ctx, regions, id, key)
}

// RestoreRegion puts the region into use again.
func (s *Service) RestoreRegion(ctx context.Context, id, key string) error {
	return s.restore(ctx, regions, id, key)
}
