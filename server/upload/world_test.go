package upload_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/upload"
)

// world is an office with one ticket, two agents who see it, and files in a folder.
type world struct {
	t        *testing.T
	ctx      context.Context // the system's
	database *database.DB
	path     string
	folder   *upload.Folder
	files    *upload.Service
	ticket   string
	sector   string
	alice    string
	bruno    string
	now      atomic.Pointer[time.Time]
}

// each runs a test in a world on each database.
func each(t *testing.T, run func(t *testing.T, w *world)) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) { run(t, newWorld(t, d)) })
}

func newWorld(t *testing.T, d *database.DB) *world {
	t.Helper()
	w := &world{t: t, ctx: identity.System(t.Context()), database: d, path: t.TempDir()}
	w.advance(0)
	identity.Guard(d.Reader)
	var err error
	if w.folder, err = upload.OpenFolder(w.path); err != nil {
		t.Fatal(err)
	}
	w.files = w.service(w.folder)
	err = d.Write(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		w.alice, w.bruno = agent(ctx, tx, "alice"), agent(ctx, tx, "bruno")
		region := tx.Region.Create().SetName("r").SetNameFolded("r").SetCode("r").SetCodeFolded("r").SaveX(ctx)
		kind := tx.CustomerType.Create().SetName("c").SetNameFolded("c").SetCode("c").SetCodeFolded("c").SaveX(ctx)
		channel := tx.Integration.Create().SetName("i").SetNameFolded("i").
			SetChannel(integration.ChannelRECLAME_AQUI).SetKind(integration.KindRECLAME_AQUI).SaveX(ctx)
		customer := tx.Customer.Create().SetCode("1").SetName("n").SetNameFolded("n").
			SetEmails(nil).SetPhones(nil).SetDocuments(nil).SetCustomerType(kind).SetRegion(region).SaveX(ctx)
		sector := tx.Sector.Create().SetName("s").SetNameFolded("s").SetCode("s").SetCodeFolded("s").SaveX(ctx)
		subject := tx.OccurrenceType.Create().SetName("t").SetNameFolded("t").SetCode("t").SetCodeFolded("t").SetSector(sector).SaveX(ctx)
		occurrence := tx.Occurrence.Create().SetName("o").SetNameFolded("o").SetCode("o").SetCodeFolded("o").SetOccurrenceType(subject).SaveX(ctx)
		now := schema.Now()
		w.sector, w.ticket = sector.ID, schema.TimeID(schema.PrefixTicket, now, 1)
		return tx.Ticket.Create().SetID(w.ticket).SetProtocol("1").SetStatus("IN_PROGRESS").SetOpenedAt(now).SetOccurredAt(now).SetLastChangedAt(now).
			SetIntegration(channel).SetCustomer(customer).SetCreatorID(w.alice).SetSector(sector).SetOccurrenceType(subject).SetOccurrence(occurrence).
			SetTitle("t").SetDescription("d").SetComplaintID(1).SetSourceID("1").SetRaStatusID(5).SetRaStatusName("n").
			SetRaModifiedAt(now).SetReadAt(now).Exec(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func agent(ctx context.Context, tx *db.Tx, name string) string {
	email := name + "@example.com"
	return tx.User.Create().SetEmail(email).SetEmailFolded(email).SetName(name).SetNameFolded(name).
		SetRole(user.RoleAGENT).SetPasswordHash("x").SaveX(ctx).ID
}

// service makes a service of this world on a store.
func (w *world) service(store upload.Store) *upload.Service {
	return upload.New(w.database, upload.Options{
		Store: store, Now: func() time.Time { return *w.now.Load() }, Log: slog.New(slog.DiscardHandler),
	})
}

// advance lets time pass.
func (w *world) advance(d time.Duration) {
	now := time.Now()
	if before := w.now.Load(); before != nil {
		now = before.Add(d)
	}
	w.now.Store(&now)
}

// as is how an agent of the ticket's sector asks.
func (w *world) as(userID string) context.Context {
	return identity.With(w.t.Context(), identity.Viewer{UserID: userID, Role: user.RoleAGENT, SectorIDs: []string{w.sector}})
}

var attempts atomic.Int64

// claim makes an attempt with files, as package outbound does.
func (w *world) claim(userID string, ids ...string) (attemptID string, err error) {
	err = w.database.Write(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		attempt, err := tx.OutboundAttempt.Create().SetTicketID(w.ticket).SetAuthorID(userID).SetKind(outboundattempt.KindPRIVATE_MESSAGE).
			SetText("t").SetIdempotencyKey(fmt.Sprint(attempts.Add(1))).SetInputHash("h").SetKnownTwins(nil).Save(ctx)
		if err != nil {
			return err
		}
		attemptID = attempt.ID
		return w.files.Claim(ctx, tx, userID, attempt.ID, ids)
	})
	return attemptID, err
}

// settle says what became of an attempt.
func (w *world) settle(attemptID string, state outboundattempt.State) {
	w.t.Helper()
	if err := w.database.Writer.OutboundAttempt.UpdateOneID(attemptID).SetState(state).Exec(w.ctx); err != nil {
		w.t.Fatal(err)
	}
}

// refused checks the code and the field of an expected failure.
func refused(t *testing.T, err error, what string, code fault.Code, field string) {
	t.Helper()
	list, ok := fault.All(err)
	if !ok || list[0].Code != code || len(list[0].Field) != 1 || list[0].Field[0] != field {
		t.Errorf("%s: %v, want %s at %s", what, err, code, field)
	}
}
