package feed

import (
	"context"
	"log/slog"
	"sync"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// Hub delivers the log's events to the subscribers of this process.
type Hub struct {
	log    *event.Log
	people *identity.Service
	logger *slog.Logger

	mu      sync.Mutex // guards what follows
	running bool
	at      event.Position // all up to it was offered
	asked   map[string]*asked
	groups  map[string]*group
	living  map[*Subscriber]struct{}
	changes int64 // of the roll, when scopes were last looked at

	telling sync.WaitGroup
	parting parting
	recent  recent
}

// NewHub makes a hub; subscribers get nothing but what they replay unless Run runs.
func NewHub(log *event.Log, people *identity.Service, logger *slog.Logger) *Hub {
	return &Hub{
		log: log, people: people, logger: logger,
		asked: map[string]*asked{}, groups: map[string]*group{}, living: map[*Subscriber]struct{}{}, parting: parting{rung: make(chan struct{}, 1)},
	}
}

// Subscribe begins a subscription after a position, for who is asking in the context. wake is called when it has something.
func (h *Hub) Subscribe(ctx context.Context, q Question, from event.Position, wake func()) (*Subscriber, error) {
	listener, ok := h.people.Listen(ctx, wake)
	if !ok {
		return nil, fault.New(fault.Unauthenticated)
	}
	s := &Subscriber{hub: h, listener: listener, wake: wake, at: from, replays: h.log.Follow(&from)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.living[s] = struct{}{}
	if h.asked[q.Key] == nil {
		h.asked[q.Key] = &asked{Question: q, logger: h.logger}
	}
	s.question = h.asked[q.Key]
	s.question.askers++
	return s, nil
}

// join makes a subscriber that has replayed everything live; false when the hub has gone on meanwhile, so that there is
// more to replay. Where the hub does not run yet, or is about to begin anew, it wakes the subscriber then.
func (h *Hub) join(s *Subscriber) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !h.running || s.closed.Load() || h.at.Epoch != s.at.Epoch:
		return true
	case h.at.Offset > s.at.Offset:
		return false
	}
	s.replays = nil
	h.enter(s)
	return true
}

// enter puts a live subscriber into his group; both locks are held.
func (h *Hub) enter(s *Subscriber) {
	s.sees = s.listener.Changes() // before the viewer, who may change meanwhile
	key, as := scope(s.listener.Viewer())
	key = s.question.Key + "\x00" + key
	g := h.groups[key]
	if g == nil {
		g = &group{key: key, question: s.question, as: as}
		h.groups[key] = g
	}
	s.place = len(g.members)
	g.members = append(g.members, s)
	s.group = g
}

// leave takes a subscriber out of his group; both locks are held.
func (h *Hub) leave(s *Subscriber) {
	if s.group == nil {
		return
	}
	g, last := s.group, len(s.group.members)-1
	g.members[s.place] = g.members[last]
	g.members[s.place].place = s.place
	g.members[last] = nil
	if g.members = g.members[:last]; last == 0 {
		delete(h.groups, s.group.key)
	}
	s.group = nil
}

// deliver offers events to the groups that they are for.
func (h *Hub) deliver(ctx context.Context, epoch string, events []*db.TicketEvent) error {
	for _, e := range events {
		h.recent.forget(e.TicketID)
	}
	// After the events were read: rights that were taken away before them hold for them.
	changes, err := h.people.CallRoll(ctx)
	if err != nil {
		return err
	}
	told := map[*group]*news{}
	h.mu.Lock()
	if changes != h.changes {
		h.regroup()
		h.changes = changes
	}
	for _, e := range events {
		for _, g := range h.groups {
			verdict := judge(g.question.Filter, g.as, e)
			if verdict == hidden {
				continue
			}
			n := told[g]
			if n == nil {
				n = &news{}
				told[g] = n
			}
			n.offer(&item{group: g, change: changeOf(epoch, e, verdict == left)}, e)
		}
		h.at = event.Position{Epoch: epoch, Offset: e.Position}
	}
	h.mu.Unlock()
	// Without the lock, and each group by itself: a slow answer keeps nobody else, and no socket that parts, waiting.
	for _, n := range told {
		h.telling.Go(n.tell)
	}
	return nil
}

// regroup moves those whose rights have changed; the lock is held.
func (h *Hub) regroup() {
	for s := range h.living {
		s.mu.Lock()
		if s.group != nil && s.sees != s.listener.Changes() {
			h.leave(s)
			h.enter(s)
		}
		s.mu.Unlock()
	}
}
