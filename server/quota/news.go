package quota

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/callbudget"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
)

// longestBlock bounds what a 429 may ask for, so that a mistaken Retry-After stops nobody for days.
const longestBlock = time.Hour

// Facts are what Reclame Aqui's token answer says about a credential; zero = not said.
type Facts struct {
	CallsPerMinute           int
	LicenceStart, LicenceEnd time.Time
}

// Learn keeps what RA said. A new limit holds from the next call on; what RA did not say, or says
// as before, writes nothing.
func (b *Budgets) Learn(ctx context.Context, credential string, f Facts) (err error) {
	defer fault.Wrap(&err, "quota.Learn")
	if err := check(ctx, credential, Agent); err != nil {
		return err
	}
	err = b.d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := b.lock(ctx, tx, credential)
		if err != nil {
			return err
		}
		update, changed := tx.CallBudget.UpdateOneID(credential).SetUpdatedAt(r.now), false
		if f.CallsPerMinute > 0 && f.CallsPerMinute != r.row.CallsPerMinute {
			update, changed = update.SetCallsPerMinute(f.CallsPerMinute), true
		}
		if said(f.LicenceStart, r.row.LicenceStart) {
			update, changed = update.SetLicenceStart(stored(f.LicenceStart)), true
		}
		if said(f.LicenceEnd, r.row.LicenceEnd) {
			update, changed = update.SetLicenceEnd(stored(f.LicenceEnd)), true
		}
		if !changed {
			return nil
		}
		return update.Exec(ctx)
	})
	if err == nil {
		b.desk(credential).rouse()
	}
	return err
}

// said says whether a date is given and new.
func said(given time.Time, known *time.Time) bool {
	return !given.IsZero() && (known == nil || !known.Equal(stored(given)))
}

// stored is a time as both databases can keep it.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Throttled takes in a 429 with the wait that RA asked for, 0 when it named none. All lanes wait.
//
// It is news about the truth: RA's window is full now, whatever our record says, so the calls that
// we have not seen are entered as made now, and the window has certainly freed one window later.
// Without a wait named, everybody waits for that ("wait one minute", RA's text says). With one,
// a call may go after it, in the slot that RA promised and in those that our own calls give back.
// The shortest wait of several answers never shortens a longer one.
func (b *Budgets) Throttled(ctx context.Context, credential string, retryAfter time.Duration) (err error) {
	defer fault.Wrap(&err, "quota.Throttled")
	if err := check(ctx, credential, Agent); err != nil {
		return err
	}
	return b.d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := b.lock(ctx, tx, credential)
		if err != nil {
			return err
		}
		r.book = b.rules.throttled(r.book, retryAfter, r.now)
		return r.save(ctx, tx)
	})
}

// throttled is the book after a 429; see Throttled.
func (p rules) throttled(k book, retryAfter time.Duration, now time.Time) book {
	wait := min(retryAfter, longestBlock)
	if wait <= 0 {
		wait = p.window
	}
	until := now.Add(wait)
	k = k.copied()
	missing := k.limit - p.used(k, now)
	if missing > 0 && wait < p.window {
		// The call whose slot RA promised.
		k.calls = append(k.calls, schema.Calls{At: until.Add(-p.window), N: 1})
		missing--
	}
	if missing > 0 {
		k.calls = append(k.calls, schema.Calls{At: now, N: missing})
	}
	k.blockedUntil = latest(k.blockedUntil, until)
	k, _ = p.tidy(k, now) // in order again
	return k
}

// State is a credential's budget as it stands.
type State struct {
	// Limit is the calls a minute that RA allows.
	Limit int
	// Used is how many of them are in the window that ends now.
	Used int
	// Held is how many of them polls and backfill leave to those above them now, agents first.
	Held int
	// NextSlot is when an agent's call could go if nobody waited: the present where one is free.
	NextSlot time.Time
	// BlockedUntil is the end of a 429's wait, nil when there is none.
	BlockedUntil *time.Time
	// LicenceStart and LicenceEnd are what RA said, nil when it has not.
	LicenceStart, LicenceEnd *time.Time
	// Waiting is who waits in this process, by lane; every lane is there.
	Waiting map[Lane]int
}

// State reads a credential's budget and takes nothing from it. A credential never used has all.
func (b *Budgets) State(ctx context.Context, credential string) (s State, err error) {
	defer fault.Wrap(&err, "quota.State")
	if err := check(ctx, credential, Agent); err != nil {
		return State{}, err
	}
	row, err := b.d.Reader.CallBudget.Query().Where(callbudget.ID(credential)).Only(ctx)
	if db.IsNotFound(err) {
		row, err = &db.CallBudget{CallsPerMinute: b.o.DefaultLimit}, nil
	}
	if err != nil {
		return State{}, err
	}
	now, err := b.clock(ctx, b.d.Reader)
	if err != nil {
		return State{}, err
	}
	k, _ := b.rules.tidy(bookOf(row), now)
	s = State{
		Limit: k.limit, Used: b.rules.used(k, now), Held: b.rules.leaves(k, Backfill, now), NextSlot: b.rules.agent(k, now),
		LicenceStart: row.LicenceStart, LicenceEnd: row.LicenceEnd, Waiting: b.desk(credential).waiting(),
	}
	if k.blockedUntil.After(now) {
		s.BlockedUntil = &k.blockedUntil
	}
	return s, nil
}
