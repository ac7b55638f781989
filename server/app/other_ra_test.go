package app

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// The product works with a Reclame Aqui that shares nothing with our simulator but the wire contract.
func TestReclameAquiOfAnotherHand(t *testing.T) {
	t.Parallel()
	ra := newOtherRA(t, "600", 90)
	p, admin := server(t, folder(t).with(settings{"RECLAME_AQUI_URL": ra.URL + otherBase}))
	o := admin.register()
	admin.activate(&o)
	admin.synced()
	same(t, "tickets of the own page", ticketIDs(admin), ra.own())

	agent := signIn(t, p.graphql, "alice@example.com", agentPassword)
	live := agent.follow(agent.ask(`{ eventCursor }`, nil).at("eventCursor").text())
	// Three changes in one callback: id[in] is refused, so they are read one by one.
	var body []string
	for _, id := range ra.own()[:3] {
		ra.replica(int64(node{id}.number()), "Ainda espero, "+id)
		body = append(body, fmt.Sprintf(`{"id": %q}`, id))
	}
	notify(t, o.callbackURL, `{"data": [`+strings.Join(body, ",")+`]}`)
	var seen []node
	for _, id := range ra.own()[:3] {
		if !slices.ContainsFunc(seen, about(id, "INTERACTION_ADDED")) {
			seen = append(seen, live.until("the replica of "+id, about(id, "INTERACTION_ADDED"))...)
		}
		thread := agent.ticketOf(id, "interactions(first: 5) { edges { node { body author { kind } } } }").at("interactions").nodes()
		if len(thread) != 2 || thread[1].at("body").text() != "Ainda espero, "+id || thread[1].at("author", "kind").text() != "CONSUMER" {
			t.Errorf("thread of %s: %v", id, thread)
		}
	}
	// What it does not know any more is an answer, not a failure.
	notify(t, o.callbackURL, `{"id": 1234567}`)

	answered := ra.own()[0]
	ticket := agent.ticketOf(answered, "interactions(last: 1) { edges { node { id } } }")
	out := agent.reply(ticket, "Enviado hoje.", key())
	if out.at("reply", "state").text() != "SENT" {
		t.Fatalf("%s", out)
	}
	live.until("the answer in the thread", about(answered, "INTERACTION_ADDED"))
	if got := agent.ticketOf(answered, "").at("status").text(); got != "AWAITING_RETURN" {
		t.Errorf("the ticket is %s", got)
	}
	if got := ra.thread(answered); len(got) != 3 || got[2] != "Enviado hoje." {
		t.Errorf("Reclame Aqui shows %q", got)
	}
	if n := asked(ra.log(), "id[in]"); n != 1 {
		t.Errorf("id[in] was asked for %d times: one refusal is enough", n)
	}
	health := admin.ask(`{ integrations(first: 1) { edges { node { health lastError { code } } } } }`, nil).at("integrations").nodes()[0]
	if health.at("health").text() != "HEALTHY" {
		t.Errorf("%s", health)
	}
	keepsTo(t, ra.log(), 600)
}

// asked counts the calls that use a parameter.
func asked(calls []call, parameter string) (n int) {
	for _, c := range calls {
		if q, err := url.ParseQuery(c.Query); err == nil && q.Has(parameter) {
			n++
		}
	}
	return n
}

// notify is a callback by hand.
func notify(t testing.TB, url, body string) {
	t.Helper()
	if status, answer := fetch(t, "PUT", url, http.Header{"Content-Type": {"text/plain"}}, strings.NewReader(body)); status != http.StatusOK {
		t.Fatalf("callback: %d %s", status, answer)
	}
}

// The limit is what the token's answer says: sync leaves agents their share, and who comes when all is used is told how long to wait.
func TestLimitIsReadFromTheToken(t *testing.T) {
	t.Parallel()
	const limit, held = 7, 3 // the administrator has just called: for a while half of the limit is left to him
	ra := newOtherRA(t, fmt.Sprint(limit), 200)
	_, admin := server(t, folder(t).with(settings{"RECLAME_AQUI_URL": ra.URL + otherBase}))
	o := admin.register()
	admin.activate(&o)
	eventually(t, "sync has used its share", func() bool { return len(ra.log()) >= limit-held })
	fetchPages := func() node {
		return admin.mutate("fetchReclameAquiPages", map[string]any{"id": o.integration}, "pages { id }")
	}
	for range held {
		if out := fetchPages(); len(out.at("errors").list()) > 0 {
			t.Errorf("an agent's call within the limit: %s", out)
		}
	}
	out := fetchPages().at("errors", 0)
	if out.at("code").text() != "RATE_LIMITED" || !out.at("retryable").truth() {
		t.Errorf("an agent's call beyond the limit: %s", out)
	}
	if ms := out.at("retryAfterMs").number(); ms < 1 || ms > 61_000 {
		t.Errorf("to wait are %d ms", ms)
	}
	if n := len(ra.log()); n != limit {
		t.Errorf("%d calls, want %d", n, limit)
	}
	if soak() {
		within(t, 5*time.Minute, "all complaints are tickets", func() bool { return len(ticketIDs(admin)) == len(ra.own()) })
	}
	keepsTo(t, ra.log(), limit)
}
