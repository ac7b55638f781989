// Package audit owns the record of what administrators did to the configuration and told the mirror to do:
// who changed what, when, and what stood there before and after.
//
// It refuses to know what the fields mean, who may change them and who may read the entries; it
// decides nothing and deletes nothing. The verbs of catalog, identity, integration, mirror and delivery call
// Record in the transaction of their change, so that neither is ever without the other. Who reads the
// entries is decided by the guard on the reader.
package audit

import (
	"context"
	"fmt"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/schema"
)

// Entry is one change of the configuration.
type Entry struct {
	At time.Time
	// ActorID is the user who did it; nil for the product itself, as from the command line.
	ActorID *string
	Action  auditentry.Action
	Kind    auditentry.SubjectKind
	// ID and Name are the subject's, the name as it is after the change.
	ID, Name string
	// Changes are Diff's.
	Changes []schema.FieldChange
}

// Record writes an entry in the transaction of the change that it tells of. A change that changed
// nothing, one without Changes, leaves no entry whatever its action is: an archiving of what is
// archived, a form that was saved as it stood.
func Record(ctx context.Context, tx *db.Tx, e Entry) error {
	if len(e.Changes) == 0 {
		return nil
	}
	err := tx.AuditEntry.Create().
		SetOccurredAt(e.At.UTC().Truncate(time.Microsecond)).SetNillableActorID(e.ActorID).SetAction(e.Action).
		SetSubjectKind(e.Kind).SetSubjectID(e.ID).SetSubjectName(e.Name).SetChanges(e.Changes).Exec(ctx)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}
