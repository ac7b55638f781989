package mirror

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/identity"
)

// lookout reads how the mirrors stand once for all who watch, and only while somebody does. Rows are looked at and
// nobody is asked to call: the syncer may work in another process.
//
//	Watch (first) ─► look, every second, newcomers at once ─► sights ─► Watch.Next, …
//	Close (last)  ─► stop and wait
type lookout struct {
	// life holds who starts and stops the looking; it is never held by who looks.
	life sync.Mutex
	stop context.CancelFunc
	done chan struct{}

	mu      sync.Mutex
	watches map[*Watch]bool
	sights  map[string]sight // by integration
	// changed is closed and replaced when a sight has changed.
	changed chan struct{}
	// nudge holds at most one token: somebody new is to see the present state.
	nudge chan struct{}
}

// sight is the last that was seen of one mirror.
type sight struct {
	*standing
	mark string
}

// Watch is somebody who watches. It is used by one goroutine at a time, and must be closed.
type Watch struct {
	service *Service
	ids     []string // nil: all
	told    map[string]string
}

// Watch begins to watch the mirrors of integrations, of all when ids is nil. Administrators only.
func (s *Service) Watch(ctx context.Context, ids []string) (*Watch, error) {
	if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
		return nil, err
	}
	l := &s.lookout
	l.life.Lock()
	defer l.life.Unlock()
	w := &Watch{service: s, ids: ids, told: map[string]string{}}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop == nil {
		l.watches, l.sights = map[*Watch]bool{}, map[string]sight{}
		l.changed, l.nudge, l.done = make(chan struct{}), make(chan struct{}, 1), make(chan struct{})
		// It lives as long as anybody watches, and has nothing of the first who does.
		looking, stop := context.WithCancel(context.Background())
		l.stop = stop
		go s.look(looking, l.nudge, l.done)
	}
	l.watches[w] = true
	select {
	case l.nudge <- struct{}{}:
	default:
	}
	return w, nil
}

// Close ends the watching; after the last one nobody looks any more.
func (w *Watch) Close() {
	l := &w.service.lookout
	l.life.Lock()
	defer l.life.Unlock()
	l.mu.Lock()
	delete(l.watches, w)
	last := len(l.watches) == 0 && l.stop != nil
	l.mu.Unlock()
	if last {
		l.stop()
		<-l.done
		l.stop = nil
	}
}

// Next waits until a mirror stands otherwise than this watch was told, and gives each that does as it is now; the
// first time all of them. Who comes late is told the latest alone. The error is the context's.
func (w *Watch) Next(ctx context.Context) ([]Progress, error) {
	for {
		news, changed := w.news()
		if len(news) > 0 {
			return news, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-changed:
		}
	}
}

// news is what this watch has not been told, in the order of the integrations' ids, and what is closed when there
// may be more.
func (w *Watch) news() (news []Progress, changed <-chan struct{}) {
	l, now := &w.service.lookout, w.service.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(l.sights)) {
		seen := l.sights[id]
		if w.told[id] == seen.mark || w.ids != nil && !slices.Contains(w.ids, id) {
			continue
		}
		w.told[id] = seen.mark
		news = append(news, w.service.progress(seen.standing, now))
	}
	return news, l.changed
}

// look reads how the mirrors stand until ctx ends.
func (s *Service) look(ctx context.Context, nudge <-chan struct{}, done chan<- struct{}) {
	defer close(done)
	ticker := time.NewTicker(s.options.Look)
	defer ticker.Stop()
	failing := false
	for {
		err := s.glance(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing {
			s.options.Log.ErrorContext(ctx, "progress cannot be read, trying on", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-nudge:
		}
	}
}

// glance reads once what all who watch want to see, and wakes them if anything is new.
func (s *Service) glance(ctx context.Context) error {
	l := &s.lookout
	found, err := s.standings(ctx, l.wanted())
	if err != nil {
		return err
	}
	now := s.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	news := len(found) != len(l.sights)
	sights := make(map[string]sight, len(found))
	for id, n := range found {
		// Asked at every look, so that the pace is known, and told when it comes to be.
		known := s.backfillOf(n, now).ETA != nil
		sights[id] = sight{n, mark(n, known)}
		news = news || l.sights[id].mark != sights[id].mark
	}
	l.sights = sights
	if news {
		close(l.changed)
		l.changed = make(chan struct{})
	}
	return nil
}

// wanted are the integrations that anybody watches; nil for all.
func (l *lookout) wanted() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	ids := []string{}
	for w := range l.watches {
		if w.ids == nil {
			return nil
		}
		ids = append(ids, w.ids...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// mark is another one whenever something of a standing is, or that it is known when it will be done.
func mark(n *standing, known bool) string {
	var b strings.Builder
	fmt.Fprint(&b, known, " ", n.state.Step, " ", n.state.UpdatedAt.UnixMicro(), " ", n.state.Edges.Integration.State)
	for _, r := range n.runs {
		fmt.Fprint(&b, " ", r.ID, " ", r.CreatedTickets, " ", r.UpdatedTickets, " ", r.UnchangedTickets, " ", r.FailedComplaints, " ",
			r.VanishedTickets, " ", r.Calls, " ", r.ErrorCode != nil)
	}
	return b.String()
}
