package quota

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/callbudget"
	"citrus.cx/channel/server/fault"
)

// Outlook is a credential's State with what a person wants to know beside it.
type Outlook struct {
	State
	// Next is when one call more of each lane could go, after those that wait in this process; every lane is there.
	Next map[Lane]time.Time
	// Failures is how many calls have failed in a row, FailingSince and FailingCode since when and why; 0, nil and nil when all is well.
	Failures     int
	FailingSince *time.Time
	FailingCode  *string
	// OpenUntil is until when the lower lanes make no calls; nil when they do.
	OpenUntil *time.Time
}

// Outlook reads a credential's budget and takes nothing from it, as State does.
func (b *Budgets) Outlook(ctx context.Context, credential string) (o Outlook, err error) {
	defer fault.Wrap(&err, "quota.Outlook")
	if o.State, err = b.State(ctx, credential); err != nil {
		return Outlook{}, err
	}
	row, err := b.d.Reader.CallBudget.Query().Where(callbudget.ID(credential)).Only(ctx)
	if db.IsNotFound(err) {
		row, err = &db.CallBudget{CallsPerMinute: b.o.DefaultLimit}, nil
	}
	if err != nil {
		return Outlook{}, err
	}
	now, err := b.clock(ctx, b.d.Reader)
	if err != nil {
		return Outlook{}, err
	}
	book, _ := b.rules.tidy(bookOf(row), now)
	o.Next = map[Lane]time.Time{}
	o.Failures, o.FailingSince, o.FailingCode = row.Failures, row.FailingSince, row.FailingCode
	if row.OpenUntil != nil && row.OpenUntil.After(now) {
		o.OpenUntil = row.OpenUntil
	}
	k := b.desk(credential)
	for l := Agent; l <= Backfill; l++ {
		turns, ahead, kept := k.look(l, nil, book, now)
		at, _ := b.rules.forecast(book, turns, l, ahead, now)
		at = latest(at, kept)
		if o.OpenUntil != nil && l != Agent {
			at = latest(at, *o.OpenUntil)
		}
		o.Next[l] = at
	}
	return o, nil
}
