package identity

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
)

// counter is a query of any entity.
type counter interface {
	Count(context.Context) (int, error)
}

// everyEntity gives a query of each entity that the client knows, a future one too.
func everyEntity(client *db.Client) map[string]counter {
	queries := map[string]counter{}
	fields := reflect.ValueOf(client).Elem()
	for i := range fields.NumField() {
		query := fields.Field(i).MethodByName("Query")
		if fields.Type().Field(i).IsExported() && query.IsValid() {
			queries[fields.Type().Field(i).Name] = query.Call(nil)[0].Interface().(counter)
		}
	}
	return queries
}

// world is two sectors with a ticket of each: of different customers, with one interaction,
// attachment, event, note, claim, and attempt with a file each. A third ticket, in the second sector, is the first customer's.
// One entry stands in the audit, and one alarm was raised.
type world struct {
	sectors, tickets, customers []string
}

func newWorld(t *testing.T, d *database.DB) world {
	t.Helper()
	ctx := System(context.Background())
	var w world
	err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		author := tx.User.Create().SetEmail("x@example.com").SetEmailFolded("x@example.com").SetName("X").SetNameFolded("x").
			SetRole(user.RoleADMIN).SetPasswordHash("x").SaveX(ctx)
		region := tx.Region.Create().SetName("r").SetNameFolded("r").SetCode("r").SetCodeFolded("r").SaveX(ctx)
		kind := tx.CustomerType.Create().SetName("c").SetNameFolded("c").SetCode("c").SetCodeFolded("c").SaveX(ctx)
		channel := tx.Integration.Create().SetName("i").SetNameFolded("i").
			SetChannel(integration.ChannelRECLAME_AQUI).SetKind(integration.KindRECLAME_AQUI).SaveX(ctx)
		tx.AuditEntry.Create().SetOccurredAt(schema.Now()).SetActorUser(author).SetAction(auditentry.ActionCREATED).
			SetSubjectKind(auditentry.SubjectKindREGION).SetSubjectID(region.ID).SetSubjectName("r").SetChanges([]schema.FieldChange{}).ExecX(ctx)
		tx.Alarm.Create().SetIntegrationID(channel.ID).SetCode("x").SetRaisedAt(schema.Now()).ExecX(ctx)
		for i := range 2 {
			w.sectors = append(w.sectors, listed(tx.Sector.Create(), i).SaveX(ctx).ID)
			w.customers = append(w.customers, tx.Customer.Create().SetCode(fmt.Sprint(i)).SetName("n").SetNameFolded("n").
				SetEmails(nil).SetPhones(nil).SetDocuments(nil).SetCustomerType(kind).SetRegion(region).SaveX(ctx).ID)
		}
		for i := range 3 {
			sector := w.sectors[min(i, 1)]
			subject := tx.OccurrenceType.Create().SetName(fmt.Sprint(i)).SetNameFolded(fmt.Sprint(i)).SetCode(fmt.Sprint(i)).SetCodeFolded(fmt.Sprint(i)).
				SetSectorID(sector).SaveX(ctx)
			sub := tx.Occurrence.Create().SetName("o").SetNameFolded("o").SetCode("o").SetCodeFolded("o").SetOccurrenceType(subject).SaveX(ctx)
			now := schema.Now().Add(time.Duration(i) * time.Second)
			id := schema.TimeID(schema.PrefixTicket, now, int64(i))
			w.tickets = append(w.tickets, id)
			tx.Ticket.Create().SetID(id).SetProtocol(fmt.Sprint(i)).SetStatus("IN_PROGRESS").SetOpenedAt(now).SetOccurredAt(now).SetLastChangedAt(now).
				SetIntegration(channel).SetCustomerID(w.customers[i%2]).SetCreator(author).SetSectorID(sector).SetOccurrenceType(subject).SetOccurrence(sub).
				SetTitle("t").SetDescription("d").SetComplaintID(int64(i)).SetSourceID(fmt.Sprint(i)).SetRaStatusID(5).SetRaStatusName("n").
				SetRaModifiedAt(now).SetReadAt(now).ExecX(ctx)
			entry := tx.Interaction.Create().SetTicketID(id).SetSourceID("1").SetTypeID(1).SetKind(interaction.KindCOMPLAINT).
				SetAuthorKind(interaction.AuthorKindCONSUMER).SetBody("b").SetOccurredAt(now).SaveX(ctx)
			tx.Attachment.Create().SetInteraction(entry).SetSourceID("1").SetName("a").ExecX(ctx)
			tx.TicketEvent.Create().SetPosition(int64(i)).SetTicketID(id).SetKind(ticketevent.KindCREATED).SetOccurredAt(now).
				SetActorKind(ticketevent.ActorKindSYNC).SetCause(ticketevent.CauseBACKFILL).SetChanges(nil).SetTicketVersion(1).
				SetIntegrationID(channel.ID).SetSectorID(sector).SetStatus("IN_PROGRESS").ExecX(ctx)
			attempt := tx.OutboundAttempt.Create().SetTicketID(id).SetAuthor(author).SetKind(outboundattempt.KindPUBLIC_REPLY).SetText("t").
				SetIdempotencyKey(fmt.Sprint(i)).SetInputHash("h").SetKnownTwins(nil).SaveX(ctx)
			tx.Upload.Create().SetOwner(author).SetName("n").SetContentType("c").SetSize(1).SetSha256("h").SetAttempt(attempt).ExecX(ctx)
			tx.InternalNote.Create().SetTicketID(id).SetAuthor(author).SetText("n").ExecX(ctx)
			tx.ReplyClaim.Create().SetTicketID(id).SetUser(author).SetSessionID("s").SetClaimedAt(now).SetExpiresAt(now).ExecX(ctx)
			tx.Complaint.Create().SetTicketID(id).SetHash("h").SetRaw([]byte("{}")).ExecX(ctx)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func listed(c *db.SectorCreate, i int) *db.SectorCreate {
	n := fmt.Sprint(i)
	return c.SetName(n).SetNameFolded(n).SetCode(n).SetCodeFolded(n)
}

func TestGuard(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		w := newWorld(t, d)
		Guard(d.Reader)
		agent := func(sectors ...string) context.Context {
			return With(context.Background(), Viewer{UserID: "usr_1", Role: user.RoleAGENT, SectorIDs: sectors})
		}
		// What belongs to tickets counts as the tickets do; customers do not. none stands for "Forbidden".
		const none = -1
		for _, c := range []struct {
			name                               string
			ctx                                context.Context
			tickets, customers, systems, audit int
		}{
			{"agent of no sector", agent(), 0, 0, none, none},
			{"agent of a sector without tickets", agent("sec_0"), 0, 0, none, none},
			{"agent of the first", agent(w.sectors[0]), 1, 1, none, none},
			{"agent of the second", agent(w.sectors[1]), 2, 2, none, none},
			{"agent of both", agent(w.sectors...), 3, 2, none, none},
			{"supervisor", With(context.Background(), Viewer{Role: user.RoleSUPERVISOR}), 3, 2, none, none},
			{"administrator", With(context.Background(), Viewer{Role: user.RoleADMIN}), 3, 2, none, 1},
			{"system", System(context.Background()), 3, 2, 3, 1},
		} {
			if v, ok := From(c.ctx); ok { // what a viewer says of himself is what the guard does
				seen := 0
				for _, t := range d.Writer.Ticket.Query().AllX(c.ctx) {
					if v.Sees(t.SectorID) {
						seen++
					}
				}
				if seen != c.tickets {
					t.Errorf("%s sees %d tickets, want %d", c.name, seen, c.tickets)
				}
			}
			for entity, query := range everyEntity(d.Reader) {
				expected := c.systems
				switch entity {
				case "Ticket", "Interaction", "Attachment", "TicketEvent", "OutboundAttempt", "InternalNote", "Upload", "ReplyClaim":
					expected = c.tickets
				case "Customer":
					expected = c.customers
				case "Integration", "User", "Region", "CustomerType":
					expected = 1
				case "Sector":
					expected = 2
				case "OccurrenceType", "Occurrence":
					expected = 3
				case "SyncGroup", "Solution":
					expected = 0
				case "Complaint":
				case "AuditEntry", "Alarm":
					expected = c.audit
				case "CallbackDelivery", "SyncRun", "Quarantine":
					expected = min(c.audit, 0) // an administrator's, too, and there is none
				default:
					expected = min(expected, 0) // the rest of the system's is empty
				}
				n, err := query.Count(c.ctx)
				if expected == none {
					want(t, err, c.name+": "+entity, "FORBIDDEN")
				} else if n != expected || err != nil {
					t.Errorf("%s: %s has %d rows, %v, want %d", c.name, entity, n, err, expected)
				}
			}
		}
	})
}

// A file that was not sent is its owner's alone, whoever asks; a sent one is the owner's also where he does not see the ticket.
func TestGuardOfFiles(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		w := newWorld(t, d)
		Guard(d.Reader)
		owner := d.Writer.User.Query().OnlyX(context.Background())
		draft := d.Writer.Upload.Create().SetOwner(owner).SetName("n").SetContentType("c").SetSize(1).SetSha256("h").SaveX(context.Background())
		for _, role := range []user.Role{user.RoleAGENT, user.RoleSUPERVISOR, user.RoleADMIN} {
			his := With(context.Background(), Viewer{UserID: owner.ID, Role: role})
			other := With(context.Background(), Viewer{UserID: "usr_other", Role: role, SectorIDs: w.sectors})
			if n := d.Reader.Upload.Query().CountX(his); n != 4 {
				t.Errorf("%s: the owner sees %d of 4 files", role, n)
			}
			if n := d.Reader.Upload.Query().CountX(other); n != 3 {
				t.Errorf("%s: another sees %d files, want the 3 that were sent", role, n)
			}
			if _, err := d.Reader.Upload.Get(other, draft.ID); !db.IsNotFound(err) {
				t.Errorf("%s: another's draft: %v", role, err)
			}
		}
	})
}

func TestGuardFailsClosed(t *testing.T) {
	d := databasetest.Open(t, databasetest.SQLite(t), database.Options{})
	Guard(d.Reader)
	entities := everyEntity(d.Reader)
	if len(entities) < 26 {
		t.Fatalf("only %d entities were found", len(entities))
	}
	for entity, query := range entities {
		n, err := query.Count(context.Background())
		if fault.CodeOf(err) != fault.Unauthenticated {
			t.Errorf("nobody counts %d of %s, %v", n, entity, err)
		}
		n, err = query.Count(With(context.Background(), Viewer{Role: "GUEST"}))
		if fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("an unknown role counts %d of %s, %v", n, entity, err)
		}
	}
}

// Every way to the rows is guarded: eager loads, traversals, ids, groups.
func TestGuardHoldsOnEveryWay(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		w := newWorld(t, d)
		Guard(d.Reader)
		ctx := With(context.Background(), Viewer{Role: user.RoleAGENT, SectorIDs: w.sectors[:1]})
		mine, hidden := w.tickets[0], w.tickets[2]
		if _, err := d.Reader.Ticket.Get(ctx, hidden); !db.IsNotFound(err) {
			t.Errorf("by id: %v", err)
		}
		// The first customer has a ticket in each sector.
		c := d.Reader.Customer.Query().WithTickets(func(q *db.TicketQuery) {
			q.WithInteractions(func(q *db.InteractionQuery) { q.WithAttachments() })
		}).OnlyX(ctx)
		if c.ID != w.customers[0] || len(c.Edges.Tickets) != 1 || c.Edges.Tickets[0].ID != mine {
			t.Errorf("eager: customer %s with %v", c.ID, c.Edges.Tickets)
		}
		if thread := c.Edges.Tickets[0].Edges.Interactions; len(thread) != 1 || len(thread[0].Edges.Attachments) != 1 {
			t.Errorf("eager: the thread is %v", thread)
		}
		if ids := c.QueryTickets().IDsX(ctx); len(ids) != 1 || ids[0] != mine {
			t.Errorf("traversed from a row: %v", ids)
		}
		var groups []struct {
			SectorID string `sql:"sector_id"`
			Count    int
		}
		if err := d.Reader.Ticket.Query().GroupBy("sector_id").Aggregate(db.Count()).Scan(ctx, &groups); err != nil || len(groups) != 1 || groups[0].Count != 1 {
			t.Errorf("grouped: %v, %v", groups, err)
		}
		if _, err := d.Reader.Ticket.Query().WithRawComplaint().All(ctx); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("the raw complaint through its ticket: %v", err)
		}
		for _, ctx := range []context.Context{ctx, With(ctx, Viewer{Role: user.RoleSUPERVISOR})} {
			if _, err := d.Reader.AuditEntry.Query().WithActorUser().First(ctx); fault.CodeOf(err) != fault.Forbidden {
				t.Errorf("the audit: %v", err)
			}
		}
		entry, err := d.Reader.AuditEntry.Query().WithActorUser().Only(With(ctx, Viewer{Role: user.RoleADMIN}))
		if err != nil || entry.Edges.ActorUser == nil {
			t.Errorf("an administrator reads %v in the audit, %v", entry, err)
		}
		if n := d.Reader.Ticket.Query().QueryInteractions().QueryAttachments().CountX(ctx); n != 1 {
			t.Errorf("traversed twice: %d", n)
		}
	})
}
