package app

import (
	"testing"
	"time"
)

const answeringSelection = `ticket { id version replyClaim { user { name } claimedAt expiresAt } }`

// watches subscribes to who answers a ticket.
func (p *person) watches(ticketID string) *stream {
	p.t.Helper()
	return p.subscribe("ticketChanges", `subscription($filter: TicketChangesFilter) { ticketChanges(filter: $filter) { __typename cursor
		... on TicketChange { kind changedFields actor { kind user { name } } `+answeringSelection+` } } }`,
		map[string]any{"filter": map[string]any{"ticketIds": []string{ticketID}}})
}

// sees waits for an event of a claim, wants it within a time, and the name of who answers after it ("" for nobody).
func (s *stream) sees(kind, name string, limit time.Duration) node {
	s.t.Helper()
	began := time.Now()
	seen := s.until(kind, func(u node) bool { return u.at("kind").text() == kind })
	last := seen[len(seen)-1]
	took := time.Since(began)
	s.t.Logf("%s %q after %s", kind, name, took.Round(time.Millisecond))
	if got := last.at("ticket", "replyClaim", "user", "name").text(); got != name || took > limit || last.at("changedFields").String() != `["replyClaim"]` {
		s.t.Errorf("after %s, want %s at most, of %q: %s", took, limit, name, last)
	}
	return last
}

func (p *person) answering(ticketID string) node {
	p.t.Helper()
	return p.ask(`query($id: ID!) { ticket(id: $id) { replyClaim { user { name } expiresAt } } }`, map[string]any{"id": ticketID}).at("ticket", "replyClaim")
}

func (p *person) claims(ticketID string) node {
	p.t.Helper()
	return p.must("claimReply", map[string]any{"ticketId": ticketID}, answeringSelection+" takenOverFrom { name }")
}

// Rule T9, as colleagues see it: who answers, who took it over, that he has answered, that he is gone.
func TestAColleagueIsAnswering(t *testing.T) {
	t.Parallel()
	alice, _, p := workplace(t)
	bruno := signIn(t, p.graphql, "agent2@demo.test", demoPassword)
	supervisor := signIn(t, p.graphql, "supervisor@demo.test", demoPassword)
	ticket := alice.answerable(1)[0]
	id := ticket.at("id").text()
	watcher, socket := supervisor.watches(id), alice.watches(id)
	before := alice.ask(`query($id: ID!) { ticket(id: $id) { version lastChangedAt } }`, map[string]any{"id": id}).String()

	alice.claims(id)
	watcher.sees("REPLY_CLAIMED", "Alice Atendente", time.Second)
	taken := bruno.claims(id)
	if taken.at("takenOverFrom", "name").text() != "Alice Atendente" {
		t.Errorf("taken over: %s", taken)
	}
	told := socket.until("the colleague is told", func(u node) bool { return u.at("actor", "user", "name").text() == "Bruno Atendente" })
	if got := told[len(told)-1]; got.at("ticket", "replyClaim", "user", "name").text() != "Bruno Atendente" {
		t.Errorf("the colleague is told %s", got)
	}
	alice.must("releaseReply", map[string]any{"ticketId": id}, answeringSelection)
	if got := supervisor.answering(id); got.at("user", "name").text() != "Bruno Atendente" {
		t.Errorf("%s is answering, want Bruno", got)
	}
	watcher.sees("REPLY_CLAIMED", "Bruno Atendente", time.Second)
	bruno.must("releaseReply", map[string]any{"ticketId": id}, answeringSelection)
	watcher.sees("REPLY_RELEASED", "", time.Second)
	if after := alice.ask(`query($id: ID!) { ticket(id: $id) { version lastChangedAt } }`, map[string]any{"id": id}).String(); after != before {
		t.Errorf("the ticket was %s and is %s", before, after)
	}

	alice.claims(id)
	watcher.sees("REPLY_CLAIMED", "Alice Atendente", time.Second)
	if out := alice.reply(ticket, "Já estamos vendo.", key()); out.at("reply", "state").text() != "SENT" {
		t.Fatalf("%s", out)
	}
	watcher.sees("REPLY_RELEASED", "", time.Second)

	alice.claims(id)
	watcher.sees("REPLY_CLAIMED", "Alice Atendente", time.Second)
	socket.leave()
	gone := watcher.sees("REPLY_RELEASED", "", 10*time.Second)
	if gone.at("actor", "kind").text() != "SYSTEM" {
		t.Errorf("gone: %s", gone)
	}
}

// A restart ends no claim of who comes back; of a process that was killed they go with the lease.
func TestClaimsOutliveTheProcess(t *testing.T) {
	t.Parallel()
	s := folder(t)
	p := start(t, s, "demo")
	quiet(t, p)
	alice := signIn(t, p.graphql, "agent@demo.test", demoPassword)
	id := alice.answerable(1)[0].at("id").text()
	s = s.with(settings{"LISTEN": p.listen()})
	alice.watches(id)
	alice.claims(id)
	p.stop()
	p = start(t, s, "demo")
	ends := alice.answering(id).at("expiresAt").text()
	if ends == "" {
		t.Error("a restart has ended the claim")
	}
	alice.watches(id)
	eventually(t, "the next process renews it", func() bool { return alice.answering(id).at("expiresAt").text() > ends })
	p.kill()
	killed := time.Now()
	p = start(t, s, "demo")
	if alice.answering(id).null() {
		t.Error("the kill has ended the claim")
	}
	signIn(t, p.graphql, "supervisor@demo.test", demoPassword).watches(id).sees("REPLY_RELEASED", "", 33*time.Second-time.Since(killed))
}
