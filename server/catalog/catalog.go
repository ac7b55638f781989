// Package catalog owns the registered lists (domain rule A14): customer types, regions, sync
// groups, sectors, occurrence types, occurrences and solutions. Each has the verbs create,
// update, archive and restore, and one set of rules, in list.go; a list's own file says what
// is its alone.
//
// It deletes nothing: what has history is archived. It refuses to read for others, who query
// ent, and to touch integrations, of which it only asks which entries they use. Package graph
// calls the verbs; only an ADMIN, or the product itself, may. What they change is in the audit.
//
// The verbs answer all that is wrong at once, with field paths relative to their input:
// Required, TooLong, Invalid and OutOfRange at the field; AlreadyExists at "name" or "code";
// NotFound or Archived at the parent's field; NotFound at "id"; Conflict at "version"; InUse,
// InvalidState and Archived at "id" where an entry may not be archived or restored.
package catalog

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/idempotency"
	"citrus.cx/channel/server/identity"
)

// Service keeps the lists.
type Service struct{ db *database.DB }

// New makes the service.
func New(d *database.DB) *Service { return &Service{db: d} }

// looks is how often a verb looks again after the index knew of a name or code that its query
// could not see, because the other transaction was not done yet. The second look sees it, and
// chooses the fault or another code; more of them only meet a storm of equal creations.
const looks = 5

// once runs the work of a verb: for an ADMIN, in one transaction, once for an idempotency key.
func (s *Service) once(
	ctx context.Context, mutation, key string, input any,
	work func(ctx context.Context, tx *db.Tx) (string, error),
) (id string, err error) {
	viewer, err := identity.Require(ctx, user.RoleADMIN)
	if err != nil {
		return "", err
	}
	defer fault.Wrap(&err, "catalog."+mutation)
	for look := 1; ; look++ {
		id, err = idempotency.Once(ctx, s.db, viewer.UserID, mutation, key, input, work)
		if !database.IsUnique(err) {
			return id, err
		}
		if look == looks {
			return "", fault.New(fault.AlreadyExists, "name").Because(err)
		}
	}
}
