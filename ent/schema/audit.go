package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// AuditEntry is one change of the configuration: who, when, what was there before and after.
type AuditEntry struct{ ent.Schema }

// Mixin gives it an id that sorts by time.
func (AuditEntry) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: PrefixAuditEntry}} }

// Fields of an entry. Secrets are masked before they come here.
func (AuditEntry) Fields() []ent.Field {
	return []ent.Field{
		field.Time("occurred_at").Immutable(),
		field.String("actor_id").Optional().Nillable().Immutable().Comment("nil = the product itself, as from the command line").Annotations(entgql.Skip()),
		field.Enum("action").Values("CREATED", "UPDATED", "ARCHIVED", "RESTORED", "ACTIVATED", "PAUSED", "PAGES_FETCHED", "CALLBACK_URL_ROTATED",
			"SYNC_REQUESTED", "BACKFILL_PAUSED", "BACKFILL_RESUMED", "BACKFILL_CANCELLED", "QUARANTINE_RETRIED", "CALLBACKS_REDELIVERED").Immutable(),
		field.Enum("subject_kind").Values("INTEGRATION", "USER", "CUSTOMER_TYPE", "REGION", "SYNC_GROUP", "SECTOR", "OCCURRENCE_TYPE", "OCCURRENCE", "SOLUTION").Immutable(),
		field.String("subject_id").Immutable(),
		field.String("subject_name").MaxRuneLen(200).Immutable().Comment("as it was called after the change"),
		field.JSON("changes", []FieldChange{}).Immutable(),
	}
}

// Edges of an entry.
func (AuditEntry) Edges() []ent.Edge {
	return []ent.Edge{edge.To("actor_user", User.Type).Field("actor_id").Unique().Immutable().Annotations(entgql.Skip())}
}

// Indexes of an entry: by what was changed and by who changed it.
func (AuditEntry) Indexes() []ent.Index {
	return []ent.Index{index.Fields("subject_id", "id"), index.Fields("actor_id", "id")}
}

// Annotations make it a connection.
func (AuditEntry) Annotations() []schema.Annotation { return relay() }
