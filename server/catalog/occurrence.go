package catalog

import (
	"cmp"
	"context"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/occurrence"
	"citrus.cx/channel/ent/db/solution"
	"citrus.cx/channel/server/audit"
	"citrus.cx/channel/server/fault"
)

// occurrences are sub-subjects with their SLA; each belongs to an occurrence type (Ocorrência).
var occurrences = &list{
	noun:   "Occurrence",
	kind:   auditentry.SubjectKindOCCURRENCE,
	parent: &parent{list: occurrenceTypes, column: occurrence.FieldOccurrenceTypeID, field: "occurrenceTypeId"},
	rows: func(tx *db.Tx, where func(*sql.Selector), columns ...string) scanner {
		return tx.Occurrence.Query().Where(where).Select(columns...)
	},
	insert: func(tx *db.Tx) change {
		c := tx.Occurrence.Create()
		return change{c.Mutation(), c.Exec}
	},
	update: func(tx *db.Tx, id string) change {
		u := tx.Occurrence.UpdateOneID(id)
		return change{u.Mutation(), u.Exec}
	},
	hasActive: func(ctx context.Context, tx *db.Tx, id string) (bool, error) {
		return tx.Solution.Query().Where(solution.OccurrenceID(id), solution.ArchivedAtIsNil()).Exist(ctx)
	},
	own: func(ctx context.Context, tx *db.Tx, id string) ([]audit.Field, error) {
		o, err := tx.Occurrence.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		return []audit.Field{audit.Optional("slaValue", o.SLAValue), audit.Optional("slaUnit", o.SLAUnit)}, nil
	},
}

// maxSLA is the longest SLA, in its unit.
const maxSLA = 10_000

// OccurrenceInput is what CreateOccurrence asks for; a nil Code is made from the name.
type OccurrenceInput struct {
	Name string
	Code *string
	// OccurrenceTypeID names the parent, for good.
	OccurrenceTypeID string
	// SLAValue, 1 to 10,000, and SLAUnit are given together; both nil means no SLA.
	SLAValue *int
	SLAUnit  *occurrence.SLAUnit
}

// OccurrenceChange is what UpdateOccurrence changes; what is nil stays.
type OccurrenceChange struct {
	Name     *string
	Code     *string
	SLAValue *int
	SLAUnit  *occurrence.SLAUnit
	// ClearSLA takes the SLA away; the two above are then not looked at.
	ClearSLA bool
}

// CreateOccurrence adds an occurrence and gives its id.
func (s *Service) CreateOccurrence(ctx context.Context, in OccurrenceInput, key string) (id string, err error) {
	return s.create(ctx, occurrences, draft{
		name: &in.Name, code: in.Code, parentID: in.OccurrenceTypeID,
		own: func(_ context.Context, _ *db.Tx, m mutation) (fault.List, error) {
			o := m.(*db.OccurrenceMutation)
			o.SetOccurrenceTypeID(in.OccurrenceTypeID)
			return setSLA(o, in.SLAValue, in.SLAUnit), nil
		},
	}, in, key)
}

// UpdateOccurrence changes what is given of the occurrence that was seen at a version, and gives its id.
func (s *Service) UpdateOccurrence(ctx context.Context, id string, version int, change OccurrenceChange, key string) (string, error) {
	return s.modify(ctx, occurrences, id, version, draft{
		name: change.Name, code: change.Code,
		own: func(ctx context.Context, tx *db.Tx, m mutation) (fault.List, error) {
			return change.setSLA(ctx, tx, id, m.(*db.OccurrenceMutation))
		},
	}, change, key)
}

// ArchiveOccurrence takes the occurrence out of use.
func (s *Service) ArchiveOccurrence(ctx context.Context, id, key string) error {
	return s.archive(ctx, occurrences, id, key)
}

// RestoreOccurrence puts the occurrence into use again.
func (s *Service) RestoreOccurrence(ctx context.Context, id, key string) error {
	return s.restore(ctx, occurrences, id, key)
}

// setSLA completes the half that is given with the half that the occurrence has.
func (c OccurrenceChange) setSLA(ctx context.Context, tx *db.Tx, id string, m *db.OccurrenceMutation) (fault.List, error) {
	if c.ClearSLA {
		m.ClearSLAValue()
		m.ClearSLAUnit()
		return nil, nil
	}
	if c.SLAValue == nil && c.SLAUnit == nil {
		return nil, nil
	}
	before, err := tx.Occurrence.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return setSLA(m, cmp.Or(c.SLAValue, before.SLAValue), cmp.Or(c.SLAUnit, before.SLAUnit)), nil
}

// setSLA sets value and unit together.
func setSLA(m *db.OccurrenceMutation, value *int, unit *occurrence.SLAUnit) (problems fault.List) {
	if value == nil && unit == nil {
		return nil
	}
	switch {
	case value == nil:
		problems.Add(fault.Required, "slaValue")
	case *value < 1 || *value > maxSLA:
		problems.Add(fault.OutOfRange, "slaValue").With("min", 1).With("max", maxSLA)
	default:
		m.SetSLAValue(*value)
	}
	switch {
	case unit == nil:
		problems.Add(fault.Required, "slaUnit")
	case occurrence.SLAUnitValidator(*unit) != nil:
		problems.Add(fault.Invalid, "slaUnit").With("reason", fault.Text{PT: "unidade desconhecida", EN: "unknown unit"})
	default:
		m.SetSLAUnit(*unit)
	}
	return problems
}
