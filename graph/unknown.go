package graph

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/unknownvalue"
	"citrus.cx/channel/server/identity"
)

// UnknownValues is the field of the same name.
func (r integrationResolver) UnknownValues(ctx context.Context, row *db.Integration) ([]*db.UnknownValue, error) {
	return loadersOf(ctx).unknown.Load(ctx, row.ID)
}

// unknown reads what integrations met that we have no word for, the latest first.
func (r *resolver) unknown(ctx context.Context, ids []string) (map[string][]*db.UnknownValue, error) {
	rows, err := r.Reader.UnknownValue.Query().Where(unknownvalue.IntegrationIDIn(ids...)).
		Order(unknownvalue.ByLastSeenAt(sql.OrderDesc()), unknownvalue.ByKind(), unknownvalue.ByValue()).All(identity.System(ctx))
	if err != nil {
		return nil, err
	}
	values := make(map[string][]*db.UnknownValue, len(ids))
	for _, id := range ids {
		values[id] = []*db.UnknownValue{}
	}
	for _, row := range rows {
		if len(values[row.IntegrationID]) < maxPage {
			values[row.IntegrationID] = append(values[row.IntegrationID], row)
		}
	}
	return values, nil
}
