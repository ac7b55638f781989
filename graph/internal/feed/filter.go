package feed

import (
	"slices"
	"strconv"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/identity"
)

// Filter says which changes are wanted; nil does not restrict, an empty list wants nothing.
type Filter struct {
	SectorIDs, Statuses, AssigneeIDs, IntegrationIDs, TicketIDs []string
	Unread                                                      *bool
}

// standing is what filters look at of a ticket, before or after a change.
type standing struct{ sector, status, assignee, unread string }

// around gives how the ticket of an event stood after it and before it.
func around(e *db.TicketEvent) (before, after standing) {
	after = standing{sector: e.SectorID, status: e.Status, unread: strconv.FormatBool(e.Unread)}
	if e.AssigneeID != nil {
		after.assignee = *e.AssigneeID
	}
	before = after
	for _, c := range e.Changes {
		switch c.Field {
		case "sector":
			before.sector = text(c.Old)
		case "status":
			before.status = text(c.Old)
		case "assignee":
			before.assignee = text(c.Old)
		case "unread":
			before.unread = text(c.Old)
		}
	}
	return before, after
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (f Filter) takes(s standing) bool {
	return among(f.SectorIDs, s.sector) && among(f.Statuses, s.status) && among(f.AssigneeIDs, s.assignee) &&
		(f.Unread == nil || strconv.FormatBool(*f.Unread) == s.unread)
}

func among(wanted []string, value string) bool {
	return wanted == nil || slices.Contains(wanted, value)
}

// verdict is what an event means to a subscription.
type verdict int

const (
	hidden verdict = iota // nothing
	shown                 // the ticket is in the list
	left                  // it was in the list and is not any more
)

// judge decides from the event alone. A list learns of the tickets that leave it, be it by its
// filter or by the viewer's sectors (domain rules T4, L1).
func judge(f Filter, v identity.Viewer, e *db.TicketEvent) verdict {
	if !among(f.IntegrationIDs, e.IntegrationID) || !among(f.TicketIDs, e.TicketID) {
		return hidden
	}
	before, after := around(e)
	switch {
	case f.takes(after) && v.Sees(after.sector):
		return shown
	case f.takes(before) && v.Sees(before.sector):
		return left
	}
	return hidden
}
