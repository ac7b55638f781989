package app

import (
	"slices"
)

func (m *manual) fetchPages() {
	empty := m.draft("Sem credenciais")
	m.refused("without credentials", "fetchReclameAquiPages", map[string]any{"id": empty}, "pages { id }",
		"REQUIRED at input.apiPassword", "REQUIRED at input.apiUsername")
	m.refused("no integration", "fetchReclameAquiPages", map[string]any{"id": "int_none"}, "", "NOT_FOUND at input.id")
	m.refused("with a wrong password", "fetchReclameAquiPages", map[string]any{"id": m.integration}, "pages { id }", "UPSTREAM_CREDENTIALS")
	m.refused("a page that nobody fetched", "updateIntegration", m.over(m.integration, map[string]any{"pageId": "900001"}), "", "NOT_FOUND at input.pageId")

	m.edit(m.integration, map[string]any{"apiPassword": apiPassword})
	m.w.do("POST", "faults", map[string]any{"endpoint": "companies", "kind": "status", "status": 503, "times": 10})
	out := m.refused("while Reclame Aqui is down", "fetchReclameAquiPages", map[string]any{"id": m.integration}, "pages { id }", "UPSTREAM_UNAVAILABLE")
	if !out.at("errors", 0, "retryable").truth() {
		m.t.Errorf("an outage is not retryable: %s", out)
	}
	m.w.do("DELETE", "faults", nil)
	pages := m.must("fetchReclameAquiPages", map[string]any{"id": m.integration}, "pages { id name } integration { pagesFetchedAt availablePages { id } }")
	if len(pages.at("pages").list()) != 2 || pages.at("integration", "pagesFetchedAt").null() || len(pages.at("integration", "availablePages").list()) != 2 {
		m.t.Errorf("fetched %s", pages)
	}
	chosen := m.edit(m.integration, map[string]any{"pageId": pages.at("pages", 0, "id").text()})
	if name := pages.at("pages", 0, "name").text(); chosen.at("companyName").text() != name || chosen.at("page", "name").text() != name ||
		chosen.at("reclameAquiId").text() != pages.at("pages", 0, "id").text() {
		m.t.Errorf("choosing a page filled in %s", chosen)
	}
	if got := m.edit(m.integration, map[string]any{"companyName": "Aurora Ltda."}); got.at("companyName").text() != "Aurora Ltda." {
		m.t.Errorf("the company's name is %s", got.at("companyName"))
	}
}

// steps are the steps of a test of the connection: "NAME ok", "NAME CODE" or "NAME -".
func (p *person) steps(id string) (said []string) {
	p.t.Helper()
	out := p.must("testReclameAquiConnection", map[string]any{"id": id}, "steps { name ok detail error { code message field } }")
	for _, s := range out.at("steps").list() {
		switch {
		case s.at("ok").truth():
			said = append(said, s.at("name").text()+" ok")
		case s.at("ok").null():
			said = append(said, s.at("name").text()+" -")
		default:
			said = append(said, s.at("name").text()+" "+s.at("error", "code").text())
		}
	}
	return said
}

func (m *manual) testConnection() {
	wants(m.t, "all is well", m.steps(m.integration), "REACH ok", "AUTHENTICATE ok", "LIST_PAGES ok", "COUNT_TICKETS ok")
	m.w.do("POST", "faults", map[string]any{"endpoint": "count", "kind": "status", "status": 500, "times": 10})
	wants(m.t, "no count", m.steps(m.integration), "REACH ok", "AUTHENTICATE ok", "LIST_PAGES ok", "COUNT_TICKETS UPSTREAM_UNAVAILABLE")
	m.w.do("DELETE", "faults", nil)
	wrong := m.draft("Senha errada")
	m.refused("without credentials", "testReclameAquiConnection", map[string]any{"id": wrong}, "steps { name }",
		"REQUIRED at input.apiPassword", "REQUIRED at input.apiUsername")
	m.edit(wrong, map[string]any{"apiUsername": "demo-client", "apiPassword": "wrong"})
	wants(m.t, "a wrong password", m.steps(wrong), "REACH ok", "AUTHENTICATE UPSTREAM_CREDENTIALS", "LIST_PAGES -", "COUNT_TICKETS -")
}

func (m *manual) preview() {
	m.refused("no page", "previewSync", map[string]any{"id": m.draft("Sem página"), "retroactiveMonths": 1}, "preview { calls }", "REQUIRED at input.pageId")
	m.refused("months above 120", "previewSync", map[string]any{"id": m.integration, "retroactiveMonths": 121}, "preview { calls }", "OUT_OF_RANGE at input.retroactiveMonths")
	before := len(m.w.calls())
	of := func(months int) node {
		return m.must("previewSync", map[string]any{"id": m.integration, "retroactiveMonths": months}, "preview { tickets calls minutes from }").at("preview")
	}
	year := of(12)
	if n := len(m.w.calls()) - before; n != 1 {
		m.t.Errorf("the preview took %d calls", n)
	}
	if got, want := year.at("tickets").number(), len(m.w.complaints()); got != want {
		m.t.Errorf("%d tickets, want %d", got, want)
	}
	month := of(1)
	if month.at("tickets").number() == 0 || month.at("tickets").number() >= year.at("tickets").number() || year.at("calls").number() <= month.at("calls").number() ||
		month.at("from").text() <= year.at("from").text() {
		m.t.Errorf("a month is %s, a year %s", month, year)
	}
	if saved := m.form(m.integration); saved.at("retroactiveMonths").number() != 1 {
		m.t.Errorf("the preview changed the integration: %s", saved)
	}
}

// lacks are the fields that an integration still misses.
func lacks(form node) (fields []string) {
	for _, f := range form.at("missingFields").list() {
		fields = append(fields, f.at("field").text())
	}
	return fields
}

func (m *manual) autoConversion() {
	missing := []string{"autoConversion", "customerTypeId", "regionId", "creatorId", "sectorId", "occurrenceTypeId", "occurrenceId", "solutionIds", "defaultSolutionId"}
	wants(m.t, "missing", lacks(m.form(m.integration)), missing...)
	var want []string
	for _, f := range missing {
		want = append(want, "INCOMPLETE at input."+f)
	}
	m.refused("activated too early", "activateIntegration", map[string]any{"id": m.integration}, "integration { state }", want...)
	empty := lacks(m.form(m.draft("Vazia")))
	for _, f := range []string{"companyEmail", "apiUsername", "apiPassword", "syncIntervalMinutes", "retroactiveMonths", "pageId"} {
		if !slices.Contains(empty, f) {
			m.t.Errorf("an empty draft does not miss %s", f)
		}
	}
	if slices.Contains(empty, "syncGroupId") {
		m.t.Error("the sync group is optional")
	}
	m.edit(m.integration, map[string]any{"autoConversion": true})
	wants(m.t, "missing with auto conversion on", lacks(m.form(m.integration)), missing[1:]...)
}

func (m *manual) customerDefaults() {
	update := func(what, field, value string, want string) {
		m.t.Helper()
		m.refused(what, "updateIntegration", m.over(m.integration, map[string]any{field: value}), "", want+" at input."+field)
	}
	gone := m.make("region", map[string]any{"name": "Extinta"})
	m.must("archiveRegion", map[string]any{"id": gone}, "region { id }")
	update("a customer type that is none", "customerTypeId", m.region, "NOT_FOUND")
	update("a region that is none", "regionId", "reg_none", "NOT_FOUND")
	update("an archived region", "regionId", gone, "ARCHIVED")
	saved := m.edit(m.integration, map[string]any{"customerTypeId": m.customerType, "regionId": m.region})
	if saved.at("customerType", "id").text() != m.customerType || saved.at("region", "id").text() != m.region {
		m.t.Errorf("saved as %s", saved)
	}
}

func (m *manual) ticketDefaults() {
	refuse := func(what string, fields map[string]any, want ...string) {
		m.t.Helper()
		m.refused(what, "updateIntegration", m.over(m.integration, fields), "", want...)
	}
	refuse("a creator that is nobody", map[string]any{"creatorId": "usr_none"}, "NOT_FOUND at input.creatorId")
	refuse("a type without a sector", map[string]any{"occurrenceTypeId": m.kind}, "WRONG_PARENT at input.occurrenceTypeId")
	m.edit(m.integration, map[string]any{"creatorId": m.creator, "sectorId": m.sector})
	refuse("a type of another sector", map[string]any{"occurrenceTypeId": m.otherKind}, "WRONG_PARENT at input.occurrenceTypeId")
	m.edit(m.integration, map[string]any{"occurrenceTypeId": m.kind})
	refuse("an occurrence of another type", map[string]any{"occurrenceId": m.otherOccurrence}, "WRONG_PARENT at input.occurrenceId")
	m.edit(m.integration, map[string]any{"occurrenceId": m.occurrence})
	refuse("a solution of another occurrence", map[string]any{"solutionIds": []string{m.resolved, m.otherSolution}}, "WRONG_PARENT at input.solutionIds")
	refuse("a solution that is none", map[string]any{"solutionIds": []string{"sol_none"}}, "NOT_FOUND at input.solutionIds")
	m.edit(m.integration, map[string]any{"solutionIds": []string{m.resolved}})
	refuse("a default that is not among the allowed", map[string]any{"defaultSolutionId": m.closed}, "WRONG_PARENT at input.defaultSolutionId")
	done := m.edit(m.integration, map[string]any{"solutionIds": []string{m.resolved, m.closed}, "defaultSolutionId": m.closed})
	wants(m.t, "missing in the end", lacks(done))
	if !slices.Contains(allowed(done), "ACTIVATE") {
		m.t.Errorf("it cannot be activated: %s", done.at("availableActions"))
	}
	refuse("a sector that leaves the rest behind", map[string]any{"sectorId": nil}, "WRONG_PARENT at input.occurrenceTypeId")
}

// to does a verb of the states and wants a state.
func (m *manual) to(verb, state string) node {
	m.t.Helper()
	out := m.must(verb, map[string]any{"id": m.integration}, "integration { "+integrationForm+" }").at("integration")
	if out.at("state").text() != state {
		m.t.Errorf("%s leads to %s, want %s", verb, out.at("state").text(), state)
	}
	return out
}

func (m *manual) states() {
	refuse := func(what, verb string) {
		m.t.Helper()
		m.refused(what, verb, map[string]any{"id": m.integration}, "integration { id }", "INVALID_STATE at input.id")
	}
	refuse("pausing a draft", "pauseIntegration")
	active := m.to("activateIntegration", "ACTIVE")
	wants(m.t, "an active one's actions", allowed(active), "UPDATE", "PAUSE", "ARCHIVE", "FETCH_RECLAME_AQUI_PAGES", "TEST_CONNECTION", "PREVIEW_SYNC", "ROTATE_CALLBACK_URL")
	m.mirrored(m.integration)
	listed := m.ask(`{ integrations(first: 10, states: [ACTIVE]) { edges { node { state health lastSync nextSync lastError { code } backfill { done total calls } } } } }`, nil).
		at("integrations").nodes()
	if len(listed) != 1 || listed[0].at("lastSync").null() || listed[0].at("nextSync").null() || listed[0].at("health").text() != "HEALTHY" {
		m.t.Errorf("the list shows %s", listed)
	}
	paused := m.to("pauseIntegration", "PAUSED")
	wants(m.t, "a paused one's actions", allowed(paused), "UPDATE", "ACTIVATE", "ARCHIVE", "FETCH_RECLAME_AQUI_PAGES", "TEST_CONNECTION", "PREVIEW_SYNC", "ROTATE_CALLBACK_URL")
	m.to("activateIntegration", "ACTIVE")
	tickets := len(ticketIDs(m.person))
	archived := m.to("archiveIntegration", "ARCHIVED")
	wants(m.t, "an archived one's actions", allowed(archived), "RESTORE", "FETCH_RECLAME_AQUI_PAGES", "TEST_CONNECTION", "PREVIEW_SYNC")
	refuse("activating an archived one", "activateIntegration")
	refuse("pausing an archived one", "pauseIntegration")
	refuse("a new address for an archived one", "rotateCallbackUrl")
	m.refused("editing an archived one", "updateIntegration", m.over(m.integration, map[string]any{"name": "X"}), "", "INVALID_STATE at input.id")
	if got := len(ticketIDs(m.person)); got != tickets || got == 0 {
		m.t.Errorf("%d tickets before it was archived, %d after", tickets, got)
	}
	wants(m.t, "archived ones", m.search("integrations", `states: [ARCHIVED]`), "Loja da Ana")
	m.to("restoreIntegration", "DRAFT")
	m.to("activateIntegration", "ACTIVE")
}

func (m *manual) editLater() {
	seen := m.form(m.integration).at("version").number()
	renamed := m.edit(m.integration, map[string]any{"name": "Loja Aurora"})
	stale := m.refused("a version that is gone", "updateIntegration", map[string]any{"id": m.integration, "version": seen, "name": "Outra"},
		"integration { "+integrationForm+" }", "CONFLICT at input.version")
	if stale.at("integration").at("name").text() != "Loja Aurora" || stale.at("integration", "version").text() != renamed.at("version").text() {
		m.t.Errorf("the conflict shows %s, not the present state", stale)
	}
	m.madeIncomplete()
	if now := m.form(m.integration); now.at("version").text() != renamed.at("version").text() || now.at("region", "id").text() != m.region {
		m.t.Errorf("a refused edit left %s", now)
	}
	before := ticketIDs(m.person)
	m.edit(m.integration, map[string]any{"retroactiveMonths": 12})
	eventually(m.t, "the first sync reaches further back", func() bool {
		return !m.form(m.integration).at("backfill", "finishedAt").null() && len(ticketIDs(m.person)) == len(m.w.complaints())
	})
	if len(before) >= len(m.w.complaints()) {
		m.t.Error("a month held everything: nothing is proved")
	}
	m.denied("a name is not emptied", `mutation($id: ID!) { updateIntegration(input: {id: $id, version: 1, solutionIds: [null]}) { errors { code } } }`,
		map[string]any{"id": m.integration}, "GRAPHQL_VALIDATION_FAILED")
}

func (m *manual) onePerPage() {
	first := m.form(m.integration).at("page", "id").text()
	m.second = m.draft("Outra loja")
	m.edit(m.second, map[string]any{"apiUsername": "demo-client", "apiPassword": apiPassword}) // a shared credential
	pages := m.must("fetchReclameAquiPages", map[string]any{"id": m.second}, "pages { id }")
	m.refused("a page that is mirrored", "updateIntegration", m.over(m.second, map[string]any{"pageId": first}), "integration { id }", "PAGE_IN_USE at input.pageId")
	m.edit(m.second, map[string]any{"pageId": pages.at("pages", 1, "id").text()})
	m.to("archiveIntegration", "ARCHIVED")
	m.edit(m.second, map[string]any{"pageId": first}) // free now
	m.refused("brought back where its page is taken", "restoreIntegration", map[string]any{"id": m.integration}, "integration { id }", "PAGE_IN_USE at input.pageId")
	m.edit(m.second, map[string]any{"pageId": pages.at("pages", 1, "id").text()})
	m.to("restoreIntegration", "DRAFT")
	m.to("activateIntegration", "ACTIVE")
}

func (m *manual) administratorsOnly() {
	for _, p := range []*person{m.agent.on(m.t), m.supervisor.on(m.t)} {
		p.denied("the list of integrations", `{ integrations(first: 1) { edges { node { name } } } }`, nil, "FORBIDDEN")
		p.denied("one integration", `query($id: ID!) { integration(id: $id) { name } }`, map[string]any{"id": m.integration}, "FORBIDDEN")
		p.denied("archived entries", `{ regions(first: 1, state: ALL) { edges { node { name } } } }`, nil, "FORBIDDEN")
		p.denied("usage counts", `{ regions(first: 1) { edges { node { integrationCount } } } }`, nil, "FORBIDDEN")
		p.refused("a new region", "createRegion", map[string]any{"name": "Norte"}, "region { id }", "FORBIDDEN")
		p.refused("another region", "updateRegion", map[string]any{"id": m.region, "version": 1, "name": "Norte"}, "region { id name }", "FORBIDDEN")
		for _, list := range []string{"customerTypes", "regions", "syncGroups", "sectors", "occurrenceTypes", "occurrences", "solutions", "users"} {
			if got := p.ask("{ "+list+"(first: 100) { edges { node { name } } } }", nil).at(list).nodes(); len(got) == 0 {
				p.t.Errorf("%s are empty for who is no administrator", list)
			}
		}
		ticket := p.ask(`{ tickets(first: 1) { edges { node { id integration { name } } } } }`, nil).at("tickets").nodes()[0]
		if ticket.at("integration", "name").text() != "Loja Aurora" {
			p.t.Errorf("the ticket's integration is %s", ticket)
		}
		for _, field := range []string{"callbackUrl", "companyEmail", "apiUsername", "missingFields { field }", "page { id }", "lastError { code }", "creator { integrationCount }"} {
			p.denied(field, `query($id: ID!) { ticket(id: $id) { integration { `+field+` } } }`, map[string]any{"id": ticket.at("id").text()}, "FORBIDDEN")
		}
	}
	if entries := m.ask(`query($id: ID!) { auditEntries(first: 100, subjectId: $id) { edges { node { action occurredAt actor { id } changes { field old new } } } } }`,
		map[string]any{"id": m.integration}).at("auditEntries").nodes(); len(entries) < 20 || entries[0].at("actor", "id").text() != m.creator ||
		entries[0].at("occurredAt").text() < entries[1].at("occurredAt").text() {
		m.t.Errorf("the audit of the integration: %s", entries)
	}
}
