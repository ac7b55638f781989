package feed

import (
	"context"
	"errors"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/event"
)

// Run delivers until the context ends, then returns nil.
func (h *Hub) Run(ctx context.Context) error {
	follower, err := h.begin(ctx)
	if err != nil {
		return nil
	}
	defer h.stop()
	for {
		events, err := h.next(ctx, follower)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, event.ErrResync):
			if follower, err = h.restart(ctx); err == nil {
				continue
			}
		case err == nil:
			err = h.deliver(ctx, follower.Position().Epoch, events)
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			// What was read and not delivered is read again when the database answers.
			h.logger.ErrorContext(ctx, "live updates are late", "error", err)
			if follower, err = h.retry(ctx); err != nil {
				return nil
			}
		}
	}
}

// begin finds the present end of the log; a database that does not answer is asked again.
func (h *Hub) begin(ctx context.Context) (*event.Follower, error) {
	for {
		head, err := h.log.Head(ctx)
		if err == nil {
			h.start(head)
			return h.log.Follow(&head), nil
		}
		if ctx.Err() == nil {
			h.logger.ErrorContext(ctx, "live updates cannot begin, trying on", "error", err)
		}
		if err := rest(ctx); err != nil {
			return nil, err
		}
	}
}

// stop sends the live subscribers back to replay: nobody offers them anything, until the next Run.
func (h *Hub) stop() {
	h.telling.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running = false
	for s := range h.living {
		s.mu.Lock()
		if s.group != nil {
			h.leave(s)
			at := s.at
			s.replays = h.log.Follow(&at)
		}
		s.mu.Unlock()
	}
}

func (h *Hub) start(at event.Position) {
	h.mu.Lock()
	h.running, h.at = true, at
	living := make([]*Subscriber, 0, len(h.living))
	for s := range h.living {
		living = append(living, s)
	}
	h.mu.Unlock()
	for _, s := range living {
		s.wake()
	}
}

// next waits for events; meanwhile it forgets who has parted.
func (h *Hub) next(ctx context.Context, follower *event.Follower) ([]*db.TicketEvent, error) {
	for {
		h.forget()
		changed := follower.Changed()
		events, err := follower.Now(ctx)
		if err != nil || len(events) > 0 {
			return events, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-changed:
		case <-h.parting.rung:
		}
	}
}

// restart tells all live subscribers to load again: the log is another one, or has lost what was not read yet. Those who
// replay find out by themselves.
func (h *Hub) restart(ctx context.Context) (*event.Follower, error) {
	head, err := h.log.Head(ctx)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	h.at = head
	living := make([]*Subscriber, 0, len(h.living))
	for s := range h.living {
		s.lost(head)
		living = append(living, s)
	}
	h.mu.Unlock()
	for _, s := range living {
		s.wake()
	}
	return h.log.Follow(&head), nil
}

// retryAfter is how long the hub waits for a database that does not answer.
const retryAfter = time.Second

// retry goes on from where the hub stands.
func (h *Hub) retry(ctx context.Context) (*event.Follower, error) {
	if err := rest(ctx); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	at := h.at
	return h.log.Follow(&at), nil
}

func rest(ctx context.Context) error {
	timer := time.NewTimer(retryAfter)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
