package mirror

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/server/fault"
)

var (
	isDone      = fault.Text{PT: "a primeira sincronia já terminou", EN: "the first sync is done"}
	isCancelled = fault.Text{PT: "a primeira sincronia foi cancelada", EN: "the first sync was cancelled"}
)

// PauseBackfill stops the first sync of an integration for now. Of a paused one it changes nothing.
func (s *Service) PauseBackfill(ctx context.Context, integrationID, key string) (err error) {
	defer fault.Wrap(&err, "mirror.PauseBackfill")
	return s.backfill(ctx, "pauseBackfill", auditentry.ActionBACKFILL_PAUSED, integrationID, key, func(state *db.SyncState, up *db.SyncStateUpdateOne) error {
		if state.BackfillCancelledAt != nil {
			return fault.New(fault.InvalidState, "integrationId").With("state", isCancelled)
		}
		if state.BackfillPausedAt == nil {
			up.SetBackfillPausedAt(s.now())
		}
		return nil
	})
}

// ResumeBackfill lets a paused first sync go on, and a cancelled one, where it stood. Of one that goes on it
// changes nothing.
func (s *Service) ResumeBackfill(ctx context.Context, integrationID, key string) (err error) {
	defer fault.Wrap(&err, "mirror.ResumeBackfill")
	return s.backfill(ctx, "resumeBackfill", auditentry.ActionBACKFILL_RESUMED, integrationID, key, func(_ *db.SyncState, up *db.SyncStateUpdateOne) error {
		up.ClearBackfillPausedAt().ClearBackfillCancelledAt()
		return nil
	})
}

// CancelBackfill gives the first sync of an integration up; what has been read stays. Of a cancelled one it
// changes nothing.
func (s *Service) CancelBackfill(ctx context.Context, integrationID, key string) (err error) {
	defer fault.Wrap(&err, "mirror.CancelBackfill")
	return s.backfill(ctx, "cancelBackfill", auditentry.ActionBACKFILL_CANCELLED, integrationID, key, func(state *db.SyncState, up *db.SyncStateUpdateOne) error {
		if state.BackfillCancelledAt == nil {
			up.SetBackfillCancelledAt(s.now()).ClearBackfillPausedAt()
		}
		return nil
	})
}

// backfill runs a verb on the first sync of an integration in use, while it is not done. Nothing is said to a call
// that is under way: the page that it brings is a page less to read.
func (s *Service) backfill(
	ctx context.Context, mutation string, action auditentry.Action, integrationID, key string, change func(state *db.SyncState, up *db.SyncStateUpdateOne) error,
) error {
	_, err := s.verb(ctx, mutation, key, integrationID, func(ctx context.Context, tx *db.Tx) (string, error) {
		row, err := load(ctx, tx, integrationID)
		if err != nil {
			return "", err
		}
		state := row.Edges.SyncState
		switch {
		case state == nil, row.State == integration.StateDRAFT, row.State == integration.StateARCHIVED:
			return "", wrongState("integrationId", row.State)
		case state.BackfillDoneAt != nil:
			return "", fault.New(fault.InvalidState, "integrationId").With("state", isDone)
		}
		return "", s.recorded(ctx, tx, action, row, func() error {
			up := tx.SyncState.UpdateOne(state)
			if err := change(state, up); err != nil {
				return err
			}
			return up.Exec(ctx)
		})
	})
	return err
}
