// Package simulation plays the product against a model of Reclame Aqui in virtual time: the real
// server, client, budget, syncer and database in a bubble of testing/synctest, where a day takes as
// long as its work and no longer. It holds tests alone.
package simulation

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/inbox"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/outbound"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/secret"
	"citrus.cx/channel/server/syncer"
	"citrus.cx/channel/server/ticket"
	"citrus.cx/channel/server/upload"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// page is a company's page, and the account that reads it. A first sync reads what was made since from.
type page struct {
	id             int64
	client, secret string
	from           time.Time
}

// house is the product with its integrations, against a Reclame Aqui. All of it lives in one bubble.
type house struct {
	*database.DB
	inbox    *inbox.Inbox
	outbound *outbound.Service
	syncer   *syncer.Syncer
	agent    context.Context
	ids      map[int64]string // of integrations, by page
}

func newHouse(t *testing.T, url, files string, reclameAqui http.RoundTripper, pages ...page) *house {
	t.Helper()
	d, err := database.Open(context.Background(), url, database.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	h := &house{DB: d, ids: map[int64]string{}}
	keys, err := secret.NewKeyring(bytes.Repeat([]byte{7}, secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	folder, err := upload.OpenFolder(files)
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
	silent := slog.New(slog.DiscardHandler)
	budgets := quota.New(d, quota.Options{})
	h.inbox = inbox.New(d, inbox.Options{Now: now, AsSystem: identity.System})
	accounts := account.New(d, account.Options{
		Keys: keys, Budgets: budgets, ReclameAquiURL: "http://ra.example.com/api", HTTP: &http.Client{Transport: reclameAqui}, Now: now, Zone: time.UTC,
	})
	store := ticket.NewStore(d, event.NewLog(d, event.Options{Now: now, AsSystem: identity.System}), h.inbox, now, time.UTC, silent)
	h.outbound = outbound.New(d, outbound.Options{
		Accounts: accounts, Tickets: store, Inbox: h.inbox, Uploads: upload.New(d, upload.Options{Store: folder, Now: now, Log: silent}),
		Defaults: accounts.Defaults, Now: now, Log: silent,
	})
	h.syncer = syncer.New(d, syncer.Options{
		Accounts: accounts, Tickets: store, Inbox: h.inbox, Budgets: budgets, Now: now, AsSystem: identity.System, Log: silent,
	})
	h.furnish(keys, pages)
	identity.Guard(d.Reader)
	return h
}

// furnish makes the integrations, each with its page, active since now.
func (h *house) furnish(keys *secret.Keyring, pages []page) {
	ctx, c, now := context.Background(), h.Writer, time.Now().UTC()
	kind := c.CustomerType.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	region := c.Region.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	sector := c.Sector.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	subject := c.OccurrenceType.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetSector(sector).SaveX(ctx)
	detail := c.Occurrence.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetOccurrenceType(subject).SaveX(ctx)
	solution := c.Solution.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetOccurrence(detail).SaveX(ctx)
	u := c.User.Create().SetEmail("ana@example.com").SetEmailFolded("ana@example.com").SetName("Ana").SetNameFolded("ana").
		SetRole(user.RoleAGENT).SetPasswordHash("-").SaveX(ctx)
	h.agent = identity.With(ctx, identity.Viewer{UserID: u.ID, Role: user.RoleAGENT, SectorIDs: []string{sector.ID}})
	for _, p := range pages {
		name := fmt.Sprint("loja ", p.id)
		row := c.Integration.Create().SetName(name).SetNameFolded(name).SetChannel(integration.ChannelRECLAME_AQUI).
			SetKind(integration.KindRECLAME_AQUI).SetState(integration.StateACTIVE).SetAPIUsername(p.client).
			SetSyncIntervalMinutes(10).SetRetroactiveMonths(12).SetPageID(p.id).SetAutoConversion(true).
			SetCustomerType(kind).SetRegion(region).SetCreator(u).SetSector(sector).SetOccurrenceType(subject).SetOccurrence(detail).
			SetDefaultSolution(solution).SaveX(ctx)
		c.Integration.UpdateOne(row).SetAPIPassword(keys.Seal([]byte(p.secret), "integrations", "api_password", row.ID)).ExecX(ctx)
		c.SyncState.Create().SetIntegrationID(row.ID).SetWindowFrom(p.from).SetNextSyncAt(now.Add(10 * time.Minute)).ExecX(ctx)
		h.ids[p.id] = row.ID
	}
}

// run plays the syncer until the returned function is called.
func (h *house) run(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.syncer.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// announce is what the callback route does with a body that names complaints.
func (h *house) announce(page int64, complaints ...int64) error {
	var refs []inbox.Reference
	for _, id := range complaints {
		refs = append(refs, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: fmt.Sprint(id)})
	}
	return h.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		return h.inbox.Put(ctx, tx, h.ids[page], hint.CauseCALLBACK, refs...)
	})
}
