package identity

import (
	"context"
	"testing"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/intercept"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

// A ticket that is transferred away between the statements of one query is there with what it belongs to, or not at all;
// whoever asks afterwards sees nothing of it.
func TestATransferBetweenTwoStatements(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		w := newWorld(t, d)
		Guard(d.Reader)
		mine, hidden := w.sectors[0], w.sectors[1]
		system := System(context.Background())
		move := func(sector string) { d.Writer.Ticket.UpdateOneID(w.tickets[0]).SetSectorID(sector).ExecX(system) }
		moves := false
		d.Reader.Intercept(intercept.TraverseFunc(func(ctx context.Context, _ intercept.Query) error {
			if _, loaded := ctx.Value(loadedByKey{}).(string); loaded && moves {
				move(hidden)
			}
			return nil
		}))
		ctx := With(context.Background(), Viewer{Role: user.RoleAGENT, SectorIDs: []string{mine}})
		for name, load := range map[string]func() error{
			"customer": func() error {
				_, err := d.Reader.Ticket.Query().WithCustomer().OnlyX(ctx).Edges.CustomerOrErr()
				return err
			},
			"ticket of an entry": func() error {
				_, err := d.Reader.Interaction.Query().WithTicket().OnlyX(ctx).Edges.TicketOrErr()
				return err
			},
			"ticket of an attempt, and its customer": func() error {
				t, err := d.Reader.OutboundAttempt.Query().WithTicket(func(q *db.TicketQuery) { q.WithCustomer() }).OnlyX(ctx).Edges.TicketOrErr()
				if err != nil {
					return err
				}
				_, err = t.Edges.CustomerOrErr()
				return err
			},
			"entry of a file": func() error {
				_, err := d.Reader.Attachment.Query().WithInteraction().OnlyX(ctx).Edges.InteractionOrErr()
				return err
			},
		} {
			move(mine)
			moves = true
			if err := load(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			moves = false
			if n := d.Reader.Ticket.Query().CountX(ctx); n != 0 {
				t.Errorf("%s: %d tickets are seen after the transfer", name, n)
			}
		}
		// What a customer has in other sectors is not seen with him.
		move(mine)
		customer := d.Reader.Ticket.Query().WithCustomer(func(q *db.CustomerQuery) { q.WithTickets() }).OnlyX(ctx).Edges.Customer
		if len(customer.Edges.Tickets) != 1 {
			t.Errorf("%d tickets of the customer, want 1 of 2", len(customer.Edges.Tickets))
		}
	})
}
