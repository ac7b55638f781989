package delivery

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/audit"
	"citrus.cx/channel/server/identity"
)

// record keeps in the audit of which integrations deliveries were delivered again, and how many of each.
func (s *Service) record(ctx context.Context, tx *db.Tx, rows []*db.CallbackDelivery) error {
	counts := map[string]int{}
	for _, row := range rows {
		counts[row.IntegrationID]++
	}
	list, err := tx.Integration.Query().Where(integration.IDIn(slices.Collect(maps.Keys(counts))...)).
		Order(integration.ByID()).Select(integration.FieldName).All(ctx)
	if err != nil {
		return err
	}
	for _, row := range list {
		count := strconv.Itoa(counts[row.ID])
		err := audit.Record(ctx, tx, audit.Entry{
			At: s.now(), ActorID: identity.Actor(ctx), Action: auditentry.ActionCALLBACKS_REDELIVERED, Kind: auditentry.SubjectKindINTEGRATION,
			ID: row.ID, Name: row.Name, Changes: []schema.FieldChange{{Field: "redeliverCallbacks", New: &count}},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
