package desk

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	tickets "citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
)

// Design rule 8: one key is one change, however often and however fast it is asked for.
func TestFiftyAtOnceWithOneKey(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ana, version := w.as("Ana"), 1
		ids := make([]string, 50)
		for _, err := range together(50, func(i int) (err error) {
			ids[i], err = w.AddNote(ana, Note{Target: Target{TicketID: w.ticketID, Key: "k"}, Text: "Oi"})
			return err
		}) {
			want(t, err, "a note", "")
		}
		for _, id := range ids {
			if id != ids[0] || schema.PrefixOf(id) != schema.PrefixInternalNote {
				t.Errorf("%q and %q", ids[0], id)
			}
		}
		version = w.ticket().Version
		for _, err := range together(50, func(int) error {
			return w.Finish(ana, Finish{Target: Target{TicketID: w.ticketID, Version: &version, Key: "k"}, SolutionID: w.id["Resolvido"]})
		}) {
			want(t, err, "a finish over the version that was seen", "")
		}
		if n := w.d.Writer.InternalNote.Query().CountX(context.Background()); n != 1 || len(w.events()) != 2 {
			t.Errorf("%d notes, %d events", n, len(w.events()))
		}
	})
}

// Two agents who saw the same version: one of them is told.
func TestTwoAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		names := []string{"Ana", "Bia"}
		ctx := []context.Context{w.as("Ana"), w.as("Bia")}
		for race := range 10 {
			version := w.ticket().Version
			won := 0
			for i, err := range together(2, func(i int) error {
				return w.Assign(ctx[i], Assignment{Target: Target{TicketID: w.ticketID, Version: &version, Key: fmt.Sprint(race)}, AssigneeID: w.one(names[i])})
			}) {
				if err == nil {
					won++
					continue
				}
				want(t, err, names[i]+" was slower", "CONFLICT@version")
			}
			if won != 1 {
				t.Fatalf("%d of two won", won)
			}
			want(t, w.Assign(ctx[0], Assignment{Target: w.on()}), "release", "")
		}
	})
}

// Whatever agents do, in whatever order: the ticket keeps its rules, and each change is one event.
func TestAnyDayAtTheDesk(t *testing.T) {
	d := databasetest.Open(t, databasetest.SQLite(t), database.Options{})
	w := newWorld(t, d)
	number := int64(1)
	people := []string{"Ana", "Bia", "Caio", "Davi", "Elis", "Zeca", ""}
	places := [][]string{{"SAC", "Reclamação", "Entrega"}, {"SAC", "Reclamação", "Troca"}, {"Vendas", "Pagamento", "Boleto"}, {"Vendas", "Reclamação", "Troca"}}
	solutions := []string{"Resolvido", "Encerrado", "Cupom", "Velho", "Trocado", "Estornado"}
	rapid.Check(t, func(r *rapid.T) {
		number++
		w.ticketID = w.newTicket(number)
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			by := w.as(rapid.SampledFrom(people[:5]).Draw(r, "by"))
			before := w.ticket()
			var err error
			switch rapid.IntRange(0, 4).Draw(r, "verb") {
			case 0:
				err = w.Assign(by, Assignment{Target: w.on(), AssigneeID: w.one(rapid.SampledFrom(people).Draw(r, "to"))})
			case 1:
				p := rapid.SampledFrom(places).Draw(r, "place")
				in := w.transfer(p[0], p[1], p[2])
				in.Assignee = Choice{Made: rapid.Bool().Draw(r, "chosen"), ID: w.one(rapid.SampledFrom(people).Draw(r, "to"))}
				err = w.Transfer(by, in)
			case 2:
				err = w.Finish(by, Finish{Target: w.on(), SolutionID: w.id[rapid.SampledFrom(solutions).Draw(r, "solution")]})
			case 3:
				err = w.Reopen(by, w.on())
			case 4:
				err = w.MarkRead(by, Reading{Target: w.on(), Unread: rapid.Bool().Draw(r, "unread")})
			}
			if _, expected := fault.All(err); err != nil && !expected {
				r.Fatal(err)
			}
			if err != nil && w.ticket().Version != before.Version {
				r.Fatalf("%v, and the ticket has changed", err)
			}
			w.keepsItsRules(r)
		}
	})
}

// keepsItsRules looks at the ticket as it is.
func (w *world) keepsItsRules(r *rapid.T) {
	ctx := context.Background()
	row := w.d.Writer.Ticket.Query().Where(tickets.ID(w.ticketID)).WithOccurrence().WithOccurrenceType().WithSolution().OnlyX(ctx)
	e := row.Edges
	if e.Occurrence.OccurrenceTypeID != row.OccurrenceTypeID || e.OccurrenceType.SectorID != row.SectorID {
		r.Fatal("what it is about does not belong to its sector")
	}
	if (row.SolutionID != nil) != (row.Status == tickets.StatusFINISHED) || e.Solution != nil && e.Solution.OccurrenceID != row.OccurrenceID {
		r.Fatalf("%s with the solution %s", row.Status, w.name(row.SolutionID))
	}
	if due := row.DueAt; due == nil != row.DueOrder.Equal(schema.Never) || due != nil && !row.DueOrder.Equal(*due) || (due == nil) != (e.Occurrence.SLAValue == nil) {
		r.Fatalf("due at %v, in the order at %s", due, row.DueOrder)
	}
	if list := w.events(); len(list) > 0 {
		last := list[len(list)-1] // filters decide from it alone
		if last.SectorID != row.SectorID || last.Status != string(row.Status) || w.name(last.AssigneeID) != w.name(row.AssigneeID) || last.Unread != row.Unread {
			r.Fatalf("the last event has the ticket as %v, it is %v", last, row)
		}
	}
	if row.AssigneeID != nil {
		u := w.d.Writer.User.Query().Where(user.ID(*row.AssigneeID)).WithSectors().OnlyX(ctx)
		sees := u.Role != user.RoleAGENT
		for _, s := range u.Edges.Sectors {
			sees = sees || s.ID == row.SectorID
		}
		if !sees || u.ArchivedAt != nil {
			r.Fatalf("%s takes care of it", u.Name)
		}
	}
	w.events()
}
