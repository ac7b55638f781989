package app

import (
	"testing"
	"time"
)

// A complaint made at Reclame Aqui arrives at who watches within two seconds of its callback, while calls are free.
func TestNewComplaintIsPushed(t *testing.T) {
	t.Parallel()
	p := start(t, folder(t), "demo")
	admin := quiet(t, p)
	w := world(t, p.sandbox)
	agent := signIn(t, p.graphql, "agent@demo.test", demoPassword)
	live := agent.follow(agent.ask(`{ eventCursor }`, nil).at("eventCursor").text())
	for _, body := range []string{"id", "ticket_id", "data", "ticket", "empty"} {
		w.do("PUT", "callback", map[string]any{"url": w.state().at("callback", "url").text(), "body": body})
		began := time.Now()
		id := w.complain("Pedido não chegou")
		seen := live.until("the complaint is a ticket", about(id, "CREATED"))
		took := time.Since(began)
		t.Logf("callback with %s: pushed after %s", body, took)
		if took > 2*time.Second {
			t.Errorf("callback with %s: pushed after %s, want 2 s at most", body, took)
		}
		if got := seen[len(seen)-1].at("cause").text(); body != "empty" && got != "CALLBACK" {
			t.Errorf("cause %s, want CALLBACK", got)
		}
	}
	if got := w.state().at("callback", "failed").number(); got != 0 {
		t.Errorf("%d callbacks failed", got)
	}
	admin.callbackURLIsSecret()
}

// callbackURLIsSecret: agents must not learn the address that Reclame Aqui notifies.
func (p *person) callbackURLIsSecret() {
	p.t.Helper()
	agent := signIn(p.t, p.base, "agent2@demo.test", demoPassword)
	_, answer := agent.raw(`{ integrations(first: 1) { edges { node { callbackUrl } } } }`, nil)
	if got := answer.at("errors", 0, "extensions", "code").text(); got != "FORBIDDEN" {
		p.t.Errorf("an agent asks for integrations: %s, want FORBIDDEN", answer)
	}
}

// Who comes back with the cursor of the last update that he saw gets what he missed: in order, once.
func TestReconnectingMissesNothing(t *testing.T) {
	t.Parallel()
	s := folder(t)
	p := start(t, s, "demo")
	quiet(t, p)
	w := world(t, p.sandbox)
	agent := signIn(t, p.graphql, "agent@demo.test", demoPassword)
	from := agent.ask(`{ eventCursor }`, nil).at("eventCursor").text()

	witness, leaver := agent.follow(from), agent.follow(from)
	first := w.complain("Primeira")
	seen := leaver.until("the first complaint", about(first, "CREATED"))
	leaver.leave()
	ids := []string{w.complain("Segunda"), w.complain("Terceira")}
	w.do("POST", "complaints/"+first+"/company-reply", map[string]any{"text": "Respondido no site do Reclame Aqui."})
	eventually(t, "the company's answer is read", func() bool { return agent.ticketOf(first, "").at("status").text() == "AWAITING_RETURN" })
	w.do("POST", "complaints/"+first+"/replica", map[string]any{"text": "Ainda não resolveu."})
	eventually(t, "the replica is read", func() bool { return agent.ticketOf(first, "").at("status").text() == "IN_PROGRESS" })
	for _, id := range ids {
		agent.ticketOf(id, "")
	}
	last := about(w.complain("Última"), "CREATED")

	whole := cursors(t, witness.until("the last complaint", last))
	back := agent.follow(seen[len(seen)-1].at("cursor").text())
	seen = append(seen, back.until("the last complaint", last)...)
	sameOrder(t, "after a lost connection", cursors(t, seen), whole)
	witness.leave()
	back.leave()

	// The same across a restart of the server.
	listen := p.listen()
	p.stop()
	again := start(t, s.with(settings{"LISTEN": listen}), "demo")
	agent = signIn(t, again.graphql, "agent@demo.test", demoPassword)
	sameOrder(t, "after a restart", cursors(t, agent.follow(from).until("the last complaint", last)), whole)
}

// cursors lists the updates' cursors; none may come twice.
func cursors(t *testing.T, updates []node) (list []string) {
	t.Helper()
	had := map[string]bool{}
	for _, u := range updates {
		c := u.at("cursor").text()
		if u.at("__typename").text() != "TicketChange" || c == "" || had[c] {
			t.Errorf("no change, or a repeated one: %s", u)
		}
		had[c] = true
		list = append(list, c)
	}
	return list
}

func sameOrder(t *testing.T, when string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d updates, want %d", when, len(got), len(want))
		return
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("%s: update %d is another one", when, i)
		}
	}
}

// Who looks before anything has ever happened misses nothing of what comes.
func TestFollowingFromAnEmptyLog(t *testing.T) {
	t.Parallel()
	ra := start(t, folder(t), "sandbox")
	_, admin := server(t, folder(t).with(settings{"RECLAME_AQUI_URL": ra.sandbox + "/api"}))
	live := admin.follow(admin.ask(`{ eventCursor }`, nil).at("eventCursor").text())
	o := admin.register()
	admin.activate(&o)
	admin.synced()
	last := world(t, ra.sandbox).complain("A última")
	notify(t, o.callbackURL, `{"id": `+last+`}`)
	var created []string
	for _, u := range live.until("the last complaint", about(last, "CREATED")) {
		if u.at("kind").text() == "CREATED" {
			created = append(created, u.at("ticket", "reclameAqui", "complaintId").text())
		}
	}
	same(t, "complaints that were pushed", created, sorted(world(t, ra.sandbox).complaints()))
}

// A cursor of another log, as after a restored backup, gives one explicit sign to load again.
func TestForeignCursorAsksToLoadAgain(t *testing.T) {
	t.Parallel()
	p := start(t, folder(t), "demo")
	quiet(t, p)
	other := start(t, folder(t), "demo")
	quiet(t, other)
	stranger := signIn(t, other.graphql, "agent@demo.test", demoPassword)
	agent := signIn(t, p.graphql, "agent@demo.test", demoPassword)

	live := agent.follow(stranger.ask(`{ eventCursor }`, nil).at("eventCursor").text())
	live.until("a sign to load again", func(u node) bool { return u.at("__typename").text() == "ResyncRequired" })
	id := world(t, p.sandbox).complain("Depois do aviso")
	live.until("what comes after it", about(id, "CREATED"))
}
