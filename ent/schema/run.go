package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// SyncRun is one piece of the mirror's work with its report (rule S6).
type SyncRun struct{ ent.Schema }

// Mixin gives it its id, which sorts by the moment of its beginning.
func (SyncRun) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: PrefixSyncRun}} }

// Fields of a run.
func (SyncRun) Fields() []ent.Field {
	return []ent.Field{
		field.String("integration_id").Immutable(),
		field.Enum("kind").Values("BACKFILL", "INCREMENTAL", "HINTED", "GAP_SCAN").Immutable(),
		field.Enum("trigger").Values("ACTIVATION", "SCHEDULE", "CALLBACK", "ADMIN").Immutable(),
		field.String("requested_by_id").Optional().Nillable().Immutable(),
		field.Enum("state").Values("RUNNING", "SUCCEEDED", "FAILED", "CANCELLED").Default("RUNNING"),
		field.Time("started_at").Immutable(),
		field.Time("finished_at").Optional().Nillable(),
		field.Int("created_tickets").Default(0),
		field.Int("updated_tickets").Default(0),
		field.Int("unchanged_tickets").Default(0),
		field.Int("failed_complaints").Default(0),
		field.Int("vanished_tickets").Default(0),
		field.Int("calls").Default(0),
		field.String("error_code").MaxLen(40).Optional().Nillable().Comment("of the last failure in it"),
	}
}

// Edges of a run.
func (SyncRun) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("integration", Integration.Type).Field("integration_id").Unique().Required().Immutable(),
		edge.To("requested_by", User.Type).Field("requested_by_id").Unique().Immutable(),
	}
}

// Indexes of a run.
func (SyncRun) Indexes() []ent.Index {
	return []ent.Index{index.Fields("integration_id", "id"), index.Fields("integration_id", "kind", "state")}
}

// Annotations make it a connection.
func (SyncRun) Annotations() []schema.Annotation { return relay() }
