package app

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

const replySelection = "reply { id state } ticket { id status }"

// answerable finds tickets that the person may answer, each with the last interaction of its thread.
func (p *person) answerable(n int) (tickets []node) {
	p.t.Helper()
	all := p.ask(`{ tickets(first: 100, filter: {statuses: [IN_PROGRESS]}) { edges { node {
		id status availableActions { action allowed } interactions(last: 1) { edges { node { id } } } reclameAqui { complaintId status { id } } } } } }`, nil)
	for _, ticket := range all.at("tickets").nodes() {
		open := ticket.at("reclameAqui", "status", "id").number() == 5
		if len(tickets) < n && open && ticket.at("availableActions", 0, "allowed").truth() {
			tickets = append(tickets, ticket)
		}
	}
	if len(tickets) < n {
		p.t.Fatalf("only %d tickets can be answered, want %d", len(tickets), n)
	}
	return tickets
}

// reply answers a ticket as somebody who has seen all of its thread.
func (p *person) reply(ticket node, text, key string) node {
	p.t.Helper()
	return p.mutate("replyPublicly", map[string]any{
		"ticketId": ticket.at("id").text(), "text": text, "idempotencyKey": key,
		"lastSeenInteractionId": ticket.at("interactions").nodes()[0].at("id").text(),
	}, replySelection)
}

// attempts are the states of all that was sent on a ticket.
func (p *person) attempts(ticket node) (states []string) {
	p.t.Helper()
	got := p.ask(`query($id: ID!) { ticket(id: $id) { outboundAttempts(first: 10) { edges { node { state interaction { body } } } } } }`,
		map[string]any{"id": ticket.at("id").text()})
	for _, a := range got.at("ticket", "outboundAttempts").nodes() {
		states = append(states, a.at("state").text())
	}
	return states
}

// workplace is what the tests of replies start from: an agent, and a Reclame Aqui where nothing happens by itself.
func workplace(t *testing.T) (agent *person, w *simulated, p *program) {
	p = start(t, folder(t), "demo")
	quiet(t, p)
	return signIn(t, p.graphql, "agent@demo.test", demoPassword), world(t, p.sandbox), p
}

// An answer reaches Reclame Aqui during the mutation, once, however often it is asked for.
func TestReply(t *testing.T) {
	t.Parallel()
	agent, w, p := workplace(t)
	supervisor := signIn(t, p.graphql, "supervisor@demo.test", demoPassword)
	live := supervisor.follow(supervisor.ask(`{ eventCursor }`, nil).at("eventCursor").text())
	ticket, text, once := agent.answerable(1)[0], "Olá! Já reenviamos o pedido. — Équipe Aurora", key()
	id := ticket.at("reclameAqui", "complaintId").text()

	out := agent.reply(ticket, text, once)
	if out.at("reply", "state").text() != "SENT" || out.at("ticket", "status").text() != "AWAITING_RETURN" {
		t.Fatalf("%s", out)
	}
	if n := w.answers(id, text); n != 1 {
		t.Errorf("Reclame Aqui shows the answer %d times", n)
	}
	seen := live.until("the answer", func(u node) bool {
		return about(id, "OUTBOUND_CHANGED")(u) && strings.Contains(u.at("changedFields").String(), "status")
	})
	if got := seen[len(seen)-1]; got.at("cause").text() != "AGENT_ACTION" || got.at("actor", "kind").text() != "AGENT" {
		t.Errorf("pushed as %s", got)
	}
	live.until("the answer in the thread", func(u node) bool { return about(id, "INTERACTION_ADDED")(u) })

	again := agent.reply(ticket, text, once)
	if again.at("reply", "id").text() != out.at("reply", "id").text() || len(again.at("errors").list()) > 0 {
		t.Errorf("the same key again: %s", again)
	}
	other := agent.reply(ticket, text+"!", once)
	if other.at("errors", 0, "code").text() != "IDEMPOTENCY_KEY_REUSED" || other.at("errors", 0, "field").String() != `["input","idempotencyKey"]` {
		t.Errorf("the same key with another text: %s", other)
	}
	stale := agent.reply(ticket, "Mais uma resposta", key())
	if stale.at("errors", 0, "code").text() != "STALE_THREAD" {
		t.Errorf("an answer to an old thread: %s", stale)
	}
	if w.posts() != 1 || w.answers(id, text) != 1 {
		t.Errorf("%d posts, %d answers, want one of each", w.posts(), w.answers(id, text))
	}
	if got := agent.attempts(ticket); !slices.Equal(got, []string{"SENT"}) {
		t.Errorf("attempts %v", got)
	}
}

// The answer of Reclame Aqui was lost: the fate is unknown until the complaint is read again, and nothing is posted twice.
func TestReplyWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	agent, w, _ := workplace(t)
	tickets := agent.answerable(2)
	t.Run("after it was taken", func(t *testing.T) {
		w.do("POST", "faults", map[string]any{"endpoint": "reply", "kind": "drop-after-accept"})
		text, before := "Resposta cuja confirmação se perdeu.", w.posts()
		out := agent.reply(tickets[0], text, key())
		if got := out.at("reply", "state").text(); got != "UNKNOWN" || len(out.at("errors").list()) > 0 {
			t.Errorf("%s, want UNKNOWN", out)
		}
		eventually(t, "it is found to be sent", func() bool { return slices.Equal(agent.attempts(tickets[0]), []string{"SENT"}) })
		id := tickets[0].at("reclameAqui", "complaintId").text()
		if w.posts()-before != 1 || w.answers(id, text) != 1 {
			t.Errorf("%d posts, %d answers, want one of each", w.posts()-before, w.answers(id, text))
		}
		if got := agent.ticketOf(id, "").at("status").text(); got != "AWAITING_RETURN" {
			t.Errorf("the ticket is %s", got)
		}
	})
	t.Run("before it was taken", func(t *testing.T) {
		w.do("POST", "faults", map[string]any{"endpoint": "reply", "kind": "drop-before-accept"})
		text, before, once := "Resposta que não chegou.", w.posts(), key()
		out := agent.reply(tickets[1], text, once)
		if got := out.at("reply", "state").text(); got != "UNKNOWN" && got != "FAILED" {
			t.Errorf("%s, want UNKNOWN or FAILED", out)
		}
		id := tickets[1].at("reclameAqui", "complaintId").text()
		eventually(t, "the complaint is read again", func() bool {
			return slices.ContainsFunc(w.calls(), func(c call) bool { return strings.Contains(c.Query, "id[eq]="+id) })
		})
		if again := agent.reply(tickets[1], text, once); again.at("reply", "id").text() != out.at("reply", "id").text() {
			t.Errorf("the same key again: %s", again)
		}
		if w.posts()-before != 1 || w.answers(id, text) != 0 {
			t.Errorf("%d posts, %d answers, want one post and no answer", w.posts()-before, w.answers(id, text))
		}
	})
}

// Two agents who have seen the same answer at the same time: one does, the other is told.
func TestTwoAgentsAnswerAtOnce(t *testing.T) {
	t.Parallel()
	alice, w, p := workplace(t)
	bruno := signIn(t, p.graphql, "agent2@demo.test", demoPassword)
	const races = 20
	for i, ticket := range alice.answerable(races) {
		var both sync.WaitGroup
		out := make([]node, 2)
		for j, agent := range []*person{alice, bruno} {
			both.Go(func() { out[j] = agent.reply(ticket, fmt.Sprintf("Resposta %d de %d", j, i), key()) })
		}
		both.Wait()
		var said []string
		for _, o := range out {
			said = append(said, o.at("reply", "state").text()+o.at("errors", 0, "code").text())
		}
		slices.Sort(said)
		if !slices.Equal(said, []string{"SENT", "STALE_THREAD"}) {
			t.Errorf("race %d: %v", i, said)
		}
		id := ticket.at("reclameAqui", "complaintId").text()
		if n := w.answers(id, fmt.Sprintf("Resposta 0 de %d", i)) + w.answers(id, fmt.Sprintf("Resposta 1 de %d", i)); n != 1 {
			t.Errorf("race %d: %d answers at Reclame Aqui", i, n)
		}
	}
	if n := w.posts(); n != races {
		t.Errorf("%d posts for %d races", n, races)
	}
}
