// Package simulation plays the product against a model of Reclame Aqui in virtual time: the real
// server, client, budget, syncer and database in a bubble of testing/synctest, where a day takes as
// long as its work and no longer. It holds tests alone.
package simulation

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
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

// scale is how large a world is.
type scale struct {
	credentials, integrations int // integrations of each credential
	limit                     int // calls a minute
	complaints                int64
	step                      time.Duration // between two complaints of a page
}

// house is the product with its integrations, against the model. All of it lives in one bubble.
type house struct {
	*database.DB
	ra       *model
	inbox    *inbox.Inbox
	outbound *outbound.Service
	syncer   *syncer.Syncer
	agent    context.Context
	shops    []*shop
	// integration ids by page, and clients by page.
	ids, clients map[int64]string
}

func newHouse(t *testing.T, url, files string, s scale, seed uint64) *house {
	t.Helper()
	d, err := database.Open(context.Background(), url, database.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	h := &house{DB: d, ids: map[int64]string{}, clients: map[int64]string{}, ra: &model{
		rand: rand.New(rand.NewPCG(seed, 1)), limit: s.limit, shops: map[int64]*shop{}, calls: map[string][]call{}, answering: map[int64]*reply{},
	}}
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
		Keys: keys, Budgets: budgets, ReclameAquiURL: "http://ra.example.com/api", HTTP: &http.Client{Transport: h.ra}, Now: now, Zone: time.UTC,
	})
	store := ticket.NewStore(d, event.NewLog(d, event.Options{Now: now, AsSystem: identity.System}), h.inbox, now, time.UTC, silent)
	h.outbound = outbound.New(d, outbound.Options{
		Accounts: accounts, Tickets: store, Inbox: h.inbox, Uploads: upload.New(d, upload.Options{Store: folder, Now: now, Log: silent}),
		Defaults: accounts.Defaults, Now: now, Log: silent,
	})
	h.syncer = syncer.New(d, syncer.Options{
		Accounts: accounts, Tickets: store, Inbox: h.inbox, Budgets: budgets, Now: now, AsSystem: identity.System, Log: silent,
	})
	h.furnish(keys, s)
	identity.Guard(d.Reader)
	return h
}

// furnish makes the integrations, each with its page, active since now.
func (h *house) furnish(keys *secret.Keyring, s scale) {
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
	for n := range s.credentials * s.integrations {
		client, page := fmt.Sprint("client", n%s.credentials), int64(n+1)
		shop := &shop{id: page, first: now.Add(-time.Duration(s.complaints-1) * s.step), step: s.step, edits: map[int64]*edit{}, lowest: s.complaints}
		name := fmt.Sprint("loja ", n)
		row := c.Integration.Create().SetName(name).SetNameFolded(name).SetChannel(integration.ChannelRECLAME_AQUI).
			SetKind(integration.KindRECLAME_AQUI).SetState(integration.StateACTIVE).SetAPIUsername(client).
			SetSyncIntervalMinutes(10).SetRetroactiveMonths(12).SetPageID(page).SetAutoConversion(true).
			SetCustomerType(kind).SetRegion(region).SetCreator(u).SetSector(sector).SetOccurrenceType(subject).SetOccurrence(detail).
			SetDefaultSolution(solution).SaveX(ctx)
		c.Integration.UpdateOne(row).SetAPIPassword(keys.Seal([]byte("p"), "integrations", "api_password", row.ID)).ExecX(ctx)
		c.SyncState.Create().SetIntegrationID(row.ID).SetWindowFrom(shop.first).SetNextSyncAt(now.Add(10 * time.Minute)).ExecX(ctx)
		h.ra.shops[page], h.ids[page], h.clients[page] = shop, row.ID, client
		h.shops = append(h.shops, shop)
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
func (h *house) announce(s *shop, numbers ...int64) error {
	var refs []inbox.Reference
	for _, i := range numbers {
		refs = append(refs, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: fmt.Sprint(idOf(s, i))})
	}
	return h.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		return h.inbox.Put(ctx, tx, h.ids[s.id], hint.CauseCALLBACK, refs...)
	})
}
