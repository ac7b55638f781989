package ticket

import (
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/schema"
)

// Defaults is what an integration gives to the tickets that it makes (rules A10 and A11).
type Defaults struct {
	IntegrationID     string
	CustomerTypeID    string
	RegionID          string
	CreatorID         string
	SectorID          string
	OccurrenceTypeID  string
	OccurrenceID      string
	DefaultSolutionID string
	// SLA is how long a ticket may take from the complaint on; 0 = no limit.
	SLA time.Duration
	// WindowFrom is the start of the retroactive months: older complaints are marked (rule S1).
	WindowFrom time.Time
}

// decision is what a merge changes.
type decision struct {
	kind    ticketevent.Kind
	changes []schema.FieldChange
	status  ticket.Status
	// solution is the new solution; nil takes it away.
	solution *string
	unread   bool
	added    []entry
	// replaced are entries that Reclame Aqui changed, by the id of the interaction; also those in which
	// nothing changed that the history tells of.
	replaced map[string]entry
}

// unchanged says that the ticket stays as it is: there is nothing that the history tells of.
func (d decision) unchanged() bool { return len(d.changes) == 0 }

// merge decides what a complaint read again changes on a ticket, which comes with the details that were last
// read. It is pure.
func merge(t *db.Ticket, thread []*db.Interaction, m mirror, d Defaults) decision {
	out := decision{kind: ticketevent.KindUPDATED, status: t.Status, solution: t.SolutionID, unread: t.Unread, replaced: map[string]entry{}}
	out.fields(t, m)
	spoke := out.thread(thread, m)
	out.decideStatus(t, m, d, spoke)
	if out.status != t.Status {
		out.change("status", text(t.Status), text(out.status))
	}
	if deref(out.solution) != deref(t.SolutionID) {
		out.change("solution", t.SolutionID, out.solution)
	}
	if spoke && !t.Unread {
		out.unread = true
		out.change("unread", text("false"), text("true"))
	}
	return out
}

// decideStatus is rule T3: the status moves when RA's moves; else a consumer who writes on a finished ticket reopens it.
func (out *decision) decideStatus(t *db.Ticket, m mirror, d Defaults, spoke bool) {
	mapped, known := statusOf(m.raStatusID)
	moved := known && m.raStatusID != t.RaStatusID
	switch {
	case moved && mapped != t.Status:
		out.status = mapped
		if out.kind == ticketevent.KindUPDATED {
			out.kind = ticketevent.KindSTATUS_CHANGED
		}
		if t.Status == ticket.StatusFINISHED && spoke {
			out.kind = ticketevent.KindREOPENED
		}
	case !moved && spoke && t.Status == ticket.StatusFINISHED:
		out.status = ticket.StatusIN_PROGRESS
		out.kind = ticketevent.KindREOPENED
	}
	if out.status == t.Status {
		return
	}
	out.solution = nil
	if out.status == ticket.StatusFINISHED && d.DefaultSolutionID != "" {
		out.solution = &d.DefaultSolutionID
	}
}
