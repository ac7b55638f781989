package integration

import (
	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/ticket"
)

// Defaults is what an integration gives to its tickets (rules A10 and A11). The row must have
// been loaded with its occurrence and its sync state.
func (s *Service) Defaults(row *db.Integration) ticket.Defaults {
	d := ticket.Defaults{
		IntegrationID: row.ID, CustomerTypeID: deref(row.CustomerTypeID), RegionID: deref(row.RegionID),
		CreatorID: deref(row.CreatorID), SectorID: deref(row.SectorID),
		OccurrenceTypeID: deref(row.OccurrenceTypeID), OccurrenceID: deref(row.OccurrenceID),
		DefaultSolutionID: deref(row.DefaultSolutionID),
	}
	if state := row.Edges.SyncState; state != nil {
		d.WindowFrom = state.WindowFrom
	}
	if o := row.Edges.Occurrence; o != nil {
		d.SLA = ticket.SLA(o)
	}
	return d
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
