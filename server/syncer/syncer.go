package syncer

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"citrus.cx/channel/ent/db"
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
	// Workers is how many calls may be under way at once over all credentials. 0: 8.
	Workers int
}

// Syncer keeps the mirror.
type Syncer struct {
	database *database.DB
	Options
	woken chan struct{}
	lease *lease

	// The loop's own state; workers hand theirs over through done.
	view      view
	looked    time.Time                           // when the loop last looked around
	busy      map[string]bool                     // by credential
	served    map[string]time.Time                // by credential: when a worker was last started
	refused   map[string]map[quota.Lane]time.Time // by credential: when its budget may let a lane through
	hintsRead map[string]time.Time                // by integration
	held      map[string]time.Time                // by integration: its turn among the rounds that were missed
	done      chan outcome
	workers   sync.WaitGroup

	memory memory
}

// outcome is what a worker reports to the loop.
type outcome struct {
	credential   string
	integrations []string
	readHints    bool
}

// New makes a syncer; Run starts it.
func New(d *database.DB, o Options) *Syncer {
	if o.Workers <= 0 {
		o.Workers = 8
	}
	return &Syncer{
		database: d, Options: o, woken: make(chan struct{}, 1), lease: newLease(d),
		busy: map[string]bool{}, served: map[string]time.Time{}, refused: map[string]map[quota.Lane]time.Time{},
		hintsRead: map[string]time.Time{}, held: map[string]time.Time{}, done: make(chan outcome),
		memory: newMemory(),
	}
}

// Wake makes the loop look again at once: the configuration has changed. It never blocks.
func (s *Syncer) Wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// How often the loop looks when nothing tells it to: another process may have put hints, or changed the configuration.
const (
	glance = time.Second
	stare  = 5 * time.Second
)

// Run plans and works until ctx is done; then it waits for the calls under way.
func (s *Syncer) Run(ctx context.Context) error {
	defer s.lease.release(context.WithoutCancel(ctx))
	defer s.drain()
	for {
		// Asked for before looking, so that a hint that comes while looking is not slept through.
		hinted := s.Inbox.Wait()
		rest := glance
		if next, err := s.turn(ctx); err != nil && ctx.Err() == nil {
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
			s.view.forget()
		case <-hinted:
		case o := <-s.done:
			s.finish(o)
		case <-timer.C:
		}
		timer.Stop()
	}
}

// turn is a round, if this process is the one that plans.
func (s *Syncer) turn(ctx context.Context) (next time.Time, err error) {
	leads, err := s.lease.hold(ctx)
	if err != nil || !leads {
		s.looked = time.Time{} // whoever takes over finds what was missed
		s.view.forget()
		return time.Time{}, err
	}
	return s.round(ctx)
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
	for _, id := range o.integrations {
		s.view.outdate(id)
		if o.readHints {
			s.hintsRead[id] = s.Now()
		}
	}
}

// start lets a worker do one task; the call's place in the budget is already taken.
func (s *Syncer) start(ctx context.Context, c candidate) {
	s.busy[c.credential], s.served[c.credential] = true, s.Now()
	o := outcome{credential: c.credential, readHints: c.task.lane() == quota.Callback}
	for _, row := range c.rows {
		o.integrations = append(o.integrations, row.ID)
		delete(s.held, row.ID)
	}
	s.workers.Go(func() {
		s.work(ctx, c)
		s.done <- o
	})
}

// candidate is one thing that could be done with a credential.
type candidate struct {
	credential string
	// row is the integration, the first of rows; only a count is of several.
	row  *db.Integration
	rows []*db.Integration
	todo
	// pending says that hints are waiting, which what is read may settle.
	pending bool
	breaker quota.Breaker
	// group are all integrations of the credential.
	group []string
}
