package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

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
		field.Time("modified_at").Optional().Nillable().Comment("when RA last changed it; nil = never"),
		field.String("type_name").MaxLen(200).Optional().Nillable().Annotations(entgql.Skip()).Comment("RA's word for the type"),
		field.JSON("details", InteractionDetails{}).Optional().Annotations(entgql.Skip()).Comment("RA's details that are no files"),
	}
}

// InteractionDetails is what Reclame Aqui says of an interaction beside its text and its files.
type InteractionDetails struct {
	List  []InteractionDetail `json:"list,omitempty"`
	Facts []Fact              `json:"facts,omitempty"`
}

// InteractionDetail is one of Reclame Aqui's details of an interaction, as a grade or the answer to a form's question.
type InteractionDetail struct {
	TypeID int    `json:"typeId"`
	Kind   string `json:"kind"`
	Label  string `json:"label,omitempty"`
	Value  string `json:"value,omitempty"`
	Code   string `json:"code,omitempty"`
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
		field.Bool("private").Default(false),
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
