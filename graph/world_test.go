package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/catalog"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/delivery"
	"citrus.cx/channel/server/desk"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/health"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/inbox"
	"citrus.cx/channel/server/inquiry"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/mirror"
	"citrus.cx/channel/server/presence"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/secret"
	ticketstore "citrus.cx/channel/server/ticket"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// world is the contract at work: a database with one ticket in each of two sectors, and somebody of each role.
type world struct {
	*database.DB
	handler *Handler
	root    *resolver
	log     *event.Log
	// bearer is the Authorization of each role; "" for nobody. viewer is who that is.
	bearer map[user.Role]string
	viewer map[user.Role]identity.Viewer
	// own is the agent's sector and its ticket's, other the one that he is not in.
	own, other *db.Ticket
	page       *db.Integration
}

const password = "correct horse battery"

func newWorld(t *testing.T, d *database.DB) *world {
	t.Helper()
	system := identity.System(context.Background())
	w := &world{DB: d, bearer: map[user.Role]string{}, viewer: map[user.Role]identity.Viewer{}}
	identity.Guard(d.Reader)
	people, err := identity.New(d, identity.Options{SigningKey: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := secret.NewKeyring(bytes.Repeat([]byte("k"), secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	w.log = event.NewLog(d, event.Options{AsSystem: identity.System, Poll: time.Hour})
	budgets, hints := quota.New(d, quota.Options{}), inbox.New(d, inbox.Options{AsSystem: identity.System})
	services := Services{
		Reader: d.Reader, Identity: people, Catalog: catalog.New(d), Log: w.log, Logger: slog.New(slog.DiscardHandler), Now: time.Now, Zone: time.UTC,
		Integration: account.New(d, account.Options{
			Keys: keys, Budgets: budgets, PublicURL: "https://channel.example.com", Now: time.Now, Zone: time.UTC,
		}),
	}
	services.Health = health.New(d, health.Options{
		Credential: services.Integration.Credential, Opens: services.Integration.Opens, Now: time.Now, AsSystem: identity.System,
		Log: services.Logger, Watched: 10 * time.Millisecond,
	})
	services.Deliveries = delivery.New(d, inbox.New(d, inbox.Options{AsSystem: identity.System}), time.Now)
	services.Inquiry = inquiry.New(d, services.Integration, time.Now)
	services.Mirror = mirror.New(d, mirror.Options{Accounts: services.Integration, Budgets: budgets, Inbox: hints, Now: time.Now, Look: 20 * time.Millisecond})
	store := ticketstore.NewStore(d, w.log, hints, time.Now, time.UTC, slog.New(slog.DiscardHandler))
	services.Desk = desk.New(d, store)
	services.Presence = presence.New(d, presence.Options{Tickets: store, Listening: people.Listening, Now: time.Now, Log: services.Logger})
	w.handler, w.root = New(services, Options{}), &resolver{services}
	t.Cleanup(func() {
		if err := w.handler.Stop(); err != nil {
			t.Error(err)
		}
	})
	sectors := []string{w.sector(system, t, "SAC"), w.sector(system, t, "Vendas")}
	for _, role := range []user.Role{user.RoleADMIN, user.RoleSUPERVISOR, user.RoleAGENT} {
		in := identity.NewUser{Email: strings.ToLower(string(role)) + "@example.com", Name: string(role), Role: role, Password: password}
		if role == user.RoleAGENT {
			in.SectorIDs = sectors[:1]
		}
		if _, err := people.CreateUser(system, in, ""); err != nil {
			t.Fatal(err)
		}
		tokens, err := people.SignIn(context.Background(), in.Email, password)
		if err != nil {
			t.Fatal(err)
		}
		w.bearer[role] = "Bearer " + tokens.AccessToken
		asking, err := people.Authenticate(context.Background(), w.bearer[role])
		if err != nil {
			t.Fatal(err)
		}
		w.viewer[role], _ = identity.From(asking)
	}
	w.own, w.other = w.ticket(1, sectors[0]), w.ticket(2, sectors[1])
	return w
}

func (w *world) sector(ctx context.Context, t *testing.T, name string) string {
	t.Helper()
	id, err := w.root.Catalog.CreateSector(ctx, catalog.SectorInput{Name: name}, "")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// ticket makes one with all that it stands on.
func (w *world) ticket(number int64, sectorID string) *db.Ticket {
	ctx, c, name := context.Background(), w.Writer, fmt.Sprint("x", number)
	if w.page == nil {
		w.page = c.Integration.Create().SetName("x").SetNameFolded("x").
			SetChannel(integration.ChannelRECLAME_AQUI).SetKind(integration.KindRECLAME_AQUI).SaveX(ctx)
	}
	kind := c.CustomerType.Create().SetName(name).SetNameFolded(name).SetCode(name).SetCodeFolded(name).SaveX(ctx)
	region := c.Region.Create().SetName(name).SetNameFolded(name).SetCode(name).SetCodeFolded(name).SaveX(ctx)
	subject := c.OccurrenceType.Create().SetName(name).SetNameFolded(name).SetCode(name).SetCodeFolded(name).SetSectorID(sectorID).SaveX(ctx)
	detail := c.Occurrence.Create().SetName(name).SetNameFolded(name).SetCode(name).SetCodeFolded(name).SetOccurrenceType(subject).SaveX(ctx)
	consumer := c.Customer.Create().SetCode(name).SetName("Consumidora").SetNameFolded("consumidora").
		SetEmails([]string{}).SetPhones([]string{}).SetDocuments([]string{}).SetCustomerType(kind).SetRegion(region).SaveX(ctx)
	return c.Ticket.Create().SetProtocol(fmt.Sprintf("2026%08d", number)).SetStatus(ticket.StatusIN_PROGRESS).SetOpenedAt(noon).SetOccurredAt(noon).
		SetLastChangedAt(noon).SetIntegration(w.page).SetCustomer(consumer).SetCreatorID(w.viewer[user.RoleADMIN].UserID).SetSectorID(sectorID).
		SetOccurrenceType(subject).SetOccurrence(detail).SetTitle("t").SetDescription("d").SetComplaintID(number).
		SetSourceID("1").SetRaStatusID(5).SetRaStatusName("x").SetRaModifiedAt(noon).SetReadAt(noon).SaveX(ctx)
}

// change appends an event about a ticket.
func (w *world) change(t *testing.T, about *db.Ticket, with ...func(*event.Draft)) {
	t.Helper()
	draft := event.Draft{
		TicketID: about.ID, Kind: ticketevent.KindUPDATED, ActorKind: ticketevent.ActorKindSYNC, Cause: ticketevent.CauseBACKFILL,
		TicketVersion: 2, IntegrationID: about.IntegrationID, SectorID: about.SectorID, Status: string(about.Status),
	}
	for _, f := range with {
		f(&draft)
	}
	if err := w.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error { return w.log.Append(ctx, tx, draft) }); err != nil {
		t.Fatal(err)
	}
}

// result is an answer: its data, and the codes of its errors.
type result struct {
	Data   map[string]json.RawMessage
	Errors []struct {
		Message    string
		Path       []any
		Extensions struct{ Code string }
	}
}

// code is the first error's, "" without one.
func (r result) code() string {
	if len(r.Errors) == 0 {
		return ""
	}
	return r.Errors[0].Extensions.Code
}

// ask sends a query as a role, "" for nobody.
func (w *world) ask(t *testing.T, role user.Role, query string, variables map[string]any) result {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Accept-Language", "en")
	if role != "" {
		r.Header.Set("Authorization", w.bearer[role])
	}
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	var out result
	if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil {
		t.Fatalf("%s: %d %s", query, answer.Code, answer.Body)
	}
	return out
}

func onSQLite(t *testing.T) *world {
	t.Helper()
	return newWorld(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
}

// unmarshal reads one field of an answer.
func unmarshal(r result, field string, into any) error {
	if len(r.Errors) > 0 {
		return fmt.Errorf("%v", r.Errors)
	}
	return json.Unmarshal(r.Data[field], into)
}
