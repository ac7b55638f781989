package inbox

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/predicate"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
)

// Chunks keep a statement under SQLite's limits: 32,766 variables, and an expression 1,000 deep.
const (
	putChunk  = 500
	doneChunk = 100
)

// Put keeps hints that are due as soon as their twins had time to come; see PutAt.
func (i *Inbox) Put(ctx context.Context, tx *db.Tx, integrationID string, cause hint.Cause, refs ...Reference) error {
	return i.PutAt(ctx, tx, integrationID, cause, i.options.Now().Add(i.options.Settle), refs...)
}

// PutAt keeps hints that are due at a moment, and wakes those who Wait after the commit. A
// complaint that is hinted at already stays one row: it counts one put more and becomes due at
// the earlier of the two moments, so that a flood cannot postpone the read. Its cause is the
// latest, but CALLBACK stands until the read: RA did announce it.
//
// An earlier read settles a later hint too: who needs a read not before a moment puts the hint
// again after a read that came too early.
func (i *Inbox) PutAt(
	ctx context.Context, tx *db.Tx, integrationID string, cause hint.Cause, due time.Time, refs ...Reference,
) (err error) {
	defer fault.Wrap(&err, "inbox.Put")
	refs, err = distinct(refs)
	if err != nil || len(refs) == 0 {
		return err
	}
	now := whole(i.options.Now())
	for part := range slices.Chunk(refs, putChunk) {
		rows := sql.Dialect(i.database.Dialect).Insert(hint.Table).Columns(columns...)
		for _, ref := range part {
			rows.Values(schema.NewID(schema.PrefixHint), integrationID, ref.Kind, ref.Value, cause, now, whole(due), 1)
		}
		// Not ent's bulk creation, which costs more: a flood of callbacks passes here.
		text, args := rows.OnConflict(
			sql.ConflictColumns(hint.FieldIntegrationID, hint.FieldKind, hint.FieldReference),
			sql.ResolveWith(again),
		).Query()
		if _, err := tx.ExecContext(ctx, text, args...); err != nil {
			return err
		}
	}
	tx.OnCommit(func(commit db.Committer) db.Committer {
		return db.CommitFunc(func(ctx context.Context, tx *db.Tx) error {
			defer i.wake() // also after an error: a commit whose answer got lost has happened
			return commit.Commit(ctx, tx)
		})
	})
	return nil
}

// columns of a hint.
var columns = []string{
	hint.FieldID, hint.FieldIntegrationID, hint.FieldKind, hint.FieldReference,
	hint.FieldCause, hint.FieldPutAt, hint.FieldDueAt, hint.FieldPuts,
}

// again is what a hint does to the row that is there already.
func again(u *sql.UpdateSet) {
	old, given := u.Table().C, func(column string) string { return "excluded." + column }
	u.Add(hint.FieldPuts, 1)
	u.SetExcluded(hint.FieldPutAt)
	u.Set(hint.FieldDueAt, sql.Expr(fmt.Sprintf("CASE WHEN %[1]s < %[2]s THEN %[1]s ELSE %[2]s END",
		old(hint.FieldDueAt), given(hint.FieldDueAt))))
	u.Set(hint.FieldCause, sql.Expr(fmt.Sprintf("CASE WHEN %[1]s = '%[3]s' THEN %[1]s ELSE %[2]s END",
		old(hint.FieldCause), given(hint.FieldCause), hint.CauseCALLBACK)))
}

// distinct drops repeats, which one upsert must not contain, and sorts, so that two
// transactions take the rows' locks in the same order.
func distinct(refs []Reference) ([]Reference, error) {
	refs = slices.Clone(refs)
	for _, r := range refs {
		known := hint.KindValidator(r.Kind) == nil && hint.ReferenceValidator(r.Value) == nil
		if !known || (r.Kind == hint.KindPOLL) != (r.Value == "") {
			return nil, fmt.Errorf("hint: a %s reference of %d bytes", r.Kind, len(r.Value))
		}
	}
	slices.SortFunc(refs, func(a, b Reference) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
	})
	return slices.Compact(refs), nil
}

// Done removes hints after the read that they asked for, in the transaction that stores what
// was read. A hint that was put again since Due returned it stays: that read began before the
// change which it announces.
func (i *Inbox) Done(ctx context.Context, tx *db.Tx, hints ...*db.Hint) (err error) {
	defer fault.Wrap(&err, "inbox.Done")
	for part := range slices.Chunk(hints, doneChunk) {
		settled := make([]predicate.Hint, len(part))
		for n, h := range part {
			settled[n] = hint.And(hint.ID(h.ID), hint.Puts(h.Puts))
		}
		query := tx.Hint.Query().Where(hint.Or(settled...))
		if i.database.Dialect == dialect.Postgres {
			// A row that another transaction has locked is being put again, and so it stays. To wait for it
			// would end in deadlocks, because a DELETE locks its rows in no order of ours.
			query.ForUpdate(sql.WithLockAction(sql.SkipLocked))
		}
		ids, err := query.IDs(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.Hint.Delete().Where(hint.IDIn(ids...)).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
