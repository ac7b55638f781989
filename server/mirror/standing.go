package mirror

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/ent/db/syncstate"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// Progress is how the mirror of one integration stands.
type Progress struct {
	IntegrationID string
	Backfill      Backfill
	// Runs are those that go on, the oldest first. They are shared: read only.
	Runs []*db.SyncRun
	// LastSync is when it last caught up with Reclame Aqui, NextSync when the next round is due: nil while it is not active.
	LastSync, NextSync *time.Time
}

// standing is what the rows say of one mirror.
type standing struct {
	state    *db.SyncState
	backfill *db.SyncRun // the latest of its kind
	runs     []*db.SyncRun
}

func (n standing) active() bool { return n.state.Edges.Integration.State == integration.StateACTIVE }

// everyKind makes the index on kind and state serve.
var everyKind = []syncrun.Kind{syncrun.KindBACKFILL, syncrun.KindINCREMENTAL, syncrun.KindHINTED, syncrun.KindGAP_SCAN}

// standings reads how mirrors stand, by integration: of those named, of all when ids is nil; those that were never
// active and archived ones are left out. It takes as many statements for all as for one.
func (s *Service) standings(ctx context.Context, ids []string) (map[string]*standing, error) {
	ctx = identity.System(ctx)
	query := s.database.Reader.SyncState.Query().Where(syncstate.HasIntegrationWith(integration.StateNEQ(integration.StateARCHIVED))).
		WithIntegration(func(q *db.IntegrationQuery) { q.Select(integration.FieldState) })
	if ids != nil {
		query.Where(syncstate.IntegrationIDIn(ids...))
	}
	states, err := query.All(ctx)
	if err != nil || len(states) == 0 {
		return nil, err
	}
	found := make(map[string]*standing, len(states))
	ids = make([]string, 0, len(states))
	for _, state := range states {
		found[state.IntegrationID] = &standing{state: state}
		ids = append(ids, state.IntegrationID)
	}
	runs := s.database.Reader.SyncRun.Query().Where(syncrun.IntegrationIDIn(ids...)).Order(syncrun.ByID())
	backfills, err := runs.Clone().Where(syncrun.KindEQ(syncrun.KindBACKFILL)).All(ctx)
	if err != nil {
		return nil, err
	}
	for _, run := range backfills {
		found[run.IntegrationID].backfill = run
	}
	running, err := runs.Where(syncrun.KindIn(everyKind...), syncrun.StateEQ(syncrun.StateRUNNING)).All(ctx)
	for _, run := range running {
		n := found[run.IntegrationID]
		n.runs = append(n.runs, run)
	}
	return found, err
}

// progress is what a standing means at a moment.
func (s *Service) progress(n *standing, now time.Time) Progress {
	p := Progress{IntegrationID: n.state.IntegrationID, Backfill: s.backfillOf(n, now), Runs: n.runs, LastSync: n.state.LastSyncAt}
	if n.active() {
		p.NextSync = n.state.NextSyncAt
	}
	return p
}

func (s *Service) backfillOf(n *standing, now time.Time) Backfill {
	seen := s.paces.note(n.state.IntegrationID, phaseOf(n.state, n.active()), Sample{At: now, Calls: n.state.BackfillCalls})
	return BackfillOf(n.state, n.active(), n.backfill, seen, now)
}

// Backfills says how far the first syncs of integrations have come; those never active are left out.
// Administrators only.
func (s *Service) Backfills(ctx context.Context, ids []string) (_ map[string]*Backfill, err error) {
	defer fault.Wrap(&err, "mirror.Backfills")
	if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
		return nil, err
	}
	found, err := s.standings(ctx, ids)
	if err != nil {
		return nil, err
	}
	now, all := s.now(), make(map[string]*Backfill, len(found))
	for id, n := range found {
		b := s.backfillOf(n, now)
		all[id] = &b
	}
	return all, nil
}
