package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

func relay() []schema.Annotation { return []schema.Annotation{entgql.RelayConnection()} }

func listIndexes(parent ...string) []ent.Index {
	return []ent.Index{
		index.Fields(append(parent, "name_folded")...).Unique(),
		index.Fields(append(parent, "code_folded")...).Unique(),
	}
}

// CustomerType classifies customers (Tipo de Cliente).
type CustomerType struct{ ent.Schema }

// Mixin gives it id, times and the fields of a list.
func (CustomerType) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixCustomerType}, listed{}, stamped{}}
}

// Indexes hold its names unique.
func (CustomerType) Indexes() []ent.Index { return listIndexes() }

// Annotations make it a connection.
func (CustomerType) Annotations() []schema.Annotation { return relay() }

// Region classifies customers by place (Região).
type Region struct{ ent.Schema }

// Mixin gives it id, times and the fields of a list.
func (Region) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixRegion}, listed{}, stamped{}}
}

// Indexes hold its names unique.
func (Region) Indexes() []ent.Index { return listIndexes() }

// Annotations make it a connection.
func (Region) Annotations() []schema.Annotation { return relay() }

// SyncGroup is the priority of an integration in a general sync (Grupo de sincronismo).
type SyncGroup struct{ ent.Schema }

// Mixin gives it id, times and the fields of a list.
func (SyncGroup) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixSyncGroup}, listed{}, stamped{}}
}

// Fields of a sync group.
func (SyncGroup) Fields() []ent.Field {
	return []ent.Field{
		field.Int("priority").Min(1).Max(1000).Comment("1 is visited first").Annotations(entgql.OrderField("PRIORITY")),
	}
}

// Indexes hold its names unique.
func (SyncGroup) Indexes() []ent.Index { return listIndexes() }

// Annotations make it a connection.
func (SyncGroup) Annotations() []schema.Annotation { return relay() }

// Sector is a department; it groups users (Setor).
type Sector struct{ ent.Schema }

// Mixin gives it id, times and the fields of a list.
func (Sector) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixSector}, listed{}, stamped{}}
}

// Edges of a sector.
func (Sector) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("users", User.Type).Annotations(entgql.RelayConnection()),
		edge.To("occurrence_types", OccurrenceType.Type).Annotations(entgql.RelayConnection()),
	}
}

// Indexes hold its names unique.
func (Sector) Indexes() []ent.Index { return listIndexes() }

// Annotations make it a connection.
func (Sector) Annotations() []schema.Annotation { return relay() }

// OccurrenceType is a subject; it belongs to a sector (Tipo de Ocorrência).
type OccurrenceType struct{ ent.Schema }

// Mixin gives it id, times and the fields of a list.
func (OccurrenceType) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixOccurrenceType}, listed{}, stamped{}}
}

// Fields of an occurrence type.
func (OccurrenceType) Fields() []ent.Field {
	return []ent.Field{field.String("sector_id").Immutable()}
}

// Edges of an occurrence type.
func (OccurrenceType) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("sector", Sector.Type).Ref("occurrence_types").Field("sector_id").Unique().Required().Immutable(),
		edge.To("occurrences", Occurrence.Type).Annotations(entgql.RelayConnection()),
	}
}

// Indexes hold its names unique within its sector.
func (OccurrenceType) Indexes() []ent.Index { return listIndexes("sector_id") }

// Annotations make it a connection.
func (OccurrenceType) Annotations() []schema.Annotation { return relay() }

// Occurrence is a sub-subject with its SLA; it belongs to an occurrence type (Ocorrência).
type Occurrence struct{ ent.Schema }

// Mixin gives it id, times and the fields of a list.
func (Occurrence) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixOccurrence}, listed{}, stamped{}}
}

// Fields of an occurrence.
func (Occurrence) Fields() []ent.Field {
	return []ent.Field{
		field.String("occurrence_type_id").Immutable(),
		field.Int("sla_value").Optional().Nillable().Min(1).Comment("with sla_unit; nil = no SLA"),
		field.Enum("sla_unit").Values("HOURS", "DAYS").Optional().Nillable(),
	}
}

// Edges of an occurrence.
func (Occurrence) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("occurrence_type", OccurrenceType.Type).Ref("occurrences").Field("occurrence_type_id").Unique().Required().Immutable(),
		edge.To("solutions", Solution.Type).Annotations(entgql.RelayConnection()),
	}
}

// Indexes hold its names unique within its type.
func (Occurrence) Indexes() []ent.Index { return listIndexes("occurrence_type_id") }

// Annotations make it a connection.
func (Occurrence) Annotations() []schema.Annotation { return relay() }

// Solution is a resolution that may end a ticket; it belongs to an occurrence (Solução).
type Solution struct{ ent.Schema }

// Mixin gives it id, times and the fields of a list.
func (Solution) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixSolution}, listed{}, stamped{}}
}

// Fields of a solution.
func (Solution) Fields() []ent.Field {
	return []ent.Field{field.String("occurrence_id").Immutable()}
}

// Edges of a solution.
func (Solution) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("occurrence", Occurrence.Type).Ref("solutions").Field("occurrence_id").Unique().Required().Immutable(),
		edge.From("integrations", Integration.Type).Ref("solutions").Annotations(entgql.Skip()),
	}
}

// Indexes hold its names unique within its occurrence.
func (Solution) Indexes() []ent.Index { return listIndexes("occurrence_id") }

// Annotations make it a connection.
func (Solution) Annotations() []schema.Annotation { return relay() }
