package event

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/counter"
	"citrus.cx/channel/ent/db/predicate"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/fault"
)

// batch is how many events are read, or handed to a follower, at once.
const batch = 500

// window is a piece of the log in memory: all events after Offset start up to its end. A
// window is never changed once published; its successor may share its array.
type window struct {
	epoch  string // "" until the tail has looked for the first time
	start  int64
	events []*db.TicketEvent
	// changed is closed when a successor is there.
	changed chan struct{}
}

func (w *window) end() int64 { return w.start + int64(len(w.events)) }

// grown is the window with newer events, cut to about size: the array is copied when it holds
// twice that, so that adding stays cheap.
func (w *window) grown(events []*db.TicketEvent, size int) *window {
	next := &window{epoch: w.epoch, start: w.start, changed: make(chan struct{})}
	kept := w.events
	if len(kept)+len(events) > 2*size {
		drop := min(len(kept), len(kept)+len(events)-size)
		next.start += int64(drop)
		kept = append(make([]*db.TicketEvent, 0, 2*size), kept[drop:]...)
	}
	next.events = append(kept, events...)
	return next
}

// publish replaces the window and wakes all who wait for a newer one. The tail alone calls it.
func (l *Log) publish(w *window) {
	old := l.window.Swap(w)
	close(old.changed)
}

// wake asks the tail to look now. It never blocks.
func (l *Log) wake() { nudge(l.unread) }

// nudge leaves a token where there is none: one that is there says that a look is due, and that it has not begun.
func nudge(tokens chan struct{}) {
	select {
	case tokens <- struct{}{}:
	default:
	}
}

// Run is the tail: it reads new events once for all followers, at every Append of this process
// and every Poll, until the context ends; then it returns nil. On PostgreSQL it also numbers
// what is committed, and hears of what others have numbered. A database that does not answer is
// tried again. One Run at a time: a second one is refused.
func (l *Log) Run(ctx context.Context) error {
	if !l.running.CompareAndSwap(false, true) {
		return errors.New("event: the tail runs already")
	}
	defer l.running.Store(false)
	var beside sync.WaitGroup
	defer beside.Wait()
	if l.sequenced() {
		beside.Go(func() { l.loop(ctx, "numbered", l.unnumbered, l.sequence) })
		beside.Go(func() { l.listen(ctx) })
	}
	l.loop(l.options.AsSystem(ctx), "read", l.unread, l.look)
	return nil
}

// loop works at every token and every Poll. After a failure only time counts, lest writers make it spin.
func (l *Log) loop(ctx context.Context, verb string, tokens <-chan struct{}, work func(context.Context) error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	failures, due := 0, tokens
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-due:
		}
		err := work(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			failures, due = 0, tokens
			timer.Reset(l.options.Poll)
			continue
		}
		if failures++; failures == 1 {
			l.options.Log.ErrorContext(ctx, "event log cannot be "+verb+", trying on", "error", err)
		}
		due = nil
		timer.Reset(l.rest(failures))
	}
}

// rest is how long to wait after so many failures in a row: short at first, for a lost
// connection is soon replaced, and never longer than a look is due anyway.
func (l *Log) rest(failures int) time.Duration {
	return min(l.options.Poll, 10*time.Millisecond<<min(failures, 10))
}

// look brings the window up to the head of the database.
func (l *Log) look(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "event.look")
	if came, err := l.advance(ctx); came || err != nil {
		return err
	}
	head, err := l.Head(ctx)
	if err != nil {
		return err
	}
	if w := l.window.Load(); w.epoch != head.Epoch || head.Offset < w.end() {
		// The first look, or positions started anew: what is in memory is no part of this log.
		l.restart(head)
	}
	for {
		w := l.window.Load()
		if w.end() >= head.Offset {
			return nil
		}
		events, err := l.read(ctx, w.end())
		if err != nil {
			return err
		}
		if len(events) == 0 || events[0].Position != w.end()+1 {
			// Removed by retention before it was read here: whoever still wants it is told to load again.
			l.restart(head)
			return nil
		}
		l.publish(w.grown(events, l.options.Window))
	}
}

// advance takes in what there is behind the window, in one statement as long as that is little; false when there is
// nothing, or nothing that can follow.
func (l *Log) advance(ctx context.Context) (came bool, err error) {
	for {
		w := l.window.Load()
		events, err := l.read(ctx, w.end(), ofEpoch(w.epoch))
		if err != nil || len(events) == 0 || events[0].Position != w.end()+1 {
			return came, err
		}
		came = true
		l.publish(w.grown(events, l.options.Window))
		if len(events) < batch {
			return came, nil
		}
	}
}

// ofEpoch holds while the log's positions are those of an epoch.
func ofEpoch(epoch string) predicate.TicketEvent {
	return func(s *sql.Selector) {
		head := sql.Dialect(s.Dialect()).Table(counter.Table)
		s.Where(sql.Exists(sql.Dialect(s.Dialect()).Select().From(head).Where(sql.And(
			sql.EQ(head.C(counter.FieldID), counterID), sql.EQ(head.C(counter.FieldEpoch), epoch),
		))))
	}
}

func (l *Log) restart(head Position) {
	l.publish(&window{epoch: head.Epoch, start: head.Offset, changed: make(chan struct{})})
}

// read gives committed events after an offset, in order and without a gap among them, at most a batch.
func (l *Log) read(ctx context.Context, after int64, where ...predicate.TicketEvent) ([]*db.TicketEvent, error) {
	events, err := l.database.Reader.TicketEvent.Query().
		Where(ticketevent.PositionGT(after)).
		Where(where...).
		Order(ticketevent.ByPosition()).
		Limit(batch).
		All(l.options.AsSystem(ctx))
	if err != nil {
		return nil, err
	}
	for i, e := range events {
		if e.Position != events[0].Position+int64(i) {
			return slices.Clip(events[:i]), nil
		}
	}
	return events, nil
}
