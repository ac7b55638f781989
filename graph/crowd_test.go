package graph

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/graph/internal/live"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/identity"
)

// Rule L2, in a crowd: whoever joins while others write, from a cursor or from now on, with whatever filter, gets the
// log under his filter from there: in order, without a hole, none twice.
func TestACrowdGetsTheLog(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		following(t, w)
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 0))
		var waiting sync.WaitGroup
		for range 30 {
			for range r.IntN(20) {
				w.change(t, w.own, w.random(r))
				w.change(t, w.other, w.random(r))
			}
			role := []user.Role{user.RoleADMIN, user.RoleAGENT}[r.IntN(2)]
			filter := w.randomFilter(r)
			head, err := w.log.Head(identity.System(context.Background()))
			if err != nil {
				t.Fatal(err)
			}
			head.Offset = r.Int64N(head.Offset + 1)
			after := live.CursorOf(head)
			updates := w.subscribe(t, role, filter, &after)
			waiting.Go(func() { w.follows(t, updates, role, filter, head.Offset) })
		}
		for range 100 {
			w.change(t, w.own, w.random(r))
			w.change(t, w.other, w.random(r))
		}
		// The last of all: everybody gets it, and ends with it.
		agent := w.viewer[user.RoleAGENT].UserID
		w.change(t, w.own, func(d *event.Draft) {
			d.Kind, d.AssigneeID = ticketevent.KindREOPENED, &agent
		})
		waiting.Wait()
	})
}

// random is a change of anything that filters look at.
func (w *world) random(r *rand.Rand) func(*event.Draft) {
	sectors := []string{w.own.SectorID, w.other.SectorID}
	people := []string{w.viewer[user.RoleAGENT].UserID, w.viewer[user.RoleSUPERVISOR].UserID}
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	return func(d *event.Draft) {
		d.Status = pick([]string{string(ticket.StatusIN_PROGRESS), string(ticket.StatusFINISHED)})
		d.SectorID = pick(sectors)
		if assignee := pick(people); r.IntN(2) == 0 {
			d.AssigneeID = &assignee
		}
		change := func(field, now string, old []string) {
			was := pick(old)
			d.Changes = append(d.Changes, schema.FieldChange{Field: field, Old: &was, New: &now})
		}
		switch r.IntN(4) {
		case 0:
			change("sector", d.SectorID, sectors)
		case 1:
			change("status", d.Status, []string{string(ticket.StatusAWAITING_RETURN), string(ticket.StatusIN_PROGRESS)})
		case 2:
			if d.AssigneeID != nil {
				change("assignee", *d.AssigneeID, people)
			}
		}
	}
}

// randomFilter lets the last event of the test through.
func (w *world) randomFilter(r *rand.Rand) *exec.TicketChangesFilter {
	f := &exec.TicketChangesFilter{}
	if r.IntN(2) == 0 {
		f.SectorIds = graphql.OmittableOf([]string{w.own.SectorID})
	}
	if r.IntN(2) == 0 {
		f.Statuses = graphql.OmittableOf([]ticket.Status{ticket.StatusIN_PROGRESS})
	}
	if r.IntN(2) == 0 {
		f.AssigneeIds = graphql.OmittableOf([]string{w.viewer[user.RoleAGENT].UserID})
	}
	return f
}

// follows checks one subscriber against the log.
func (w *world) follows(t *testing.T, updates <-chan live.Update, role user.Role, f *exec.TicketChangesFilter, from int64) {
	var got []string
	for {
		select {
		case u := <-updates:
			c, ok := u.(live.Change)
			if !ok {
				t.Errorf("%T came", u)
				return
			}
			got = append(got, fmt.Sprint(c.Event.Position, " left ", c.LeftFilter))
			if c.Kind != ticketevent.KindREOPENED {
				continue
			}
		case <-time.After(30 * time.Second):
			t.Errorf("after %v nothing came", got)
		}
		break
	}
	var want []string
	for _, e := range w.Writer.TicketEvent.Query().Where(ticketevent.PositionGT(from)).Order(ticketevent.ByPosition()).AllX(context.Background()) {
		now := standsIn(f, w, role, e, func(field, now string) string { return now })
		before := standsIn(f, w, role, e, func(field, now string) string {
			for _, c := range e.Changes {
				if c.Field == field && c.Old != nil {
					return *c.Old
				}
			}
			return now
		})
		if now || before {
			want = append(want, fmt.Sprint(e.Position, " left ", !now))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("from %d got  %v\nwant %v", from, got, want)
	}
}

// standsIn says whether a ticket is in a list, with its fields as they are given.
func standsIn(f *exec.TicketChangesFilter, w *world, role user.Role, e *db.TicketEvent, field func(name, now string) string) bool {
	assignee := ""
	if e.AssigneeID != nil {
		assignee = *e.AssigneeID
	}
	sector, status := field("sector", e.SectorID), ticket.Status(field("status", e.Status))
	assignee = field("assignee", assignee)
	in := func(list []string, v string) bool { return list == nil || slices.Contains(list, v) }
	statuses := f.Statuses.Value()
	return (role == user.RoleADMIN || sector == w.own.SectorID) && in(f.SectorIds.Value(), sector) &&
		in(f.AssigneeIds.Value(), assignee) && (statuses == nil || slices.Contains(statuses, status))
}
