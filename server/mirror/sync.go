package mirror

import (
	"cmp"
	"context"
	"math"
	"slices"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/quota"
)

// SyncNow asks for a round over what changed, of one integration or of all active ones (rule S3), and gives their
// ids in the order in which they are visited. While a round that was asked for is pending or under way, asking
// again changes nothing but that a wait after failures ends, the credential's too: who asks has perhaps just mended what failed.
func (s *Service) SyncNow(ctx context.Context, integrationID *string, key string) (ids []string, err error) {
	defer fault.Wrap(&err, "mirror.SyncNow")
	_, err = s.verb(ctx, "syncNow", key, integrationID, func(ctx context.Context, tx *db.Tx) (string, error) {
		rows, err := asked(ctx, tx, integrationID)
		if err != nil {
			return "", err
		}
		busy, err := underWay(ctx, tx, rows)
		if err != nil {
			return "", err
		}
		for _, row := range rows { // before the states, as whoever fails: two transactions never wait for each other
			if err := quota.Probe(ctx, tx, s.options.Accounts.Credential(row)); err != nil {
				return "", err
			}
		}
		for _, row := range rows {
			if err := s.request(ctx, tx, row, busy[row.ID]); err != nil {
				return "", err
			}
		}
		return "", nil
	})
	if err != nil {
		return nil, err
	}
	return s.visited(ctx, integrationID)
}

// asked are the integrations that a sync is asked of, kept as they are until the transaction ends.
func asked(ctx context.Context, tx *db.Tx, integrationID *string) ([]*db.Integration, error) {
	if integrationID == nil {
		return tx.Integration.Query().Where(integration.StateEQ(integration.StateACTIVE), integration.HasSyncState(), locked).
			WithSyncState().Order(integration.ByID()).All(ctx)
	}
	row, err := load(ctx, tx, *integrationID)
	if err != nil {
		return nil, err
	}
	if row.State != integration.StateACTIVE || row.Edges.SyncState == nil {
		return nil, wrongState("integrationId", row.State)
	}
	return []*db.Integration{row}, nil
}

// underWay says of which integrations a round goes on that an administrator asked for.
func underWay(ctx context.Context, tx *db.Tx, rows []*db.Integration) (map[string]bool, error) {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	runs, err := tx.SyncRun.Query().
		Where(syncrun.IntegrationIDIn(ids...), syncrun.KindEQ(syncrun.KindINCREMENTAL), syncrun.StateEQ(syncrun.StateRUNNING),
			syncrun.TriggerEQ(syncrun.TriggerADMIN)).All(ctx)
	busy := map[string]bool{}
	for _, run := range runs {
		busy[run.IntegrationID] = true
	}
	return busy, err
}

// request writes down that a round is owed to somebody.
func (s *Service) request(ctx context.Context, tx *db.Tx, row *db.Integration, busy bool) error {
	state := row.Edges.SyncState
	if busy || state.SyncRequestedAt != nil {
		if state.RetryAt == nil {
			return nil
		}
		return tx.SyncState.UpdateOne(state).ClearRetryAt().Exec(ctx)
	}
	return s.recorded(ctx, tx, auditentry.ActionSYNC_REQUESTED, row, func() error {
		now := s.now()
		return tx.SyncState.UpdateOne(state).SetSyncRequestedAt(now).SetNillableSyncRequestedBy(identity.Actor(ctx)).
			SetNextSyncAt(now).ClearRetryAt().Exec(ctx)
	})
}

// visited gives the ids of the integrations that a sync was asked of, in the order of their sync groups, those
// without one last (rule S3).
func (s *Service) visited(ctx context.Context, integrationID *string) ([]string, error) {
	if integrationID != nil {
		return []string{*integrationID}, nil
	}
	rows, err := s.database.Reader.Integration.Query().Where(integration.StateEQ(integration.StateACTIVE), integration.HasSyncState()).
		Select(integration.FieldID, integration.FieldSyncGroupID).WithSyncGroup().All(identity.System(ctx))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b *db.Integration) int {
		return cmp.Or(cmp.Compare(priority(a), priority(b)), cmp.Compare(a.ID, b.ID))
	})
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return ids, nil
}

func priority(row *db.Integration) int {
	if g := row.Edges.SyncGroup; g != nil {
		return g.Priority
	}
	return math.MaxInt
}
