package graph

import (
	"context"
	"strings"

	"entgo.io/contrib/entgql"
	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/occurrence"
	"citrus.cx/channel/ent/db/occurrencetype"
	"citrus.cx/channel/ent/db/predicate"
	"citrus.cx/channel/ent/db/sector"
	"citrus.cx/channel/ent/db/solution"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/fold"
	"citrus.cx/channel/server/identity"
)

// listed restricts a registered list to what was searched for, folded, and to a state. Only an
// administrator sees what is archived (rule A1).
func listed[P ~func(*sql.Selector)](ctx context.Context, search *string, state *exec.EntryState, columns ...string) ([]P, error) {
	roles := []user.Role{}
	if state != nil && *state != exec.EntryStateActive {
		roles = append(roles, user.RoleADMIN)
	}
	if _, err := identity.Require(ctx, roles...); err != nil {
		return nil, err
	}
	var where []P
	switch {
	case state == nil || *state == exec.EntryStateActive:
		where = append(where, sql.FieldIsNull("archived_at"))
	case *state == exec.EntryStateArchived:
		where = append(where, sql.FieldNotNull("archived_at"))
	}
	return append(where, matching[P](search, columns...)...), nil
}

// maxWords bounds a statement; the words after them are looked for as they stand.
const maxWords = 10

// matching finds every word of a text in one of the folded columns.
func matching[P ~func(*sql.Selector)](search *string, columns ...string) (all []P) {
	if search == nil {
		return nil
	}
	for _, word := range strings.SplitN(fold.Text(*search), " ", maxWords) {
		some := make([]P, len(columns))
		for i, c := range columns {
			some[i] = sql.FieldContains(c, word)
		}
		all = append(all, sql.OrPredicates(some...))
	}
	return all
}

// CustomerTypes is the field of the same name.
func (r queryResolver) CustomerTypes(
	ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string],
	search *string, state *exec.EntryState, orderBy *db.CustomerTypeOrder,
) (*db.CustomerTypeConnection, error) {
	where, err := listed[predicate.CustomerType](ctx, search, state, "name_folded", "code_folded")
	if err != nil {
		return nil, err
	}
	return r.Reader.CustomerType.Query().Where(where...).Paginate(ctx, after, first, before, last, db.WithCustomerTypeOrder(orderBy))
}

// Regions is the field of the same name.
func (r queryResolver) Regions(
	ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string],
	search *string, state *exec.EntryState, orderBy *db.RegionOrder,
) (*db.RegionConnection, error) {
	where, err := listed[predicate.Region](ctx, search, state, "name_folded", "code_folded")
	if err != nil {
		return nil, err
	}
	return r.Reader.Region.Query().Where(where...).Paginate(ctx, after, first, before, last, db.WithRegionOrder(orderBy))
}

// SyncGroups is the field of the same name.
func (r queryResolver) SyncGroups(
	ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string],
	search *string, state *exec.EntryState, orderBy *db.SyncGroupOrder,
) (*db.SyncGroupConnection, error) {
	where, err := listed[predicate.SyncGroup](ctx, search, state, "name_folded", "code_folded")
	if err != nil {
		return nil, err
	}
	return r.Reader.SyncGroup.Query().Where(where...).Paginate(ctx, after, first, before, last, db.WithSyncGroupOrder(orderBy))
}

// Sectors is the field of the same name.
func (r queryResolver) Sectors(
	ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string],
	search *string, state *exec.EntryState, orderBy *db.SectorOrder,
) (*db.SectorConnection, error) {
	where, err := listed[predicate.Sector](ctx, search, state, "name_folded", "code_folded")
	if err != nil {
		return nil, err
	}
	return r.Reader.Sector.Query().Where(where...).Paginate(ctx, after, first, before, last, db.WithSectorOrder(orderBy))
}

// OccurrenceTypes is the field of the same name.
func (r queryResolver) OccurrenceTypes(
	ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string],
	search *string, state *exec.EntryState, sectorID *string, orderBy *db.OccurrenceTypeOrder,
) (*db.OccurrenceTypeConnection, error) {
	where, err := listed[predicate.OccurrenceType](ctx, search, state, "name_folded", "code_folded")
	if err != nil {
		return nil, err
	}
	if sectorID != nil {
		where = append(where, occurrencetype.SectorID(*sectorID))
	}
	return r.Reader.OccurrenceType.Query().Where(where...).Paginate(ctx, after, first, before, last, db.WithOccurrenceTypeOrder(orderBy))
}

// Occurrences is the field of the same name.
func (r queryResolver) Occurrences(
	ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string],
	search *string, state *exec.EntryState, occurrenceTypeID *string, orderBy *db.OccurrenceOrder,
) (*db.OccurrenceConnection, error) {
	where, err := listed[predicate.Occurrence](ctx, search, state, "name_folded", "code_folded")
	if err != nil {
		return nil, err
	}
	if occurrenceTypeID != nil {
		where = append(where, occurrence.OccurrenceTypeID(*occurrenceTypeID))
	}
	return r.Reader.Occurrence.Query().Where(where...).Paginate(ctx, after, first, before, last, db.WithOccurrenceOrder(orderBy))
}

// Solutions is the field of the same name.
func (r queryResolver) Solutions(
	ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string],
	search *string, state *exec.EntryState, occurrenceID *string, orderBy *db.SolutionOrder,
) (*db.SolutionConnection, error) {
	where, err := listed[predicate.Solution](ctx, search, state, "name_folded", "code_folded")
	if err != nil {
		return nil, err
	}
	if occurrenceID != nil {
		where = append(where, solution.OccurrenceID(*occurrenceID))
	}
	return r.Reader.Solution.Query().Where(where...).Paginate(ctx, after, first, before, last, db.WithSolutionOrder(orderBy))
}

// Users is the field of the same name.
func (r queryResolver) Users(
	ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string],
	search *string, state *exec.EntryState, sectorID *string, role *user.Role, orderBy *db.UserOrder,
) (*db.UserConnection, error) {
	where, err := listed[predicate.User](ctx, search, state, "name_folded", "email_folded")
	if err != nil {
		return nil, err
	}
	if sectorID != nil {
		where = append(where, user.HasSectorsWith(sector.ID(*sectorID)))
	}
	if role != nil {
		where = append(where, user.RoleEQ(*role))
	}
	return r.Reader.User.Query().Where(where...).Paginate(ctx, after, first, before, last, db.WithUserOrder(orderBy))
}
