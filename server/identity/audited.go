package identity

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/server/audit"
)

// recorded runs a change of a user and keeps in the audit what became of him.
func (s *Service) recorded(ctx context.Context, tx *db.Tx, action auditentry.Action, u *db.User, change func() error) error {
	before, err := audited(ctx, tx, u)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	return s.record(ctx, tx, action, u.ID, before)
}

// record keeps in the audit what a user has become; before is how he was, nil for a new one.
func (s *Service) record(ctx context.Context, tx *db.Tx, action auditentry.Action, id string, before []audit.Field) error {
	u, err := tx.User.Get(ctx, id)
	if err != nil {
		return err
	}
	after, err := audited(ctx, tx, u)
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{
		At: s.now(), ActorID: Actor(ctx), Action: action, Kind: auditentry.SubjectKindUSER,
		ID: id, Name: u.Name, Changes: audit.Diff(before, after),
	})
}

// audited are a user's fields as the audit keeps them.
func audited(ctx context.Context, tx *db.Tx, u *db.User) ([]audit.Field, error) {
	sectorIDs, err := tx.User.QuerySectors(u).IDs(ctx)
	if err != nil {
		return nil, err
	}
	return []audit.Field{
		audit.Value("email", u.Email),
		audit.Value("name", u.Name),
		audit.Value("role", u.Role),
		audit.List("sectorIds", sectorIDs),
		audit.Secret("password", []byte(u.PasswordHash)),
		audit.Time("archivedAt", u.ArchivedAt),
	}, nil
}
