package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Page is a company's page at Reclame Aqui, as its organisation list names it.
type Page struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// Integration is one configured connection to one page (Configuração de integração do canal).
type Integration struct{ ent.Schema }

// Mixin gives it id and times.
func (Integration) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixIntegration}, stamped{}}
}

// Fields of an integration. What activation requires may be absent in a draft.
func (Integration) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().MaxRuneLen(120),
		field.String("name_folded").MaxRuneLen(200).Annotations(entgql.Skip(entgql.SkipType), entgql.OrderField("NAME")),
		field.Enum("channel").Values("RECLAME_AQUI"),
		field.Enum("kind").Values("RECLAME_AQUI"),
		field.Enum("state").Values("DRAFT", "ACTIVE", "PAUSED", "ARCHIVED").Default("DRAFT"),
		field.Int("version").Default(1),
		field.String("company_email").MaxLen(254).Optional().Nillable(),
		field.String("api_username").MaxLen(200).Optional().Nillable(),
		field.Bytes("api_password").Optional().Sensitive().Comment("sealed by package secret").Annotations(entgql.Skip()),
		field.Time("api_password_set_at").Optional().Nillable(),
		field.Int("sync_interval_minutes").Optional().Nillable().Range(10, 1440),
		field.Int("retroactive_months").Optional().Nillable().Range(0, 120),
		field.Int64("page_id").Optional().Nillable().Annotations(entgql.Skip()),
		field.JSON("available_pages", []Page{}).Optional().Annotations(entgql.Skip()),
		field.Time("pages_fetched_at").Optional().Nillable(),
		field.String("company_name").MaxLen(200).Optional().Nillable(),
		field.String("reclame_aqui_id").MaxLen(40).Optional().Nillable(),
		field.Bool("auto_conversion").Default(false),
		field.String("sync_group_id").Optional().Nillable(),
		field.String("customer_type_id").Optional().Nillable(),
		field.String("region_id").Optional().Nillable(),
		field.String("creator_id").Optional().Nillable(),
		field.String("sector_id").Optional().Nillable(),
		field.String("occurrence_type_id").Optional().Nillable(),
		field.String("occurrence_id").Optional().Nillable(),
		field.String("default_solution_id").Optional().Nillable(),
		field.Time("activated_at").Optional().Nillable(),
	}
}

// Edges of an integration.
func (Integration) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("sync_group", SyncGroup.Type).Field("sync_group_id").Unique(),
		edge.To("customer_type", CustomerType.Type).Field("customer_type_id").Unique(),
		edge.To("region", Region.Type).Field("region_id").Unique(),
		edge.To("creator", User.Type).Field("creator_id").Unique(),
		edge.To("sector", Sector.Type).Field("sector_id").Unique(),
		edge.To("occurrence_type", OccurrenceType.Type).Field("occurrence_type_id").Unique(),
		edge.To("occurrence", Occurrence.Type).Field("occurrence_id").Unique(),
		edge.To("default_solution", Solution.Type).Field("default_solution_id").Unique(),
		edge.To("solutions", Solution.Type),
		edge.To("callback_tokens", CallbackToken.Type).Annotations(entgql.Skip()),
		edge.To("sync_state", SyncState.Type).Unique().Annotations(entgql.Skip()),
	}
}

// Indexes of an integration: one page has one integration that is not archived (rule A12b).
func (Integration) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("state"),
		index.Fields("page_id").Unique().
			Annotations(entsql.IndexWhere("page_id IS NOT NULL AND state <> 'ARCHIVED'")),
	}
}

// Annotations make it a connection.
func (Integration) Annotations() []schema.Annotation { return relay() }

// CallbackToken is the unguessable part of a callback URL (rule A5).
type CallbackToken struct{ ent.Schema }

// Mixin gives it id and times.
func (CallbackToken) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixCallbackToken}, stamped{}}
}

// Fields of a callback token: found by its hash, shown again from its sealed form.
func (CallbackToken) Fields() []ent.Field {
	return []ent.Field{
		field.String("integration_id").Immutable(),
		field.String("hash").MaxLen(64).Unique().Immutable(),
		field.Bytes("sealed").Sensitive(),
		field.Time("expires_at").Optional().Nillable().Comment("nil = the current one"),
		field.Time("last_used_at").Optional().Nillable(),
	}
}

// Edges of a callback token.
func (CallbackToken) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("integration", Integration.Type).Ref("callback_tokens").Field("integration_id").Unique().Required().Immutable(),
	}
}

// Annotations keep it out of the contract.
func (CallbackToken) Annotations() []schema.Annotation { return []schema.Annotation{entgql.Skip()} }
