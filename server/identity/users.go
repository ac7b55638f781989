package identity

import (
	"context"
	"errors"
	"slices"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/sector"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/fold"
	"citrus.cx/channel/server/idempotency"
)

// CreateUser registers a user and gives his id. ADMIN. It answers all that is wrong at once:
// Required, TooLong and Invalid; AlreadyExists at email; NotFound and Archived at sectorIds.
func (s *Service) CreateUser(ctx context.Context, in NewUser, idempotencyKey string) (id string, err error) {
	defer fault.Wrap(&err, "identity.CreateUser")
	viewer, err := Require(ctx, user.RoleADMIN)
	if err != nil {
		return "", err
	}
	change, hash, problems, err := s.prepare(ctx, in.change())
	if err != nil {
		return "", err
	}
	in.Password = s.fingerprint(in.Password)
	return idempotency.Once(ctx, s.db, viewer.UserID, "createUser", idempotencyKey, in,
		func(ctx context.Context, tx *db.Tx) (string, error) {
			if err := check(ctx, tx, change, nil, problems); err != nil {
				return "", err
			}
			u, err := tx.User.Create().
				SetEmail(*change.Email).SetEmailFolded(foldEmail(*change.Email)).
				SetName(*change.Name).SetNameFolded(fold.Text(*change.Name)).
				SetRole(*change.Role).SetPasswordHash(hash).AddSectorIDs(distinct(*change.SectorIDs)...).Save(ctx)
			if err != nil {
				return "", refusal(err)
			}
			return u.ID, s.record(ctx, tx, auditentry.ActionCREATED, u.ID, nil)
		})
}

// UpdateUser changes what is given of the user that was seen at a version. ADMIN. A new
// password and a new role end his sessions. Beside CreateUser's problems: NotFound at id,
// Conflict at version, and InvalidState at role for the last administrator.
func (s *Service) UpdateUser(ctx context.Context, id string, version int, change UserChange, idempotencyKey string) (_ string, err error) {
	defer fault.Wrap(&err, "identity.UpdateUser")
	viewer, err := Require(ctx, user.RoleADMIN)
	if err != nil {
		return "", err
	}
	change, hash, problems, err := s.prepare(ctx, change)
	if err != nil {
		return "", err
	}
	asked := change
	if asked.Password != nil {
		fingerprint := s.fingerprint(*asked.Password)
		asked.Password = &fingerprint
	}
	input := struct {
		ID      string
		Version int
		Change  UserChange
	}{id, version, asked}
	return idempotency.Once(ctx, s.db, viewer.UserID, "updateUser", idempotencyKey, input,
		func(ctx context.Context, tx *db.Tx) (string, error) {
			u, last, err := find(ctx, tx, id, &version)
			if err != nil {
				return "", err
			}
			problems := slices.Clone(problems)
			newRole := change.Role != nil && *change.Role != u.Role
			if newRole && last {
				problems = append(problems, lastAdmin("role"))
			}
			if err := check(ctx, tx, change, u, problems); err != nil {
				return "", err
			}
			if err := s.recorded(ctx, tx, auditentry.ActionUPDATED, u, func() error {
				return refusal(write(ctx, tx, u, change, hash))
			}); err != nil {
				return "", err
			}
			if newRole || hash != "" {
				if err := s.endSessions(ctx, tx, id); err != nil {
					return "", err
				}
			}
			return id, stir(ctx, tx)
		})
}

// ArchiveUser keeps a user from signing in and ends his sessions; one archived before stays
// so. ADMIN. NotFound at id, Conflict at version when one is given, InvalidState at id for
// oneself and for the last administrator, InUse at id for the creator of an integration's tickets.
func (s *Service) ArchiveUser(ctx context.Context, id string, version *int, idempotencyKey string) (err error) {
	defer fault.Wrap(&err, "identity.ArchiveUser")
	return s.shelve(ctx, "archiveUser", auditentry.ActionARCHIVED, id, version, idempotencyKey, func(ctx context.Context, tx *db.Tx, u *db.User, last bool) error {
		switch viewer, _ := From(ctx); {
		case u.ArchivedAt != nil:
			return nil
		case viewer.UserID == u.ID:
			return fault.New(fault.InvalidState, "id").With("state",
				fault.Text{PT: "é o seu próprio usuário", EN: "it is your own user"})
		case last:
			return lastAdmin("id")
		}
		if err := unused(ctx, tx, u.ID); err != nil {
			return err
		}
		if err := tx.User.UpdateOne(u).SetArchivedAt(s.now()).AddVersion(1).Exec(ctx); err != nil {
			return err
		}
		return s.endSessions(ctx, tx, u.ID)
	})
}

// unused: an integration that is not archived keeps the creator of its tickets, as it keeps every entry that it
// chose. Another one is chosen there first, or its next ticket would be made by somebody who has left.
func unused(ctx context.Context, tx *db.Tx, id string) error {
	n, err := tx.Integration.Query().Where(integration.CreatorID(id), integration.StateNEQ(integration.StateARCHIVED)).Count(ctx)
	if err == nil && n > 0 {
		return fault.New(fault.InUse, "id").With("count", n)
	}
	return err
}

// RestoreUser lets an archived user sign in again; one that is active stays so. ADMIN.
// NotFound at id, Conflict at version when one is given.
func (s *Service) RestoreUser(ctx context.Context, id string, version *int, idempotencyKey string) (err error) {
	defer fault.Wrap(&err, "identity.RestoreUser")
	return s.shelve(ctx, "restoreUser", auditentry.ActionRESTORED, id, version, idempotencyKey, func(ctx context.Context, tx *db.Tx, u *db.User, _ bool) error {
		if u.ArchivedAt == nil {
			return nil
		}
		return tx.User.UpdateOne(u).ClearArchivedAt().AddVersion(1).Exec(ctx)
	})
}

// shelve is what archiving and restoring have in common.
func (s *Service) shelve(
	ctx context.Context, mutation string, action auditentry.Action, id string, version *int, key string,
	act func(ctx context.Context, tx *db.Tx, u *db.User, last bool) error,
) error {
	viewer, err := Require(ctx, user.RoleADMIN)
	if err != nil {
		return err
	}
	input := struct {
		ID      string
		Version *int
	}{id, version}
	_, err = idempotency.Once(ctx, s.db, viewer.UserID, mutation, key, input,
		func(ctx context.Context, tx *db.Tx) (string, error) {
			u, last, err := find(ctx, tx, id, version)
			if err != nil {
				return "", err
			}
			if err := s.recorded(ctx, tx, action, u, func() error { return act(ctx, tx, u, last) }); err != nil {
				return "", err
			}
			return id, stir(ctx, tx)
		})
	return err
}

// prepare cleans a change and hashes its password, which takes too long to hold a
// transaction open for; a change that is wrong anyway is not hashed.
func (s *Service) prepare(ctx context.Context, change UserChange) (clean UserChange, hash string, problems fault.List, err error) {
	clean, problems = change.clean()
	if clean.Password != nil && len(problems) == 0 {
		hash, err = s.passwords.hash(ctx, *clean.Password)
	}
	return clean, hash, problems, err
}

// find gives the user, at the version seen when one is given, and whether he is the last
// active administrator. His row and those of all administrators are locked, in the order of
// their ids, so that two of them cannot remove each other.
func find(ctx context.Context, tx *db.Tx, id string, version *int) (u *db.User, last bool, err error) {
	admin := user.And(user.RoleEQ(user.RoleADMIN), user.ArchivedAtIsNil())
	rows, err := tx.User.Query().Where(user.Or(user.ID(id), admin), locked).Order(user.ByID()).All(ctx)
	if err != nil {
		return nil, false, err
	}
	others := 0
	for _, row := range rows {
		if row.ID == id {
			u = row
		} else {
			others++
		}
	}
	if u == nil {
		return nil, false, fault.New(fault.NotFound, "id")
	}
	if version != nil && *version != u.Version {
		return nil, false, fault.New(fault.Conflict, "version")
	}
	return u, others == 0 && u.Role == user.RoleADMIN && u.ArchivedAt == nil, nil
}

// check adds what the database has against a change to the problems known before. before is
// the user as he is, nil for a new one.
func check(ctx context.Context, tx *db.Tx, change UserChange, before *db.User, known fault.List) error {
	problems := slices.Clone(known)
	if change.Email != nil && isEmail(*change.Email) {
		same := tx.User.Query().Where(user.EmailFolded(foldEmail(*change.Email)))
		if before != nil {
			same.Where(user.IDNEQ(before.ID))
		}
		exists, err := same.Exist(ctx)
		if err != nil {
			return err
		}
		if exists {
			problems.Add(fault.AlreadyExists, "email")
		}
	}
	if change.SectorIDs != nil {
		if err := checkSectors(ctx, tx, distinct(*change.SectorIDs), before, &problems); err != nil {
			return err
		}
	}
	return problems.Err()
}

// checkSectors: every sector exists, and one that the user did not have before is not archived.
func checkSectors(ctx context.Context, tx *db.Tx, ids []string, before *db.User, problems *fault.List) error {
	if len(ids) == 0 {
		return nil
	}
	sectors, err := tx.Sector.Query().Where(sector.IDIn(ids...)).All(ctx)
	if err != nil {
		return err
	}
	if len(sectors) < len(ids) {
		problems.Add(fault.NotFound, "sectorIds")
	}
	var had []string
	if before != nil {
		if had, err = before.QuerySectors().IDs(ctx); err != nil {
			return err
		}
	}
	archived := func(s *db.Sector) bool { return s.ArchivedAt != nil && !slices.Contains(had, s.ID) }
	if slices.ContainsFunc(sectors, archived) {
		problems.Add(fault.Archived, "sectorIds")
	}
	return nil
}

// write puts a checked change; hash is "" where the password stays.
func write(ctx context.Context, tx *db.Tx, u *db.User, change UserChange, hash string) error {
	update := tx.User.UpdateOne(u).AddVersion(1).SetNillableRole(change.Role)
	if change.Email != nil {
		update.SetEmail(*change.Email).SetEmailFolded(foldEmail(*change.Email))
	}
	if change.Name != nil {
		update.SetName(*change.Name).SetNameFolded(fold.Text(*change.Name))
	}
	if change.SectorIDs != nil {
		update.ClearSectors().AddSectorIDs(distinct(*change.SectorIDs)...)
	}
	if hash != "" {
		update.SetPasswordHash(hash)
	}
	return update.Exec(ctx)
}

// refusal is what the database says no to: an e-mail that the check could not see, because
// its transaction was not done yet, or a name whose folded form is longer than its column.
func refusal(err error) error {
	var invalid *db.ValidationError
	switch {
	case database.IsUnique(err):
		return fault.New(fault.AlreadyExists, "email").Because(err)
	case errors.As(err, &invalid) && (invalid.Name == user.FieldName || invalid.Name == user.FieldNameFolded):
		return fault.New(fault.TooLong, "name").With("max", maxName).Because(err)
	}
	return err
}

func lastAdmin(field string) *fault.Error {
	return fault.New(fault.InvalidState, field).With("state",
		fault.Text{PT: "é o último administrador ativo", EN: "it is the last active administrator"})
}

func distinct(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}
