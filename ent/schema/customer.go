package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Customer is the consumer (Cliente).
type Customer struct{ ent.Schema }

// Mixin gives it id and times.
func (Customer) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixCustomer}, stamped{}}
}

// Fields of a customer. Lists keep what Reclame Aqui sent, normalised, without repeats.
func (Customer) Fields() []ent.Field {
	return []ent.Field{
		field.String("code").MaxLen(20).Unique(),
		field.String("name").MaxLen(300),
		field.String("name_folded").MaxLen(400).Annotations(entgql.Skip(entgql.SkipType), entgql.OrderField("NAME")),
		field.JSON("emails", []string{}),
		field.JSON("phones", []string{}),
		field.JSON("documents", []string{}),
		field.JSON("as_sent", CustomerAsSent{}).Optional().Annotations(entgql.Skip()),
		field.String("company_name").MaxLen(300).Optional().Nillable(),
		field.String("birth_date").MaxLen(10).Optional().Nillable().Comment("2006-01-02; a date has no zone"),
		field.String("gender").MaxLen(50).Optional().Nillable(),
		field.String("city").MaxLen(200).Optional().Nillable(),
		field.String("state").MaxLen(200).Optional().Nillable(),
		field.String("customer_type_id"),
		field.String("region_id"),
	}
}

// Edges of a customer.
func (Customer) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("customer_type", CustomerType.Type).Field("customer_type_id").Unique().Required(),
		edge.To("region", Region.Type).Field("region_id").Unique().Required(),
		edge.To("keys", CustomerKey.Type).Annotations(entgql.Skip()),
		edge.To("possible_duplicates", PossibleDuplicate.Type).Annotations(entgql.Skip()),
		edge.To("tickets", Ticket.Type).Annotations(entgql.RelayConnection()),
	}
}

// Annotations make it a connection.
func (Customer) Annotations() []schema.Annotation { return relay() }

// CustomerKey is one way to know a customer again (rule T2).
type CustomerKey struct{ ent.Schema }

// Mixin gives it its id.
func (CustomerKey) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: PrefixCustomerKey}} }

// Fields of a key.
func (CustomerKey) Fields() []ent.Field {
	return []ent.Field{
		field.Enum("kind").Values("RECLAME_AQUI_ID", "EMAIL", "DOCUMENT", "DUPLICATE_OF").Immutable().
			Comment("DUPLICATE_OF is Reclame Aqui's id of somebody else whom it takes for the same person"),
		field.String("value").MaxLen(254).Immutable(),
		field.String("customer_id"),
	}
}

// Edges of a key.
func (CustomerKey) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("customer", Customer.Type).Ref("keys").Field("customer_id").Unique().Required(),
	}
}

// Indexes make a key lead to one customer.
func (CustomerKey) Indexes() []ent.Index {
	return []ent.Index{index.Fields("kind", "value").Unique()}
}

// Annotations keep it out of the contract.
func (CustomerKey) Annotations() []schema.Annotation { return internal() }

// CustomerAsSent keeps what Reclame Aqui sent beside the normalised form, where the two differ, and
// what has no normalised form because it cannot be what it says that it is.
type CustomerAsSent struct {
	Emails    []string `json:"emails,omitempty"`
	Phones    []string `json:"phones,omitempty"`
	Documents []string `json:"documents,omitempty"`
}

// PossibleDuplicate says that two customers may be one person: a complaint's document led to one and
// its e-mail to another (rule T2). There is one row for each side.
type PossibleDuplicate struct{ ent.Schema }

// Mixin gives it its id.
func (PossibleDuplicate) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixPossibleDuplicate}}
}

// Fields of a pair, seen from one side.
func (PossibleDuplicate) Fields() []ent.Field {
	return []ent.Field{
		field.String("customer_id").Immutable(),
		field.String("other_id").Immutable(),
		field.Time("found_at").Immutable(),
	}
}

// Edges of a pair.
func (PossibleDuplicate) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("customer", Customer.Type).Ref("possible_duplicates").Field("customer_id").Unique().Required().Immutable(),
		edge.To("other", Customer.Type).Field("other_id").Unique().Required().Immutable(),
	}
}

// Indexes keep a pair once.
func (PossibleDuplicate) Indexes() []ent.Index {
	return []ent.Index{index.Fields("customer_id", "other_id").Unique()}
}

// Annotations keep it out of the contract: a customer lists the others.
func (PossibleDuplicate) Annotations() []schema.Annotation { return internal() }
