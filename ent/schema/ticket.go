package schema

import (
	"time"

	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Never is when a ticket without an SLA is due: after all others.
var Never = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

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
		field.Time("due_at").Optional().Nillable().Comment("with due_order: package ticket's SetDue writes both"),
		field.Time("due_order").Default(func() time.Time { return Never }).Comment("due_at, or Never where there is none: ordering by a nullable column loses rows").
			Annotations(entsql.Default("'"+Never.Format("2006-01-02 15:04:05-07:00")+"'"), entgql.OrderField("DUE_AT")),
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
		field.Int("site_id").Default(1).Annotations(entgql.Skip()).Comment("RA's number of the site that the complaint comes from; 1 = Reclame Aqui's own"),
		field.Int("ra_status_id").Annotations(entgql.Skip()),
		field.String("ra_status_name").MaxLen(200).Annotations(entgql.Skip()),
		field.Time("ra_modified_at").Annotations(entgql.Skip()),
		field.Int("hugme_status_id").Default(0).Annotations(entgql.Skip()).Comment("the same complaint in RA's panel for companies; 0 = RA did not say"),
		field.String("hugme_status_name").MaxLen(200).Default("").Annotations(entgql.Skip()),
		field.Time("ra_closed_at").Optional().Nillable().Annotations(entgql.Skip()),
		field.Time("first_answered_at").Optional().Nillable().Annotations(entgql.Skip()).Comment("the company's first public answer, RA's clock: it ends the SLA"),
		field.Time("last_replica_at").Optional().Nillable().Annotations(entgql.Skip()),
		field.String("reason").MaxLen(500).Optional().Nillable().Annotations(entgql.Skip()).Comment("the subject that the consumer chose"),
		field.String("feeling").MaxLen(200).Optional().Nillable().Annotations(entgql.Skip()),
		field.Time("read_at").Annotations(entgql.Skip()).Comment("when RA was last read, our clock"),
		field.Bool("outside_window").Default(false).Annotations(entgql.Skip()),
		field.Bool("frozen").Default(false).Annotations(entgql.Skip()),
		field.Bool("active").Default(true).Annotations(entgql.Skip()),
		field.Bool("may_request_evaluation").Default(false).Annotations(entgql.Skip()),
		field.Bool("may_request_moderation").Default(false).Annotations(entgql.Skip()),
		field.Int("evaluation_request_id").Default(0).Annotations(entgql.Skip()).Comment("RA's favorable_assessment: 0 = not requested"),
		field.String("evaluation_request_name").MaxLen(200).Optional().Nillable().Annotations(entgql.Skip()),
		field.Bool("rated_unanswered").Default(false).Annotations(entgql.Skip()).Comment("rated though the company never answered"),
		field.Int("rating").Optional().Nillable().Annotations(entgql.Skip()),
		field.Time("rated_at").Optional().Nillable().Annotations(entgql.Skip()),
		field.Bool("resolved").Optional().Nillable().Annotations(entgql.Skip()),
		field.Bool("would_return").Optional().Nillable().Annotations(entgql.Skip()),
		field.String("consumer_consideration").SchemaType(longText()).Optional().Nillable().Annotations(entgql.Skip()),
		field.String("company_consideration").SchemaType(longText()).Optional().Nillable().Annotations(entgql.Skip()),
		field.Time("consumer_consideration_at").Optional().Nillable().Annotations(entgql.Skip()),
		field.Time("company_consideration_at").Optional().Nillable().Annotations(entgql.Skip()),
		field.Time("deactivated_at").Optional().Nillable().Annotations(entgql.Skip()),
		field.String("deactivation_reason").MaxLen(500).Optional().Nillable().Annotations(entgql.Skip()),
		field.Int("unknown_count").Default(0).Annotations(entgql.Skip()).Comment("fields, types and statuses of the complaint that we have no word for"),
		field.String("moderation_status").MaxLen(200).Optional().Nillable().Annotations(entgql.Skip()),
		field.String("moderation_reason").MaxLen(200).Optional().Nillable().Annotations(entgql.Skip()),
		field.Time("moderation_requested_at").Optional().Nillable().Annotations(entgql.Skip()),
		field.Time("moderation_answered_at").Optional().Nillable().Annotations(entgql.Skip()),
		field.Time("vanished_at").Optional().Nillable().Annotations(entgql.Skip()).Comment("when RA was first found not to show the complaint any more, our clock; nil = it shows it"),
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
		edge.To("notes", InternalNote.Type).Annotations(entgql.RelayConnection()),
		edge.To("reply_claim", ReplyClaim.Type).Unique(),
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
		index.Fields("due_order", "id"),
		index.Fields("customer_id", "id"),
		index.Fields("integration_id", "ra_modified_at"), // the gap scan counts by it
	}
}

// Annotations make it a connection.
func (Ticket) Annotations() []schema.Annotation { return relay() }
