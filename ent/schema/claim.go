package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// ReplyClaim says that somebody is answering a ticket (rule T9): a lease, never a lock.
type ReplyClaim struct{ ent.Schema }

// Mixin gives it its id.
func (ReplyClaim) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: PrefixReplyClaim}} }

// Fields of a claim.
func (ReplyClaim) Fields() []ent.Field {
	return []ent.Field{
		field.String("ticket_id").Immutable().Annotations(entgql.Skip()),
		field.String("user_id").Annotations(entgql.Skip()),
		field.String("session_id").Annotations(entgql.Skip()).Comment("whose socket renews it"),
		field.String("instance").MaxLen(40).Default("").Annotations(entgql.Skip()).Comment("the process that renewed it last; it takes it back when the socket closes"),
		field.Time("claimed_at"),
		field.Time("expires_at"),
	}
}

// Edges of a claim.
func (ReplyClaim) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("ticket", Ticket.Type).Ref("reply_claim").Field("ticket_id").Unique().Required().Immutable().Annotations(entgql.Skip()),
		edge.To("user", User.Type).Field("user_id").Unique().Required(),
	}
}

// Indexes of a claim: one a ticket is its edge's; these are what the sweep and the renewal look for.
func (ReplyClaim) Indexes() []ent.Index {
	return []ent.Index{index.Fields("expires_at"), index.Fields("session_id")}
}

// Annotations keep it from being a list of its own.
func (ReplyClaim) Annotations() []schema.Annotation { return nil }
