package feed

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/graph/internal/live"
	"citrus.cx/channel/graph/transport"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// Subscriber is one subscription; it is a transport.Feed.
type Subscriber struct {
	hub      *Hub
	listener *identity.Hold
	question *asked
	wake     func()
	closed   atomic.Bool

	mu      sync.Mutex
	group   *group // nil while it replays
	place   int    // among the group's members; the hub's lock guards it
	replays *event.Follower
	at      event.Position // all up to it was taken in
	waiting pending
	resync  bool  // the client must load again, from at
	sees    int64 // the listener's changes when it came into its group

	called bool // the roll was called since it listens; of Next alone
}

var _ transport.Feed = (*Subscriber)(nil)

// Close is the feed's end. It takes no lock, as the transport demands; the hub forgets it at its next turn.
func (s *Subscriber) Close() {
	if !s.closed.Swap(true) {
		s.hub.parting.add(s)
	}
}

func (s *Subscriber) listens() bool { return !s.closed.Load() }

// replayTimeout bounds one read of a replay.
const replayTimeout = 15 * time.Second

// Next gives the next answer that is for the subscriber's eyes.
func (s *Subscriber) Next() (transport.Answer, bool) {
	turn := 0
	for !s.closed.Load() {
		select {
		case <-s.listener.Gone():
			return s.question.Failure(fault.New(fault.Unauthenticated)), true
		default:
		}
		a, found, replays := s.take()
		if found {
			return a, true
		}
		if !replays {
			return transport.Answer{}, false
		}
		switch rest, err := s.replay(); {
		case err != nil:
			// It goes on from where it stands when the database answers again.
			s.hub.logger.Debug("a replay is late", "error", err)
			time.AfterFunc(retryAfter, s.wake)
			return transport.Answer{}, false
		case rest:
			return transport.Answer{}, false
		}
		if turn++; turn >= replayTurn && !s.waits() {
			// A long way through what is not for it: others of its socket have their turn between.
			s.wake()
			return transport.Answer{}, false
		}
	}
	return transport.Answer{}, false
}

// replayTurn is how many reads of the log a subscriber makes before others have their turn.
const replayTurn = 4

func (s *Subscriber) waits() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.resync || s.waiting.len() > 0
}

// Ready says that Next has nothing to execute and nothing to read: what waits first was made for all, or nothing does.
func (s *Subscriber) Ready() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.resync || s.replays != nil {
		return s.closed.Load()
	}
	e, ok := s.waiting.first()
	return !ok || e.item != nil && e.item.ready.Load() && e.item.group == s.group && s.sees == s.listener.Changes()
}

// take gives what waits first, and says whether the subscriber still replays.
func (s *Subscriber) take() (a transport.Answer, found, replays bool) {
	for {
		s.mu.Lock()
		if s.resync {
			s.resync = false
			at := s.at
			s.mu.Unlock()
			_, as := scope(s.listener.Viewer())
			a := s.question.answer(as, live.Resync{Cursor: live.CursorOf(at)})
			a.More = true
			return a, true, true
		}
		e, ok := s.waiting.pop()
		mine, sees, replays := s.group, s.sees, s.replays != nil
		more := replays || s.waiting.len() > 0
		s.mu.Unlock()
		if !ok {
			return transport.Answer{}, false, replays
		}
		if sees != s.listener.Changes() {
			mine = nil // the group of what he saw before
		}
		if a, ok := s.answer(e, mine); ok {
			a.More = more
			return a, true, true
		}
	}
}

// answer makes the answer of an entry, unless it is not for the viewer's eyes any more: his rights may have
// changed while it waited.
func (s *Subscriber) answer(e entry, mine *group) (transport.Answer, bool) {
	if e.item != nil && mine != nil && e.item.group == mine {
		return e.item.made(), true
	}
	c := *e.told()
	eyes, as := scope(s.listener.Viewer())
	before, after := around(c.Event)
	if !as.Sees(after.sector) {
		if !as.Sees(before.sector) {
			return transport.Answer{}, false
		}
		c.LeftFilter = true
	}
	if e.replayed {
		return s.hub.recent.answer(s.question, eyes, as, c), true
	}
	return s.question.answer(as, c), true
}

// replay reads on from the subscriber's position, and joins the hub when both stand at the same; rest says that
// there is nothing to do until it is woken.
func (s *Subscriber) replay() (rest bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), replayTimeout)
	defer cancel()
	s.mu.Lock()
	replays, at := s.replays, s.at
	s.mu.Unlock()
	defer func() {
		if err != nil { // what was read and not taken in is read again
			s.mu.Lock()
			s.replays = s.hub.log.Follow(&at)
			s.mu.Unlock()
		}
	}()
	events, err := replays.Now(ctx)
	if errors.Is(err, event.ErrResync) {
		return false, s.restart(ctx)
	}
	if err != nil {
		return false, err
	}
	if len(events) == 0 && s.called {
		return s.hub.join(s), nil
	}
	// After the events were read: rights that were taken away before them hold for them. Once also before it
	// joins: the hub may have called the roll for its next events before this listener was on it.
	if _, err := s.hub.people.CallRoll(ctx); err != nil {
		return false, err
	}
	s.called = true
	if len(events) == 0 {
		return false, nil
	}
	s.keep(replays.Position(), events)
	return false, nil
}

// keep takes in what a replay has read.
func (s *Subscriber) keep(at event.Position, events []*db.TicketEvent) {
	viewer := s.listener.Viewer()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = at
	for _, e := range events {
		if v := judge(s.question.Filter, viewer, e); v != hidden {
			c := changeOf(s.at.Epoch, e, v == left)
			// A replay waits for its reader: it is never too much.
			s.waiting.entries = append(s.waiting.entries, entry{change: &c, replayed: true})
		}
	}
}

// restart tells the client to load again, and goes on from the present end.
func (s *Subscriber) restart(ctx context.Context) error {
	head, err := s.hub.log.Head(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at, s.replays, s.resync = head, s.hub.log.Follow(&head), true
	s.waiting = pending{}
	return nil
}

// offer takes an event of the hub in. The hub calls it in order, under its lock, and wakes the socket afterwards.
func (s *Subscriber) offer(i *item, e *db.TicketEvent) (wake bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Load() || e.Position <= s.at.Offset {
		return false
	}
	s.at.Offset = e.Position
	if s.resync {
		return false // whoever must load again sees it then
	}
	if !s.waiting.push(entry{item: i}) {
		s.waiting, s.resync = pending{}, true
	}
	return true
}

// lost tells the client to load again: the log has begun anew, or has lost what nobody read in time.
func (s *Subscriber) lost(head event.Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.group != nil {
		s.at, s.waiting, s.resync = head, pending{}, true
	}
}
