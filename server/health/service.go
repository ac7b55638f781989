package health

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/database"
)

// Options is what a Service works with.
type Options struct {
	// Credential names the budget of an integration; "" where it has none.
	Credential func(*db.Integration) string
	// Opens says whether the stored password of an integration can be opened.
	Opens func(*db.Integration) bool
	Now   func() time.Time
	// AsSystem marks reads as the product's own.
	AsSystem func(context.Context) context.Context
	Log      *slog.Logger
	// Every is how often all integrations are judged for the alarms, Watched how often while somebody watches.
	// 0: half a minute, and two seconds.
	Every, Watched time.Duration
}

// Service judges integrations and keeps their alarms. It is safe for concurrent use.
type Service struct {
	database *database.DB
	options  Options

	mu      sync.Mutex
	latest  *round
	watches int
	// nudge holds at most one token: somebody has begun to watch.
	nudge chan struct{}
}

// round is one judgement of all integrations.
type round struct {
	at      time.Time
	facts   []Facts
	reports map[string]Report
	// followed is closed when a later round is there.
	followed chan struct{}
}

// New makes a service; Run keeps the alarms and feeds who watches.
func New(d *database.DB, o Options) *Service {
	if o.Every <= 0 {
		o.Every = 30 * time.Second
	}
	if o.Watched <= 0 {
		o.Watched = 2 * time.Second
	}
	return &Service{database: d, options: o, latest: &round{followed: make(chan struct{})}, nudge: make(chan struct{}, 1)}
}

// Reports judges some integrations now, by their ids; one that is not there is left out. It takes the same number of statements
// for all as for one.
func (s *Service) Reports(ctx context.Context, integrationIDs []string) (map[string]Report, error) {
	facts, err := s.gather(ctx, integrationIDs)
	if err != nil {
		return nil, err
	}
	return judge(facts, s.options.Now()), nil
}

func judge(facts []Facts, now time.Time) map[string]Report {
	reports := make(map[string]Report, len(facts))
	for _, f := range facts {
		reports[f.Integration.ID] = Judge(f, now)
	}
	return reports
}

// Run judges all integrations again and again until the context ends; then it returns nil. A database that does not answer is
// asked again the next time.
func (s *Service) Run(ctx context.Context) error {
	failing := false
	for {
		err := s.look(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && !failing {
			s.options.Log.ErrorContext(ctx, "health cannot be judged, trying on", "error", err)
		}
		failing = err != nil
		if !s.rest(ctx) {
			return nil
		}
	}
}

// rest waits until the next look is due, for whoever watches sooner; false when the context has ended.
func (s *Service) rest(ctx context.Context) bool {
	began := time.Now()
	for {
		every := s.options.Every
		if s.watched() {
			every = s.options.Watched
		}
		timer := time.NewTimer(every - time.Since(began))
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-timer.C:
			return true
		case <-s.nudge: // how often may have changed
			timer.Stop()
		}
	}
}

func (s *Service) watched() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.watches > 0
}

// look judges all integrations, settles their alarms and tells who watches.
func (s *Service) look(ctx context.Context) error {
	r, err := s.judged(ctx)
	if err != nil {
		return err
	}
	s.publish(r)
	return s.settle(ctx, r)
}

func (s *Service) judged(ctx context.Context) (*round, error) {
	facts, err := s.gather(ctx, nil)
	if err != nil {
		return nil, err
	}
	now := s.options.Now()
	return &round{at: now, facts: facts, reports: judge(facts, now), followed: make(chan struct{})}, nil
}

// publish replaces the latest round and wakes all who wait for a later one.
func (s *Service) publish(r *round) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.latest.followed)
	s.latest = r
}

func (s *Service) present() *round {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latest
}
