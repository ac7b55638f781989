package outbound

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/interaction"
	tickets "citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/inbox"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/reclameaqui"
	"citrus.cx/channel/server/reclameaqui/sandbox"
	"citrus.cx/channel/server/secret"
	"citrus.cx/channel/server/ticket"
	"citrus.cx/channel/server/upload"
)

// street is two agents before the simulated Reclame Aqui, whose clock is everybody's and moves when a test says so.
type street struct {
	*world
	ra     *sandbox.Server
	client *reclameaqui.Client
}

func newStreet(t *testing.T, d *database.DB, c sandbox.Config) *street {
	t.Helper()
	began := time.Now().UTC().Truncate(time.Second)
	c.Now = func() time.Time { return began } // it moves by Advance alone
	c.Rate = 1_000_000
	ra, err := sandbox.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ra.Close() })
	front := httptest.NewServer(ra.Handler())
	t.Cleanup(front.Close)
	keys, err := secret.NewKeyring(bytes.Repeat([]byte{7}, secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	folder, err := upload.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	silent := slog.New(slog.DiscardHandler)
	s := &street{world: &world{d: d}, ra: ra}
	in := inbox.New(d, inbox.Options{Now: ra.Now, AsSystem: identity.System})
	accounts := account.New(d, account.Options{
		Keys: keys, Budgets: quota.New(d, quota.Options{DefaultLimit: 1_000_000, Held: -1, Margin: -1, Window: time.Microsecond}),
		ReclameAquiURL: front.URL + "/api", HTTP: &http.Client{}, Now: ra.Now, Zone: time.UTC,
	})
	s.Service = New(d, Options{
		Accounts: accounts, Tickets: ticket.NewStore(d, event.NewLog(d, event.Options{Now: ra.Now}), in, ra.Now, time.UTC, silent),
		Inbox: in, Uploads: upload.New(d, upload.Options{Store: folder, Now: ra.Now, Log: silent}), Defaults: accounts.Defaults, Now: ra.Now, Log: silent,
	})
	s.seed(keys)
	s.row = d.Writer.Integration.UpdateOne(s.row).SetAPIUsername("demo-client").SetPageID(sandbox.MainCompanyID).
		SetAPIPassword(keys.Seal([]byte("demo-secret"), "integrations", "api_password", s.row.ID)).SaveX(context.Background())
	identity.Guard(d.Reader)
	s.client, err = accounts.Client(s.row, quota.Callback)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// complain makes a complaint and its ticket.
func (s *street) complain(t *testing.T, n sandbox.NewComplaint) *db.Ticket {
	t.Helper()
	made, err := s.ra.CreateComplaint(n)
	if err != nil {
		t.Fatal(err)
	}
	s.mirror(t, made.ID)
	return s.of(made.ID)
}

// of is the ticket of a complaint as it is.
func (s *street) of(complaintID int64) *db.Ticket {
	return s.d.Writer.Ticket.Query().Where(tickets.ComplaintID(complaintID)).OnlyX(context.Background())
}

// mirror reads complaints, as the syncer does.
func (s *street) mirror(t *testing.T, ids ...int64) {
	t.Helper()
	at := s.Now()
	page, err := s.client.Read(context.Background(), ids...)
	if err != nil {
		t.Fatal(err)
	}
	s.merge(t, page.Complaints, at, nil)
}

func (s *street) merge(t *testing.T, list []reclameaqui.Complaint, at time.Time, done []*db.Hint) {
	t.Helper()
	_, err := s.Tickets.Merge(context.Background(), ticket.Read{
		Defaults: s.Defaults(s.row), Cause: ticketevent.CauseSETTLEMENT, Complaints: list, At: at,
		Also: func(ctx context.Context, tx *db.Tx, _ ticket.Report) error { return s.Inbox.Done(ctx, tx, done...) },
	})
	if err != nil {
		t.Fatal(err)
	}
}

// readDue reads what is to be read by now, fifty a call; what cannot be read now stays for the next time.
func (s *street) readDue(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	for {
		due, err := s.Inbox.Due(identity.System(ctx), s.row.ID, s.Now(), reclameaqui.MaxPageSize)
		if err != nil {
			t.Fatal(err)
		}
		if len(due) == 0 {
			return
		}
		var ids []int64
		for _, h := range due {
			if id, err := strconv.ParseInt(h.Reference, 10, 64); err == nil && h.Kind == hint.KindCOMPLAINT {
				ids = append(ids, id)
			}
		}
		at := s.Now()
		page, err := s.client.Read(ctx, ids...)
		if err != nil {
			return
		}
		s.merge(t, page.Complaints, at, due)
	}
}

// seen is the last interaction that somebody who looks at a ticket now sees.
func (s *street) seen(ticketID string) string {
	id, err := s.d.Writer.Interaction.Query().Where(interaction.TicketID(ticketID)).Order(db.Desc(interaction.FieldID)).FirstID(context.Background())
	if err != nil {
		return ""
	}
	return id
}
