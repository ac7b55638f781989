package catalog

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/solution"
	"citrus.cx/channel/server/fault"
)

// solutions may end a ticket; each belongs to an occurrence (Solução).
var solutions = &list{
	noun:   "Solution",
	kind:   auditentry.SubjectKindSOLUTION,
	parent: &parent{list: occurrences, column: solution.FieldOccurrenceID, field: "occurrenceId"},
	rows: func(tx *db.Tx, where func(*sql.Selector), columns ...string) scanner {
		return tx.Solution.Query().Where(where).Select(columns...)
	},
	insert: func(tx *db.Tx) change {
		c := tx.Solution.Create()
		return change{c.Mutation(), c.Exec}
	},
	update: func(tx *db.Tx, id string) change {
		u := tx.Solution.UpdateOneID(id)
		return change{u.Mutation(), u.Exec}
	},
}

// SolutionInput is what CreateSolution asks for; a nil Code is made from the name.
type SolutionInput struct {
	Name string
	Code *string
	// OccurrenceID names the parent, for good.
	OccurrenceID string
}

// SolutionChange is what UpdateSolution changes; what is nil stays.
type SolutionChange struct {
	Name *string
	Code *string
}

// CreateSolution adds a solution and gives its id.
func (s *Service) CreateSolution(ctx context.Context, in SolutionInput, key string) (id string, err error) {
	return s.create(ctx, solutions, draft{
		name: &in.Name, code: in.Code, parentID: in.OccurrenceID,
		own: func(_ context.Context, _ *db.Tx, m mutation) (fault.List, error) {
			m.(*db.SolutionMutation).SetOccurrenceID(in.OccurrenceID)
			return nil, nil
		},
	}, in, key)
}

// UpdateSolution changes what is given of the solution that was seen at a version, and gives its id.
func (s *Service) UpdateSolution(ctx context.Context, id string, version int, change SolutionChange, key string) (string, error) {
	return s.modify(ctx, solutions, id, version, draft{name: change.Name, code: change.Code}, change, key)
}

// ArchiveSolution takes the solution out of use.
func (s *Service) ArchiveSolution(ctx context.Context, id, key string) error {
	return s.archive(ctx, solutions, id, key)
}

// RestoreSolution puts the solution into use again.
func (s *Service) RestoreSolution(ctx context.Context, id, key string) error {
	return s.restore(ctx, solutions, id, key)
}
