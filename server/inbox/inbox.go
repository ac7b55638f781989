// Package inbox owns the hints: notes that a complaint has changed at Reclame Aqui and is
// still to be read from there (domain rules C2, C3). However often a complaint is hinted at
// there is one row of it, so a flood costs one read.
//
// A hint is never trusted for anything but what to read. The package refuses to know how it is
// read: package callback puts hints (package outbound too, where the fate of a reply is
// unknown), package syncer takes those that are due, reads, and settles them with Done in the
// transaction that stores what it read.
package inbox

import (
	"context"
	"sync/atomic"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
)

// Reference is what a hint points at.
type Reference struct {
	Kind hint.Kind
	// Value is RA's ticket id (COMPLAINT), the site's complaint id (SOURCE), both in digits, or
	// "" (POLL: something has changed, nobody says what). At most 40 bytes.
	Value string
}

// Poll is the reference of a hint that names no complaint.
var Poll = Reference{Kind: hint.KindPOLL}

// Options of New. The zero value is a working one.
type Options struct {
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Settle is how long a hint waits for its twins, because RA notifies of one action several times; 250 ms when 0.
	Settle time.Duration
	// AsSystem marks the product's own reads, for a reader that hides rows from whom it does
	// not know; the context as it is when nil.
	AsSystem func(context.Context) context.Context
}

// Inbox is the hints of one database.
type Inbox struct {
	database *database.DB
	options  Options
	// changed is closed and replaced after every commit that put a hint.
	changed atomic.Pointer[chan struct{}]
}

// New makes an inbox on a database.
func New(d *database.DB, o Options) *Inbox {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Settle <= 0 {
		o.Settle = 250 * time.Millisecond
	}
	if o.AsSystem == nil {
		o.AsSystem = func(ctx context.Context) context.Context { return ctx }
	}
	i := &Inbox{database: d, options: o}
	first := make(chan struct{})
	i.changed.Store(&first)
	return i
}

// Wait gives a channel that is closed after the next commit of a hint in this process. Take it
// BEFORE looking with Due or Next, then wait on it: what is put in between has closed it already.
// Any number may wait. It is a hint only: other processes put hints too, so look now and then.
func (i *Inbox) Wait() <-chan struct{} { return *i.changed.Load() }

func (i *Inbox) wake() {
	next := make(chan struct{})
	close(*i.changed.Swap(&next))
}

// Due gives the hints of an integration that may be read at a moment, those due longest first,
// at most limit of them; only those of the causes, when any are named.
func (i *Inbox) Due(ctx context.Context, integrationID string, now time.Time, limit int, causes ...hint.Cause) (_ []*db.Hint, err error) {
	defer fault.Wrap(&err, "inbox.Due")
	return i.of(integrationID, causes).
		Where(hint.DueAtLTE(whole(now))).
		Order(hint.ByDueAt(), hint.ByID()).
		Limit(limit).
		All(i.options.AsSystem(ctx))
}

// Next says when an integration's first hint is or was due and how many there are in all; the
// zero time when there is none. Only those of the causes count, when any are named.
func (i *Inbox) Next(ctx context.Context, integrationID string, causes ...hint.Cause) (due time.Time, pending int, err error) {
	defer fault.Wrap(&err, "inbox.Next")
	ctx = i.options.AsSystem(ctx)
	mine := i.of(integrationID, causes)
	first, err := mine.Clone().Order(hint.ByDueAt()).First(ctx)
	if db.IsNotFound(err) {
		return time.Time{}, 0, nil
	}
	if err != nil {
		return time.Time{}, 0, err
	}
	pending, err = mine.Count(ctx)
	return first.DueAt, pending, err
}

func (i *Inbox) of(integrationID string, causes []hint.Cause) *db.HintQuery {
	query := i.database.Reader.Hint.Query().Where(hint.IntegrationID(integrationID))
	if len(causes) > 0 {
		query.Where(hint.CauseIn(causes...))
	}
	return query
}

// whole is a moment as both databases keep it: UTC, so that SQLite's texts compare, and whole microseconds.
func whole(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
