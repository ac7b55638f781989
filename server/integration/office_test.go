package integration_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/audit/audittest"
	"citrus.cx/channel/server/catalog"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	. "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/reclameaqui/sandbox"
	"citrus.cx/channel/server/secret"
)

// apiPassword is the simulator's.
const apiPassword = "hush-hush-of-the-api"

// office is an administrator's view of the verbs, with the audit that they leave.
type office struct {
	*Service
	*audittest.Trail
	t   *testing.T
	d   *database.DB
	ctx context.Context // the administrator's
	who string
	// lists are the ids of one entry of each list that an integration chooses from.
	lists struct{ customerType, region, group, sector, kind, occurrence, solution, other string }
}

func newOffice(t *testing.T, d *database.DB) *office {
	t.Helper()
	ra, err := sandbox.New(sandbox.Config{Rate: 1000, Complaints: -1, ClientID: "demo-client", ClientSecret: apiPassword})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(ra.Handler())
	t.Cleanup(server.Close)
	keys, err := secret.NewKeyring(bytes.Repeat([]byte("k"), secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	o := &office{t: t, d: d, Service: New(d, Options{
		Keys: keys, Budgets: quota.New(d, quota.Options{}), ReclameAquiURL: server.URL + "/api", PublicURL: "https://channel.example.com",
		HTTP: server.Client(), Now: func() time.Time { return at }, Zone: zone,
	})}
	system := identity.System(context.Background())
	o.who = d.Writer.User.Create().SetEmail("ana@example.com").SetEmailFolded("ana@example.com").SetName("Ana").SetNameFolded("ana").
		SetRole(user.RoleADMIN).SetPasswordHash("x").SaveX(system).ID
	o.ctx = identity.With(context.Background(), identity.Viewer{UserID: o.who, Role: user.RoleADMIN})
	o.register(catalog.New(d), system)
	o.Trail = audittest.Follow(t, d)
	return o
}

func (o *office) register(c *catalog.Service, ctx context.Context) {
	o.t.Helper()
	var err error
	keep := func(id string, failed error) string {
		if failed != nil {
			err = failed
		}
		return id
	}
	l := &o.lists
	l.customerType = keep(c.CreateCustomerType(ctx, catalog.CustomerTypeInput{Name: "Consumidor"}, ""))
	l.region = keep(c.CreateRegion(ctx, catalog.RegionInput{Name: "Sul"}, ""))
	l.group = keep(c.CreateSyncGroup(ctx, catalog.SyncGroupInput{Name: "Primeiro"}, ""))
	l.sector = keep(c.CreateSector(ctx, catalog.SectorInput{Name: "SAC"}, ""))
	l.kind = keep(c.CreateOccurrenceType(ctx, catalog.OccurrenceTypeInput{Name: "Entrega", SectorID: l.sector}, ""))
	l.occurrence = keep(c.CreateOccurrence(ctx, catalog.OccurrenceInput{Name: "Atraso", OccurrenceTypeID: l.kind}, ""))
	l.solution = keep(c.CreateSolution(ctx, catalog.SolutionInput{Name: "Reenvio", OccurrenceID: l.occurrence}, ""))
	l.other = keep(c.CreateSolution(ctx, catalog.SolutionInput{Name: "Estorno", OccurrenceID: l.occurrence}, ""))
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) draft(name, key string) (id string) {
	o.t.Helper()
	id, err := o.Create(o.ctx, Draft{Name: name, Channel: integration.ChannelRECLAME_AQUI, Kind: integration.KindRECLAME_AQUI}, key)
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

func (o *office) row(id string) *db.Integration {
	o.t.Helper()
	return o.d.Writer.Integration.GetX(context.Background(), id)
}

// change saves a change over the present version; it must be taken.
func (o *office) change(id string, c Change) {
	o.t.Helper()
	if _, err := o.Update(o.ctx, id, o.row(id).Version, c, ""); err != nil {
		o.t.Fatal(err)
	}
}

// done expects that a verb was taken and left this one entry.
func (o *office) done(err error, action, id, changes string) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(action, err)
	}
	o.Left(action, fmt.Sprintf("%s INTEGRATION %s %s by %s: %s", action, id, o.row(id).Name, o.who, changes))
}

// refused expects a fault, and no entry.
func (o *office) refused(err error, code fault.Code, what string) {
	o.t.Helper()
	if list, _ := fault.All(err); !slices.ContainsFunc(list, func(f *fault.Error) bool { return f.Code == code }) {
		o.t.Errorf("%s: got %v, want %s", what, err, code)
	}
	o.Left(what)
}

func set[T any](v T) Set[T] { return Set[T]{Given: true, Value: &v} }

func empty[T any]() Set[T] { return Set[T]{Given: true} }

func credentials() Change {
	return Change{APIUsername: set("demo-client"), APIPassword: set(secret.Text(apiPassword))}
}

// rest is what an integration with its credentials and its pages still lacks.
func (o *office) rest() Change {
	l := o.lists
	return Change{
		CompanyEmail: set("sac@example.com"), SyncIntervalMinutes: set(10), RetroactiveMonths: set(0),
		SyncGroupID: set(l.group), PageID: set(fmt.Sprint(sandbox.MainCompanyID)), AutoConversion: set(true),
		CustomerTypeID: set(l.customerType), RegionID: set(l.region), CreatorID: set(o.who), SectorID: set(l.sector),
		OccurrenceTypeID: set(l.kind), OccurrenceID: set(l.occurrence), SolutionIDs: set([]string{l.solution}), DefaultSolutionID: set(l.solution),
	}
}
