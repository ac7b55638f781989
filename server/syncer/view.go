package syncer

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/server/inbox"
	"citrus.cx/channel/server/quota"
)

// view is what the loop knows of the integrations. It is looked up anew as a whole now and then and when somebody
// says that the configuration has changed; in between only what a worker was busy with.
type view struct {
	rows  map[string]*db.Integration
	stale []string
	whole time.Time // when it was last looked up as a whole; zero = never
}

func (v *view) forget() { v.whole = time.Time{} }

func (v *view) outdate(id string) { v.stale = append(v.stale, id) }

// look brings the view up to date: no statement where nothing happened.
func (s *Syncer) look(ctx context.Context, now time.Time) error {
	v := &s.view
	mirrored := s.database.Reader.Integration.Query().
		Where(integration.StateIn(integration.StateACTIVE, integration.StatePAUSED), integration.HasSyncState()).
		WithSyncState().WithSyncGroup().WithOccurrence()
	whole := v.whole.IsZero() || now.Sub(v.whole) >= stare || now.Before(v.whole)
	switch {
	case whole:
		v.rows = map[string]*db.Integration{}
	case len(v.stale) == 0:
		return nil
	default:
		mirrored.Where(integration.IDIn(v.stale...))
		for _, id := range v.stale {
			delete(v.rows, id)
		}
	}
	rows, err := mirrored.All(s.AsSystem(ctx))
	if err != nil {
		v.forget()
		return err
	}
	for _, row := range rows {
		v.rows[row.ID] = row
	}
	v.stale = nil
	if !whole {
		return nil
	}
	v.whole = now
	return s.cancelled(ctx, now)
}

// cancelled ends the runs of backfills that somebody has cancelled.
func (s *Syncer) cancelled(ctx context.Context, now time.Time) error {
	var ids []string
	for id, row := range s.view.rows {
		if row.Edges.SyncState.BackfillCancelledAt != nil {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	left, err := s.database.Reader.SyncRun.Query().
		Where(syncrun.IntegrationIDIn(ids...), syncrun.KindEQ(syncrun.KindBACKFILL), syncrun.StateEQ(syncrun.StateRUNNING)).
		IDs(s.AsSystem(ctx))
	if err != nil || len(left) == 0 {
		return err
	}
	return s.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.SyncRun.Update().Where(syncrun.IDIn(left...), syncrun.StateEQ(syncrun.StateRUNNING)).
			SetState(syncrun.StateCANCELLED).SetFinishedAt(now).Exec(ctx)
	})
}

// surroundings are what a round looks up once for all integrations.
type surroundings struct {
	now      time.Time
	pending  map[string]map[hint.Cause]inbox.Pending
	breakers map[string]quota.Breaker
	scarce   map[string]bool // by credential, as far as it was asked
}

func (s *Syncer) lookAround(ctx context.Context) (*surroundings, error) {
	a := &surroundings{now: s.Now(), scarce: map[string]bool{}}
	if err := s.look(ctx, a.now); err != nil {
		return nil, err
	}
	s.missed(a.now)
	var err error
	if a.pending, err = s.Inbox.Pending(s.AsSystem(ctx), a.now); err != nil {
		return nil, err
	}
	for _, causes := range a.pending {
		for _, p := range causes {
			if p.Last.After(a.now.Add(longestHint)) {
				if err := s.Inbox.Heal(ctx, a.now, longestHint); err != nil {
					return nil, err
				}
			}
		}
	}
	a.breakers, err = s.Budgets.Breakers(s.AsSystem(ctx))
	return a, err
}

// isScarce says whether two thirds of a credential's calls or more are used.
func (s *Syncer) isScarce(ctx context.Context, a *surroundings, credential string) (bool, error) {
	if scarce, known := a.scarce[credential]; known {
		return scarce, nil
	}
	budget, err := s.Budgets.State(s.AsSystem(ctx), credential)
	if err != nil {
		return false, err
	}
	a.scarce[credential] = budget.Used*3 >= budget.Limit*2
	return a.scarce[credential], nil
}

// standing is how an integration stands.
func (s *Syncer) standing(ctx context.Context, a *surroundings, credential string, row *db.Integration) (standing, error) {
	st := standingOf(row)
	st.now, st.hintsRead, st.held, st.batch = a.now, s.hintsRead[row.ID], s.held[row.ID], s.batch()
	if row.Edges.SyncState.SyncRequestedAt != nil || st.held.After(a.now.Add(apartInAll)) {
		st.held = time.Time{} // somebody waits for it, or the clock was set back
	}
	st.openUntil = a.breakers[credential].OpenUntil
	for cause, p := range a.pending[row.ID] {
		if st.paused && cause != hint.CauseOUTBOUND {
			continue
		}
		if st.hintDue.IsZero() || p.Due.Before(st.hintDue) {
			st.hintDue = p.Due
		}
		if st.hints += p.Ready; !p.Put.IsZero() && (st.hintPut.IsZero() || p.Put.Before(st.hintPut)) {
			st.hintPut = p.Put
		}
	}
	if st.hintDue.IsZero() || a.now.Sub(st.hintsRead) > scrape {
		return st, nil // whether calls are short does not matter
	}
	var err error
	st.scarce, err = s.isScarce(ctx, a, credential)
	return st, err
}

func standingOf(row *db.Integration) standing {
	state := row.Edges.SyncState
	st := standing{
		paused:   row.State == integration.StatePAUSED,
		counted:  state.BackfillTotal != nil,
		running:  state.RunSince != nil,
		backfill: state.BackfillDoneAt == nil && state.BackfillPausedAt == nil && state.BackfillCancelledAt == nil,
		scanFrom: scanFrom(state),
		lastSync: deref(state.LastSyncAt), nextSync: deref(state.NextSyncAt), retryAt: deref(state.RetryAt),
	}
	if row.SyncIntervalMinutes != nil {
		st.interval = time.Duration(*row.SyncIntervalMinutes) * time.Minute
	}
	return st
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
