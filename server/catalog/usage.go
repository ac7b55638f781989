package catalog

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/solution"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// Usage counts, for each entry and user, the integrations that are not archived and use it; one that none
// uses is absent. Entries of several lists may be asked for at once. ADMIN. It takes two
// statements, whatever the number of entries.
func (s *Service) Usage(ctx context.Context, ids ...string) (counts map[string]int, err error) {
	defer fault.Wrap(&err, "catalog.Usage")
	if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
		return nil, err
	}
	return usage(ctx, s.db.Reader.Integration, ids...)
}

func usage(ctx context.Context, integrations *db.IntegrationClient, ids ...string) (map[string]int, error) {
	counts := map[string]int{}
	if len(ids) == 0 {
		return counts, nil
	}
	using, err := integrations.Query().
		Where(integration.StateNEQ(integration.StateARCHIVED), integration.Or(
			integration.SyncGroupIDIn(ids...),
			integration.CustomerTypeIDIn(ids...),
			integration.RegionIDIn(ids...),
			integration.SectorIDIn(ids...),
			integration.OccurrenceTypeIDIn(ids...),
			integration.OccurrenceIDIn(ids...),
			integration.DefaultSolutionIDIn(ids...),
			integration.CreatorIDIn(ids...),
			integration.HasSolutionsWith(solution.IDIn(ids...)),
		)).
		WithSolutions(func(q *db.SolutionQuery) { q.Where(solution.IDIn(ids...)).Select(solution.FieldID) }).
		All(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range using {
		uses := entriesOf(i)
		for _, id := range ids {
			if uses[id] {
				counts[id]++
			}
		}
	}
	return counts, nil
}

// entriesOf are the entries that an integration uses, with its solutions loaded.
func entriesOf(i *db.Integration) map[string]bool {
	uses := map[string]bool{}
	for _, id := range []*string{
		i.SyncGroupID, i.CustomerTypeID, i.RegionID, i.SectorID, i.OccurrenceTypeID, i.OccurrenceID, i.DefaultSolutionID, i.CreatorID,
	} {
		if id != nil {
			uses[*id] = true
		}
	}
	for _, s := range i.Edges.Solutions {
		uses[s.ID] = true
	}
	return uses
}
