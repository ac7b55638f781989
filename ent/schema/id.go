package schema

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/mixin"
	"github.com/google/uuid"
)

// The prefix of an id says which entity it is of, so that node(id) needs no registry
// table and an id of one kind passed for another is found out before a query runs.
const (
	PrefixUser              = "usr"
	PrefixSession           = "ses"
	PrefixCustomerType      = "cty"
	PrefixRegion            = "reg"
	PrefixSector            = "sec"
	PrefixOccurrenceType    = "oty"
	PrefixOccurrence        = "occ"
	PrefixSolution          = "sol"
	PrefixSyncGroup         = "sgr"
	PrefixIntegration       = "int"
	PrefixCallbackToken     = "cbt"
	PrefixCallbackDelivery  = "cbd"
	PrefixHint              = "hnt"
	PrefixSyncState         = "syn"
	PrefixCallBudget        = "bud"
	PrefixCustomer          = "cus"
	PrefixCustomerKey       = "cuk"
	PrefixTicket            = "tkt"
	PrefixComplaint         = "cmp"
	PrefixInteraction       = "itr"
	PrefixAttachment        = "att"
	PrefixTicketEvent       = "evt"
	PrefixOutboundAttempt   = "out"
	PrefixIdempotency       = "idp"
	PrefixQuarantine        = "qua"
	PrefixAuditEntry        = "aud"
	PrefixInternalNote      = "not"
	PrefixUpload            = "upl"
	PrefixPossibleDuplicate = "dup"
	PrefixUnknownValue      = "unk"
	PrefixSyncRun           = "run"
	PrefixReplyClaim        = "clm"
	PrefixAlarm             = "alm"
	PrefixChangeTally       = "tal"
)

// ordered keeps the byte order in its text, so that ids sort as what they encode.
var ordered = base32.HexEncoding.WithPadding(base32.NoPadding)

// NewID makes an id that sorts by the moment of its making (UUID version 7).
func NewID(prefix string) string {
	id := uuid.Must(uuid.NewV7())
	return encode(prefix, id[:])
}

// TimeID makes an id that sorts by a moment and then by a number of Reclame Aqui's.
// Tickets and interactions have such ids: their order is the order in which things
// happened at Reclame Aqui, whenever they were read, and paging needs no other column. What
// is random behind them is for one interaction that stands on many tickets: it has an id on each.
func TimeID(prefix string, at time.Time, number int64) string {
	var b [20]byte
	binary.BigEndian.PutUint64(b[:8], uint64(max(at.UnixMilli(), 0))<<16)
	binary.BigEndian.PutUint64(b[6:14], uint64(number))
	rand.Read(b[14:]) // never fails: crypto/rand aborts the process instead
	return encode(prefix, b[:])
}

func encode(prefix string, b []byte) string {
	return prefix + "_" + strings.ToLower(ordered.EncodeToString(b))
}

// PrefixOf is the part of an id that names its entity, "" when it has none.
func PrefixOf(id string) string {
	prefix, _, ok := strings.Cut(id, "_")
	if !ok {
		return ""
	}
	return prefix
}

// identified gives an entity a prefixed, time-ordered id.
type identified struct {
	mixin.Schema
	prefix string
}

func (m identified) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(40).NotEmpty().Unique().Immutable().
			DefaultFunc(func() string { return NewID(m.prefix) }),
	}
}

// stamped gives an entity its creation and change times, UTC and whole microseconds
// (what both databases can keep).
type stamped struct{ mixin.Schema }

// Now is the clock of default times; UTC and microseconds.
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func (stamped) Fields() []ent.Field {
	return []ent.Field{
		field.Time("created_at").Default(Now).Immutable(),
		field.Time("updated_at").Default(Now).UpdateDefault(Now),
	}
}
