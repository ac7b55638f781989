package catalog

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/audit"
	"citrus.cx/channel/server/identity"
)

// save writes a change of an entry (one without id is new) and keeps in the audit what became of it.
func (l *list) save(ctx context.Context, tx *db.Tx, action auditentry.Action, e entry, c change) error {
	var before []audit.Field
	if e.ID != "" {
		var err error
		if before, err = l.audited(ctx, tx, e); err != nil {
			return err
		}
	}
	if err := c.save(ctx); err != nil {
		return tooLong(err)
	}
	id, _ := c.ID()
	e, err := l.find(ctx, tx, id, "id")
	if err != nil {
		return err
	}
	after, err := l.audited(ctx, tx, e)
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{
		At: schema.Now(), ActorID: identity.Actor(ctx), Action: action, Kind: l.kind,
		ID: id, Name: e.Name, Changes: audit.Diff(before, after),
	})
}

// audited are an entry's fields as the audit keeps them.
func (l *list) audited(ctx context.Context, tx *db.Tx, e entry) ([]audit.Field, error) {
	fields := []audit.Field{audit.Value("name", e.Name), audit.Value("code", e.Code)}
	if l.parent != nil {
		fields = append(fields, audit.Value(l.parent.field, e.ParentID))
	}
	if l.own != nil {
		own, err := l.own(ctx, tx, e.ID)
		if err != nil {
			return nil, err
		}
		fields = append(fields, own...)
	}
	return append(fields, audit.Time("archivedAt", e.ArchivedAt)), nil
}
