package catalog

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/occurrence"
	"citrus.cx/channel/ent/db/occurrencetype"
	"citrus.cx/channel/server/fault"
)

// occurrenceTypes are subjects; each belongs to a sector (Tipo de Ocorrência).
var occurrenceTypes = &list{
	noun:   "OccurrenceType",
	kind:   auditentry.SubjectKindOCCURRENCE_TYPE,
	parent: &parent{list: sectors, column: occurrencetype.FieldSectorID, field: "sectorId"},
	rows: func(tx *db.Tx, where func(*sql.Selector), columns ...string) scanner {
		return tx.OccurrenceType.Query().Where(where).Select(columns...)
	},
	insert: func(tx *db.Tx) change {
		c := tx.OccurrenceType.Create()
		return change{c.Mutation(), c.Exec}
	},
	update: func(tx *db.Tx, id string) change {
		u := tx.OccurrenceType.UpdateOneID(id)
		return change{u.Mutation(), u.Exec}
	},
	hasActive: func(ctx context.Context, tx *db.Tx, id string) (bool, error) {
		return tx.Occurrence.Query().Where(occurrence.OccurrenceTypeID(id), occurrence.ArchivedAtIsNil()).Exist(ctx)
	},
}

// OccurrenceTypeInput is what CreateOccurrenceType asks for; a nil Code is made from the name.
type OccurrenceTypeInput struct {
	Name string
	Code *string
	// SectorID names the parent, for good.
	SectorID string
}

// OccurrenceTypeChange is what UpdateOccurrenceType changes; what is nil stays.
type OccurrenceTypeChange struct {
	Name *string
	Code *string
}

// CreateOccurrenceType adds an occurrence type and gives its id.
func (s *Service) CreateOccurrenceType(ctx context.Context, in OccurrenceTypeInput, key string) (id string, err error) {
	return s.create(ctx, occurrenceTypes, draft{
		name: &in.Name, code: in.Code, parentID: in.SectorID,
		own: func(_ context.Context, _ *db.Tx, m mutation) (fault.List, error) {
			m.(*db.OccurrenceTypeMutation).SetSectorID(in.SectorID)
			return nil, nil
		},
	}, in, key)
}

// UpdateOccurrenceType changes what is given of the occurrence type that was seen at a version, and gives its id.
func (s *Service) UpdateOccurrenceType(ctx context.Context, id string, version int, change OccurrenceTypeChange, key string) (string, error) {
	return s.modify(ctx, occurrenceTypes, id, version, draft{name: change.Name, code: change.Code}, change, key)
}

// ArchiveOccurrenceType takes the occurrence type out of use.
func (s *Service) ArchiveOccurrenceType(ctx context.Context, id, key string) error {
	return s.archive(ctx, occurrenceTypes, id, key)
}

// RestoreOccurrenceType puts the occurrence type into use again.
func (s *Service) RestoreOccurrenceType(ctx context.Context, id, key string) error {
	return s.restore(ctx, occurrenceTypes, id, key)
}
