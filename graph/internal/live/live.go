// Package live owns the values that the subscription of ticket changes carries.
// It exists so that generated code and resolvers can share them.
package live

import (
	"strings"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/event"
)

// Update is one thing in the stream: a Change or a Resync.
type Update interface{ IsTicketUpdate() }

// Change is a TicketChange of the contract; its ticket and actor are resolved when asked for.
type Change struct {
	Cursor        db.Cursor
	Kind          ticketevent.Kind
	OccurredAt    time.Time
	Cause         ticketevent.Cause
	ChangedFields []string
	TicketID      string

	// LeftFilter says that the ticket is not among those that the subscription asks for any more.
	LeftFilter bool

	// Event is the entry of the log that it was made from.
	Event *db.TicketEvent
}

// IsTicketUpdate marks it for the contract's interface.
func (Change) IsTicketUpdate() {}

// Resync is a ResyncRequired of the contract.
type Resync struct{ Cursor db.Cursor }

// IsTicketUpdate marks it for the contract's interface.
func (Resync) IsTicketUpdate() {}

// CursorOf writes a position of the log as a cursor.
func CursorOf(p event.Position) db.Cursor { return db.Cursor{ID: p.Epoch, Value: p.Offset} }

// PositionOf reads it back; ok is false for a cursor of something else, as of a list.
func PositionOf(c db.Cursor) (p event.Position, ok bool) {
	switch v := c.Value.(type) {
	case nil: // a cursor's encoding leaves a zero out
		return event.Position{Epoch: c.ID}, c.ID != "" && !strings.Contains(c.ID, "_")
	case int64:
		return event.Position{Epoch: c.ID, Offset: v}, v >= 0
	case int8:
		return event.Position{Epoch: c.ID, Offset: int64(v)}, v >= 0
	case int16:
		return event.Position{Epoch: c.ID, Offset: int64(v)}, v >= 0
	case int32:
		return event.Position{Epoch: c.ID, Offset: int64(v)}, v >= 0
	case uint8:
		return event.Position{Epoch: c.ID, Offset: int64(v)}, true
	case uint16:
		return event.Position{Epoch: c.ID, Offset: int64(v)}, true
	case uint32:
		return event.Position{Epoch: c.ID, Offset: int64(v)}, true
	case uint64:
		return event.Position{Epoch: c.ID, Offset: int64(v)}, v < 1<<62
	}
	return event.Position{}, false
}
