package app

import "strings"

// madeIncomplete: an edit that would leave an active one incomplete is answered with what would be missing.
func (m *manual) madeIncomplete() {
	for _, c := range []struct {
		what   string
		fields map[string]any
		want   []string
	}{
		{"two fields", map[string]any{"regionId": nil, "autoConversion": false}, []string{"INCOMPLETE at input.autoConversion", "INCOMPLETE at input.regionId"}},
		{"what stands above the rest", map[string]any{"sectorId": nil}, []string{"INCOMPLETE at input.sectorId"}},
		{"what stands in the middle", map[string]any{"occurrenceTypeId": nil}, []string{"INCOMPLETE at input.occurrenceTypeId"}},
		{"the solutions", map[string]any{"solutionIds": []string{}}, []string{"INCOMPLETE at input.solutionIds"}},
		{"everything of the ticket", map[string]any{"sectorId": nil, "occurrenceTypeId": nil, "occurrenceId": nil, "solutionIds": nil, "defaultSolutionId": nil}, []string{
			"INCOMPLETE at input.defaultSolutionId", "INCOMPLETE at input.occurrenceId", "INCOMPLETE at input.occurrenceTypeId", "INCOMPLETE at input.sectorId", "INCOMPLETE at input.solutionIds",
		}},
		{"the page", map[string]any{"pageId": nil}, []string{"INCOMPLETE at input.pageId"}},
		{"the password", map[string]any{"apiPassword": nil}, []string{"INCOMPLETE at input.apiPassword"}},
		{
			"one field, and a choice that belongs elsewhere",
			map[string]any{"regionId": nil, "occurrenceTypeId": m.otherKind},
			[]string{"INCOMPLETE at input.regionId", "WRONG_PARENT at input.occurrenceId", "WRONG_PARENT at input.occurrenceTypeId"},
		},
	} {
		m.refused(c.what, "updateIntegration", m.over(m.integration, c.fields), "integration { id }", c.want...)
	}
}

func (m *manual) inUse() {
	m.edit(m.second, map[string]any{"regionId": m.region})
	m.creatorInUse()
	for entity, id := range map[string]string{
		"customerType": m.customerType, "region": m.region, "syncGroup": m.group, "solution": m.resolved,
	} {
		count, want := m.ask(`query($id: ID!) { node(id: $id) { ... on `+capital(entity)+` { integrationCount } } }`, map[string]any{"id": id}).at("node", "integrationCount").number(), 1
		if entity == "region" {
			want = 2
		}
		if count != want {
			m.t.Errorf("%s is used by %d integrations, want %d", entity, count, want)
		}
		out := m.refused("archiving what is used", "archive"+capital(entity), map[string]any{"id": id}, entity+" { id }", "IN_USE at input.id")
		if want == 2 && !strings.Contains(out.at("errors", 0, "message").text(), "2") {
			m.t.Errorf("the message does not say how many: %s", out)
		}
	}
	for entity, id := range map[string]string{"sector": m.sector, "occurrenceType": m.kind, "occurrence": m.occurrence} {
		m.refused("archiving what is used and has entries below", "archive"+capital(entity), map[string]any{"id": id}, entity+" { id }",
			"INVALID_STATE at input.id", "IN_USE at input.id")
	}
	// What is archived stays readable on the tickets that it is on.
	ticket := m.ask(`{ tickets(first: 1, filter: {statuses: [FINISHED]}) { edges { node { id solution { id name } } } } }`, nil).at("tickets").nodes()[0]
	m.edit(m.integration, map[string]any{"solutionIds": []string{m.resolved}, "defaultSolutionId": m.resolved})
	m.must("archiveSolution", map[string]any{"id": m.closed}, "solution { archivedAt }")
	again := m.agent.on(m.t).ask(`query($id: ID!) { ticket(id: $id) { solution { id name archivedAt } } }`, map[string]any{"id": ticket.at("id").text()}).at("ticket", "solution")
	if ticket.at("solution", "id").text() != m.closed || again.at("name").text() != "Encerrado" || again.at("archivedAt").null() {
		m.t.Errorf("on the ticket stands %s", again)
	}
	m.refused("choosing what is archived", "updateIntegration", m.over(m.integration, map[string]any{"solutionIds": []string{m.resolved, m.closed}}),
		"", "ARCHIVED at input.solutionIds")
}

// creatorInUse: who creates the tickets of an integration is replaced there before leaving.
func (m *manual) creatorInUse() {
	bea := m.make("user", map[string]any{"email": "bea@example.com", "name": "Bea", "role": "AGENT", "password": agentPassword})
	m.edit(m.second, map[string]any{"creatorId": bea})
	count := func() string {
		return m.ask(`query($id: ID!) { node(id: $id) { ... on User { integrationCount } } }`, map[string]any{"id": bea}).at("node", "integrationCount").text()
	}
	if n := count(); n != "1" {
		m.t.Errorf("Bea is creator at %s integrations, want 1", n)
	}
	out := m.refused("a creator leaves", "archiveUser", map[string]any{"id": bea}, "user { id }", "IN_USE at input.id")
	if !strings.Contains(out.at("errors", 0, "message").text(), "1") {
		m.t.Errorf("the message does not say how many: %s", out)
	}
	m.edit(m.second, map[string]any{"creatorId": m.creator})
	if n := count(); n != "0" {
		m.t.Errorf("Bea is creator at %s integrations, want 0", n)
	}
	m.must("archiveUser", map[string]any{"id": bea}, "user { archivedAt }")
	m.refused("choosing who has left", "updateIntegration", m.over(m.second, map[string]any{"creatorId": bea}), "", "ARCHIVED at input.creatorId")
}
