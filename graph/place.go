package graph

import (
	"time"

	"entgo.io/contrib/entgql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/graph/internal/scalar"
	"citrus.cx/channel/server/fault"
)

// prefixes is what the ids of a list begin with, by the type of its entries: a cursor names the entry that
// it stands at, and so tells of which list it is.
var prefixes = map[string]string{
	"Alarm": schema.PrefixAlarm, "AuditEntry": schema.PrefixAuditEntry, "Customer": schema.PrefixCustomer, "CustomerType": schema.PrefixCustomerType,
	"CallbackDelivery": schema.PrefixCallbackDelivery,
	"Integration":      schema.PrefixIntegration, "InternalNote": schema.PrefixInternalNote, "Interaction": schema.PrefixInteraction, "Occurrence": schema.PrefixOccurrence,
	"OccurrenceType": schema.PrefixOccurrenceType, "OutboundAttempt": schema.PrefixOutboundAttempt, "Region": schema.PrefixRegion,
	"Sector": schema.PrefixSector, "Solution": schema.PrefixSolution, "SyncGroup": schema.PrefixSyncGroup,
	"QuarantinedComplaint": schema.PrefixQuarantine, "SyncRun": schema.PrefixSyncRun,
	"Ticket": schema.PrefixTicket, "TicketEvent": schema.PrefixTicketEvent, "User": schema.PrefixUser,
}

// ordered says of an order whether a cursor's value is one of its column: of another type it would be an error
// of the database. An order that is not named here is not looked at.
var ordered = map[string]func(value any) bool{
	"NAME": is[string], "CODE": is[string], "EMAIL": is[string],
	"OCCURRED_AT": is[time.Time], "LAST_CHANGED_AT": is[time.Time], "DUE_AT": is[time.Time],
	"PRIORITY": whole,
}

func is[T any](value any) bool { _, ok := value.(T); return ok }

// whole: msgpack reads a number as the smallest type that holds it.
func whole(value any) bool {
	switch value.(type) {
	case int8, int16, int32, int64, uint8, uint16, uint32, uint64:
		return true
	}
	return false
}

// placed refuses a cursor that is none of this list in this order: what it would find is not the page that was meant.
func (w walker) placed(f *ast.Field) *gqlerror.Error {
	for _, name := range []string{"after", "before"} {
		text, ok := w.value(f, name).(string)
		if !ok { // absent, null, or no text, which the scalar refuses
			continue
		}
		path := ast.Path{ast.PathName(f.Alias), ast.PathName(name)}
		cursor, err := scalar.UnmarshalCursor(text)
		if err != nil {
			list, _ := fault.All(err)
			return w.refuse(path, list[0])
		}
		if !w.fits(f, cursor) {
			return w.refuse(path, fault.New(fault.Invalid).With("reason", fault.Text{
				PT: "o cursor é de outra lista ou de outra ordem", EN: "the cursor is of another list or of another order",
			}))
		}
	}
	return nil
}

func (w walker) fits(f *ast.Field, cursor entgql.Cursor[string]) bool {
	entries := f.Definition.Type.Name()
	if prefix, ok := prefixes[entries[:max(len(entries)-len("Connection"), 0)]]; ok && schema.PrefixOf(cursor.ID) != prefix {
		return false
	}
	order, _ := w.value(f, "orderBy").(map[string]any)
	if order == nil {
		return cursor.Value == nil
	}
	by, _ := order["field"].(string)
	fits, ok := ordered[by]
	return !ok || fits(cursor.Value)
}

// value is what an argument of a field was given; nil when it was not, and when it cannot be read.
func (w walker) value(f *ast.Field, argument string) any {
	arg := f.Arguments.ForName(argument)
	if arg == nil {
		return nil
	}
	value, err := arg.Value.Value(w.vars)
	if err != nil {
		return nil
	}
	return value
}
