package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/mirror"
)

// mirrored makes an active integration whose first sync goes on.
func (w *world) mirrored(name string) *db.Integration {
	ctx := context.Background()
	row := w.Writer.Integration.Create().SetName(name).SetNameFolded(name).SetChannel(integration.ChannelRECLAME_AQUI).
		SetKind(integration.KindRECLAME_AQUI).SetState(integration.StateACTIVE).SetAPIUsername("demo").SaveX(ctx)
	w.Writer.SyncState.Create().SetIntegration(row).SetWindowFrom(noon).SetBackfillTotal(200).SetBackfillRead(50).SetBackfillCalls(2).
		SetWatermark(noon).SetNextSyncAt(noon).ExecX(ctx)
	return row
}

// ran keeps a run that began some minutes after noon.
func (w *world) ran(row *db.Integration, minutes int, with ...func(*db.SyncRunCreate)) *db.SyncRun {
	create := w.Writer.SyncRun.Create().SetIntegration(row).SetKind(syncrun.KindINCREMENTAL).SetTrigger(syncrun.TriggerSCHEDULE).
		SetState(syncrun.StateSUCCEEDED).SetStartedAt(noon.Add(time.Duration(minutes) * time.Minute))
	for _, f := range with {
		f(create)
	}
	return create.SaveX(context.Background())
}

// told asks as an administrator and decodes one field; an error fails the test.
func (w *world) told(t *testing.T, query, field string, into any) {
	t.Helper()
	if err := unmarshal(w.ask(t, user.RoleADMIN, query, nil), field, into); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// The words of the contract are those of the mirror.
func TestTheWordsOfTheMirror(t *testing.T) {
	types := contract(t).Types
	for name, words := range map[string][]string{
		"BackfillState":    {string(mirror.Waiting), string(mirror.Running), string(mirror.Paused), string(mirror.Cancelled), string(mirror.Done)},
		"QuarantineReason": {string(mirror.Unreadable), string(mirror.NotMergeable), string(mirror.OtherReason)},
	} {
		slices.Sort(words)
		if !slices.Equal(words, values(types[name])) {
			t.Errorf("%s: the contract has %v, the mirror %v", name, values(types[name]), words)
		}
	}
	if len(lanes) != len(exec.AllReclameAquiLane) {
		t.Errorf("%d lanes", len(lanes))
	}
	for _, l := range lanes {
		if !strings.EqualFold(string(l.lane), l.of.String()) {
			t.Errorf("%s is %s", l.lane, l.of)
		}
	}
}

// The runs, the latest first, by every filter, with all that a report says.
func TestSyncRuns(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		w := newWorld(t, d)
		a, b := w.mirrored("a"), w.mirrored("b")
		who := w.viewer[user.RoleADMIN].UserID
		finished := noon.Add(90 * time.Second)
		w.ran(a, 0, func(c *db.SyncRunCreate) {
			c.SetTrigger(syncrun.TriggerADMIN).SetRequestedByID(who).SetFinishedAt(finished).SetCreatedTickets(1).SetUpdatedTickets(2).
				SetUnchangedTickets(3).SetFailedComplaints(4).SetVanishedTickets(5).SetCalls(6)
		})
		w.ran(b, 10, func(c *db.SyncRunCreate) {
			c.SetState(syncrun.StateFAILED).SetErrorCode("UPSTREAM_LICENCE").SetFinishedAt(noon)
		})
		last := w.ran(a, 20, func(c *db.SyncRunCreate) { c.SetKind(syncrun.KindBACKFILL).SetState(syncrun.StateRUNNING) })

		type run struct {
			ID          string
			Integration struct{ Name string }
			Kind        string
			DurationMs  int
			Error       *struct{ Code, Message string }
		}
		for filter, want := range map[string]string{
			`{}`: "aba",
			fmt.Sprintf(`{integrationIds: ["%s"]}`, a.ID):                     "aa",
			`{integrationIds: []}`:                                            "",
			`{kinds: [INCREMENTAL]}`:                                          "ba",
			`{states: [FAILED, RUNNING]}`:                                     "ab",
			`{startedFrom: "2026-03-02T12:10:00Z"}`:                           "ab",
			`{startedFrom: "2026-03-02T09:10:00-03:00", states: [SUCCEEDED]}`: "",
			`{startedTo: "2026-03-02T12:10:00Z"}`:                             "a",
		} {
			var got struct {
				TotalCount int
				Edges      []struct{ Node run }
			}
			w.told(t, `{ syncRuns(filter: `+filter+`) { totalCount edges { node { id integration { name } } } } }`, "syncRuns", &got)
			names := ""
			for _, e := range got.Edges {
				names += e.Node.Integration.Name
			}
			if names != want || got.TotalCount != len(want) {
				t.Errorf("%s gives %q, %d", filter, names, got.TotalCount)
			}
		}
		var report json.RawMessage
		w.told(t, `{ syncRuns(last: 1) { edges { node { kind trigger requestedBy { id } state startedAt finishedAt durationMs
			created updated unchanged failed vanished calls error { code } } } } }`, "syncRuns", &report)
		want := `{"edges":[{"node":{"kind":"INCREMENTAL","trigger":"ADMIN","requestedBy":{"id":"` + who + `"},"state":"SUCCEEDED",` +
			`"startedAt":"2026-03-02T12:00:00Z","finishedAt":"2026-03-02T12:01:30Z","durationMs":90000,` +
			`"created":1,"updated":2,"unchanged":3,"failed":4,"vanished":5,"calls":6,"error":null}}]}`
		if string(report) != want {
			t.Errorf("the report is %s", report)
		}
		var failed struct{ Edges []struct{ Node run } }
		w.told(t, `{ syncRuns(filter: {states: [FAILED]}) { edges { node { durationMs error { code message } } } } }`, "syncRuns", &failed)
		if n := failed.Edges[0].Node; n.Error == nil || n.Error.Code != "UPSTREAM_LICENCE" || n.Error.Message == "" || n.DurationMs != 0 {
			t.Errorf("the failed one is %+v", n)
		}
		var going run
		w.told(t, `{ node(id: "`+last.ID+`") { ... on SyncRun { kind durationMs } } }`, "node", &going)
		if going.Kind != "BACKFILL" || going.DurationMs <= 0 {
			t.Errorf("the one that goes on is %+v", going)
		}
		if got := w.ask(t, user.RoleSUPERVISOR, `{ node(id: "`+last.ID+`") { id } }`, nil); got.code() != "" || string(got.Data["node"]) != "null" {
			t.Errorf("a supervisor reads a run: %s %v", got.Data["node"], got.Errors)
		}
		// A page goes on after a cursor.
		cursor := w.first(t, `syncRuns(first: 1)`)
		var rest struct{ Edges []struct{ Node run } }
		w.told(t, `{ syncRuns(after: "`+cursor+`") { edges { node { id } } } }`, "syncRuns", &rest)
		if len(rest.Edges) != 2 || rest.Edges[0].Node.ID == last.ID {
			t.Errorf("after the first come %v", rest)
		}
	})
}

// The quarantine: what it says of a complaint, in a list, behind a fragment, as a node.
func TestQuarantinedComplaints(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		w := newWorld(t, d)
		a := w.mirrored("a")
		aside := func(of string, complaint int64, reason, detail string) *db.Quarantine {
			return w.Writer.Quarantine.Create().SetIntegrationID(of).SetComplaintID(complaint).SetReason(reason).SetDetail(detail).SetAttempts(2).
				SetRetryAt(noon.Add(time.Hour)).SetCreatedAt(noon).SetUpdatedAt(noon.Add(time.Minute)).SaveX(context.Background())
		}
		known := aside(w.page.ID, w.own.ComplaintID, "unreadable", "interactions[3].date")
		aside(a.ID, w.own.ComplaintID, "merge", "") // the same number, of another integration
		odd := aside(a.ID, 77, "full moon", "")

		all := `id complaintId reason detail attempts firstFailedAt lastFailedAt nextRetryAt integration { name } ticket { protocol }`
		want := `{"id":"` + known.ID + `","complaintId":"1","reason":"UNREADABLE","detail":"interactions[3].date","attempts":2,` +
			`"firstFailedAt":"2026-03-02T12:00:00Z","lastFailedAt":"2026-03-02T12:01:00Z","nextRetryAt":"2026-03-02T13:00:00Z",` +
			`"integration":{"name":"x"},"ticket":{"protocol":"202600000001"}}`
		var page struct {
			Edges []struct{ Node json.RawMessage }
		}
		for _, query := range []string{
			`{ quarantinedComplaints(filter: {reason: UNREADABLE}) { edges { node { ` + all + ` } } } }`,
			`{ quarantinedComplaints(filter: {integrationIds: ["` + w.page.ID + `"]}) { edges { node { ...f } } } } fragment f on QuarantinedComplaint { ` + all + ` }`,
		} {
			w.told(t, query, "quarantinedComplaints", &page)
			if len(page.Edges) != 1 || string(page.Edges[0].Node) != want {
				t.Errorf("%s gives %s", query, page.Edges)
			}
		}
		var node json.RawMessage
		w.told(t, `{ node(id: "`+known.ID+`") { ... on QuarantinedComplaint { `+all+` } } }`, "node", &node)
		if string(node) != want {
			t.Errorf("as a node %s", node)
		}
		var others struct {
			TotalCount int
			Edges      []struct {
				Node struct {
					ID, Reason string
					Detail     *string
					Ticket     *struct{ ID string }
				}
			}
		}
		w.told(t, `{ quarantinedComplaints(filter: {integrationIds: ["`+a.ID+`"]}) { totalCount edges { node { id reason detail ticket { id } } } } }`, "quarantinedComplaints", &others)
		if others.TotalCount != 2 || others.Edges[0].Node.ID != odd.ID || others.Edges[0].Node.Reason != "OTHER" || *others.Edges[0].Node.Detail != "full moon" ||
			others.Edges[1].Node.Reason != "NOT_MERGEABLE" || others.Edges[1].Node.Detail != nil || others.Edges[1].Node.Ticket != nil {
			t.Errorf("the others are %+v", others)
		}
		for _, query := range []string{`{ n: node(id: "` + known.ID + `") { id } }`, `{ n: node(id: "qua_none") { id } }`} {
			role := user.RoleAGENT
			if strings.Contains(query, "none") {
				role = user.RoleADMIN
			}
			if got := w.ask(t, role, query, nil); string(got.Data["n"]) != "null" || got.code() != "" {
				t.Errorf("%s: %s %v", query, got.Data["n"], got.Errors)
			}
		}
		var retried struct {
			RetriedCount int
			Complaints   []struct{ NextRetryAt time.Time }
		}
		w.told(t, `mutation { retryQuarantined(input: {ids: ["`+odd.ID+`"]}) { retriedCount complaints { nextRetryAt } } }`, "retryQuarantined", &retried)
		if retried.RetriedCount != 1 || len(retried.Complaints) != 1 || !retried.Complaints[0].NextRetryAt.After(noon.Add(2*time.Hour)) {
			t.Errorf("retried %+v", retried)
		}
	})
}

// A list costs as many statements as one entry, whatever is computed of it.
func TestTheMirrorsListsCostNoMore(t *testing.T) {
	var statements atomic.Int64
	url := databasetest.SQLite(t)
	d := databasetest.Open(t, url, database.Options{OnStatement: func(context.Context, string) { statements.Add(1) }})
	w := newWorld(t, d)
	cost := func() (n [2]int64) {
		for i, query := range []string{
			`{ quarantinedComplaints { edges { node { integration { name } ticket { protocol } } } } }`,
			`{ integrations { edges { node { name lastSync backfill { state callsLeft secondsLeft } } } } }`,
		} {
			statements.Store(0)
			if got := w.ask(t, user.RoleADMIN, query, nil); got.code() != "" {
				t.Fatal(got.Errors)
			}
			n[i] = statements.Load()
		}
		return n
	}
	add := func(i int) {
		row := w.mirrored(fmt.Sprint("m", i))
		w.ran(row, 0, func(c *db.SyncRunCreate) { c.SetKind(syncrun.KindBACKFILL).SetState(syncrun.StateRUNNING) })
		w.Writer.Quarantine.Create().SetIntegrationID(row.ID).SetComplaintID(int64(i)).SetReason("merge").SetRetryAt(noon).ExecX(context.Background())
	}
	add(0)
	one := cost()
	for i := range 20 {
		add(i + 1)
	}
	if many := cost(); many != one {
		t.Errorf("one costs %v statements, many %v", one, many)
	}
}

// What became of the verbs, as the app sees it.
func TestVerbsOfTheMirror(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		w := newWorld(t, d)
		a, b := w.mirrored("a"), w.mirrored("b")
		type backfill struct {
			State                 string
			CallsLeft             *int
			SecondsLeft           *int
			StartedAt, FinishedAt *time.Time
			EtaAt                 *time.Time
		}
		for _, c := range []struct{ verb, state string }{
			{"pauseBackfill", "PAUSED"}, {"resumeBackfill", "RUNNING"}, {"cancelBackfill", "CANCELLED"}, {"resumeBackfill", "RUNNING"},
		} {
			var got struct {
				Integration struct{ Backfill backfill }
				Errors      []struct{ Code string }
			}
			w.told(t, `mutation { `+c.verb+`(input: {integrationId: "`+a.ID+`"}) { integration { backfill { state callsLeft startedAt secondsLeft etaAt } } errors { code } } }`, c.verb, &got)
			if f := got.Integration.Backfill; f.State != c.state || *f.CallsLeft != 3 || f.StartedAt == nil || len(got.Errors) != 0 || c.state != "RUNNING" && f.EtaAt != nil {
				t.Errorf("%s: %+v", c.verb, got)
			}
		}
		var now struct {
			Integrations []struct{ Name string }
			Runs         []struct{ ID string }
		}
		run := w.ran(b, 1, func(c *db.SyncRunCreate) { c.SetState(syncrun.StateRUNNING) })
		w.told(t, `mutation { syncNow(input: {}) { integrations { name } runs { id } } }`, "syncNow", &now)
		if len(now.Integrations) != 2 || len(now.Runs) != 1 || now.Runs[0].ID != run.ID {
			t.Errorf("asked %+v", now)
		}
		var refused struct {
			Integrations []struct{ Name string }
			Runs         []struct{ ID string }
			Errors       []struct {
				Code, Message string
				Field         []string
			}
		}
		w.told(t, `mutation { syncNow(input: {integrationId: "`+w.page.ID+`"}) { integrations { name } runs { id } errors { code message field } } }`, "syncNow", &refused)
		if e := refused.Errors; len(e) != 1 || e[0].Code != "INVALID_STATE" || fmt.Sprint(e[0].Field) != "[input integrationId]" || !strings.Contains(e[0].Message, "draft") ||
			refused.Integrations == nil || len(refused.Integrations)+len(refused.Runs) != 0 {
			t.Errorf("of a draft %+v", refused)
		}
	})
}

// The budget, lane by lane.
func TestReclameAquiBudget(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		w := newWorld(t, d)
		a := w.mirrored("a")
		w.mirrored("b")
		query := `{ reclameAquiBudget(integrationId: "` + a.ID + `") { integrations { name } limit used held nextSlot
			queue { lane waiting pending nextSlot } blockedUntil licenceEnd failure { code message since failures openUntil } } }`
		var got struct {
			Integrations      []struct{ Name string }
			Limit, Used, Held int
			NextSlot          time.Time
			Queue             []struct {
				Lane             string
				Waiting, Pending int
				NextSlot         time.Time
			}
			BlockedUntil, LicenceEnd *time.Time
			Failure                  *struct {
				Code, Message string
				Failures      int
			}
		}
		w.told(t, query, "reclameAquiBudget", &got)
		if len(got.Integrations) != 2 || got.Limit != 10 || got.Used != 0 || got.Held != 2 || len(got.Queue) != 4 || got.Failure != nil ||
			got.Queue[0].Lane != "AGENT" || got.Queue[2].Pending != 2 || got.Queue[3].Pending != 6 || got.Queue[3].NextSlot.IsZero() {
			t.Errorf("the budget is %+v", got)
		}
		w.Writer.CallBudget.Create().SetID(w.root.Services.Integration.Credential(a)).SetCalls(schema.CallLog{}).SetFailures(3).
			SetFailingSince(noon).SetFailingCode(string(fault.UpstreamCredentials)).ExecX(context.Background())
		w.told(t, query, "reclameAquiBudget", &got)
		if f := got.Failure; f == nil || f.Code != "UPSTREAM_CREDENTIALS" || f.Failures != 3 || f.Message == "" {
			t.Errorf("the failure is %+v", f)
		}
	})
}

// watching subscribes to the progress as a role.
func (w *world) watching(t *testing.T, ids []string) <-chan *exec.SyncProgress {
	t.Helper()
	ctx, cancel := context.WithCancel(identity.With(context.Background(), w.viewer[user.RoleADMIN]))
	updates, err := subscriptionResolver{w.root}.SyncProgress(ctx, ids)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		for range updates { // until it has ended
		}
	})
	return updates
}

func moved(t *testing.T, updates <-chan *exec.SyncProgress) *exec.SyncProgress {
	t.Helper()
	select {
	case p, more := <-updates:
		if !more {
			t.Fatal("the stream ended")
		}
		return p
	case <-time.After(30 * time.Second):
		t.Fatal("nothing came")
	}
	return nil
}

// Rule L5: how each stands at once, then what moves; authorised at every delivery.
func TestSyncProgress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, b := w.mirrored("a"), w.mirrored("b")
		all, one := w.watching(t, nil), w.watching(t, []string{b.ID})
		first := map[string]bool{}
		for len(first) < 2 {
			p := moved(t, all)
			first[p.Integration.ID] = true
			if p.Backfill.State != exec.BackfillStateRunning || p.CurrentRuns == nil || p.NextSync == nil {
				t.Errorf("first %+v", p)
			}
		}
		if p := moved(t, one); p.Integration.ID != b.ID {
			t.Errorf("one is told of %s", p.Integration.ID)
		}
		w.ran(a, 5, func(c *db.SyncRunCreate) { c.SetState(syncrun.StateRUNNING) })
		if p := moved(t, all); p.Integration.ID != a.ID || len(p.CurrentRuns) != 1 {
			t.Errorf("while a run goes on %+v", p)
		}
		row, err := syncProgressResolver{w.root}.Integration(collecting(identity.With(context.Background(), w.viewer[user.RoleADMIN])),
			&exec.SyncProgress{Integration: db.Integration{ID: a.ID}})
		if err != nil || row.ID != a.ID {
			t.Errorf("whose it is: %v, %v", row, err)
		}

		// Somebody takes the role away.
		w.Writer.User.UpdateOneID(w.viewer[user.RoleADMIN].UserID).SetRole(user.RoleSUPERVISOR).ExecX(context.Background())
		w.Writer.SyncState.Update().AddStep(1).ExecX(context.Background())
		for what, updates := range map[string]<-chan *exec.SyncProgress{"all": all, "one": one} {
			select {
			case p, more := <-updates:
				if more {
					t.Errorf("%s: %v came to a supervisor", what, p)
				}
			case <-time.After(30 * time.Second):
				t.Errorf("%s: the stream did not end", what)
			}
		}
		for _, role := range []user.Role{user.RoleAGENT, user.RoleSUPERVISOR} {
			_, err := subscriptionResolver{w.root}.SyncProgress(identity.With(context.Background(), w.viewer[role]), nil)
			if fault.CodeOf(err) != fault.Forbidden {
				t.Errorf("%s: %v", role, err)
			}
		}
	})
}

// Who signs out is told nothing more.
func TestTheProgressEndsWithTheSession(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.mirrored("a")
		updates := w.watching(t, nil)
		moved(t, updates)
		if err := w.root.Identity.SignOut(identity.With(context.Background(), w.viewer[user.RoleADMIN])); err != nil {
			t.Fatal(err)
		}
		w.Writer.SyncState.Update().AddStep(1).ExecX(context.Background())
		select {
		case p, more := <-updates:
			if more {
				t.Fatalf("%v came after the session had ended", p)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("the stream did not end")
		}
	})
}
