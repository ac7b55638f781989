package syncer

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/inbox"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/ticket"
)

// Options is what the syncer works with.
type Options struct {
	Accounts *account.Service
	Tickets  *ticket.Store
	Inbox    *inbox.Inbox
	Budgets  *quota.Budgets
	Now      func() time.Time
	// AsSystem marks the syncer's reads as the product's own.
	AsSystem func(context.Context) context.Context
	Log      *slog.Logger
}

// Syncer keeps the mirror.
type Syncer struct {
	database *database.DB
	Options
	woken chan struct{}

	// The loop's own state; workers hand theirs over through done.
	busy      map[string]bool      // by credential
	hintsRead map[string]time.Time // by integration
	done      chan outcome
	workers   sync.WaitGroup
}

// outcome is what a worker reports to the loop.
type outcome struct {
	credential  string
	integration string
	readHints   bool
}

// New makes a syncer; Run starts it.
func New(d *database.DB, o Options) *Syncer {
	return &Syncer{
		database: d, Options: o, woken: make(chan struct{}, 1),
		busy: map[string]bool{}, hintsRead: map[string]time.Time{}, done: make(chan outcome),
	}
}

// Wake makes the loop look again at once: the configuration has changed. It never blocks.
func (s *Syncer) Wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// glance is how long the loop rests when it knows of nothing to come: another process may have put work there.
const glance = 5 * time.Second

// Run plans and works until ctx is done; then it waits for the calls under way.
func (s *Syncer) Run(ctx context.Context) error {
	defer s.drain()
	for {
		// Asked for before looking, so that a hint that comes while looking is not slept through.
		hinted := s.Inbox.Wait()
		rest := glance
		if next, err := s.round(ctx); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "sync round failed", "error", err)
		} else if !next.IsZero() {
			rest = min(max(next.Sub(s.Now()), 10*time.Millisecond), glance)
		}
		timer := time.NewTimer(rest)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-s.woken:
		case <-hinted:
		case o := <-s.done:
			s.finish(o)
		case <-timer.C:
		}
		timer.Stop()
	}
}

// drain takes the reports of the workers until all have ended.
func (s *Syncer) drain() {
	ended := make(chan struct{})
	go func() {
		s.workers.Wait()
		close(ended)
	}()
	for {
		select {
		case <-s.done:
		case <-ended:
			return
		}
	}
}

func (s *Syncer) finish(o outcome) {
	delete(s.busy, o.credential)
	if o.readHints {
		s.hintsRead[o.integration] = s.Now()
	}
}

// round starts what can be started now and returns when to look again; zero when nothing is foreseen.
func (s *Syncer) round(ctx context.Context) (next time.Time, err error) {
	rows, err := s.mirrored(ctx)
	if err != nil {
		return time.Time{}, err
	}
	for credential, group := range s.byCredential(rows) {
		if s.busy[credential] {
			continue // its worker reports when it is done
		}
		at, err := s.offer(ctx, credential, group)
		if err != nil {
			return time.Time{}, err
		}
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next, nil
}

func (s *Syncer) mirrored(ctx context.Context) ([]*db.Integration, error) {
	return s.database.Reader.Integration.Query().Where(integration.StateIn(integration.StateACTIVE, integration.StatePAUSED)).
		WithSyncState().WithSyncGroup().WithOccurrence().Order(db.Asc(integration.FieldID)).All(s.AsSystem(ctx))
}

func (s *Syncer) byCredential(rows []*db.Integration) map[string][]*db.Integration {
	groups := map[string][]*db.Integration{}
	for _, row := range rows {
		if row.Edges.SyncState == nil {
			continue
		}
		c := s.Accounts.Credential(row)
		groups[c] = append(groups[c], row)
	}
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b *db.Integration) int { return priority(a) - priority(b) })
	}
	return groups
}

// priority is rule S3: sync groups in their order, integrations without one last.
func priority(row *db.Integration) int {
	if g := row.Edges.SyncGroup; g != nil {
		return g.Priority
	}
	return 1 << 30
}

// candidate is one thing that could be done with a credential.
type candidate struct {
	row *db.Integration
	todo
}

// offer starts the most urgent task of a credential that its budget lets through, and says when to ask again.
func (s *Syncer) offer(ctx context.Context, credential string, group []*db.Integration) (next time.Time, err error) {
	candidates, err := s.candidates(ctx, credential, group)
	if err != nil {
		return time.Time{}, err
	}
	now := s.Now()
	sooner := func(at time.Time) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	refused := map[quota.Lane]bool{}
	for _, c := range candidates {
		lane := c.task.lane()
		switch {
		case c.from.After(now):
			sooner(c.from)
			continue
		case refused[lane]:
			continue
		}
		ok, at, err := s.Budgets.TryEnter(ctx, credential, lane)
		if err != nil {
			return time.Time{}, err
		}
		if ok {
			s.start(ctx, credential, c)
			return time.Time{}, nil
		}
		refused[lane] = true
		sooner(at)
	}
	return next, nil
}

// candidates lists what a credential's integrations need, by lane and then by sync group.
func (s *Syncer) candidates(ctx context.Context, credential string, group []*db.Integration) ([]candidate, error) {
	budget, err := s.Budgets.State(s.AsSystem(ctx), credential)
	if err != nil {
		return nil, err
	}
	var list []candidate
	for _, row := range group {
		due, pending, err := s.Inbox.Next(s.AsSystem(ctx), row.ID, causes(row)...)
		if err != nil {
			return nil, err
		}
		st := standingOf(row.Edges.SyncState)
		if pending > 0 {
			st.hintDue = due
		}
		st.paused = row.State == integration.StatePAUSED
		st.hintsRead = s.hintsRead[row.ID]
		st.scarce = budget.Used*3 >= budget.Limit*2
		for _, t := range plan(st) {
			list = append(list, candidate{row, t})
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return int(a.task.lane()) - int(b.task.lane()) })
	return list, nil
}

// causes are the hints that an integration reads: all, but paused only those that settle what was sent.
func causes(row *db.Integration) []hint.Cause {
	if row.State == integration.StatePAUSED {
		return []hint.Cause{hint.CauseOUTBOUND}
	}
	return nil
}

func standingOf(state *db.SyncState) standing {
	st := standing{
		counted:    state.BackfillTotal != nil,
		running:    state.RunSince != nil,
		backfilled: state.BackfillDoneAt != nil,
		scanFrom:   scanFrom(state),
	}
	if state.NextSyncAt != nil {
		st.nextSync = *state.NextSyncAt
	}
	if state.RetryAt != nil {
		st.retryAt = *state.RetryAt
	}
	return st
}

// start lets a worker do one task; the call's place in the budget is already taken.
func (s *Syncer) start(ctx context.Context, credential string, c candidate) {
	s.busy[credential] = true
	s.workers.Go(func() {
		s.work(ctx, c)
		s.done <- outcome{credential: credential, integration: c.row.ID, readHints: c.task == readHints}
	})
}
