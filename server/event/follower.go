package event

import (
	"context"
	"slices"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/fault"
)

// headTimeout bounds the one read that Follow makes without a context of its caller's.
const headTimeout = 5 * time.Second

// Follower is a cursor on the log. It is used by one goroutine at a time and needs no closing.
type Follower struct {
	log *Log
	at  Position
	err error
}

// Follow begins after a position, which may come from a client and is checked by Next; nil
// means from now on: what has its position before this call is left out, all after it is seen.
func (l *Log) Follow(after *Position) *Follower {
	if after != nil {
		return &Follower{log: l, at: *after}
	}
	ctx, cancel := context.WithTimeout(context.Background(), headTimeout)
	defer cancel()
	head, err := l.Head(ctx)
	return &Follower{log: l, at: head, err: err}
}

// Position is where the follower stands: all up to it has been returned.
func (f *Follower) Position() Position { return f.at }

// Next waits until there is an event after the cursor and returns the next ones, at most 500,
// in order and without a gap. They are shared with other followers: read only. The error is
// ErrResync, the context's, or the database's.
func (f *Follower) Next(ctx context.Context) ([]*db.TicketEvent, error) {
	if f.err != nil {
		return nil, f.err
	}
	for {
		// The window first, its content after: a successor published meanwhile has closed changed.
		w := f.log.window.Load()
		events, err := f.after(ctx, w)
		if err != nil {
			return nil, err
		}
		if len(events) > 0 {
			f.at.Offset += int64(len(events))
			return events, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-w.changed:
		}
	}
}

// after gives what is known to follow the cursor, nothing when there is nothing yet.
func (f *Follower) after(ctx context.Context, w *window) ([]*db.TicketEvent, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch {
	case w.epoch == f.at.Epoch && f.at.Offset == w.end():
		return nil, nil
	case w.epoch == f.at.Epoch && f.at.Offset >= w.start && f.at.Offset < w.end():
		from := f.at.Offset - w.start
		to := min(from+batch, int64(len(w.events)))
		// A copy, so that whoever is slow with it holds these events and not the whole window.
		return slices.Clone(w.events[from:to]), nil
	default:
		return f.stored(ctx)
	}
}

// stored asks the database about a cursor outside of the window: the tail may not have come so
// far yet, or the cursor lags behind it, or it cannot be followed at all.
func (f *Follower) stored(ctx context.Context) (_ []*db.TicketEvent, err error) {
	defer fault.Wrap(&err, "event.Next")
	// The head first: what it counts is committed, so all of it must be there in the read after it.
	head, err := f.log.Head(ctx)
	if err != nil {
		return nil, err
	}
	if head.Epoch != f.at.Epoch || f.at.Offset > head.Offset {
		return nil, ErrResync
	}
	if f.at.Offset == head.Offset {
		return nil, nil
	}
	keep := f.log.options.Keep
	if keep.Count > 0 && head.Offset-f.at.Offset > keep.Count {
		return nil, ErrResync
	}
	events, err := f.log.read(ctx, f.at.Offset)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 || events[0].Position != f.at.Offset+1 {
		return nil, ErrResync
	}
	if keep.Age > 0 && f.log.options.Now().Sub(events[0].OccurredAt) > keep.Age {
		return nil, ErrResync
	}
	return events, nil
}

// Now gives what is there after the cursor without waiting, nothing when there is nothing yet. Otherwise it is Next.
func (f *Follower) Now(ctx context.Context) ([]*db.TicketEvent, error) {
	if f.err != nil {
		return nil, f.err
	}
	events, err := f.after(ctx, f.log.window.Load())
	f.at.Offset += int64(len(events))
	return events, err
}

// Changed gives a channel that is closed when there is more than Now has found. Take it before Now.
func (f *Follower) Changed() <-chan struct{} { return f.log.window.Load().changed }
