package app

import "fmt"

func (m *manual) users() {
	alice := map[string]any{"email": "alice@example.com", "name": "Alice", "role": "AGENT", "password": agentPassword, "sectorIds": []string{m.sector}}
	id := m.make("user", alice)
	with := func(name string, value any) map[string]any {
		return addTo(map[string]any{"name": "X", "role": "AGENT", "password": agentPassword}, name, value)
	}
	m.refused("a taken e-mail", "createUser", with("email", "ALICE@example.com"), "", "ALREADY_EXISTS at input.email")
	m.refused("no e-mail", "createUser", with("email", "alice"), "", "INVALID at input.email")
	m.refused("a short password", "createUser", addTo(with("email", "b@example.com"), "password", "short"), "", "INVALID at input.password")
	m.refused("an unknown sector", "createUser", addTo(with("email", "b@example.com"), "sectorIds", []string{"sec_none"}), "", "NOT_FOUND at input.sectorIds")
	m.denied("an unknown role", `mutation { createUser(input: {email: "b@example.com", name: "B", role: BOSS, password: "aaaaaaaaaaaa"}) { errors { code } } }`, nil, "GRAPHQL_VALIDATION_FAILED")
	m.make("user", map[string]any{"email": "sofia@example.com", "name": "Sofia", "role": "SUPERVISOR", "password": agentPassword})
	wants(m.t, "of the sector", m.search("users", fmt.Sprintf(`sectorId: %q`, m.sector)), "Alice")
	wants(m.t, "supervisors", m.search("users", `role: SUPERVISOR`), "Sofia")
	wants(m.t, "by e-mail", m.search("users", `search: "SOFIA@"`), "Sofia")
	users := m.ask(`query($id: ID!) { node(id: $id) { ... on Sector { users(first: 10) { edges { node { id } } } } } }`, map[string]any{"id": m.sector})
	if list := users.at("node", "users").nodes(); len(list) != 1 || list[0].at("id").text() != id {
		m.t.Errorf("the sector's users are %s", users)
	}

	m.creator = m.ask(`{ viewer { id } }`, nil).at("viewer", "id").text()
	m.refused("oneself", "archiveUser", map[string]any{"id": m.creator}, "", "INVALID_STATE at input.id")
	m.refused("the last administrator", "updateUser", map[string]any{"id": m.creator, "version": 1, "role": "AGENT"}, "", "INVALID_STATE at input.role")
	m.refused("a version that is gone", "updateUser", map[string]any{"id": id, "version": 7, "name": "B"}, "user { version }", "CONFLICT at input.version")
	m.must("archiveUser", map[string]any{"id": id}, "user { archivedAt }")
	(&person{t: m.t, base: m.base}).refused("an archived user signs in", "signIn", map[string]any{"email": "alice@example.com", "password": agentPassword}, "accessToken", "INVALID_CREDENTIALS")
	m.must("restoreUser", map[string]any{"id": id}, "user { archivedAt }")
	m.agent = signIn(m.t, m.base, "alice@example.com", agentPassword)
	m.supervisor = signIn(m.t, m.base, "sofia@example.com", agentPassword)
}

func (m *manual) listOfIntegrations() {
	for _, name := range []string{"Ótica São Bento", "Armazém", "Zebra"} {
		m.draft(name)
	}
	wants(m.t, "found", m.search("integrations", `search: "sao ben"`), "Ótica São Bento")
	wants(m.t, "by name, backwards", m.search("integrations", `orderBy: {field: NAME, direction: DESC}`), "Zebra", "Ótica São Bento", "Armazém")
	page := m.ask(`{ integrations(first: 2, orderBy: {field: NAME}) { totalCount pageInfo { hasNextPage endCursor } edges { node { name } } } }`, nil).at("integrations")
	if page.at("totalCount").number() != 3 || !page.at("pageInfo", "hasNextPage").truth() {
		m.t.Errorf("the first page is %s", page)
	}
	rest := m.ask(`query($after: Cursor) { integrations(first: 2, after: $after, orderBy: {field: NAME}) { pageInfo { hasNextPage hasPreviousPage }
		edges { node { name state health lastSync nextSync lastError { code } } } } }`, map[string]any{"after": page.at("pageInfo", "endCursor").text()})
	want := `{"edges":[{"node":{"health":"INACTIVE","lastError":null,"lastSync":null,"name":"Zebra","nextSync":null,"state":"DRAFT"}}],"pageInfo":{"hasNextPage":false,"hasPreviousPage":true}}`
	if got := rest.at("integrations").String(); got != want {
		m.t.Errorf("the last page is %s\nwant %s", got, want)
	}
	wants(m.t, "archived", m.search("integrations", `states: [ARCHIVED]`))
}
