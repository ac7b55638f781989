package integration

import (
	"context"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/customertype"
	"citrus.cx/channel/ent/db/occurrence"
	"citrus.cx/channel/ent/db/occurrencetype"
	"citrus.cx/channel/ent/db/region"
	"citrus.cx/channel/ent/db/sector"
	"citrus.cx/channel/ent/db/solution"
	"citrus.cx/channel/ent/db/syncgroup"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/fault"
)

// choose takes the chosen entries over; each must exist and must not be archived. Whether each
// belongs to the one above it is decided on the whole, after saving.
func choose(ctx context.Context, tx *db.Tx, row *db.Integration, c Change, up *db.IntegrationUpdateOne, problems *fault.List) error {
	p := picker{ctx: ctx, problems: problems}
	p.pick(c.SyncGroupID, row.SyncGroupID, "syncGroupId", up.SetSyncGroupID, up.ClearSyncGroup,
		archived(tx.SyncGroup.Query().Where(syncgroup.ID(deref(c.SyncGroupID.Value)), kept), func(e *db.SyncGroup) *time.Time { return e.ArchivedAt }))
	p.pick(c.CustomerTypeID, row.CustomerTypeID, "customerTypeId", up.SetCustomerTypeID, up.ClearCustomerType,
		archived(tx.CustomerType.Query().Where(customertype.ID(deref(c.CustomerTypeID.Value)), kept), func(e *db.CustomerType) *time.Time { return e.ArchivedAt }))
	p.pick(c.RegionID, row.RegionID, "regionId", up.SetRegionID, up.ClearRegion,
		archived(tx.Region.Query().Where(region.ID(deref(c.RegionID.Value)), kept), func(e *db.Region) *time.Time { return e.ArchivedAt }))
	p.pick(c.CreatorID, row.CreatorID, "creatorId", up.SetCreatorID, up.ClearCreator,
		archived(tx.User.Query().Where(user.ID(deref(c.CreatorID.Value)), kept), func(e *db.User) *time.Time { return e.ArchivedAt }))
	p.pick(c.SectorID, row.SectorID, "sectorId", up.SetSectorID, up.ClearSector,
		archived(tx.Sector.Query().Where(sector.ID(deref(c.SectorID.Value)), kept), func(e *db.Sector) *time.Time { return e.ArchivedAt }))
	p.pick(c.OccurrenceTypeID, row.OccurrenceTypeID, "occurrenceTypeId", up.SetOccurrenceTypeID, up.ClearOccurrenceType,
		archived(tx.OccurrenceType.Query().Where(occurrencetype.ID(deref(c.OccurrenceTypeID.Value)), kept), func(e *db.OccurrenceType) *time.Time { return e.ArchivedAt }))
	p.pick(c.OccurrenceID, row.OccurrenceID, "occurrenceId", up.SetOccurrenceID, up.ClearOccurrence,
		archived(tx.Occurrence.Query().Where(occurrence.ID(deref(c.OccurrenceID.Value)), kept), func(e *db.Occurrence) *time.Time { return e.ArchivedAt }))
	p.pick(c.DefaultSolutionID, row.DefaultSolutionID, "defaultSolutionId", up.SetDefaultSolutionID, up.ClearDefaultSolution,
		archived(tx.Solution.Query().Where(solution.ID(deref(c.DefaultSolutionID.Value)), kept), func(e *db.Solution) *time.Time { return e.ArchivedAt }))
	if p.err != nil {
		return p.err
	}
	return chooseSolutions(ctx, tx, row, c, up, problems)
}

// kept keeps a chosen entry from being archived until the transaction ends: who archives it waits, and then finds it in use.
func kept(s *sql.Selector) {
	if s.Dialect() == dialect.Postgres {
		s.ForShare()
	}
}

// picker checks one choice after another and keeps the first failure that is not the input's.
type picker struct {
	ctx      context.Context
	problems *fault.List
	err      error
}

// isArchived says whether an entry is archived; a not-found error when there is none.
type isArchived func(ctx context.Context) (bool, error)

func archived[T any](entry interface {
	Only(ctx context.Context) (*T, error)
}, at func(*T) *time.Time,
) isArchived {
	return func(ctx context.Context) (bool, error) {
		e, err := entry.Only(ctx)
		if err != nil {
			return false, err
		}
		return at(e) != nil, nil
	}
}

func (p *picker) pick(
	f Set[string], now *string, field string,
	set func(string) *db.IntegrationUpdateOne, empty func() *db.IntegrationUpdateOne, look isArchived,
) {
	switch {
	case !f.Given || p.err != nil:
		return
	case f.Value == nil:
		empty()
		return
	}
	gone, err := look(p.ctx)
	switch {
	case db.IsNotFound(err):
		p.problems.Add(fault.NotFound, field)
	case err != nil:
		p.err = err
	case gone && (now == nil || *now != *f.Value): // what was chosen before may stay until it is looked at again
		p.problems.Add(fault.Archived, field)
	default:
		set(*f.Value)
	}
}

func chooseSolutions(ctx context.Context, tx *db.Tx, row *db.Integration, c Change, up *db.IntegrationUpdateOne, problems *fault.List) error {
	if !c.SolutionIDs.Given {
		return nil
	}
	up.ClearSolutions()
	if c.SolutionIDs.Value == nil || len(*c.SolutionIDs.Value) == 0 {
		return nil
	}
	had := map[string]bool{}
	for _, s := range row.Edges.Solutions {
		had[s.ID] = true
	}
	wanted := map[string]bool{}
	for _, id := range *c.SolutionIDs.Value {
		wanted[id] = true
	}
	found, err := tx.Solution.Query().Where(solution.IDIn(*c.SolutionIDs.Value...), kept).Order(solution.ByID()).All(ctx)
	if err != nil {
		return err
	}
	if len(found) < len(wanted) {
		problems.Add(fault.NotFound, "solutionIds")
	}
	for _, s := range found {
		if s.ArchivedAt != nil && !had[s.ID] {
			problems.Add(fault.Archived, "solutionIds")
			break
		}
	}
	for _, s := range found {
		up.AddSolutionIDs(s.ID)
	}
	return nil
}
