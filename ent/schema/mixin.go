// Package schema owns the entities: their fields, edges, indexes, and the form of their ids.
// It imports nothing of ours; ent generates ent/db from it, and the migrations of both databases.
package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/mixin"
)

// listed is what every registered list has in common (domain rule A14): a name and an
// optional code, both unique without regard to case and accents, archived instead of deleted.
// Uniqueness is an index on the folded columns, declared by each entity within its parent.
type listed struct{ mixin.Schema }

func (listed) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().MaxRuneLen(120),
		field.String("name_folded").MaxRuneLen(200).Annotations(entgql.Skip(entgql.SkipType), entgql.OrderField("NAME")),
		field.String("code").NotEmpty().MaxRuneLen(40),
		field.String("code_folded").MaxRuneLen(80).Annotations(entgql.Skip(entgql.SkipType), entgql.OrderField("CODE")),
		field.Time("archived_at").Optional().Nillable(),
		field.Int("version").Default(1),
	}
}
