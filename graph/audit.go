package graph

import (
	"context"

	"entgo.io/contrib/entgql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/identity"
)

// latestFirst orders audit entries by their ids, which sort by time.
var latestFirst = &db.AuditEntryOrder{Direction: entgql.OrderDirectionDesc, Field: db.DefaultAuditEntryOrder.Field}

// AuditEntries is the field of the same name.
func (r queryResolver) AuditEntries(
	ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string],
	subjectID *string, subjectKind *auditentry.SubjectKind, actorID *string,
) (*db.AuditEntryConnection, error) {
	if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
		return nil, err
	}
	query := r.Reader.AuditEntry.Query()
	if subjectID != nil {
		query.Where(auditentry.SubjectID(*subjectID))
	}
	if subjectKind != nil {
		query.Where(auditentry.SubjectKindEQ(*subjectKind))
	}
	if actorID != nil {
		query.Where(auditentry.ActorID(*actorID))
	}
	return query.Paginate(ctx, after, first, before, last, db.WithAuditEntryOrder(latestFirst))
}

// Actor is the field of the same name.
func (r auditEntryResolver) Actor(ctx context.Context, e *db.AuditEntry) (*db.User, error) {
	if e.ActorID == nil {
		return nil, nil
	}
	return loadersOf(ctx).user.Load(ctx, *e.ActorID)
}
