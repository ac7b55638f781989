package catalog

import (
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/occurrencetype"
	"citrus.cx/channel/ent/db/sector"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/audit"
	"citrus.cx/channel/server/fault"
)

// sectors are departments; they group users (Setor).
var sectors = &list{
	noun: "Sector",
	kind: auditentry.SubjectKindSECTOR,
	rows: func(tx *db.Tx, where func(*sql.Selector), columns ...string) scanner {
		return tx.Sector.Query().Where(where).Select(columns...)
	},
	insert: func(tx *db.Tx) change {
		c := tx.Sector.Create()
		return change{c.Mutation(), c.Exec}
	},
	update: func(tx *db.Tx, id string) change {
		u := tx.Sector.UpdateOneID(id)
		return change{u.Mutation(), u.Exec}
	},
	hasActive: func(ctx context.Context, tx *db.Tx, id string) (bool, error) {
		return tx.OccurrenceType.Query().Where(occurrencetype.SectorID(id), occurrencetype.ArchivedAtIsNil()).Exist(ctx)
	},
	own: func(ctx context.Context, tx *db.Tx, id string) ([]audit.Field, error) {
		ids, err := tx.User.Query().Where(user.HasSectorsWith(sector.ID(id))).IDs(ctx)
		return []audit.Field{audit.List("userIds", ids)}, err
	},
}

// SectorInput is what CreateSector asks for; a nil Code is made from the name.
type SectorInput struct {
	Name    string
	Code    *string
	UserIDs []string
}

// SectorChange is what UpdateSector changes; what is nil stays.
type SectorChange struct {
	Name    *string
	Code    *string
	UserIDs *[]string
}

// CreateSector adds a sector and gives its id.
func (s *Service) CreateSector(ctx context.Context, in SectorInput, key string) (id string, err error) {
	return s.create(ctx, sectors, draft{name: &in.Name, code: in.Code, own: setUsers(&in.UserIDs)}, in, key)
}

// UpdateSector changes what is given of the sector that was seen at a version, and gives its id.
func (s *Service) UpdateSector(ctx context.Context, id string, version int, change SectorChange, key string) (string, error) {
	return s.modify(ctx, sectors, id, version, draft{name: change.Name, code: change.Code, own: setUsers(change.UserIDs)}, change, key)
}

// ArchiveSector takes the sector out of use.
func (s *Service) ArchiveSector(ctx context.Context, id, key string) error {
	return s.archive(ctx, sectors, id, key)
}

// RestoreSector puts the sector into use again.
func (s *Service) RestoreSector(ctx context.Context, id, key string) error {
	return s.restore(ctx, sectors, id, key)
}

// setUsers makes these users the sector's; nil stays. A user who is archived may remain in it, but not enter.
func setUsers(given *[]string) func(context.Context, *db.Tx, mutation) (fault.List, error) {
	return func(ctx context.Context, tx *db.Tx, m mutation) (problems fault.List, err error) {
		if given == nil {
			return nil, nil
		}
		ids := slices.Compact(slices.Sorted(slices.Values(*given)))
		known, err := tx.User.Query().Where(user.IDIn(ids...)).All(ctx)
		if err != nil {
			return nil, err
		}
		if len(known) < len(ids) {
			problems.Add(fault.NotFound, "userIds")
		}
		var had []string
		if id, ok := m.ID(); ok {
			if had, err = tx.User.Query().Where(user.HasSectorsWith(sector.ID(id))).IDs(ctx); err != nil {
				return nil, err
			}
		}
		if slices.ContainsFunc(known, func(u *db.User) bool { return u.ArchivedAt != nil && !slices.Contains(had, u.ID) }) {
			problems.Add(fault.Archived, "userIds")
		}
		users := m.(*db.SectorMutation)
		users.ClearUsers()
		users.AddUserIDs(ids...)
		return problems, nil
	}
}
