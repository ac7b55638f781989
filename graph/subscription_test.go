package graph

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"entgo.io/contrib/entgql"
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/graph/internal/feed"
	"citrus.cx/channel/graph/internal/live"
	"citrus.cx/channel/graph/transport"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// following starts the tail of the log and the hub for the length of a test.
func following(t *testing.T, w *world) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- w.log.Run(ctx) }()
	go func() { ended <- w.handler.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, <-ended); err != nil {
			t.Error(err)
		}
	})
}

// subscribe follows as a role; what comes is read with next.
func (w *world) subscribe(t *testing.T, role user.Role, filter *exec.TicketChangesFilter, after *entgql.Cursor[string]) <-chan live.Update {
	t.Helper()
	ctx, cancel := context.WithCancel(identity.With(context.Background(), w.viewer[role]))
	var asked wanted
	if _, err := (subscriptionResolver{w.root}).TicketChanges(context.WithValue(ctx, wantedKey{}, &asked), filter, after); err != nil {
		cancel()
		t.Fatal(err)
	}
	// Answers are the updates themselves; the tests of the app look at their selections.
	woken := make(chan struct{}, 1)
	subscriber, err := w.handler.hub.Subscribe(ctx, feed.Question{
		Key: t.Name() + rand.Text(), Filter: asked.filter,
		Answer: func(_ identity.Viewer, u live.Update) transport.Answer {
			return transport.Answer{Response: &graphql.Response{Extensions: map[string]any{"update": u}}}
		},
		Failure: func(error) transport.Answer { return transport.Answer{End: true} },
	}, asked.from, func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	updates := make(chan live.Update)
	go func() {
		defer close(updates)
		defer subscriber.Close()
		for ctx.Err() == nil {
			a, ok := subscriber.Next()
			switch {
			case ok && a.End:
				return
			case ok:
				select {
				case updates <- a.Response.Extensions["update"].(live.Update):
				case <-ctx.Done():
				}
			default:
				select {
				case <-woken:
				case <-ctx.Done():
				}
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		for range updates { // until it has ended
		}
	})
	return updates
}

// next is the offset of the next change, or minus that of a resync.
func next(t *testing.T, updates <-chan live.Update) int64 {
	t.Helper()
	select {
	case u := <-updates:
		switch u := u.(type) {
		case live.Change:
			return u.Event.Position
		case live.Resync:
			p, _ := live.PositionOf(u.Cursor)
			return -p.Offset
		}
		t.Fatalf("%T came", u)
	case <-time.After(30 * time.Second):
		t.Fatal("nothing came")
	}
	return 0
}

func each(t *testing.T, run func(t *testing.T, w *world)) {
	t.Helper()
	databasetest.Each(t, func(t *testing.T, d *database.DB) { run(t, newWorld(t, d)) })
}

// Rules L1 and T4: an agent gets the changes of his sectors, the others all.
func TestAnAgentGetsHisSectors(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		following(t, w)
		head, err := w.log.Head(identity.System(context.Background()))
		if err != nil {
			t.Fatal(err)
		}
		start := live.CursorOf(head)
		for range 2 {
			w.change(t, w.other)
			w.change(t, w.own)
		}
		agent := w.subscribe(t, user.RoleAGENT, nil, &start)
		supervisor := w.subscribe(t, user.RoleSUPERVISOR, nil, &start)
		for _, want := range []int64{2, 4} {
			if got := next(t, agent); got != want {
				t.Errorf("the agent got %d, want %d", got, want)
			}
		}
		for want := range int64(4) {
			if got := next(t, supervisor); got != want+1 {
				t.Errorf("the supervisor got %d, want %d", got, want+1)
			}
		}
		// And then live; a ticket that is moved away is told to whom it came.
		w.change(t, w.own, func(d *event.Draft) { d.SectorID = w.other.SectorID })
		w.change(t, w.own)
		if got := next(t, agent); got != 6 {
			t.Errorf("the agent got %d", got)
		}
	})
}

// A list learns of the tickets that leave it: those of a sector when they are transferred, somebody's
// when they are given away. What is in them is not shown any more.
func TestWhatLeavesIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		following(t, w)
		agent, supervisor := w.viewer[user.RoleAGENT].UserID, w.viewer[user.RoleSUPERVISOR].UserID
		w.change(t, w.own, func(d *event.Draft) { // 1: given away
			d.AssigneeID = &supervisor
			d.Changes = []schema.FieldChange{{Field: "assignee", Old: &agent, New: &supervisor}}
		})
		w.change(t, w.other)                      // 2
		w.change(t, w.own, func(d *event.Draft) { // 3: transferred
			d.SectorID = w.other.SectorID
			d.Changes = []schema.FieldChange{{Field: "sector", Old: &w.own.SectorID, New: &w.other.SectorID}}
		})
		w.Writer.Ticket.UpdateOne(w.own).SetSectorID(w.other.SectorID).ExecX(context.Background())
		w.change(t, w.own, func(d *event.Draft) { d.SectorID = w.other.SectorID }) // 4
		w.change(t, w.other, func(d *event.Draft) { d.SectorID, d.AssigneeID = w.own.SectorID, &agent })
		head, err := w.log.Head(identity.System(context.Background()))
		if err != nil {
			t.Fatal(err)
		}
		start := live.CursorOf(event.Position{Epoch: head.Epoch})
		sector := exec.TicketChangesFilter{SectorIds: graphql.OmittableOf([]string{w.own.SectorID})}
		mine := exec.TicketChangesFilter{AssigneeIds: graphql.OmittableOf([]string{agent})}
		for what, c := range map[string]struct {
			role   user.Role
			filter *exec.TicketChangesFilter
			want   []int64
		}{
			"an agent":               {user.RoleAGENT, nil, []int64{1, 3, 5}},
			"a list of a sector":     {user.RoleSUPERVISOR, &sector, []int64{1, 3, 5}},
			"a list of one's own":    {user.RoleSUPERVISOR, &mine, []int64{1, 5}},
			"an agent, of one's own": {user.RoleAGENT, &mine, []int64{1, 5}},
		} {
			updates := w.subscribe(t, c.role, c.filter, &start)
			for _, want := range c.want {
				if got := next(t, updates); got != want {
					t.Errorf("%s: got %d, want %d", what, got, want)
				}
			}
		}
		left := &live.Change{Event: &db.TicketEvent{TicketID: w.own.ID}}
		shown, err := ticketChangeResolver{w.root}.Ticket(collecting(identity.With(context.Background(), w.viewer[user.RoleAGENT])), left)
		if shown != nil || err != nil {
			t.Errorf("an agent is shown %v, %v", shown, err)
		}
	})
}

// collecting is the context of a field whose selection is empty.
func collecting(ctx context.Context) context.Context {
	ctx = graphql.WithOperationContext(ctx, &graphql.OperationContext{})
	return graphql.WithFieldContext(ctx, &graphql.FieldContext{Field: graphql.CollectedField{Field: &ast.Field{}}})
}

// Rule L1: what a filter lets through, by the ticket's state after the change.
func TestFilter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		following(t, w)
		assignee := w.viewer[user.RoleAGENT].UserID
		w.change(t, w.own)   // 1
		w.change(t, w.other) // 2
		w.change(t, w.own, func(d *event.Draft) { d.Status, d.AssigneeID = string(ticket.StatusFINISHED), &assignee })
		w.change(t, w.other, func(d *event.Draft) { d.AssigneeID = &assignee }) // 4
		head, err := w.log.Head(identity.System(context.Background()))
		if err != nil {
			t.Fatal(err)
		}
		start := live.CursorOf(event.Position{Epoch: head.Epoch})
		one := func(ids ...string) graphql.Omittable[[]string] { return graphql.OmittableOf(ids) }
		for i, c := range []struct {
			filter exec.TicketChangesFilter
			want   []int64
		}{
			{exec.TicketChangesFilter{}, []int64{1, 2, 3, 4}},
			{exec.TicketChangesFilter{SectorIds: one(w.other.SectorID)}, []int64{2, 4}},
			{exec.TicketChangesFilter{TicketIds: one(w.own.ID)}, []int64{1, 3}},
			{exec.TicketChangesFilter{AssigneeIds: one(assignee)}, []int64{3, 4}},
			{exec.TicketChangesFilter{Statuses: graphql.OmittableOf([]ticket.Status{ticket.StatusFINISHED})}, []int64{3}},
			{exec.TicketChangesFilter{IntegrationIds: one(w.page.ID), SectorIds: one(w.own.SectorID), AssigneeIds: one(assignee)}, []int64{3}},
			{exec.TicketChangesFilter{SectorIds: one(w.own.SectorID, w.other.SectorID), TicketIds: one(w.other.ID)}, []int64{2, 4}},
		} {
			updates := w.subscribe(t, user.RoleADMIN, &c.filter, &start)
			for _, want := range c.want {
				if got := next(t, updates); got != want {
					t.Errorf("filter %d: got %d, want %d", i, got, want)
				}
			}
		}
		// A filter of nothing lets nothing through: the change after it comes to whom it is for.
		none := w.subscribe(t, user.RoleADMIN, &exec.TicketChangesFilter{IntegrationIds: one("int_none")}, &start)
		all := w.subscribe(t, user.RoleADMIN, nil, nil)
		w.change(t, w.own)
		if got := next(t, all); got != 5 {
			t.Errorf("got %d", got)
		}
		select {
		case u := <-none:
			t.Errorf("%v came through", u)
		default:
		}
	})
}

// Rule L2: a cursor that cannot be followed gives one resync, and the stream goes on from the end.
func TestResync(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		following(t, w)
		all := w.subscribe(t, user.RoleADMIN, nil, nil)
		for range 3 {
			w.change(t, w.own)
			next(t, all) // so it has its position
		}
		head, err := w.log.Head(identity.System(context.Background()))
		if err != nil {
			t.Fatal(err)
		}
		for what, from := range map[string]event.Position{
			"of another epoch": {Epoch: "another", Offset: 1}, "beyond the end": {Epoch: head.Epoch, Offset: 1 << 40},
		} {
			cursor := live.CursorOf(from)
			updates := w.subscribe(t, user.RoleAGENT, nil, &cursor)
			at := -next(t, updates)
			if at < 3 {
				t.Errorf("%s: a resync at %d", what, at)
			}
			w.change(t, w.own)
			if got := next(t, updates); got != at+1 {
				t.Errorf("%s: then %d, after a resync at %d", what, got, at)
			}
		}
		ctx := identity.With(context.Background(), w.viewer[user.RoleAGENT])
		ofAList := entgql.Cursor[string]{ID: "tkt_1", Value: "x"}
		if _, err := (subscriptionResolver{w.root}).TicketChanges(ctx, nil, &ofAList); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("the cursor of a list: %v", err)
		}
		if _, err := (subscriptionResolver{w.root}).TicketChanges(context.Background(), nil, nil); fault.CodeOf(err) != fault.Unauthenticated {
			t.Errorf("nobody: %v", err)
		}
	})
}

// Rules L2 and L3: a change's cursor, or the one taken with a query, goes on exactly after it.
func TestACursorGoesOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		following(t, w)
		var taken entgql.Cursor[string]
		got := w.ask(t, user.RoleAGENT, `{ tickets { totalCount } eventCursor }`, nil)
		var text string
		if err := unmarshal(got, "eventCursor", &text); err != nil {
			t.Fatal(err)
		}
		if err := taken.UnmarshalGQL(text); err != nil {
			t.Fatal(err)
		}
		for range 300 { // through every width of a number in a cursor
			w.change(t, w.own)
		}
		updates := w.subscribe(t, user.RoleAGENT, nil, &taken)
		for want := int64(1); want <= 300; want++ {
			u := <-updates
			c, ok := u.(live.Change)
			if !ok || c.Event.Position != want {
				t.Fatalf("%v came, want %d", u, want)
			}
			written := c.Cursor
			if p, ok := live.PositionOf(written); !ok || p.Offset != want {
				t.Fatalf("the cursor of %d says %v, %t", want, p, ok)
			}
		}
	})
}

// Rule L1: authorised at every delivery. Who signs out gets nothing of what comes after, and the stream ends.
func TestAnEndedSessionGetsNoMore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		following(t, w)
		updates := w.subscribe(t, user.RoleAGENT, nil, nil)
		w.change(t, w.own)
		if got := next(t, updates); got != 1 {
			t.Fatalf("got %d", got)
		}
		if err := w.root.Identity.SignOut(identity.With(context.Background(), w.viewer[user.RoleAGENT])); err != nil {
			t.Fatal(err)
		}
		w.change(t, w.own)
		select {
		case u, more := <-updates:
			if more {
				t.Fatalf("%v came after the session had ended", u)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("the stream did not end")
		}
	})
}
