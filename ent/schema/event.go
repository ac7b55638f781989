package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// FieldChange is one changed field of an event.
type FieldChange struct {
	Field string  `json:"field"`
	Old   *string `json:"old,omitempty"`
	New   *string `json:"new,omitempty"`
}

// TicketEvent is one change of a ticket in the durable log (rule T11).
type TicketEvent struct{ ent.Schema }

// Mixin gives it its id.
func (TicketEvent) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixTicketEvent}}
}

// Fields of an event; those after changes repeat the ticket's state at that moment, so
// that filters and visibility are decided from the event alone.
func (TicketEvent) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("position").Unique().Optional().Comment("gapless, in commit order; on PostgreSQL absent until the sequencer has numbered it").Annotations(entgql.Skip()),
		field.String("ticket_id").Immutable(),
		field.Enum("kind").Values("CREATED", "UPDATED", "INTERACTION_ADDED", "STATUS_CHANGED", "REOPENED", "OUTBOUND_CHANGED", "ASSIGNED", "TRANSFERRED", "NOTE_ADDED", "REPLY_CLAIMED", "REPLY_RELEASED").Immutable(),
		field.Time("occurred_at").Immutable(),
		field.Enum("actor_kind").Values("AGENT", "CALLBACK", "SYNC", "SYSTEM").Immutable().Annotations(entgql.Skip()),
		field.String("actor_id").Optional().Nillable().Immutable().Annotations(entgql.Skip()),
		field.Enum("cause").Values("AGENT_ACTION", "CALLBACK", "INCREMENTAL_SYNC", "BACKFILL", "SETTLEMENT", "CLAIM_LAPSED").Immutable(),
		field.JSON("changes", []FieldChange{}).Immutable(),
		field.Int("ticket_version").Immutable(),
		field.String("integration_id").Immutable().Annotations(entgql.Skip()),
		field.String("sector_id").Immutable().Annotations(entgql.Skip()),
		field.String("status").MaxLen(20).Immutable().Annotations(entgql.Skip()),
		field.String("assignee_id").Optional().Nillable().Immutable().Annotations(entgql.Skip()),
		field.Bool("unread").Default(false).Immutable().Annotations(entgql.Skip()),
	}
}

// Edges of an event.
func (TicketEvent) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("ticket", Ticket.Type).Ref("events").Field("ticket_id").Unique().Required().Immutable(),
		edge.To("actor_user", User.Type).Field("actor_id").Unique().Immutable().Annotations(entgql.Skip()),
	}
}

// Indexes of an event.
func (TicketEvent) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("ticket_id", "id"),
		// What the sequencer looks for: nothing, most of the time.
		index.Fields("id").StorageKey("ticketevent_unnumbered").Annotations(entsql.IndexWhere("position IS NULL")),
	}
}

// Annotations make it a connection.
func (TicketEvent) Annotations() []schema.Annotation { return relay() }
