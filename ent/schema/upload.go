package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Upload is a file that somebody sent here, to go to Reclame Aqui with a message (Arquivo). Its bytes
// are in the file store, under its id.
type Upload struct{ ent.Schema }

// Mixin gives it id and times.
func (Upload) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: PrefixUpload}, stamped{}} }

// Fields of an upload.
func (Upload) Fields() []ent.Field {
	return []ent.Field{
		field.String("owner_id").Immutable().Annotations(entgql.Skip()),
		field.String("name").MaxLen(255).Immutable(),
		field.String("content_type").MaxLen(100).Immutable().Comment("by its content, never by its name alone"),
		field.Int64("size").Immutable().Comment("bytes"),
		field.String("sha256").MaxLen(64).Immutable().Annotations(entgql.Skip()),
		field.String("attempt_id").Optional().Nillable().Annotations(entgql.Skip()).Comment("what it was sent with; nil = not sent yet"),
		field.Int("position").Default(0).Annotations(entgql.Skip()).Comment("its place among the files of that"),
	}
}

// Edges of an upload.
func (Upload) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("owner", User.Type).Field("owner_id").Unique().Required().Immutable().Annotations(entgql.Skip()),
		edge.From("attempt", OutboundAttempt.Type).Ref("files").Field("attempt_id").Unique().Annotations(entgql.Skip()),
	}
}

// Indexes of an upload: those that were never sent are found by their age.
func (Upload) Indexes() []ent.Index {
	return []ent.Index{index.Fields("attempt_id", "position"), index.Fields("owner_id", "id")}
}
