package mirror_test

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/audit/audittest"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/inbox"
	account "citrus.cx/channel/server/integration"
	. "citrus.cx/channel/server/mirror"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// desk is an administrator before the mirror, with the audit that he leaves.
type desk struct {
	*Service
	*audittest.Trail
	t      *testing.T
	d      *database.DB
	c      *db.Client      // the writer
	ctx    context.Context // the administrator's
	system context.Context
	who    string
	// credential names the budget of an integration.
	credential func(id string) string

	mu    sync.Mutex
	at    time.Time
	woken int
}

func each(t *testing.T, run func(o *desk)) {
	t.Helper()
	databasetest.Each(t, func(t *testing.T, d *database.DB) { run(newDesk(t, d)) })
}

func newDesk(t *testing.T, d *database.DB) *desk {
	t.Helper()
	identity.Guard(d.Reader)
	keys, err := secret.NewKeyring(bytes.Repeat([]byte("k"), secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	o := &desk{t: t, d: d, c: d.Writer, at: noon, system: identity.System(context.Background())}
	budgets := quota.New(d, quota.Options{Now: o.now})
	accounts := account.New(d, account.Options{Keys: keys, Budgets: budgets, ReclameAquiURL: "https://ra.example.com", Now: o.now, Zone: time.UTC})
	o.credential = func(id string) string { return accounts.Credential(o.c.Integration.GetX(o.system, id)) }
	o.Service = New(d, Options{
		Accounts: accounts, Budgets: budgets, Inbox: inbox.New(d, inbox.Options{Now: o.now, AsSystem: identity.System}), Now: o.now, Look: 5 * time.Millisecond,
		Changed: func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.woken++
		},
	})
	o.who = o.c.User.Create().SetEmail("ana@example.com").SetEmailFolded("ana@example.com").SetName("Ana").SetNameFolded("ana").
		SetRole(user.RoleADMIN).SetPasswordHash("x").SaveX(o.system).ID
	o.ctx = identity.With(context.Background(), identity.Viewer{UserID: o.who, Role: user.RoleADMIN})
	o.Trail = audittest.Follow(t, d)
	return o
}

func (o *desk) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.at
}

// pass lets time go by.
func (o *desk) pass(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at = o.at.Add(d)
}

// wakes gives how often the syncer was woken since the last time.
func (o *desk) wakes() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := o.woken
	o.woken = 0
	return n
}

// mirror makes an integration with its mirror, counted and under way.
func (o *desk) mirror(name string, state integration.State, with ...func(*db.SyncStateCreate)) string {
	o.t.Helper()
	row := o.c.Integration.Create().SetName(name).SetNameFolded(name).SetChannel(integration.ChannelRECLAME_AQUI).
		SetKind(integration.KindRECLAME_AQUI).SetState(state).SetAPIUsername("demo").SaveX(o.system)
	create := o.c.SyncState.Create().SetIntegrationID(row.ID).SetWindowFrom(noon.AddDate(-1, 0, 0)).SetCreatedAt(noon.Add(-time.Hour)).
		SetNextSyncAt(noon.Add(time.Hour)).SetBackfillTotal(1000).SetBackfillRead(100).SetBackfillCalls(3).SetWatermark(noon)
	for _, f := range with {
		f(create)
	}
	create.SaveX(o.system)
	return row.ID
}

// uncounted is a mirror of which Reclame Aqui has not counted the complaints yet.
func uncounted(c *db.SyncStateCreate) {
	c.Mutation().ClearBackfillTotal()
	c.Mutation().ClearWatermark()
}

func (o *desk) state(id string) *db.SyncState {
	o.t.Helper()
	return o.c.Integration.GetX(o.system, id).QuerySyncState().OnlyX(o.system)
}

// refused wants an error of a code at a field, and nothing left of what was tried.
func (o *desk) refused(what string, err error, code fault.Code, field string) {
	o.t.Helper()
	list, _ := fault.All(err)
	if len(list) != 1 || list[0].Code != code || field != "" && (len(list[0].Field) != 1 || list[0].Field[0] != field) {
		o.t.Errorf("%s: %v, want %s at %s", what, err, code, field)
	}
	o.Left(what)
	if n := o.wakes(); n != 0 {
		o.t.Errorf("%s woke the syncer", what)
	}
}

func (o *desk) well(what string, err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatalf("%s: %v", what, err)
	}
}

// others are who may do none of it.
func (o *desk) others() map[string]context.Context {
	return map[string]context.Context{
		"a supervisor": identity.With(context.Background(), identity.Viewer{UserID: o.who, Role: user.RoleSUPERVISOR}),
		"an agent":     identity.With(context.Background(), identity.Viewer{UserID: o.who, Role: user.RoleAGENT}),
	}
}
