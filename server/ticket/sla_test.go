package ticket

import (
	"context"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/occurrence"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

// Rule T1: the SLA is the occurrence's and counts from the complaint on.
func TestDue(t *testing.T) {
	hours, days, n := occurrence.SLAUnitHOURS, occurrence.SLAUnitDAYS, 36
	for _, c := range []struct {
		what string
		of   db.Occurrence
		want time.Duration
	}{
		{"none", db.Occurrence{}, 0},
		{"half of one", db.Occurrence{SLAValue: &n}, 0},
		{"hours", db.Occurrence{SLAValue: &n, SLAUnit: &hours}, 36 * time.Hour},
		{"days of 24 hours", db.Occurrence{SLAValue: &n, SLAUnit: &days}, 36 * 24 * time.Hour},
	} {
		if got := SLA(&c.of); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
	if at := Due(noon, 0); at != nil {
		t.Errorf("without an SLA it is due at %s", at)
	}
	if at := Due(noon, time.Hour); at == nil || !at.Equal(noon.Add(time.Hour)) {
		t.Errorf("due at %v", at)
	}
}

// The state of the SLA, and that the filter finds the very tickets that are late.
func TestSLAState(t *testing.T) {
	at := func(d time.Duration) *time.Time { m := noon.Add(d); return &m }
	open, finished := ticket.StatusAWAITING_RETURN, ticket.StatusFINISHED
	cases := []struct {
		due, answered *time.Time
		status        ticket.Status
		want          SLAState
	}{
		{nil, nil, open, SLANone},
		{nil, at(0), finished, SLANone},
		{at(time.Hour), nil, open, SLAOnTime},
		{at(0), nil, open, SLAOnTime},
		{at(-time.Microsecond), nil, open, SLALate},
		{at(-time.Hour), nil, finished, SLAUnanswered},
		{at(time.Hour), nil, finished, SLAUnanswered},
		{at(-time.Hour), at(-time.Hour), open, SLAAnsweredInTime},
		{at(-time.Hour), at(-time.Hour - 1000), finished, SLAAnsweredInTime},
		{at(-time.Hour), at(-time.Hour + time.Microsecond), open, SLAAnsweredLate},
		{at(time.Hour), at(-time.Hour), open, SLAAnsweredInTime},
	}
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		w := newWorld(t, d)
		want := map[string]SLAState{}
		for i, c := range cases {
			id := int64(1000 + i)
			w.read(t, made(id))
			row := w.ticket(id)
			update := w.Writer.Ticket.UpdateOneID(row.ID).SetStatus(c.status).SetNillableFirstAnsweredAt(c.answered)
			SetDue(update.Mutation(), c.due)
			row = update.SaveX(context.Background())
			if got := SLAStateOf(row, noon); got != c.want {
				t.Errorf("case %d: %s, want %s", i, got, c.want)
			}
			if order := schema.Never; c.due == nil && !row.DueOrder.Equal(order) || c.due != nil && !row.DueOrder.Equal(*c.due) {
				t.Errorf("case %d: due at %v, in the order at %s", i, c.due, row.DueOrder)
			}
			want[row.ID] = c.want
		}
		late := w.Reader.Ticket.Query().Where(Late(noon)).IDsX(context.Background())
		others := w.Reader.Ticket.Query().Where(NotLate(noon)).IDsX(context.Background())
		if len(late)+len(others) != len(cases) {
			t.Errorf("%d are late and %d are not, of %d", len(late), len(others), len(cases))
		}
		for _, id := range late {
			if want[id] != SLALate {
				t.Errorf("one that is %s is found late", want[id])
			}
		}
		for _, id := range others {
			if want[id] == SLALate {
				t.Error("one that is late is not found")
			}
		}
	})
}

// A complaint that becomes a ticket takes its place among those that are due.
func TestANewTicketIsDue(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		w := newWorld(t, d)
		w.read(t, made(1))
		if row := w.ticket(1); row.DueAt == nil || !row.DueAt.Equal(row.OccurredAt.Add(w.defaults.SLA)) || !row.DueOrder.Equal(*row.DueAt) {
			t.Errorf("due at %v, in the order at %s", row.DueAt, row.DueOrder)
		}
		w.defaults.SLA = 0
		w.read(t, made(2))
		if row := w.ticket(2); row.DueAt != nil || !row.DueOrder.Equal(schema.Never) {
			t.Errorf("due at %v, in the order at %s", row.DueAt, row.DueOrder)
		}
	})
}
