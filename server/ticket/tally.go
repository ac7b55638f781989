package ticket

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/unknownvalue"
)

// countStrange adds what we have no word for in the complaints of a page to the integration's counts, in one
// statement: each value once a complaint, and only when the complaint differs from what was last read.
func (w *writer) countStrange(ctx context.Context, fresh []mirror, changed []knownTicket) error {
	type thing struct {
		kind  unknownvalue.Kind
		value string
	}
	counts := map[thing]int{}
	count := func(m mirror) {
		seen := map[thing]bool{}
		for _, s := range m.strange[:min(len(m.strange), maxList)] {
			if t := (thing{s.kind, s.value}); !seen[t] {
				seen[t] = true
				counts[t]++
			}
		}
	}
	for _, m := range fresh {
		count(m)
	}
	for _, k := range changed {
		count(k.mirror)
	}
	things := make([]thing, 0, len(counts))
	for t := range counts {
		things = append(things, t)
	}
	slices.SortFunc(things, func(a, b thing) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.value, b.value)) })
	creates := make([]*db.UnknownValueCreate, len(things))
	for i, t := range things {
		creates[i] = w.tx.UnknownValue.Create().SetIntegrationID(w.read.Defaults.IntegrationID).
			SetKind(t.kind).SetValue(t.value).SetCount(counts[t]).SetFirstSeenAt(w.now).SetLastSeenAt(w.now)
	}
	for from := 0; from < len(creates); from += chunk {
		err := w.tx.UnknownValue.CreateBulk(creates[from:min(from+chunk, len(creates))]...).OnConflict(
			sql.ConflictColumns(unknownvalue.FieldIntegrationID, unknownvalue.FieldKind, unknownvalue.FieldValue),
			sql.ResolveWith(addCount),
		).Exec(ctx)
		if err != nil {
			return fmt.Errorf("count unknown values: %w", err)
		}
	}
	return nil
}

func addCount(u *sql.UpdateSet) {
	u.SetExcluded(unknownvalue.FieldLastSeenAt)
	u.Set(unknownvalue.FieldCount, sql.ExprFunc(func(b *sql.Builder) {
		b.Ident(unknownvalue.Table).WriteByte('.').Ident(unknownvalue.FieldCount).
			WriteString(" + excluded.").Ident(unknownvalue.FieldCount)
	}))
}
