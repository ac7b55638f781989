package app

import (
	"strings"
	"testing"

	"citrus.cx/channel/server/reclameaqui/sandbox"
)

const progressSelection = `integration { id name } backfill { state done total calls callsLeft startedAt etaAt secondsLeft finishedAt }
	currentRuns { id kind } lastSync nextSync`

// watch subscribes to how the mirrors stand.
func (p *person) watch() *stream {
	p.t.Helper()
	return p.subscribe("syncProgress", `subscription { syncProgress { `+progressSelection+` } }`, nil)
}

// inState waits for a push that says so of the first sync.
func inState(state string) func(node) bool {
	return func(u node) bool { return u.at("backfill", "state").text() == state }
}

// tell does a verb on the first sync and gives its state.
func (p *person) tell(verb, id string) string {
	p.t.Helper()
	return p.must(verb, map[string]any{"integrationId": id}, "integration { backfill { state } }").at("integration", "backfill", "state").text()
}

// An administrator connects a page, sees it come in, stops it, lets it go on, gives it up, and sees the calls.
func TestAnAdministratorBeforeTheMirror(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, s settings) {
		base := moody(t, sandbox.Config{Complaints: 1000, Rate: 12})
		_, admin := server(t, s.with(settings{"RECLAME_AQUI_URL": base + "/api"}))
		o := admin.register()
		live := admin.watch()
		admin.activate(&o)
		seen := live.until("a page is in", func(u node) bool { return u.at("backfill", "done").number() > 0 })
		if last := seen[len(seen)-1]; last.at("integration", "id").text() != o.integration || last.at("integration", "name").text() != "Loja Aurora" ||
			last.at("backfill", "state").text() != "RUNNING" || last.at("backfill", "total").number() < 900 || last.at("backfill", "callsLeft").number() < 10 ||
			last.at("backfill", "startedAt").null() || last.at("nextSync").null() {
			t.Errorf("after a page is pushed %s", last)
		}
		state := "RUNNING"
		for _, c := range []struct{ verb, then string }{
			{"pauseBackfill", "PAUSED"}, {"pauseBackfill", "PAUSED"}, {"resumeBackfill", "RUNNING"}, {"cancelBackfill", "CANCELLED"}, {"resumeBackfill", "RUNNING"},
		} {
			if got := admin.tell(c.verb, o.integration); got != c.then {
				t.Errorf("%s: %s", c.verb, got)
			}
			if c.then != state { // what changes nothing is not pushed
				live.until(c.verb, inState(c.then))
			}
			state = c.then
		}
		admin.tell("cancelBackfill", o.integration)
		admin.refused("pausing what is cancelled", "pauseBackfill", map[string]any{"integrationId": o.integration}, "integration { id }", "INVALID_STATE at input.integrationId")

		budget := admin.ask(`query($id: ID!) { reclameAquiBudget(integrationId: $id) { integrations { name } limit used held nextSlot
			queue { lane waiting pending nextSlot } blockedUntil licenceEnd failure { code } } }`, map[string]any{"id": o.integration}).at("reclameAquiBudget")
		if budget.at("limit").number() != 12 || budget.at("used").number() < 5 || budget.at("used").number() > 12 || budget.at("held").number() < 1 ||
			budget.at("integrations", 0, "name").text() != "Loja Aurora" || len(budget.at("queue").list()) != 4 || budget.at("queue", 3, "pending").number() != 0 ||
			!budget.at("blockedUntil").null() || budget.at("licenceEnd").null() || !budget.at("failure").null() {
			t.Errorf("the budget is %s", budget)
		}

		asked := admin.must("syncNow", map[string]any{"idempotencyKey": key()}, "integrations { id nextSync }")
		if len(asked.at("integrations").list()) != 1 || asked.at("integrations", 0, "id").text() != o.integration {
			t.Errorf("asked were %s", asked)
		}
		trail := ""
		for _, e := range admin.ask(`query($id: ID!) { auditEntries(first: 20, subjectId: $id) { edges { node { actor { email } changes { field } } } } }`,
			map[string]any{"id": o.integration}).at("auditEntries").nodes() {
			for _, c := range e.at("changes").list() {
				trail += " " + c.at("field").text()
			}
			if e.at("actor", "email").text() != adminEmail {
				t.Errorf("by %s", e)
			}
		}
		if !strings.HasPrefix(trail, " syncRequestedAt backfillCancelledAt backfillCancelledAt backfillCancelledAt backfillPausedAt backfillPausedAt") {
			t.Errorf("the audit has%s", trail)
		}
	})
}

// creations counts the pages of first syncs that Reclame Aqui was asked for.
func (s *simulated) creations() (n int) {
	s.t.Helper()
	for _, c := range s.calls() {
		if strings.Contains(c.Query, "sort[creation_date]") {
			n++
		}
	}
	return n
}

// The syncer obeys: a first sync that is paused or given up asks for nothing while all else goes on, one that goes
// on brings all; and every run leaves its report.
func TestTheMirrorObeysAndReports(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, s settings) {
		base := moody(t, sandbox.Config{Complaints: 5000, Rate: 1000})
		_, admin := server(t, s.with(settings{"RECLAME_AQUI_URL": base + "/api"}))
		w, o := world(t, base), admin.register()
		live := admin.watch()
		admin.activate(&o)
		eventually(t, "a page is in", func() bool { return admin.form(o.integration).at("backfill", "done").number() > 0 })
		rounds := 0
		// round asks for a round and waits for its end: then no call from before it is under way.
		round := func() {
			rounds++
			admin.must("syncNow", map[string]any{"integrationId": o.integration, "idempotencyKey": key()}, "integrations { id }")
			eventually(t, "the round that was asked for is over", func() bool {
				return len(admin.runs(`{kinds: [INCREMENTAL], states: [SUCCEEDED]}`, "ADMIN")) == rounds
			})
		}
		for _, verb := range []string{"pauseBackfill", "cancelBackfill"} {
			admin.tell(verb, o.integration)
			round()
			before := w.creations()
			id := w.complain("Enquanto a primeira sincronia espera")
			notify(t, o.callbackURL, `{"id": `+id+`}`)
			admin.ticketOf(id, "")
			round()
			if after := w.creations(); after != before {
				t.Errorf("after %s %d pages were asked for", verb, after-before)
			}
		}
		if runs := admin.runs(`{kinds: [BACKFILL]}`, "ACTIVATION"); len(runs) != 1 || runs[0].at("state").text() != "CANCELLED" {
			t.Errorf("the first sync that was given up: %v", runs)
		}
		if got := admin.tell("resumeBackfill", o.integration); got != "RUNNING" {
			t.Errorf("resumed it is %s", got)
		}
		live.until("the first sync is over", inState("DONE"))
		eventually(t, "tickets are exactly the complaints", func() bool { return len(ticketIDs(admin)) == len(w.complaints()) })

		created := 0
		for _, run := range admin.runs(`{}`, "") {
			created += run.at("created").number()
			if run.at("state").text() != "RUNNING" && run.at("calls").number() == 0 || run.at("failed").number() != 0 || !run.at("error").null() {
				t.Errorf("a run reports %s", run)
			}
		}
		if n := len(w.complaints()); created != n {
			t.Errorf("the runs report %d new tickets, there are %d", created, n)
		}
		for _, run := range admin.runs(`{kinds: [INCREMENTAL]}`, "ADMIN") {
			if run.at("requestedBy", "email").text() != adminEmail || run.at("finishedAt").null() {
				t.Errorf("a round that was asked for reports %s", run)
			}
		}
		if len(admin.runs(`{kinds: [HINTED]}`, "CALLBACK")) == 0 {
			t.Error("no run is owed to a callback")
		}
	})
}

// runs gives the runs of a filter, those owed to one thing if it is named.
func (p *person) runs(filter, trigger string) (list []node) {
	p.t.Helper()
	for _, run := range p.ask(`{ syncRuns(first: 100, filter: `+filter+`) { edges { node { kind trigger requestedBy { email } state startedAt finishedAt durationMs
		created updated unchanged failed vanished calls error { code } } } } }`, nil).at("syncRuns").nodes() {
		if trigger == "" || run.at("trigger").text() == trigger {
			list = append(list, run)
		}
	}
	return list
}
