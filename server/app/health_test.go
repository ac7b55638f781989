package app

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/alarm"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

const reportSelection = `{ integration { id } status quarantined checkedAt callbacks { lastAt announcedShare announced found silentChanges }
	problems { code severity message advice since retryAt } }`

// report is how an integration fares now.
func (p *person) report(id string) node {
	p.t.Helper()
	return p.ask(`query($id: ID!) { integration(id: $id) { health healthReport `+reportSelection+` } }`, map[string]any{"id": id}).
		at("integration", "healthReport")
}

// watchHealth follows how an integration fares.
func (p *person) watchHealth(id string) *stream {
	p.t.Helper()
	return p.subscribe("integrationHealth", `subscription($ids: [ID!]) { integrationHealth(integrationIds: $ids) `+reportSelection+` }`,
		map[string]any{"ids": []string{id}})
}

// tells says whether a report has a status and a problem of one of these codes, with what to do about it; no code = none but notes.
func tells(status string, codes ...string) func(node) bool {
	return func(r node) bool {
		if r.at("status").text() != status {
			return false
		}
		for _, p := range r.at("problems").list() {
			said := p.at("message").text() != "" && p.at("advice").text() != ""
			if slices.Contains(codes, p.at("code").text()) && said {
				return true
			}
		}
		return len(codes) == 0
	}
}

// alarms are those of an integration, the latest first, as "CODE" or "CODE over".
func (p *person) alarms(id string) (list []string) {
	p.t.Helper()
	for _, a := range p.ask(`query($ids: [ID!]) { alarms(integrationIds: $ids) { edges { node { code message advice raisedAt clearedAt integration { id } } } } }`,
		map[string]any{"ids": []string{id}}).at("alarms").nodes() {
		text := a.at("code").text()
		if !a.at("clearedAt").null() {
			text += " over"
		}
		list = append(list, text)
	}
	return list
}

// troubled is the product beside a simulator that is about to misbehave.
type troubled struct {
	*simulated
	product *program
	admin   *person
	agent   *person
	office  office
	health  *stream
}

func inTrouble(t *testing.T, s settings) *troubled {
	t.Helper()
	ra := start(t, folder(t).with(settings{"SANDBOX_COMPLAINTS": "30"}), "sandbox")
	p, admin := server(t, s.with(settings{"RECLAME_AQUI_URL": ra.sandbox + "/api"}))
	w := &troubled{simulated: world(t, ra.sandbox), product: p, admin: admin}
	w.do("PUT", "life", map[string]any{"on": false})
	w.office = admin.register()
	admin.activate(&w.office)
	admin.mirrored(w.office.integration)
	w.agent = signIn(t, p.graphql, "alice@example.com", agentPassword)
	w.health = admin.watchHealth(w.office.integration)
	w.health.until("all is well", tells("HEALTHY"))
	return w
}

// happens has Reclame Aqui announce a change, so that it is asked now.
func (w *troubled) happens() { w.t.Helper(); notify(w.t, w.office.callbackURL, `{"id": 1}`) }

func (w *troubled) fault(f map[string]any) {
	w.t.Helper()
	f["times"] = 1_000_000
	w.do("POST", "faults", f)
}

// healed takes all faults away.
func (w *troubled) healed() {
	w.t.Helper()
	w.do("DELETE", "faults", nil)
	w.do("PUT", "licence", map[string]any{})
}

// readsGoOn: agents read what is here, whatever Reclame Aqui does, and do what is done in the house.
func (w *troubled) readsGoOn() {
	w.t.Helper()
	began := time.Now()
	rows := w.agent.ask(`{ tickets(first: 5) { totalCount edges { node { id interactions(first: 3) { edges { node { body } } } } } } }`, nil).at("tickets")
	if rows.at("totalCount").number() < 1 || len(rows.nodes()) == 0 {
		w.t.Errorf("an agent reads %s", rows)
	}
	w.agent.must("addInternalNote", map[string]any{"ticketId": rows.nodes()[0].at("id").text(), "text": "Reclame Aqui está estranho.", "idempotencyKey": key()}, "note { id }")
	if took := time.Since(began); took > 5*time.Second {
		w.t.Errorf("that took %s", took)
	}
}

// Each way in which Reclame Aqui fails shows with what to do, agents go on, and what needs no hand passes without one.
func TestTroubleShowsAndPasses(t *testing.T) {
	t.Parallel()
	const save = "save" // the advice is to save the password: do it
	for name, c := range map[string]struct {
		trouble  func(w *troubled)
		status   string
		codes    []string
		recovers string // "" by itself, save by its advice, "late" by itself but after minutes
	}{
		"down": {
			func(w *troubled) { w.fault(map[string]any{"endpoint": "any", "kind": "status", "status": 503}) }, "FAILING",
			[]string{"UPSTREAM_UNREACHABLE"},
			"",
		},
		"connections cut": {
			func(w *troubled) { w.fault(map[string]any{"endpoint": "any", "kind": "drop-before-accept"}) }, "FAILING",
			[]string{"UPSTREAM_UNREACHABLE"},
			"",
		},
		// Of an integration's own last failure is known that there was no good answer; the finer word is the credential's.
		"slow": {
			func(w *troubled) { w.fault(map[string]any{"endpoint": "any", "kind": "delay", "delayMs": 25_000}) }, "FAILING",
			[]string{"UPSTREAM_SLOW"},
			"",
		},
		"broken JSON": {
			func(w *troubled) { w.fault(map[string]any{"endpoint": "any", "kind": "broken-json"}) }, "FAILING",
			[]string{"UPSTREAM_ANSWERS_BROKEN"},
			"",
		},
		"password changed": {
			func(w *troubled) { w.fault(map[string]any{"endpoint": "any", "kind": "code", "code": 4010}) }, "BLOCKED",
			[]string{"CREDENTIALS_REFUSED"},
			save,
		},
		"licence ended": {func(w *troubled) {
			w.do("PUT", "switches", map[string]any{"licenceUnauthorized": true})
			w.do("PUT", "licence", map[string]any{"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"})
		}, "BLOCKED", []string{"LICENCE_ENDED"}, save},
		"calls of others": {
			func(w *troubled) { w.fault(map[string]any{"endpoint": "any", "kind": "status", "status": 429}) }, "DEGRADED",
			[]string{"RATE_LIMITED_BY_OTHERS"},
			"late",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := inTrouble(t, folder(t))
			c.trouble(w)
			w.happens()
			w.health.until(c.codes[0], tells(c.status, c.codes...))
			if got := w.admin.ask(`{ integrations { edges { node { health } } } }`, nil).at("integrations").nodes()[0].at("health").text(); got != c.status {
				t.Errorf("in the list it is %s", got)
			}
			w.readsGoOn()
			w.healed()
			switch {
			case c.recovers == save:
				w.admin.edit(w.office.integration, map[string]any{"apiPassword": apiPassword})
			case c.recovers == "late" && !soak():
				return
			}
			within(t, 2*patience, "all is well again", func() bool { return tells("HEALTHY")(w.admin.report(w.office.integration)) })
		})
	}
}

// An outage that goes on raises an alarm, which is cleared after it; monitoring sees it, too.
func TestAlarmOfAnOutage(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, s settings) {
		w := inTrouble(t, s)
		w.fault(map[string]any{"endpoint": "any", "kind": "status", "status": 503})
		w.happens()
		eventually(t, "an alarm", func() bool { return slices.Contains(w.admin.alarms(w.office.integration), "UPSTREAM_UNREACHABLE") })
		if _, page := fetch(t, "GET", w.product.graphql+"/metrics", nil, nil); !strings.Contains(string(page),
			`citrus_integration_problem{code="UPSTREAM_UNREACHABLE",integration="`+w.office.integration+`",severity="WARNING"} 1`) {
			t.Errorf("%s", page)
		}
		w.healed()
		within(t, 2*patience, "it is cleared", func() bool {
			return slices.Equal(w.admin.alarms(w.office.integration), []string{"UPSTREAM_UNREACHABLE over"})
		})
		// A line follows its commit.
		eventually(t, "the log tells of both", func() bool {
			log := w.product.stderr.String()
			return strings.Contains(log, "alarm raised") && strings.Contains(log, "alarm cleared")
		})
	})
}

// What is set aside is told of, with its advice, until it has been read.
func TestQuarantineShows(t *testing.T) {
	t.Parallel()
	s := folder(t)
	w := inTrouble(t, s)
	d := databasetest.Open(t, s.databaseURL(), database.Options{})
	d.Writer.Quarantine.Create().SetIntegrationID(w.office.integration).SetComplaintID(1).SetReason("unreadable").
		SetRetryAt(time.Now().Add(time.Hour).UTC()).ExecX(t.Context())
	w.health.until("quarantine", tells("DEGRADED", "QUARANTINE_NOT_EMPTY"))
	if r := w.admin.report(w.office.integration); r.at("quarantined").number() != 1 || r.at("problems", 0, "retryAt").null() {
		t.Errorf("%s", r)
	}
	w.readsGoOn()
	d.Writer.Quarantine.Delete().ExecX(t.Context())
	w.health.until("nothing is set aside", tells("HEALTHY"))
}

// A lost master key: the password is told to be unreadable, and with the key it is as before.
func TestLostKeyShows(t *testing.T) {
	t.Parallel()
	s := folder(t).with(settings{"MASTER_KEY": base64.StdEncoding.EncodeToString([]byte(strings.Repeat("a", 32)))})
	w := inTrouble(t, s)
	w.product.stop()
	other := s.with(settings{"MASTER_KEY": base64.StdEncoding.EncodeToString([]byte(strings.Repeat("b", 32))), "RECLAME_AQUI_URL": w.base + "/api"})
	lost := start(t, other, "serve")
	admin := signIn(t, lost.graphql, adminEmail, adminPassword)
	eventually(t, "the key is missed", func() bool {
		return tells("BLOCKED", "PASSWORD_UNREADABLE")(admin.report(w.office.integration)) &&
			slices.Contains(admin.alarms(w.office.integration), "PASSWORD_UNREADABLE")
	})
	lost.stop()
	found := start(t, s.with(settings{"RECLAME_AQUI_URL": w.base + "/api"}), "serve")
	admin = signIn(t, found.graphql, adminEmail, adminPassword)
	eventually(t, "the key is there", func() bool {
		return tells("HEALTHY")(admin.report(w.office.integration)) && slices.Contains(admin.alarms(w.office.integration), "PASSWORD_UNREADABLE over")
	})
}

// Rule C5: callbacks that stop raise an alarm, and the next one clears it. The hours of silence are written into the rows.
func TestCallbacksStopped(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, s settings) {
		w := inTrouble(t, s)
		if r := w.admin.report(w.office.integration); !tells("HEALTHY", "CALLBACKS_NEVER_CAME")(r) || !r.at("callbacks", "lastAt").null() {
			t.Errorf("before the first callback: %s", r)
		}
		d := databasetest.Open(t, s.databaseURL(), database.Options{})
		d.Writer.CallbackToken.Update().SetLastUsedAt(time.Now().Add(-2 * time.Hour).UTC()).ExecX(t.Context())
		d.Writer.SyncState.Update().SetSilentChanges(3).AddStep(1).ExecX(t.Context())
		w.health.until("silence", tells("DEGRADED", "CALLBACKS_STOPPED"))
		eventually(t, "an alarm", func() bool { return slices.Equal(w.admin.alarms(w.office.integration), []string{"CALLBACKS_STOPPED"}) })
		w.happens()
		w.health.until("callbacks again", tells("HEALTHY"))
		eventually(t, "no alarm", func() bool {
			return slices.Equal(w.admin.alarms(w.office.integration), []string{"CALLBACKS_STOPPED over"})
		})
		if n := d.Reader.Alarm.Query().Where(alarm.ClearedAtNotNil()).CountX(t.Context()); n != 1 {
			t.Errorf("%d alarms, want one", n)
		}
		if _, page := fetch(t, "GET", w.product.graphql+"/metrics", http.Header{}, nil); !strings.Contains(string(page), "citrus_callback_last_seconds{") {
			t.Errorf("%s", page)
		}
	})
}
