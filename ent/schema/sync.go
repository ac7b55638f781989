package schema

import (
	"time"

	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

func internal() []schema.Annotation { return []schema.Annotation{entgql.Skip()} }

// SyncState is how far the mirror of one integration has come.
type SyncState struct{ ent.Schema }

// Mixin gives it id and times.
func (SyncState) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixSyncState}, stamped{}}
}

// Fields of a sync state. Times named ra_ are on Reclame Aqui's clock.
func (SyncState) Fields() []ent.Field {
	return []ent.Field{
		field.String("integration_id").Immutable(),
		field.Time("window_from").Comment("complaints created before it enter only when RA changes them (rule S1)"),
		field.Time("backfill_before").Optional().Nillable().Comment("keyset: the oldest creation time read so far; nil = not begun"),
		field.Int("backfill_page").Default(1).Comment("page under that bound, above 1 only while a whole page shares one creation time"),
		field.Time("backfill_done_at").Optional().Nillable(),
		field.Int("backfill_total").Optional().Nillable().Comment("RA's count when the backfill began"),
		field.Int("backfill_read").Default(0).Comment("complaints read by the backfill"),
		field.Int("backfill_calls").Default(0),
		field.Time("watermark").Optional().Nillable().Comment("RA's clock: everything changed before it has been read"),
		field.Time("run_since").Optional().Nillable().Comment("lower bound of the incremental run under way; nil = none"),
		field.Int("run_page").Default(1),
		field.Time("run_high").Optional().Nillable().Comment("latest change seen by the run; becomes the watermark"),
		field.Time("last_sync_at").Optional().Nillable(),
		field.Time("next_sync_at").Optional().Nillable(),
		field.String("last_error_code").Optional().Nillable(),
		field.Time("last_error_at").Optional().Nillable(),
		field.Int("failures").Default(0).Comment("in a row; 0 after a success"),
		field.Time("retry_at").Optional().Nillable().Comment("no call before it, after failures"),
		field.Int("step").Default(0).Comment("grows with every progress: who worked from an older one has been overtaken and writes nothing"),
		field.Time("backfill_paused_at").Optional().Nillable(),
		field.Time("backfill_cancelled_at").Optional().Nillable(),
		field.Time("sync_requested_at").Optional().Nillable().Comment("syncNow: the next round is owed to somebody; nil = none asked for"),
		field.String("sync_requested_by").MaxLen(40).Optional().Nillable(),
		field.JSON("scan", []ScanWindow{}).Optional().Comment("what of the gap scan under way is still to be compared; none = no scan"),
		field.Time("scan_at").Optional().Nillable().Comment("when the next gap scan is due"),
		field.Time("scanned_at").Optional().Nillable().Comment("when the last one ended"),
		field.Int("silent_changes").Default(0).Comment("changes found by asking since the last one that a callback announced (rule C5)"),
	}
}

// ScanWindow is a piece of time of Reclame Aqui's clock, both ends inclusive, in which its complaints are compared with ours.
type ScanWindow struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Theirs is what Reclame Aqui counted in it, nil before it was asked.
	Theirs *int `json:"theirs,omitempty"`
	// Page is the next page of it to be listed where it cannot be split; 0 = the first.
	Page int `json:"page,omitempty"`
}

// Edges of a sync state.
func (SyncState) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("integration", Integration.Type).Ref("sync_state").Field("integration_id").Unique().Required().Immutable(),
	}
}

// Annotations keep it out of the contract.
func (SyncState) Annotations() []schema.Annotation { return internal() }

// Quarantine is a complaint that could not be read or merged: kept with its reason and tried again.
type Quarantine struct{ ent.Schema }

// Mixin gives it id and times.
func (Quarantine) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixQuarantine}, stamped{}}
}

// Fields of a quarantined complaint.
func (Quarantine) Fields() []ent.Field {
	return []ent.Field{
		field.String("integration_id").Immutable(),
		field.Int64("complaint_id").Immutable(),
		field.String("reason").MaxLen(500).Comment("free of personal data"),
		field.Int("attempts").Default(1),
		field.Time("retry_at"),
		field.String("detail").MaxLen(500).Default("").Comment("which part of it, free of personal data"),
	}
}

// Indexes keep one row a complaint.
func (Quarantine) Indexes() []ent.Index {
	return []ent.Index{index.Fields("integration_id", "complaint_id").Unique(), index.Fields("retry_at")}
}

// Annotations make it a connection.
func (Quarantine) Annotations() []schema.Annotation { return relay() }

// CallbackDelivery is one notification of Reclame Aqui, as it came (rule C1).
type CallbackDelivery struct{ ent.Schema }

// Mixin gives it its id.
func (CallbackDelivery) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixCallbackDelivery}}
}

// Fields of a delivery.
func (CallbackDelivery) Fields() []ent.Field {
	return []ent.Field{
		field.String("integration_id").Immutable(),
		field.Time("received_at").Immutable(),
		field.String("method").MaxLen(8).Immutable(),
		field.String("content_type").MaxLen(200).Immutable(),
		field.Bytes("body").MaxLen(1 << 20).Optional().Immutable().Sensitive().Annotations(entgql.Skip()),
		field.JSON("references", []string{}).Optional().Immutable().Comment("what it hinted at"),
		field.Time("redelivered_at").Optional().Nillable().Comment("when its hints were last put again by hand"),
		field.Int("redeliveries").Default(0),
	}
}

// Indexes of a delivery.
func (CallbackDelivery) Indexes() []ent.Index {
	return []ent.Index{index.Fields("integration_id", "received_at")}
}

// Annotations make it a connection.
func (CallbackDelivery) Annotations() []schema.Annotation { return relay() }

// Hint is a complaint that somebody says has changed and that is still to be read (rule C2).
// There is one row a complaint, however often it is hinted at.
type Hint struct{ ent.Schema }

// Mixin gives it its id.
func (Hint) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: PrefixHint}} }

// Fields of a hint.
func (Hint) Fields() []ent.Field {
	return []ent.Field{
		field.String("integration_id").Immutable(),
		field.Enum("kind").Values("COMPLAINT", "SOURCE", "POLL").Immutable().
			Comment("what the reference is: RA's ticket id, the site's complaint id, or nothing (poll for changes)"),
		field.String("reference").MaxLen(40).Immutable(),
		field.Enum("cause").Values("CALLBACK", "OUTBOUND", "RETRY"),
		field.Time("put_at").Comment("of the latest hint"),
		field.Time("due_at").Comment("not read before it"),
		field.Int("puts").Default(1).Comment("how often; a read settles only the puts that it began after"),
	}
}

// Indexes keep one row a complaint.
func (Hint) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("integration_id", "kind", "reference").Unique(),
		index.Fields("integration_id", "due_at"),
	}
}

// Annotations keep it out of the contract.
func (Hint) Annotations() []schema.Annotation { return internal() }

// CallBudget is the durable record of the calls made with one credential of Reclame Aqui (rule S4).
type CallBudget struct{ ent.Schema }

// Mixin gives it times; its id is the credential's fingerprint.
func (CallBudget) Mixin() []ent.Mixin { return []ent.Mixin{stamped{}} }

// Fields of a budget.
func (CallBudget) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(64).Immutable(),
		field.Int("calls_per_minute").Default(10),
		field.JSON("calls", CallLog{}).Comment("when calls were made, those of the last two minutes"),
		field.Time("blocked_until").Optional().Nillable().Comment("RA answered 429"),
		field.Time("licence_start").Optional().Nillable(),
		field.Time("licence_end").Optional().Nillable(),
		field.Bytes("token").Optional().Sensitive().Comment("access token, sealed by package secret"),
		field.Time("token_expires_at").Optional().Nillable(),
		field.Int("failures").Default(0).Comment("of the credential's calls in a row; 0 after a success"),
		field.Time("failing_since").Optional().Nillable(),
		field.String("failing_code").MaxLen(40).Optional().Nillable(),
		field.Time("open_until").Optional().Nillable().Comment("the breaker: no lower lane's call before it"),
	}
}

// Annotations keep it out of the contract.
func (CallBudget) Annotations() []schema.Annotation { return internal() }

// Counter hands out numbers inside the transaction that uses them: no gap, in commit order.
type Counter struct{ ent.Schema }

// Fields of a counter.
func (Counter) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(40).Immutable(),
		field.Int64("value").Default(0),
		field.String("epoch").MaxLen(40).Default("").Comment("changes when positions start anew, as after a restored backup"),
	}
}

// Annotations keep it out of the contract.
func (Counter) Annotations() []schema.Annotation { return internal() }

// Idempotency is the first result of a mutation under a client's key (design rule 8).
type Idempotency struct{ ent.Schema }

// Mixin gives it id and times.
func (Idempotency) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: PrefixIdempotency}, stamped{}}
}

// Fields of a remembered result.
func (Idempotency) Fields() []ent.Field {
	return []ent.Field{
		field.String("user_id").Immutable(),
		field.String("mutation").MaxLen(60).Immutable(),
		field.String("key").MaxLen(200).Immutable(),
		field.String("input_hash").MaxLen(64).Immutable(),
		field.String("result_id").MaxLen(40).Default(""),
		field.Bytes("answer").Optional().Comment("of a mutation that only asks, as JSON"),
	}
}

// Indexes keep one row a key.
func (Idempotency) Indexes() []ent.Index {
	return []ent.Index{index.Fields("user_id", "mutation", "key").Unique()}
}

// Annotations keep it out of the contract.
func (Idempotency) Annotations() []schema.Annotation { return internal() }

// longText is text without the length limit of a string column.
func longText() map[string]string {
	return map[string]string{dialect.SQLite: "text", dialect.Postgres: "text"}
}
