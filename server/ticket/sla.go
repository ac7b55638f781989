package ticket

import (
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/occurrence"
	"citrus.cx/channel/ent/db/predicate"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/schema"
)

// SLA is how long a ticket of an occurrence may take, around the clock; 0 = no limit.
func SLA(o *db.Occurrence) time.Duration {
	if o.SLAValue == nil || o.SLAUnit == nil {
		return 0
	}
	unit := time.Hour
	if *o.SLAUnit == occurrence.SLAUnitDAYS {
		unit = 24 * time.Hour
	}
	return time.Duration(*o.SLAValue) * unit
}

// Due is until when a ticket is to be answered: an SLA counts from the complaint on, Reclame Aqui's
// clock (rule T1). Nil without an SLA.
func Due(occurredAt time.Time, sla time.Duration) *time.Time {
	if sla <= 0 {
		return nil
	}
	at := occurredAt.Add(sla)
	return &at
}

// SetDue writes until when a ticket is to be answered, nil = no SLA, and with it the ticket's place
// in lists that are ordered by it.
func SetDue(t *db.TicketMutation, at *time.Time) {
	if at == nil {
		t.ClearDueAt()
		t.SetDueOrder(schema.Never)
		return
	}
	t.SetDueAt(*at)
	t.SetDueOrder(*at)
}

// SLAState is how a ticket stands against its SLA.
type SLAState string

// The states; the contract's enum SlaState has the same values.
const (
	SLANone           SLAState = "NONE"
	SLAOnTime         SLAState = "ON_TIME"
	SLALate           SLAState = "LATE"
	SLAAnsweredInTime SLAState = "ANSWERED_IN_TIME"
	SLAAnsweredLate   SLAState = "ANSWERED_LATE"
	SLAUnanswered     SLAState = "UNANSWERED"
)

// SLAStateOf says how a ticket stands against its SLA now. The company's first public answer ends
// it; a ticket that was finished without one waits for none. It is pure.
func SLAStateOf(t *db.Ticket, now time.Time) SLAState {
	switch {
	case t.DueAt == nil:
		return SLANone
	case t.FirstAnsweredAt != nil && t.FirstAnsweredAt.After(*t.DueAt):
		return SLAAnsweredLate
	case t.FirstAnsweredAt != nil:
		return SLAAnsweredInTime
	case t.Status == ticket.StatusFINISHED:
		return SLAUnanswered
	case now.After(*t.DueAt):
		return SLALate
	}
	return SLAOnTime
}

// Late finds the tickets whose state is SLALate now.
func Late(now time.Time) predicate.Ticket {
	return ticket.And(ticket.DueOrderLT(now), ticket.FirstAnsweredAtIsNil(), ticket.StatusNEQ(ticket.StatusFINISHED))
}

// NotLate finds the others, those without an SLA too.
func NotLate(now time.Time) predicate.Ticket {
	return ticket.Or(ticket.DueOrderGTE(now), ticket.FirstAnsweredAtNotNil(), ticket.StatusEQ(ticket.StatusFINISHED))
}

// DueBefore finds the tickets that are due before a moment, answered or not.
func DueBefore(at time.Time) predicate.Ticket {
	return ticket.And(ticket.DueOrderLT(at), ticket.DueAtNotNil())
}
