package app

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// deskSelection is what an agent looks at while a ticket is in hand.
const deskSelection = `ticket { id version status unread dueAt assignee { name } sector { name } occurrence { name } solution { name }
	sla { state dueAt answeredAt } allowedSolutions { id name } }`

// listed finds entries of the registered lists by their names.
func (p *person) listed() map[string]string {
	p.t.Helper()
	all := p.ask(`{ sectors { edges { node { id name } } } occurrenceTypes { edges { node { id name } } } occurrences { edges { node { id name } } }
		solutions { edges { node { id name } } } users { edges { node { id name } } } viewer { id } }`, nil)
	ids := map[string]string{"me": all.at("viewer", "id").text()}
	for _, list := range []string{"sectors", "occurrenceTypes", "occurrences", "solutions", "users"} {
		for _, n := range all.at(list).nodes() {
			ids[n.at("name").text()] = n.at("id").text()
		}
	}
	return ids
}

// does uses a verb on a ticket; the input is what it takes beside the ticket and the key.
func (p *person) does(verb, ticketID string, input map[string]any) node {
	p.t.Helper()
	all := map[string]any{"ticketId": ticketID, "idempotencyKey": key()}
	for name, value := range input {
		all[name] = value
	}
	return p.mutate(verb, all, deskSelection)
}

// refused wants a payload to name one error and a field.
func refused(t testing.TB, what string, payload node, code, field string) {
	t.Helper()
	errors := payload.at("errors").list()
	if len(errors) != 1 || errors[0].at("code").text() != code || errors[0].at("field").String() != `["input","`+field+`"]` || errors[0].at("message").text() == "" {
		t.Errorf("%s: %s, want %s at %s", what, payload, code, field)
	}
}

// shows compares fields of the ticket of a payload that has no errors: path and value in turn.
func shows(t testing.TB, what string, payload node, fields ...string) node {
	t.Helper()
	ticket := payload.at("ticket")
	if len(payload.at("errors").list()) > 0 || ticket.null() {
		t.Fatalf("%s: %s", what, payload)
	}
	for i := 0; i < len(fields); i += 2 {
		value := ticket.at(fields[i])
		if !value.at("name").null() {
			value = value.at("name")
		}
		if value.text() != fields[i+1] {
			t.Errorf("%s: %s is %q, want %q", what, fields[i], value.text(), fields[i+1])
		}
	}
	return ticket
}

func names(list []node) (all []string) {
	for _, n := range list {
		all = append(all, n.at("name").text())
	}
	return all
}

// An agent's day with a ticket: take it, note, pass it to another subject, end it, take it up again; who watches sees all of it.
func TestADayAtTheDesk(t *testing.T) {
	t.Parallel()
	alice, w, p := workplace(t)
	supervisor := signIn(t, p.graphql, "supervisor@demo.test", demoPassword)
	complaint := w.complain("Chegou com defeito")
	id := alice.ticketOf(complaint, "").at("id").text()
	live := supervisor.follow(supervisor.ask(`{ eventCursor }`, nil).at("eventCursor").text())
	ids := alice.listed()

	taken := shows(t, "take", alice.does("assignTicket", id, map[string]any{"assigneeId": ids["me"]}), "assignee", "Alice Atendente", "unread", "true")
	if due := taken.at("dueAt").text(); due == "" || taken.at("sla", "dueAt").text() != due || taken.at("sla", "state").text() != "ON_TIME" {
		t.Errorf("due at %q, %s", due, taken.at("sla"))
	}
	same(t, "solutions at first", names(taken.at("allowedSolutions").list()), []string{"Encerrado pelo Reclame Aqui", "Resolvido com o cliente"})
	shows(t, "read", alice.does("markTicketRead", id, nil), "unread", "false")

	note := map[string]any{"ticketId": id, "text": "Cliente pediu troca.\r\nFotos no chat.", "idempotencyKey": key()}
	const noteSelection = `note { id text author { name } createdAt } ticket { notes(first: 5) { edges { node { id text } } } }`
	written := alice.must("addInternalNote", note, noteSelection)
	if written.at("note", "text").text() != "Cliente pediu troca.\nFotos no chat." || written.at("note", "author", "name").text() != "Alice Atendente" ||
		len(written.at("ticket", "notes").nodes()) != 1 {
		t.Errorf("the note: %s", written)
	}
	if again := alice.must("addInternalNote", note, noteSelection); again.String() != written.String() {
		t.Errorf("the note again: %s, first %s", again, written)
	}
	if found := alice.ask(`query($id: ID!) { node(id: $id) { id ... on InternalNote { author { name } } } }`,
		map[string]any{"id": written.at("note", "id").text()}); found.at("node", "author", "name").text() != "Alice Atendente" {
		t.Errorf("by its id: %s", found)
	}

	exchange := map[string]any{"sectorId": ids["Atendimento"], "occurrenceTypeId": ids["Reclamação"], "occurrenceId": ids["Troca ou devolução"]}
	moved := shows(t, "transfer", alice.does("transferTicket", id, exchange), "occurrence", "Troca ou devolução", "assignee", "Alice Atendente", "dueAt", "")
	same(t, "solutions of the other occurrence", names(moved.at("allowedSolutions").list()), []string{"Produto trocado"})
	if moved.at("sla", "state").text() != "NONE" {
		t.Errorf("without an SLA: %s", moved.at("sla"))
	}
	refused(t, "a solution that was allowed before", alice.does("finishTicket", id, map[string]any{"solutionId": ids["Resolvido com o cliente"]}), "WRONG_PARENT", "solutionId")
	shows(t, "finish", alice.does("finishTicket", id, map[string]any{"solutionId": ids["Produto trocado"]}), "status", "FINISHED", "solution", "Produto trocado")
	refused(t, "finish again", alice.does("finishTicket", id, map[string]any{"solutionId": ids["Produto trocado"]}), "INVALID_STATE", "ticketId")
	shows(t, "reopen", alice.does("reopenTicket", id, nil), "status", "IN_PROGRESS", "solution", "")
	shows(t, "release", alice.does("assignTicket", id, map[string]any{"assigneeId": nil}), "assignee", "")

	var kinds []string
	seen := append(live.until("the ticket is taken", about(complaint, "ASSIGNED")), live.until("the release", about(complaint, "ASSIGNED"))...)
	for _, u := range seen {
		if about(complaint, "")(u) {
			kinds = append(kinds, u.at("kind").text())
		}
		if u.at("cause").text() != "AGENT_ACTION" || u.at("actor", "kind").text() != "AGENT" {
			t.Errorf("pushed as %s", u)
		}
	}
	want := []string{"ASSIGNED", "UPDATED", "NOTE_ADDED", "TRANSFERRED", "STATUS_CHANGED", "REOPENED", "ASSIGNED"}
	if !slices.Equal(kinds, want) {
		t.Errorf("pushed %v, want %v", kinds, want)
	}
}

// Transferred to a sector that the agent is not in, a ticket is gone for him, and whoever looks at the list is told.
func TestATicketGoesToAnotherSector(t *testing.T) {
	t.Parallel()
	alice, w, p := workplace(t)
	bruno := signIn(t, p.graphql, "agent2@demo.test", demoPassword)
	supervisor := signIn(t, p.graphql, "supervisor@demo.test", demoPassword)
	id := alice.ticketOf(w.complain("Cobrado duas vezes"), "").at("id").text()
	ids := alice.listed()
	before := shows(t, "take", alice.does("assignTicket", id, map[string]any{"assigneeId": ids["me"]}))
	live := bruno.follow(bruno.ask(`{ eventCursor }`, nil).at("eventCursor").text())

	billing := map[string]any{
		"sectorId": ids["Financeiro"], "occurrenceTypeId": ids["Cobrança"], "occurrenceId": ids["Cobrança indevida"],
		"note": "Estornar a segunda cobrança.", "idempotencyKey": key(),
	}
	refused(t, "to a colleague who is not there", alice.does("transferTicket", id, with(billing, "assigneeId", ids["me"])), "WRONG_PARENT", "assigneeId")
	refused(t, "to a subject of another sector", alice.does("transferTicket", id, with(billing, "occurrenceTypeId", ids["Reclamação"], "occurrenceId", ids["Reclame Aqui"])), "WRONG_PARENT", "occurrenceTypeId")
	for range 2 { // the second one is a repeat
		if gone := alice.does("transferTicket", id, billing); !gone.at("ticket").null() || len(gone.at("errors").list()) > 0 {
			t.Errorf("transfer away: %s", gone)
		}
	}
	refused(t, "what is gone", alice.does("assignTicket", id, map[string]any{"assigneeId": ids["me"]}), "NOT_FOUND", "ticketId")
	if shown := alice.ask(`query($id: ID!) { ticket(id: $id) { id } }`, map[string]any{"id": id}); !shown.at("ticket").null() {
		t.Errorf("Alice still sees %s", shown)
	}
	seen := live.until("the ticket leaves", func(u node) bool { return u.at("kind").text() == "TRANSFERRED" })
	if left := seen[len(seen)-1]; !left.at("ticket").null() {
		t.Errorf("Bruno is shown %s", left)
	}
	there := supervisor.ask(`query($id: ID!) { ticket(id: $id) { assignee { name } occurredAt dueAt notes(last: 1) { edges { node { text } } }
		events(last: 1) { edges { node { kind changes { field old new } } } } } }`, map[string]any{"id": id}).at("ticket")
	if !there.at("assignee").null() || there.at("notes").nodes()[0].at("text").text() != "Estornar a segunda cobrança." {
		t.Errorf("there: %s", there)
	}
	complained, err1 := time.Parse(time.RFC3339, there.at("occurredAt").text())
	due, err2 := time.Parse(time.RFC3339, there.at("dueAt").text())
	if err1 != nil || err2 != nil || due.Sub(complained) != 48*time.Hour {
		t.Errorf("due %s, complained %s", there.at("dueAt"), there.at("occurredAt"))
	}
	changed := map[string][2]string{}
	for _, c := range there.at("events").nodes()[0].at("changes").list() {
		changed[c.at("field").text()] = [2]string{c.at("old").text(), c.at("new").text()}
	}
	for field, want := range map[string][2]string{
		"sector": {ids["Atendimento"], ids["Financeiro"]}, "occurrence": {ids["Reclame Aqui"], ids["Cobrança indevida"]},
		"assignee": {ids["me"], ""}, "dueAt": {before.at("dueAt").text(), there.at("dueAt").text()},
	} {
		if changed[field] != want {
			t.Errorf("the history says %s: %q, want %q", field, changed[field], want)
		}
	}
}

// with gives an input with other values on top, and without its key.
func with(input map[string]any, more ...string) map[string]any {
	all := map[string]any{}
	for name, value := range input {
		all[name] = value
	}
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	delete(all, "idempotencyKey")
	return all
}

// Two agents take a ticket at once: one has it, the other is shown whose it is.
func TestTwoAgentsTakeATicketAtOnce(t *testing.T) {
	t.Parallel()
	alice, _, p := workplace(t)
	bruno := signIn(t, p.graphql, "agent2@demo.test", demoPassword)
	agents := []*person{alice, bruno}
	me := []string{alice.listed()["me"], bruno.listed()["me"]}
	id := alice.answerable(1)[0].at("id").text()
	for range 10 {
		version := alice.ask(`query($id: ID!) { ticket(id: $id) { version } }`, map[string]any{"id": id}).at("ticket", "version").number()
		out := make([]node, 2)
		var both sync.WaitGroup
		for i, agent := range agents {
			both.Go(func() {
				out[i] = agent.does("assignTicket", id, map[string]any{"assigneeId": me[i], "version": version})
			})
		}
		both.Wait()
		winner := 0
		if len(out[0].at("errors").list()) > 0 {
			winner = 1
		}
		shows(t, "the winner", out[winner])
		refused(t, "the other", out[1-winner], "CONFLICT", "version")
		if got := out[1-winner].at("ticket", "assignee", "name").text(); got != []string{"Alice Atendente", "Bruno Atendente"}[winner] {
			t.Errorf("the other is shown that %q has it", got)
		}
		shows(t, "release", agents[winner].does("assignTicket", id, nil), "assignee", "")
	}
}

// What an agent has finished stays so until the consumer writes again (rule T3).
func TestAFinishStandsUntilTheConsumerWrites(t *testing.T) {
	t.Parallel()
	alice, w, _ := workplace(t)
	complaint := w.complain("Ainda não chegou")
	id := alice.ticketOf(complaint, "").at("id").text()
	ids, from := alice.listed(), alice.ask(`{ eventCursor }`, nil).at("eventCursor").text()
	live := alice.follow(from)
	w.do("POST", "complaints/"+complaint+"/company-reply", map[string]any{"text": "Respondido no site do Reclame Aqui."})
	live.until("the company's answer", about(complaint, "INTERACTION_ADDED"))
	shows(t, "finish", alice.does("finishTicket", id, map[string]any{"solutionId": ids["Resolvido com o cliente"]}), "status", "FINISHED")
	shows(t, "a note on it", alice.does("addInternalNote", id, map[string]any{"text": "Aguardar."}), "status", "FINISHED", "solution", "Resolvido com o cliente")
	w.do("POST", "complaints/"+complaint+"/replica", map[string]any{"text": "Ainda não resolveu."})
	live.until("the ticket is open again", about(complaint, "REOPENED"))
	again := alice.ask(`query($id: ID!) { ticket(id: $id) { status unread solution { name } } }`, map[string]any{"id": id}).at("ticket")
	if again.at("status").text() != "IN_PROGRESS" || !again.at("solution").null() || !again.at("unread").truth() {
		t.Errorf("after the consumer wrote: %s", again)
	}
}

// Fifty times the same click is one change, with one answer.
func TestOneClickFiftyTimes(t *testing.T) {
	t.Parallel()
	alice, _, _ := workplace(t)
	ids, id := alice.listed(), alice.answerable(1)[0].at("id").text()
	version := alice.ask(`query($id: ID!) { ticket(id: $id) { version } }`, map[string]any{"id": id}).at("ticket", "version").number()
	input := map[string]any{"solutionId": ids["Resolvido com o cliente"], "version": version, "idempotencyKey": key()}
	answers := make([]node, 50)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = alice.does("finishTicket", id, input) })
	}
	all.Wait()
	for _, a := range answers {
		if a.String() != answers[0].String() {
			t.Errorf("%s, another %s", a, answers[0])
		}
	}
	shows(t, "finished", answers[0], "status", "FINISHED")
	events := alice.ask(`query($id: ID!) { ticket(id: $id) { version events(last: 10) { edges { node { kind ticketVersion } } } } }`, map[string]any{"id": id}).at("ticket")
	ends := slices.DeleteFunc(events.at("events").nodes(), func(e node) bool { return e.at("kind").text() != "STATUS_CHANGED" })
	if len(ends) != 1 || events.at("version").number() != version+1 {
		t.Errorf("%s", events)
	}
	other := with(input, "solutionId", ids["Encerrado pelo Reclame Aqui"])
	other["idempotencyKey"] = input["idempotencyKey"]
	refused(t, "the key with another solution", alice.does("finishTicket", id, other), "IDEMPOTENCY_KEY_REUSED", "idempotencyKey")
}

// An agent of another sector sees nothing of a ticket, whatever he tries; a supervisor may do all of it.
func TestWhoWorksOnWhichTicket(t *testing.T) {
	t.Parallel()
	alice, w, p := workplace(t)
	ids, id := alice.listed(), alice.ticketOf(w.complain("Não é do Financeiro"), "").at("id").text()
	admin := signIn(t, p.graphql, "admin@demo.test", demoPassword)
	admin.must("createUser", map[string]any{
		"email": "fabio@example.com", "name": "Fábio", "role": "AGENT", "password": agentPassword, "sectorIds": []string{ids["Financeiro"]},
	}, "user { id }")
	stranger := signIn(t, p.graphql, "fabio@example.com", agentPassword)
	supervisor := signIn(t, p.graphql, "supervisor@demo.test", demoPassword)
	verbs := []struct {
		name  string
		input map[string]any
	}{
		{"assignTicket", map[string]any{"assigneeId": ids["Alice Atendente"]}},
		{"transferTicket", map[string]any{"sectorId": ids["Atendimento"], "occurrenceTypeId": ids["Reclamação"], "occurrenceId": ids["Troca ou devolução"]}},
		{"addInternalNote", map[string]any{"text": "Oi"}},
		{"markTicketRead", map[string]any{"unread": false}},
		{"finishTicket", map[string]any{"solutionId": ids["Produto trocado"]}},
		{"reopenTicket", nil},
		{"claimReply", nil},
		{"releaseReply", nil},
	}
	for _, v := range verbs {
		out := stranger.does(v.name, id, v.input)
		refused(t, v.name+" by a stranger", out, "NOT_FOUND", "ticketId")
		if !out.at("ticket").null() {
			t.Errorf("%s shows a stranger %s", v.name, out)
		}
	}
	for _, v := range verbs {
		shows(t, v.name+" by a supervisor", supervisor.does(v.name, id, v.input))
	}
}
