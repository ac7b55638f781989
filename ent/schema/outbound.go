package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// OutboundAttempt is something that an agent sends to Reclame Aqui, with what is known of its fate (rule T5).
type OutboundAttempt struct{ ent.Schema }

// Mixin gives it id and times.
func (OutboundAttempt) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixOutboundAttempt}, stamped{}}
}

// Fields of an attempt.
func (OutboundAttempt) Fields() []ent.Field {
	return []ent.Field{
		field.String("ticket_id").Immutable(),
		field.String("author_id").Immutable(),
		field.Enum("kind").Values("PUBLIC_REPLY", "PRIVATE_MESSAGE", "PRIVATE_CONVERSATION_END", "EVALUATION_REQUEST", "MODERATION_REQUEST").Immutable(),
		field.String("text").SchemaType(longText()).Immutable().Comment("empty for what has no text"),
		field.Int("moderation_reason_id").Optional().Nillable().Immutable().Annotations(entgql.Skip()).Comment("RA's number of the reason"),
		field.Int64("target_company_id").Optional().Nillable().Immutable().Annotations(entgql.Skip()).Comment("whose complaint it is, where the reason is another company"),
		field.Enum("state").Values("PENDING", "SENT", "FAILED", "UNKNOWN").Default("PENDING"),
		field.String("idempotency_key").MaxLen(200).Immutable().Annotations(entgql.Skip()),
		field.String("input_hash").MaxLen(64).Immutable().Annotations(entgql.Skip()),
		field.JSON("known_twins", []string{}).Immutable().Annotations(entgql.Skip()).
			Comment("RA's ids of the company messages known before the attempt: a later one with this text is this attempt's"),
		field.String("known_state").SchemaType(longText()).Default("").Immutable().Annotations(entgql.Skip()).
			Comment("what of the complaint the attempt is to change, before it: a later read that shows another proves it"),
		field.String("interaction_id").Optional().Nillable().Unique().Comment("what it became at RA"),
		field.Time("settled_at").Optional().Nillable().Comment("when it became SENT or FAILED"),
		field.Time("first_absent_at").Optional().Nillable().Annotations(entgql.Skip()).Comment("the first read that did not show it"),
		field.String("failure_code").MaxLen(40).Optional().Nillable().Annotations(entgql.Skip()),
		field.String("failure_text").SchemaType(longText()).Optional().Nillable().Annotations(entgql.Skip()).Comment("RA's own words"),
		field.String("upstream_code").MaxLen(40).Optional().Nillable().Annotations(entgql.Skip()),
	}
}

// Edges of an attempt.
func (OutboundAttempt) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("ticket", Ticket.Type).Ref("outbound_attempts").Field("ticket_id").Unique().Required().Immutable(),
		edge.To("author", User.Type).Field("author_id").Unique().Required().Immutable(),
		edge.To("files", Upload.Type).Annotations(entgql.Skip()), // in their order they are the graph's to load
		edge.To("interaction", Interaction.Type).Field("interaction_id").Unique(),
	}
}

// Indexes of an attempt: a key is used once.
func (OutboundAttempt) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("author_id", "idempotency_key").Unique(),
		index.Fields("ticket_id", "state"),
		index.Fields("state"),
	}
}

// Annotations make it a connection.
func (OutboundAttempt) Annotations() []schema.Annotation { return relay() }
