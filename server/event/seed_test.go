package event_test

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/event"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			println(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}

// seeded makes a ticket with all that it stands on, and gives a draft about it.
func seeded(t testing.TB, d *database.DB) event.Draft {
	t.Helper()
	return seededTickets(t, d, 1)[0]
}

// seededTickets is seeded for more tickets than one.
func seededTickets(t testing.TB, d *database.DB, n int) []event.Draft {
	t.Helper()
	ctx, w := context.Background(), d.Writer
	u := w.User.Create().SetEmail("a@example.com").SetEmailFolded("a@example.com").SetName("A").SetNameFolded("a").
		SetRole(user.RoleAGENT).SetPasswordHash("-").SaveX(ctx)
	kind := w.CustomerType.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	region := w.Region.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	sector := w.Sector.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	subject := w.OccurrenceType.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetSector(sector).SaveX(ctx)
	detail := w.Occurrence.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetOccurrenceType(subject).SaveX(ctx)
	page := w.Integration.Create().SetName("x").SetNameFolded("x").
		SetChannel(integration.ChannelRECLAME_AQUI).SetKind(integration.KindRECLAME_AQUI).SaveX(ctx)
	consumer := w.Customer.Create().SetCode("1").SetName("Consumidora").SetNameFolded("consumidora").
		SetEmails([]string{}).SetPhones([]string{}).SetDocuments([]string{}).SetCustomerType(kind).SetRegion(region).SaveX(ctx)
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	drafts := make([]event.Draft, n)
	for i := range drafts {
		number := strconv.Itoa(i + 1)
		row := w.Ticket.Create().SetProtocol(number).SetStatus(ticket.StatusIN_PROGRESS).SetOpenedAt(at).SetOccurredAt(at).
			SetLastChangedAt(at).SetIntegration(page).SetCustomer(consumer).SetCreator(u).SetSector(sector).
			SetOccurrenceType(subject).SetOccurrence(detail).SetTitle("t").SetDescription("d").SetComplaintID(int64(i + 1)).
			SetSourceID(number).SetRaStatusID(5).SetRaStatusName("x").SetRaModifiedAt(at).SetReadAt(at).SaveX(ctx)
		drafts[i] = event.Draft{
			TicketID: row.ID, Kind: ticketevent.KindUPDATED, OccurredAt: at, ActorKind: ticketevent.ActorKindAGENT, ActorID: &u.ID,
			Cause: ticketevent.CauseAGENT_ACTION, TicketVersion: 1, IntegrationID: page.ID, SectorID: sector.ID,
			Status: row.Status.String(), AssigneeID: &u.ID,
		}
	}
	return drafts
}

// running starts the tail of a log for the length of a test.
func running(t testing.TB, l *event.Log) *event.Log {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return l
}

// add commits n events in one transaction.
func add(ctx context.Context, d *database.DB, l *event.Log, draft event.Draft, n int) error {
	drafts := make([]event.Draft, n)
	for i := range drafts {
		drafts[i] = draft
	}
	return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return l.Append(ctx, tx, drafts...) })
}

func mustAdd(t testing.TB, d *database.DB, l *event.Log, draft event.Draft, n int) {
	t.Helper()
	if err := add(context.Background(), d, l, draft, n); err != nil {
		t.Fatal(err)
	}
}

// await reads a log from its beginning and fails unless its end comes to be n, and n it is.
func await(t testing.TB, l *event.Log, n int64) {
	t.Helper()
	ctx := patience(t)
	head, err := l.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := follow(ctx, l.Follow(&event.Position{Epoch: head.Epoch}), n); err != nil {
		t.Fatal(err)
	}
	if head, err := l.Head(ctx); err != nil || head.Offset != n {
		t.Fatalf("head %v, %v, want %d", head, err, n)
	}
}

// patience is far beyond what a healthy run takes: a test that reaches it has hung.
func patience(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// follow reads until the follower has seen an offset and fails unless it sees every one once, in order.
func follow(ctx context.Context, f *event.Follower, until int64) error {
	for next := f.Position().Offset + 1; next <= until; {
		events, err := f.Next(ctx)
		if err != nil {
			return err
		}
		if len(events) == 0 || len(events) > 500 {
			return errLength(len(events))
		}
		for _, e := range events {
			if e.Position != next {
				return errPosition{e.Position, next}
			}
			next++
		}
		if f.Position().Offset != next-1 {
			return errPosition{f.Position().Offset, next - 1}
		}
	}
	return nil
}
