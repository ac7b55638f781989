package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"citrus.cx/channel/server/reclameaqui/sandbox"
)

// moods are how Reclame Aqui treats the API users of these names; any other is the simulator's.
const (
	wrongPassword = "mood-wrong-password" // the token is refused
	endedLicence  = "mood-ended-licence"  // a token whose licence is over, and 403 on every call
	futureLicence = "mood-future-licence" // a token whose licence has not begun, and 403 on every call
	usedUp        = "mood-used-up"        // 429 on every call but the token
	outage        = "mood-outage"         // 502, in HTML
	silence       = "mood-silence"        // the connection is cut
	noCompany     = "mood-no-company"     // an account without a page
	refuses       = "mood-refuses"        // 422 with a code and a text
)

// moody is a simulated Reclame Aqui that has moods; it gives its address.
func moody(t testing.TB, c sandbox.Config) (base string) {
	t.Helper()
	ra, err := sandbox.New(c)
	if err != nil {
		t.Fatal(err)
	}
	simulator := ra.Handler()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, ok := r.BasicAuth()
		if !ok {
			user = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		}
		if !strings.HasPrefix(user, "mood-") {
			simulator.ServeHTTP(w, r)
			return
		}
		mood(w, user, strings.HasSuffix(r.URL.Path, "/auth/oauth/token"))
	}))
	t.Cleanup(func() {
		front.Close()
		if err := ra.Close(); err != nil {
			t.Error(err)
		}
	})
	return front.URL
}

// mood answers the token call, or any other, of a user.
func mood(w http.ResponseWriter, user string, token bool) {
	say := func(status int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body) // a client that is gone asks again
	}
	grant := map[string]any{"access_token": user, "token_type": "Bearer", "expires_in": 3600, "rate_limit": 600}
	switch {
	case user == wrongPassword:
		say(http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
	case user == outage:
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<html>Bad gateway</html>"))
	case user == silence:
		panic(http.ErrAbortHandler)
	case token:
		switch user {
		case endedLicence:
			grant["license_start_at"], grant["license_end_at"] = "2019-01-01", "2020-12-31"
		case futureLicence:
			grant["license_start_at"], grant["license_end_at"] = "2190-01-01", "2191-12-31"
		}
		say(http.StatusOK, grant)
	case user == endedLicence, user == futureLicence:
		say(http.StatusForbidden, map[string]any{"code": 4030, "message": "Acesso negado"})
	case user == usedUp:
		w.Header().Set("Retry-After", "40")
		say(http.StatusTooManyRequests, map[string]any{"code": 4290, "message": "aguarde um minuto"})
	case user == noCompany:
		say(http.StatusOK, []any{})
	default:
		say(http.StatusUnprocessableEntity, map[string]any{"code": 4220, "message": "Não desta vez"})
	}
}

// as makes a draft whose API user has a mood.
func (p *person) as(user string) (id string) {
	p.t.Helper()
	id = p.draft(user)
	p.edit(id, map[string]any{"apiUsername": user, "apiPassword": "whatever"})
	return id
}

// Bad credentials, a licence that is not in force, the limit, an outage and an account without a page are five
// different errors, of the pages and of the steps of a test.
func TestWhatReclameAquiMaySay(t *testing.T) {
	t.Parallel()
	_, admin := server(t, folder(t).with(settings{"RECLAME_AQUI_URL": moody(t, sandbox.Config{Complaints: -1}) + "/api"}))
	for _, c := range []struct {
		user, code   string
		retryable    bool
		authenticate string // what becomes of the step, and of the one after it
		list         string
	}{
		{wrongPassword, "UPSTREAM_CREDENTIALS", false, "UPSTREAM_CREDENTIALS", "-"},
		{endedLicence, "UPSTREAM_LICENCE", false, "ok", "UPSTREAM_LICENCE"},
		{futureLicence, "UPSTREAM_LICENCE", false, "ok", "UPSTREAM_LICENCE"},
		{usedUp, "RATE_LIMITED", true, "ok", "RATE_LIMITED"},
		{outage, "UPSTREAM_UNAVAILABLE", true, "", "-"},
		{silence, "UPSTREAM_UNAVAILABLE", true, "", "-"},
		{noCompany, "UPSTREAM_NO_COMPANY", false, "ok", "UPSTREAM_NO_COMPANY"},
		{refuses, "UPSTREAM_REFUSED", false, "ok", "UPSTREAM_REFUSED"},
	} {
		t.Run(c.user, func(t *testing.T) {
			admin := admin.on(t)
			id := admin.as(c.user)
			if c.user != usedUp { // that one's first call closes the window for the second
				want := []string{"REACH ok", "AUTHENTICATE " + c.authenticate, "LIST_PAGES " + c.list, "COUNT_TICKETS -"}
				if c.authenticate == "" {
					want = []string{"REACH " + c.code, "AUTHENTICATE -", "LIST_PAGES -", "COUNT_TICKETS -"}
				}
				wants(t, "the test of the connection", admin.steps(id), want...)
			}
			out := admin.refused("fetching pages", "fetchReclameAquiPages", map[string]any{"id": id}, "pages { id } integration { id }", c.code)
			e := out.at("errors", 0)
			if e.at("retryable").truth() != c.retryable || len(out.at("pages").list()) != 0 {
				t.Errorf("%s", out)
			}
			if c.code == "RATE_LIMITED" {
				if ms := e.at("retryAfterMs").number(); ms < 1 || ms > 61_000 {
					t.Errorf("to wait are %d ms", ms)
				}
				again := admin.refused("at once again", "fetchReclameAquiPages", map[string]any{"id": id}, "pages { id }", c.code)
				if ms := again.at("errors", 0, "retryAfterMs").number(); ms < 1 || ms > 61_000 {
					t.Errorf("to wait are then %d ms", ms)
				}
			}
			if c.code == "UPSTREAM_REFUSED" && (e.at("upstreamCode").text() != "4220" || !strings.Contains(e.at("message").text(), "Não desta vez")) {
				t.Errorf("the refusal is %s", e)
			}
		})
	}
}

// A preview says what the first sync then takes.
func TestPreviewKeepsItsWord(t *testing.T) {
	t.Parallel()
	rate, complaints := 500, 300
	if soak() {
		rate, complaints = 10, 1000 // minutes can be told only where calls are scarce
	}
	base := moody(t, sandbox.Config{Complaints: complaints, Rate: rate})
	_, admin := server(t, folder(t).with(settings{"RECLAME_AQUI_URL": base + "/api"}))
	o := admin.register()
	id, w := o.integration, world(t, base)
	pages := admin.must("fetchReclameAquiPages", map[string]any{"id": id}, "pages { id }")
	admin.edit(id, map[string]any{"pageId": pages.at("pages", 0, "id").text()})
	before := len(w.calls())
	told := admin.must("previewSync", map[string]any{"id": id}, "preview { tickets calls minutes from }").at("preview")
	if n := len(w.calls()) - before; n != 1 {
		t.Errorf("the preview took %d calls", n)
	}
	if soak() {
		within(t, 2*patience, "the credential is idle again", func() bool { return w.idle() })
	}
	admin.must("activateIntegration", map[string]any{"id": id}, "integration { state }")
	var done node
	within(t, 5*patience, "the first sync is over", func() bool {
		done = admin.form(id)
		return !done.at("backfill", "finishedAt").null()
	})
	took := done.at("backfill")
	calls := w.calls()[before+1:]
	asked := 0
	for _, c := range calls {
		if strings.Contains(c.Query, "sort[creation_date]") || strings.HasSuffix(c.Path, "/count") {
			asked++
		}
	}
	t.Logf("told %s, took %s, Reclame Aqui saw %d calls", told, took, asked)
	if asked != took.at("calls").number() {
		t.Errorf("%d calls are shown, Reclame Aqui saw %d", took.at("calls").number(), asked)
	}
	near(t, "tickets", told.at("tickets").number(), len(ticketIDs(admin)))
	near(t, "calls", told.at("calls").number(), asked)
	if soak() {
		first, last := calls[0].At, calls[asked-1].At
		near(t, "tenths of minutes", told.at("minutes").tenths(), int(last.Sub(first).Minutes()*10+0.5))
	}
}

// near wants a forecast within a tenth of what happened.
func near(t testing.TB, what string, told, took int) {
	t.Helper()
	if d := told - took; took == 0 || 10*max(d, -d) > took {
		t.Errorf("%s: told %d, took %d", what, told, took)
	}
}

func (n node) tenths() int {
	f, _ := n.value.(json.Number).Float64()
	return int(f*10 + 0.5)
}

// idle says that no call is in the window.
func (s *simulated) idle() bool {
	s.t.Helper()
	for _, n := range s.state().at("callsInWindow").value.(map[string]any) {
		if (node{n}).number() > 0 {
			return false
		}
	}
	return true
}

// What asks Reclame Aqui is asked once for a key, however many ask at the same moment: calls are scarce.
func TestOneKeyAsksReclameAquiOnce(t *testing.T) {
	t.Parallel()
	base := moody(t, sandbox.Config{Complaints: 5, Rate: 10})
	_, admin := server(t, folder(t).with(settings{"RECLAME_AQUI_URL": base + "/api"}))
	id, w := admin.register().integration, world(t, base)
	pages := admin.must("fetchReclameAquiPages", map[string]any{"id": id}, "pages { id }")
	admin.edit(id, map[string]any{"pageId": pages.at("pages", 0, "id").text()})
	for _, c := range []struct {
		mutation, selection string
		calls               int
	}{
		{"fetchReclameAquiPages", "pages { id name } integration { pagesFetchedAt }", 1},
		{"previewSync", "preview { tickets calls minutes from }", 1},
		{"testReclameAquiConnection", "steps { name ok detail error { code } }", 2},
	} {
		before := len(w.calls())
		input := map[string]any{"id": id, "idempotencyKey": key()}
		out := atOnce(repeats, func(int) node { return admin.mutate(c.mutation, input, c.selection) })
		for i, o := range append(out, admin.mutate(c.mutation, input, c.selection)) {
			if len(refusals(o)) > 0 || o.String() != out[0].String() {
				t.Fatalf("%s: answer %d is %s, the first one %s", c.mutation, i, o, out[0])
			}
		}
		if n := len(w.calls()) - before; n != c.calls {
			t.Errorf("%s took %d calls, want %d", c.mutation, n, c.calls)
		}
		other := addTo(input, "id", admin.as(refuses))
		if c.mutation == "previewSync" {
			other = addTo(input, "retroactiveMonths", 3)
		}
		admin.refused("other input under the key", c.mutation, other, c.selection, "IDEMPOTENCY_KEY_REUSED at input.idempotencyKey")
		admin.refused("the id of nothing under the key", c.mutation, addTo(input, "id", "int_none"), c.selection, "IDEMPOTENCY_KEY_REUSED at input.idempotencyKey")
		admin.edit(id, map[string]any{"retroactiveMonths": 2 + len(c.mutation)}) // a repeat is answered as the first was asked
		if again := admin.must(c.mutation, input, c.selection); again.String() != out[0].String() {
			t.Errorf("%s: after an edit %s, before it %s", c.mutation, again, out[0])
		}
		admin.refused("a long key", c.mutation, addTo(input, "idempotencyKey", strings.Repeat("k", 201)), c.selection, "TOO_LONG at input.idempotencyKey")
		if n := len(w.calls()) - before; n != c.calls {
			t.Errorf("what was refused took %d calls", n-c.calls)
		}
	} // A failure is not kept, but who asks meanwhile shares it.
	down := map[string]any{"id": admin.as(outage), "idempotencyKey": key()}
	for i, o := range atOnce(repeats, func(int) node { return admin.mutate("fetchReclameAquiPages", down, "pages { id }") }) {
		wants(t, fmt.Sprintf("during an outage, answer %d", i), refusals(o), "UPSTREAM_UNAVAILABLE")
	}
}
