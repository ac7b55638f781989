package ticket

import (
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/reclameaqui"
)

// reading is a complaint of a page before it is known whether it says anything new. Most say nothing, so that
// only what differs is converted.
type reading struct {
	complaint  reclameaqui.Complaint
	modifiedAt time.Time
	// dated says that Reclame Aqui told when it was modified; else modifiedAt stands in.
	dated bool
	hash  string
}

// ahead is how far Reclame Aqui's clock may be before ours. What it dates later has no date: taken for one, it would
// make every later state of the complaint an older one.
const ahead = 24 * time.Hour

// readings are the complaints of a page, each once: of two states of one the later counts.
func readings(list []reclameaqui.Complaint, now time.Time) []reading {
	page := make([]reading, 0, len(list))
	at := map[int64]int{}
	for _, c := range list {
		if c.ModifiedAt.After(now.Add(ahead)) {
			c.ModifiedAt = time.Time{}
		}
		r := reading{complaint: c, modifiedAt: modifiedOf(c, now), dated: !c.ModifiedAt.IsZero(), hash: hash(c.Raw)}
		i, twice := at[c.ID]
		switch {
		case !twice:
			at[c.ID] = len(page)
			page = append(page, r)
		case !r.modifiedAt.Before(page[i].modifiedAt):
			page[i] = r
		}
	}
	return page
}

// convert says it in our words.
func (r reading) convert(now time.Time) mirror {
	m := convert(r.complaint, now)
	m.hash = r.hash
	return m
}

func modifiedOf(c reclameaqui.Complaint, now time.Time) time.Time {
	return firstTime(now, c.ModifiedAt, c.InsertedAt, c.CreatedAt)
}

// older says that a ticket shows a later read already: by Reclame Aqui's clock, and within one of
// its seconds, or where it does not tell, by when the call began.
func (r reading) older(t *db.Ticket, began time.Time) bool {
	if !r.dated {
		return began.Before(t.ReadAt)
	}
	return r.modifiedAt.Before(t.RaModifiedAt) || r.modifiedAt.Equal(t.RaModifiedAt) && began.Before(t.ReadAt)
}

// same says that a ticket shows just this.
func (r reading) same(t *db.Ticket) bool {
	return t.Edges.RawComplaint != nil && t.Edges.RawComplaint.Hash == r.hash
}
