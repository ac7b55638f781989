package graph

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/syncstate"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/health"
	"citrus.cx/channel/server/identity"
)

// The words of package health are the contract's.
func TestHealthWordsAgree(t *testing.T) {
	types := contract(t).Types
	var codes, statuses []string
	for _, c := range health.Codes() {
		codes = append(codes, string(c))
	}
	for _, s := range health.Statuses() {
		statuses = append(statuses, string(s))
	}
	slices.Sort(codes)
	slices.Sort(statuses)
	if !slices.Equal(codes, values(types["HealthProblemCode"])) {
		t.Errorf("problems %v, contract %v", codes, values(types["HealthProblemCode"]))
	}
	if !slices.Equal(statuses, values(types["HealthStatus"])) {
		t.Errorf("statuses %v, contract %v", statuses, values(types["HealthStatus"]))
	}
	severities := []string{string(health.Critical), string(health.Info), string(health.Warning)}
	if !slices.Equal(severities, values(types["HealthSeverity"])) {
		t.Errorf("severities %v, contract %v", severities, values(types["HealthSeverity"]))
	}
}

// active makes the integration one that is in use and was called, and gives its sync state a last error.
func (w *world) active(id string) {
	ctx := context.Background()
	w.Writer.Integration.UpdateOneID(id).SetState(integration.StateACTIVE).SetSyncIntervalMinutes(10).SetActivatedAt(time.Now()).ExecX(ctx)
	w.Writer.CallbackToken.Create().SetIntegrationID(id).SetHash(id).SetSealed([]byte("x")).SetLastUsedAt(time.Now()).ExecX(ctx)
	w.Writer.SyncState.Create().SetIntegrationID(id).SetWindowFrom(noon).ExecX(ctx)
}

func (w *world) failing(id string, code fault.Code) {
	w.Writer.SyncState.Update().Where(syncstate.IntegrationID(id)).SetLastErrorCode(string(code)).SetLastErrorAt(noon).SetFailures(2).
		SetRetryAt(noon.AddDate(99, 0, 0)).ExecX(context.Background())
}

// A report says in the viewer's language what is wrong and what to do.
func TestHealthReport(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.active(w.page.ID)
		w.failing(w.page.ID, fault.UpstreamCredentials)
		w.Writer.ChangeTally.Create().SetIntegrationID(w.page.ID).SetHour(time.Now().Truncate(time.Hour)).SetAnnounced(3).SetFound(1).ExecX(context.Background())
		got := w.ask(t, user.RoleADMIN, `{ integration(id: "`+w.page.ID+`") { health healthReport {
			integration { name } status quarantined problems { code severity message advice since retryAt }
			callbacks { announcedShare announced found silentChanges } } } }`, nil)
		want := `{"health":"BLOCKED","healthReport":{"integration":{"name":"x"},"status":"BLOCKED","quarantined":0,"problems":[{"code":"CREDENTIALS_REFUSED",` +
			`"severity":"CRITICAL","message":"Reclame Aqui does not accept the API user and password.","advice":"Find out at Reclame Aqui whether the API password was changed, ` +
			`and save user and password in the integration; the sync goes on by itself.","since":"2026-03-02T12:00:00Z","retryAt":"2125-03-02T12:00:00Z"}],` +
			`"callbacks":{"announcedShare":0.75,"announced":3,"found":1,"silentChanges":0}}}`
		if string(got.Data["integration"]) != want {
			t.Errorf("%s %v\nwant %s", got.Data["integration"], got.Errors, want)
		}
		for _, role := range []user.Role{user.RoleAGENT, user.RoleSUPERVISOR} {
			refused := w.ask(t, role, `{ ticket(id: "`+w.own.ID+`") { integration { healthReport { status } } } }`, nil)
			if refused.code() != "FORBIDDEN" {
				t.Errorf("%s: %s %v", role, refused.Data["ticket"], refused.Errors)
			}
		}
	})
}

// A list of reports and a list of alarms with their integrations take the same number of statements for many as for one.
func TestStatementsOfHealth(t *testing.T) {
	var statements atomic.Int64
	d := databasetest.Open(t, databasetest.SQLite(t), database.Options{OnStatement: func(context.Context, string) { statements.Add(1) }})
	w := newWorld(t, d)
	for i := range 30 {
		ctx := context.Background()
		row := d.Writer.Integration.Create().SetName("x").SetNameFolded("x").SetChannel(integration.ChannelRECLAME_AQUI).
			SetKind(integration.KindRECLAME_AQUI).SaveX(ctx)
		w.active(row.ID)
		d.Writer.Alarm.Create().SetIntegrationID(row.ID).SetCode(fmt.Sprint(health.SyncLate)).SetRaisedAt(noon.Add(time.Duration(i))).ExecX(ctx)
	}
	for _, query := range []string{
		`{ integrations(first: %d) { edges { node { id health healthReport { status problems { code } } } } } }`,
		`{ alarms(first: %d) { edges { node { code message advice integration { name } } } } }`,
	} {
		var counts []int64
		for _, n := range []int{1, 30} {
			before := statements.Load()
			if got := w.ask(t, user.RoleADMIN, fmt.Sprintf(query, n), nil); got.code() != "" {
				t.Fatal(got.Errors)
			}
			counts = append(counts, statements.Load()-before)
		}
		if counts[0] != counts[1] {
			t.Errorf("%v statements: %s", counts, query)
		}
	}
}

// The alarms: the latest first, those that last or are over, of some integrations.
func TestAlarms(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		raised := func(id string, code health.Code) *db.AlarmCreate {
			return w.Writer.Alarm.Create().SetIntegrationID(id).SetCode(string(code)).SetRaisedAt(noon)
		}
		raised(w.page.ID, health.CallbacksStopped).SetClearedAt(noon.Add(time.Hour)).ExecX(ctx)
		raised(w.page.ID, health.CallbacksStopped).ExecX(ctx)
		raised("int_gone", health.SyncLate).ExecX(ctx)
		for arguments, want := range map[string][]string{
			`first: 10`: {"SYNC_LATE", "CALLBACKS_STOPPED", "CALLBACKS_STOPPED over"},
			`first: 10, integrationIds: ["` + w.page.ID + `"]`:                 {"CALLBACKS_STOPPED", "CALLBACKS_STOPPED over"},
			`first: 10, integrationIds: ["` + w.page.ID + `"], lasting: true`:  {"CALLBACKS_STOPPED"},
			`first: 10, integrationIds: ["` + w.page.ID + `"], lasting: false`: {"CALLBACKS_STOPPED over"},
			`first: 1`: {"SYNC_LATE"},
		} {
			answer := w.ask(t, user.RoleADMIN, `{ alarms(`+arguments+`) { edges { node { id code clearedAt integration { id } } } } }`, nil)
			var page struct {
				Edges []struct {
					Node struct {
						ID, Code    string
						ClearedAt   *time.Time
						Integration *struct{ ID string }
					}
				}
			}
			if err := unmarshal(answer, "alarms", &page); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range page.Edges {
				text := e.Node.Code
				if e.Node.ClearedAt != nil {
					text += " over"
				}
				got = append(got, text)
				if there := e.Node.Integration != nil; there != (e.Node.Code == "CALLBACKS_STOPPED") {
					t.Errorf("%s: its integration is there: %t", e.Node.Code, there)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", arguments, got, want)
			}
		}
		one := w.Reader.Alarm.Query().FirstX(identity.System(ctx))
		for role, want := range map[user.Role]string{user.RoleADMIN: `{"__typename":"Alarm"}`, user.RoleSUPERVISOR: "null", user.RoleAGENT: "null"} {
			if got := w.ask(t, role, `{ node(id: "`+one.ID+`") { __typename } }`, nil); string(got.Data["node"]) != want {
				t.Errorf("node as %s: %s %v", role, got.Data["node"], got.Errors)
			}
		}
	})
}

// judging keeps judging for the length of a test.
func judging(t *testing.T, w *world) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.root.Services.Health.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// The subscription tells at once how things are, then what changes, and ends when its viewer is no administrator any more.
func TestIntegrationHealthIsFollowed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		judging(t, w)
		w.active(w.page.ID)
		ctx, cancel := context.WithCancel(identity.With(context.Background(), w.viewer[user.RoleADMIN]))
		defer cancel()
		updates, err := subscriptionResolver{w.root}.IntegrationHealth(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		next := func() *exec.IntegrationHealth {
			t.Helper()
			select {
			case u := <-updates:
				return u
			case <-time.After(30 * time.Second):
				t.Fatal("nothing came")
			}
			return nil
		}
		if u := next(); u == nil || u.Integration.ID != w.page.ID || u.Status != exec.HealthStatusHealthy {
			t.Fatalf("at first %+v", u)
		}
		w.failing(w.page.ID, fault.UpstreamLicence)
		if u := next(); u == nil || u.Status != exec.HealthStatusBlocked || u.Problems[0].Code != exec.HealthProblemCodeLicenceEnded {
			t.Fatalf("then %+v", u)
		}
		// Nothing happens to the integration: it ends all the same.
		w.Writer.User.UpdateOneID(w.viewer[user.RoleADMIN].UserID).SetRole(user.RoleSUPERVISOR).ExecX(ctx)
		if u := next(); u != nil {
			t.Errorf("a supervisor gets %+v", u)
		}
		for _, role := range []user.Role{user.RoleAGENT, user.RoleSUPERVISOR} {
			_, err := subscriptionResolver{w.root}.IntegrationHealth(identity.With(context.Background(), w.viewer[role]), nil)
			if fault.CodeOf(err) != fault.Forbidden {
				t.Errorf("%s: %v", role, err)
			}
		}
		if _, err := (subscriptionResolver{w.root}).IntegrationHealth(context.Background(), nil); fault.CodeOf(err) != fault.Unauthenticated {
			t.Errorf("nobody: %v", err)
		}
	})
}
