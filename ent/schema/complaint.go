package schema

import (
	"time"

	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

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
		field.JSON("details", ComplaintDetails{}).Optional().Comment("what of it a person may want to see and no list asks for"),
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

// ComplaintDetails is the part of a complaint that is shown with a single ticket and never
// searched or ordered by. Times are on Reclame Aqui's clock.
type ComplaintDetails struct {
	InsertedAt *time.Time `json:"insertedAt,omitempty"`
	// Responsible is who has it in hand in Reclame Aqui's own panel.
	Responsible *PanelUser `json:"responsible,omitempty"`
	ModeratedBy *PanelUser `json:"moderatedBy,omitempty"`
	Tags        []string   `json:"tags,omitempty"`
	// Categories are the labels that the company gave it at Reclame Aqui.
	Categories  []ComplaintCategory `json:"categories,omitempty"`
	FormAnswers []FormAnswer        `json:"formAnswers,omitempty"`
	History     []ComplaintHistory  `json:"history,omitempty"`
	// Duplicates are what Reclame Aqui takes for repeats of it: complaint numbers as a rule.
	Duplicates []string       `json:"duplicates,omitempty"`
	WhatsApp   *WhatsApp      `json:"whatsApp,omitempty"`
	Facts      []Fact         `json:"facts,omitempty"`
	Unknown    []UnknownField `json:"unknown,omitempty"`
}

// PanelUser is somebody who works at the company, as Reclame Aqui's panel knows them.
type PanelUser struct {
	ID    int64      `json:"id"`
	Name  string     `json:"name,omitempty"`
	Email string     `json:"email,omitempty"`
	Since *time.Time `json:"since,omitempty"`
}

// ComplaintCategory is a label that the company gave a complaint at Reclame Aqui.
type ComplaintCategory struct {
	Code int64      `json:"code,omitempty"`
	Name string     `json:"name"`
	At   *time.Time `json:"at,omitempty"`
}

// FormAnswer is the consumer's answer to a question of the company's own form.
type FormAnswer struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// ComplaintHistory is one line of Reclame Aqui's own history of a complaint.
type ComplaintHistory struct {
	At       *time.Time `json:"at,omitempty"`
	TypeID   int        `json:"typeId"`
	TypeName string     `json:"typeName,omitempty"`
	User     *PanelUser `json:"user,omitempty"`
	// Automation is the rule of the panel that did it; "" when somebody did.
	Automation string `json:"automation,omitempty"`
}

// WhatsApp says how far the evaluation by WhatsApp got.
type WhatsApp struct {
	Sent      bool `json:"sent"`
	Evaluated bool `json:"evaluated"`
}

// Fact is a value that has no field of its own, under Reclame Aqui's name of it.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// UnknownField is something in a complaint that we have no word for, as it came.
type UnknownField struct {
	// Path is where it stands, as customer.nickname.
	Path  string `json:"path"`
	Value string `json:"value"`
}

// UnknownValue counts what Reclame Aqui sends that we have no word for (rule S5): nothing of it is dropped,
// and an administrator sees that it is there.
type UnknownValue struct{ ent.Schema }

// Mixin gives it its id.
func (UnknownValue) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: PrefixUnknownValue}} }

// Fields of an unknown value. It holds names and numbers of Reclame Aqui's, never what a consumer wrote.
func (UnknownValue) Fields() []ent.Field {
	return []ent.Field{
		field.String("integration_id").Immutable(),
		field.Enum("kind").Values("COMPLAINT_STATUS", "PANEL_STATUS", "INTERACTION_TYPE", "DETAIL_TYPE", "FIELD", "SHAPE").Immutable(),
		field.String("value").MaxLen(200).Immutable(),
		field.Int("count").Default(0).Comment("complaints read with it"),
		field.Time("first_seen_at").Immutable(),
		field.Time("last_seen_at"),
	}
}

// Indexes keep one row a value.
func (UnknownValue) Indexes() []ent.Index {
	return []ent.Index{index.Fields("integration_id", "kind", "value").Unique()}
}
