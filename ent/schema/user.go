package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
)

// User is somebody who signs in: administrator, supervisor or agent.
type User struct{ ent.Schema }

// Mixin gives it id and times.
func (User) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: PrefixUser}, stamped{}} }

// Fields of a user.
func (User) Fields() []ent.Field {
	return []ent.Field{
		field.String("email").NotEmpty().MaxLen(254),
		field.String("email_folded").MaxLen(254).Unique().Annotations(entgql.Skip(entgql.SkipType), entgql.OrderField("EMAIL")),
		field.String("name").NotEmpty().MaxRuneLen(120),
		field.String("name_folded").MaxRuneLen(200).Annotations(entgql.Skip(entgql.SkipType), entgql.OrderField("NAME")),
		field.Enum("role").Values("ADMIN", "SUPERVISOR", "AGENT"),
		field.String("password_hash").Sensitive().Comment("argon2id, PHC string").Annotations(entgql.Skip()),
		field.Time("archived_at").Optional().Nillable(),
		field.Int("version").Default(1),
	}
}

// Edges of a user.
func (User) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("sectors", Sector.Type).Ref("users").Annotations(entgql.RelayConnection()),
		edge.To("sessions", Session.Type).Annotations(entgql.Skip()),
	}
}

// Annotations make it a connection.
func (User) Annotations() []schema.Annotation { return relay() }

// Session is one chain of rotating refresh tokens: a sign-in on one device.
type Session struct{ ent.Schema }

// Mixin gives it id and times.
func (Session) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixSession}, stamped{}}
}

// Fields of a session. Only hashes of tokens are kept.
func (Session) Fields() []ent.Field {
	return []ent.Field{
		field.String("user_id").Immutable(),
		field.String("refresh_hash").MaxLen(64).Unique().Sensitive(),
		field.Time("expires_at"),
		field.Time("ended_at").Optional().Nillable(),
	}
}

// Edges of a session.
func (Session) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("user", User.Type).Ref("sessions").Field("user_id").Unique().Required().Immutable(),
	}
}

// Annotations keep it out of the contract.
func (Session) Annotations() []schema.Annotation { return []schema.Annotation{entgql.Skip()} }
