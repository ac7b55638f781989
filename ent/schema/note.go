package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// InternalNote is what an agent writes on a ticket for colleagues; it never leaves the house (Nota interna).
type InternalNote struct{ ent.Schema }

// Mixin gives it id and times.
func (InternalNote) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixInternalNote}, stamped{}}
}

// Fields of a note. It is never changed: what a colleague has read stays.
func (InternalNote) Fields() []ent.Field {
	return []ent.Field{
		field.String("ticket_id").Immutable(),
		field.String("author_id").Immutable(),
		field.String("text").SchemaType(longText()).Immutable(),
	}
}

// Edges of a note.
func (InternalNote) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("ticket", Ticket.Type).Ref("notes").Field("ticket_id").Unique().Required().Immutable(),
		edge.To("author", User.Type).Field("author_id").Unique().Required().Immutable(),
	}
}

// Indexes of a note.
func (InternalNote) Indexes() []ent.Index { return []ent.Index{index.Fields("ticket_id", "id")} }

// Annotations make it a connection.
func (InternalNote) Annotations() []schema.Annotation { return relay() }
