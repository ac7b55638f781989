package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Ticket is one complaint in hand (Atendimento).
type Ticket struct{ ent.Schema }

// Mixin gives it an id that sorts by the complaint's time, and times.
func (Ticket) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: PrefixTicket}, stamped{}} }

// Fields of a ticket: ours first, then those that mirror Reclame Aqui.
func (Ticket) Fields() []ent.Field {
	return []ent.Field{
		field.String("protocol").MaxLen(20).Unique().Immutable(),
		field.Enum("status").Values("IN_PROGRESS", "AWAITING_RETURN", "FINISHED"),
		field.Int("version").Default(1),
		field.Bool("unread").Default(true),
		field.Time("opened_at").Immutable().Comment("when it was converted here"),
		field.Time("occurred_at").Immutable().Comment("when the consumer complained, RA's clock").Annotations(entgql.OrderField("OCCURRED_AT")),
		field.Time("due_at").Optional().Nillable(),
		field.Time("last_changed_at").Comment("our clock").Annotations(entgql.OrderField("LAST_CHANGED_AT")),
		field.String("integration_id").Immutable(),
		field.String("customer_id"),
		field.String("creator_id").Immutable(),
		field.String("sector_id"),
		field.String("occurrence_type_id"),
		field.String("occurrence_id"),
		field.String("solution_id").Optional().Nillable(),
		field.String("assignee_id").Optional().Nillable(),

		field.String("title").SchemaType(longText()),
		field.String("description").SchemaType(longText()),
		field.Int64("complaint_id").Immutable().Annotations(entgql.Skip()),
		field.String("source_id").MaxLen(40).Annotations(entgql.Skip()),
		field.Int("ra_status_id").Annotations(entgql.Skip()),
		field.String("ra_status_name").MaxLen(200).Annotations(entgql.Skip()),
		field.Time("ra_modified_at").Annotations(entgql.Skip()),
		field.Time("read_at").Annotations(entgql.Skip()).Comment("when RA was last read, our clock"),
		field.Bool("outside_window").Default(false).Annotations(entgql.Skip()),
		field.Bool("frozen").Default(false).Annotations(entgql.Skip()),
		field.Bool("active").Default(true).Annotations(entgql.Skip()),
		field.Bool("may_request_evaluation").Default(false).Annotations(entgql.Skip()),
		field.Bool("may_request_moderation").Default(false).Annotations(entgql.Skip()),
		field.Int("rating").Optional().Nillable().Annotations(entgql.Skip()),
		field.Time("rated_at").Optional().Nillable().Annotations(entgql.Skip()),
		field.Bool("resolved").Optional().Nillable().Annotations(entgql.Skip()),
		field.Bool("would_return").Optional().Nillable().Annotations(entgql.Skip()),
		field.String("consumer_consideration").SchemaType(longText()).Optional().Nillable().Annotations(entgql.Skip()),
		field.String("company_consideration").SchemaType(longText()).Optional().Nillable().Annotations(entgql.Skip()),
		field.String("moderation_status").MaxLen(200).Optional().Nillable().Annotations(entgql.Skip()),
		field.String("moderation_reason").MaxLen(200).Optional().Nillable().Annotations(entgql.Skip()),
		field.Time("moderation_requested_at").Optional().Nillable().Annotations(entgql.Skip()),
		field.Time("moderation_answered_at").Optional().Nillable().Annotations(entgql.Skip()),
	}
}

// Edges of a ticket.
func (Ticket) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("integration", Integration.Type).Field("integration_id").Unique().Required().Immutable(),
		edge.From("customer", Customer.Type).Ref("tickets").Field("customer_id").Unique().Required(),
		edge.To("creator", User.Type).Field("creator_id").Unique().Required().Immutable(),
		edge.To("sector", Sector.Type).Field("sector_id").Unique().Required(),
		edge.To("occurrence_type", OccurrenceType.Type).Field("occurrence_type_id").Unique().Required(),
		edge.To("occurrence", Occurrence.Type).Field("occurrence_id").Unique().Required(),
		edge.To("solution", Solution.Type).Field("solution_id").Unique(),
		edge.To("assignee", User.Type).Field("assignee_id").Unique(),
		edge.To("interactions", Interaction.Type).Annotations(entgql.RelayConnection()),
		edge.To("events", TicketEvent.Type).Annotations(entgql.RelayConnection()),
		edge.To("outbound_attempts", OutboundAttempt.Type).Annotations(entgql.RelayConnection()),
		edge.To("raw_complaint", Complaint.Type).Unique().Annotations(entgql.Skip()),
	}
}

// Indexes of a ticket: one a complaint, and the orders that lists page in.
func (Ticket) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("integration_id", "complaint_id").Unique(),
		index.Fields("integration_id", "source_id"),
		index.Fields("sector_id", "id"),
		index.Fields("status", "id"),
		index.Fields("assignee_id", "id"),
		index.Fields("occurred_at", "id"),
		index.Fields("last_changed_at", "id"),
		index.Fields("customer_id", "id"),
	}
}

// Annotations make it a connection.
func (Ticket) Annotations() []schema.Annotation { return relay() }

// Complaint is what Reclame Aqui last said of a ticket, whole: nothing that it sends is lost (rule S5).
type Complaint struct{ ent.Schema }

// Mixin gives it its id.
func (Complaint) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: PrefixComplaint}} }

// Fields of a kept complaint.
func (Complaint) Fields() []ent.Field {
	return []ent.Field{
		field.String("ticket_id").Immutable(),
		field.String("hash").MaxLen(64).Comment("SHA-256 of the raw form: the same means unchanged"),
		field.Bytes("raw").Sensitive(),
	}
}

// Edges of a kept complaint.
func (Complaint) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("ticket", Ticket.Type).Ref("raw_complaint").Field("ticket_id").Unique().Required().Immutable(),
	}
}

// Annotations keep it out of the contract.
func (Complaint) Annotations() []schema.Annotation { return internal() }
