package quota

import (
	"context"
	"errors"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/fault"
)

// answer is what one look at the record gave.
type answer struct {
	granted bool
	next    bool      // nobody is before
	at      time.Time // when to go, on the record's clock
	now     time.Time // of the same clock
}

func (a answer) wait() time.Duration { return max(a.at.Sub(a.now), 0) }

// Enter waits until a call of a lane may be made with a credential, and commits the call before it
// returns nil: make the call at once. When the context's deadline would pass before a slot frees it
// returns fault.RateLimited with RetryAfter at once instead of waiting in vain; the same when the
// deadline passes after all, because others came first. A cancelled context gives its own error.
func (b *Budgets) Enter(ctx context.Context, credential string, lane Lane) (err error) {
	defer fault.Wrap(&err, "quota.Enter")
	if err := check(ctx, credential, lane); err != nil {
		return err
	}
	k := b.desk(credential)
	w := k.join(lane)
	defer k.leave(w)
	for {
		a, err := b.ask(ctx, credential, k, lane, w)
		switch {
		case err != nil:
			return b.ended(ctx, k, lane, a, err)
		case a.granted:
			k.took(lane, w, a.now)
			return nil
		case b.tooLate(ctx, a):
			return refuse(k, lane, a, nil)
		}
		if err := b.pause(ctx, w, a); err != nil {
			return b.ended(ctx, k, lane, a, err)
		}
	}
}

// TryEnter makes the call's entry if it may go now, and never waits: with ok false, at is when to
// try again. Who waits in Enter in the same lane or a higher one goes first.
func (b *Budgets) TryEnter(ctx context.Context, credential string, lane Lane) (ok bool, at time.Time, err error) {
	defer fault.Wrap(&err, "quota.TryEnter")
	if err := check(ctx, credential, lane); err != nil {
		return false, time.Time{}, err
	}
	k := b.desk(credential)
	a, err := b.ask(ctx, credential, k, lane, nil)
	if err != nil {
		return false, time.Time{}, err
	}
	if !a.granted {
		k.turnedAway(lane, a.at)
		return false, a.at, nil
	}
	k.took(lane, nil, a.now)
	return true, a.now, nil
}

func check(ctx context.Context, credential string, lane Lane) error {
	if credential == "" || lane < Agent || lane > Backfill {
		return errors.New("no such credential or lane")
	}
	return ctx.Err()
}

// ask looks at the record and, if it is this caller's turn and a slot is free, takes it.
func (b *Budgets) ask(ctx context.Context, credential string, k *desk, lane Lane, w *waiter) (a answer, err error) {
	err = b.d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := b.lock(ctx, tx, credential)
		if err != nil {
			return err
		}
		t, ahead, kept := k.look(lane, w, r.book, r.now)
		a = answer{now: r.now}
		a.at, a.next = b.rules.forecast(r.book, t, lane, ahead, r.now)
		a.at = latest(a.at, kept)
		a.granted = a.next && !a.at.After(r.now)
		if a.granted {
			r.book = b.rules.enter(r.book, lane, 1, r.now)
			if lane != Agent { // agents pass nobody's neighbours, and their process may know of none
				r.passed = k.after(lane, r.now).passed
			}
		}
		if a.granted || r.healed {
			return r.save(ctx, tx)
		}
		return nil
	})
	if err != nil {
		a.granted = false
	}
	return a, err
}

// glance is how soon the head of a lower lane looks again: agents of another process may have passed it so often that it is its turn.
const glance = 5 * time.Second

// pause waits for the caller's moment if it is next, for a wake-up if it is not.
func (b *Budgets) pause(ctx context.Context, w *waiter, a answer) error {
	var due <-chan time.Time
	if a.next {
		// Not below a millisecond: timers and the database's clock may disagree by less.
		rest := max(a.wait(), time.Millisecond)
		if w.lane != Agent {
			rest = min(rest, glance)
		}
		due = b.o.After(rest)
	}
	select {
	case <-w.wake:
	case <-due:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// tooLate says whether the deadline passes before the moment comes.
func (b *Budgets) tooLate(ctx context.Context, a answer) bool {
	deadline, ok := ctx.Deadline()
	return ok && a.wait() > deadline.Sub(b.local())
}

// ended translates the end of a wait: a deadline that passed is the limit's fault too.
func (b *Budgets) ended(ctx context.Context, k *desk, lane Lane, a answer, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && !a.now.IsZero() {
		return refuse(k, lane, a, context.DeadlineExceeded)
	}
	return err
}

// refuse turns a caller away until its moment.
func refuse(k *desk, lane Lane, a answer, cause error) error {
	k.turnedAway(lane, a.at)
	wait := a.wait().Truncate(time.Millisecond) + time.Millisecond // up: a millisecond early is too early
	return fault.New(fault.RateLimited).After(wait).Because(cause)
}
