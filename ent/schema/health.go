package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// ChangeTally counts, of an hour of an integration, how its changes became known (rule C5).
type ChangeTally struct{ ent.Schema }

// Mixin gives it its id.
func (ChangeTally) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: PrefixChangeTally}} }

// Fields of a tally.
func (ChangeTally) Fields() []ent.Field {
	return []ent.Field{
		field.String("integration_id").Immutable(),
		field.Time("hour").Immutable().Comment("its beginning, UTC"),
		field.Int("announced").Default(0).Comment("changes that a callback announced"),
		field.Int("found").Default(0).Comment("changes that only asking brought up"),
	}
}

// Indexes keep one row an hour.
func (ChangeTally) Indexes() []ent.Index {
	return []ent.Index{index.Fields("integration_id", "hour").Unique()}
}

// Annotations keep it out of the contract.
func (ChangeTally) Annotations() []schema.Annotation { return internal() }

// Alarm is something that went wrong with an integration, from when to when.
type Alarm struct{ ent.Schema }

// Mixin gives it its id.
func (Alarm) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: PrefixAlarm}} }

// Fields of an alarm.
func (Alarm) Fields() []ent.Field {
	return []ent.Field{
		field.String("integration_id").Immutable(),
		field.String("code").MaxLen(40).Immutable(),
		field.Time("raised_at").Immutable(),
		field.Time("cleared_at").Optional().Nillable().Comment("nil = it lasts"),
	}
}

// Indexes: one alarm of a kind lasts at a time.
func (Alarm) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("integration_id", "raised_at"),
		index.Fields("integration_id", "code").Unique().Annotations(entsql.IndexWhere("cleared_at IS NULL")),
	}
}

// Annotations make it a connection.
func (Alarm) Annotations() []schema.Annotation { return relay() }

// Lease says which process does something that one at a time may do, and until when.
type Lease struct{ ent.Schema }

// Fields of a lease; its id names what it is for.
func (Lease) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(40).Immutable(),
		field.String("holder").MaxLen(40),
		field.Time("until"),
	}
}

// Annotations keep it out of the contract.
func (Lease) Annotations() []schema.Annotation { return internal() }
