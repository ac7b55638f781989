package mirror

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/audit"
	"citrus.cx/channel/server/identity"
)

// recorded runs a change of what is wanted of an integration's mirror and keeps in the audit what became of it. One
// that changes nothing, as of what was wanted already, leaves no entry.
func (s *Service) recorded(ctx context.Context, tx *db.Tx, action auditentry.Action, row *db.Integration, change func() error) error {
	before := wanted(row.Edges.SyncState)
	if err := change(); err != nil {
		return err
	}
	state, err := tx.SyncState.Get(ctx, row.Edges.SyncState.ID)
	if err != nil {
		return err
	}
	return s.record(ctx, tx, action, row, audit.Diff(before, wanted(state))...)
}

func (s *Service) record(ctx context.Context, tx *db.Tx, action auditentry.Action, row *db.Integration, changes ...schema.FieldChange) error {
	return audit.Record(ctx, tx, audit.Entry{
		At: s.now(), ActorID: identity.Actor(ctx), Action: action, Kind: auditentry.SubjectKindINTEGRATION,
		ID: row.ID, Name: row.Name, Changes: changes,
	})
}

// wanted are the wishes that a mirror's row holds, as the audit keeps them.
func wanted(state *db.SyncState) []audit.Field {
	return []audit.Field{
		audit.Time("syncRequestedAt", state.SyncRequestedAt),
		audit.Time("backfillPausedAt", state.BackfillPausedAt),
		audit.Time("backfillCancelledAt", state.BackfillCancelledAt),
	}
}
