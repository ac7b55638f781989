package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Customer is the consumer (Cliente).
type Customer struct{ ent.Schema }

// Mixin gives it id and times.
func (Customer) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixCustomer}, stamped{}}
}

// Fields of a customer. Lists keep what Reclame Aqui sent, normalised, without repeats.
func (Customer) Fields() []ent.Field {
	return []ent.Field{
		field.String("code").MaxLen(20).Unique(),
		field.String("name").MaxLen(300),
		field.String("name_folded").MaxLen(400).Annotations(entgql.Skip(entgql.SkipType), entgql.OrderField("NAME")),
		field.JSON("emails", []string{}),
		field.JSON("phones", []string{}),
		field.JSON("documents", []string{}),
		field.String("city").MaxLen(200).Optional().Nillable(),
		field.String("state").MaxLen(200).Optional().Nillable(),
		field.String("customer_type_id"),
		field.String("region_id"),
	}
}

// Edges of a customer.
func (Customer) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("customer_type", CustomerType.Type).Field("customer_type_id").Unique().Required(),
		edge.To("region", Region.Type).Field("region_id").Unique().Required(),
		edge.To("keys", CustomerKey.Type).Annotations(entgql.Skip()),
		edge.To("tickets", Ticket.Type).Annotations(entgql.RelayConnection()),
	}
}

// Annotations make it a connection.
func (Customer) Annotations() []schema.Annotation { return relay() }

// CustomerKey is one way to know a customer again (rule T2).
type CustomerKey struct{ ent.Schema }

// Mixin gives it its id.
func (CustomerKey) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: PrefixCustomerKey}} }

// Fields of a key.
func (CustomerKey) Fields() []ent.Field {
	return []ent.Field{
		field.Enum("kind").Values("RECLAME_AQUI_ID", "EMAIL", "DOCUMENT").Immutable(),
		field.String("value").MaxLen(254).Immutable(),
		field.String("customer_id"),
	}
}

// Edges of a key.
func (CustomerKey) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("customer", Customer.Type).Ref("keys").Field("customer_id").Unique().Required(),
	}
}

// Indexes make a key lead to one customer.
func (CustomerKey) Indexes() []ent.Index {
	return []ent.Index{index.Fields("kind", "value").Unique()}
}

// Annotations keep it out of the contract.
func (CustomerKey) Annotations() []schema.Annotation { return internal() }

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

// Interaction is one entry of the complaint's thread (Interação).
type Interaction struct{ ent.Schema }

// Mixin gives it an id that sorts by its time at Reclame Aqui, and times.
func (Interaction) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixInteraction}, stamped{}}
}

// Fields of an interaction.
func (Interaction) Fields() []ent.Field {
	return []ent.Field{
		field.String("ticket_id").Immutable(),
		field.String("source_id").MaxLen(40).Immutable().Comment("RA's ticket_interaction_id").Annotations(entgql.Skip()),
		field.Int("type_id").Comment("RA's type, also when we know no word for it").Annotations(entgql.Skip()),
		field.Enum("kind").Values("COMPLAINT", "PUBLIC_REPLY", "REPLICA", "PRIVATE_MESSAGE", "EVALUATION", "MODERATION", "REDISTRIBUTION", "OTHER"),
		field.Enum("author_kind").Values("CONSUMER", "COMPANY", "SYSTEM").Annotations(entgql.Skip()),
		field.String("author_name").MaxLen(300).Optional().Nillable().Annotations(entgql.Skip()),
		field.String("body").SchemaType(longText()),
		field.Bool("private").Default(false),
		field.Time("occurred_at").Immutable(),
	}
}

// Edges of an interaction.
func (Interaction) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("ticket", Ticket.Type).Ref("interactions").Field("ticket_id").Unique().Required().Immutable(),
		edge.To("attachments", Attachment.Type),
	}
}

// Indexes of an interaction: RA's id makes it once.
func (Interaction) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("ticket_id", "source_id").Unique(),
		index.Fields("ticket_id", "id"),
	}
}

// Annotations make it a connection.
func (Interaction) Annotations() []schema.Annotation { return relay() }

// Attachment is a file of an interaction (Anexo).
type Attachment struct{ ent.Schema }

// Mixin gives it id and times.
func (Attachment) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixAttachment}, stamped{}}
}

// Fields of an attachment.
func (Attachment) Fields() []ent.Field {
	return []ent.Field{
		field.String("interaction_id").Immutable(),
		field.String("source_id").MaxLen(40).Immutable().Comment("RA's ticket_detail_id").Annotations(entgql.Skip()),
		field.String("name").MaxLen(500),
		field.String("url").SchemaType(longText()).Optional().Nillable().Comment("nil when RA gives no address but a name"),
	}
}

// Edges of an attachment.
func (Attachment) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("interaction", Interaction.Type).Ref("attachments").Field("interaction_id").Unique().Required().Immutable(),
	}
}

// Indexes of an attachment: RA's id makes it once.
func (Attachment) Indexes() []ent.Index {
	return []ent.Index{index.Fields("interaction_id", "source_id").Unique()}
}

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
		field.Enum("kind").Values("PUBLIC_REPLY").Immutable(),
		field.String("text").SchemaType(longText()).Immutable(),
		field.Enum("state").Values("PENDING", "SENT", "FAILED", "UNKNOWN").Default("PENDING"),
		field.String("idempotency_key").MaxLen(200).Immutable().Annotations(entgql.Skip()),
		field.String("input_hash").MaxLen(64).Immutable().Annotations(entgql.Skip()),
		field.JSON("known_twins", []string{}).Immutable().Annotations(entgql.Skip()).
			Comment("RA's ids of the company messages known before the attempt: a later one with this text is this attempt's"),
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
		field.Int64("position").Unique().Immutable().Comment("gapless, in commit order").Annotations(entgql.Skip()),
		field.String("ticket_id").Immutable(),
		field.Enum("kind").Values("CREATED", "UPDATED", "INTERACTION_ADDED", "STATUS_CHANGED", "REOPENED", "OUTBOUND_CHANGED").Immutable(),
		field.Time("occurred_at").Immutable(),
		field.Enum("actor_kind").Values("AGENT", "CALLBACK", "SYNC", "SYSTEM").Immutable().Annotations(entgql.Skip()),
		field.String("actor_id").Optional().Nillable().Immutable().Annotations(entgql.Skip()),
		field.Enum("cause").Values("AGENT_ACTION", "CALLBACK", "INCREMENTAL_SYNC", "BACKFILL", "SETTLEMENT").Immutable(),
		field.JSON("changes", []FieldChange{}).Immutable(),
		field.Int("ticket_version").Immutable(),
		field.String("integration_id").Immutable().Annotations(entgql.Skip()),
		field.String("sector_id").Immutable().Annotations(entgql.Skip()),
		field.String("status").MaxLen(20).Immutable().Annotations(entgql.Skip()),
		field.String("assignee_id").Optional().Nillable().Immutable().Annotations(entgql.Skip()),
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
func (TicketEvent) Indexes() []ent.Index { return []ent.Index{index.Fields("ticket_id", "id")} }

// Annotations make it a connection.
func (TicketEvent) Annotations() []schema.Annotation { return relay() }
