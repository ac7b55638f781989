package quota

import (
	"context"
	"slices"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
)

// Late tells that a call was over only so long after its Enter. RA may have seen it as late as that: a busy host, a new
// connection, a proxy's queue. Where the margin does not cover it the call counts as made now, else one that goes as soon
// as its place is free would come to RA within the same window.
func (b *Budgets) Late(ctx context.Context, credential string, took time.Duration) (err error) {
	defer fault.Wrap(&err, "quota.Late")
	if took <= b.rules.window-b.o.Window {
		return nil
	}
	if err := check(ctx, credential, Agent); err != nil {
		return err
	}
	return b.d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := b.lock(ctx, tx, credential)
		if err != nil {
			return err
		}
		r.book = b.rules.late(r.book, took, r.now)
		return r.save(ctx, tx)
	})
}

// late is the book with the last call that was made so long ago or earlier made now.
func (p rules) late(k book, took time.Duration, now time.Time) book {
	k = k.copied()
	for i, c := range slices.Backward(k.calls) {
		if c.At.After(now.Add(-took)) {
			continue
		}
		if k.calls[i].N--; k.calls[i].N == 0 {
			k.calls = slices.Delete(k.calls, i, i+1)
		}
		k.calls = append(k.calls, schema.Calls{At: now, N: 1})
		break
	}
	k, _ = p.tidy(k, now)
	return k
}
