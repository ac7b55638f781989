package app

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/server/reclameaqui/sandbox"
)

// manual is what the rows of the manual hand on to one another.
type manual struct {
	*person // the administrator
	t       *testing.T
	p       *program
	w       *simulated

	customerType, region, group       string
	sector, kind, occurrence          string
	otherKind, otherOccurrence        string
	resolved, closed, otherSolution   string
	creator, integration, callbackURL string
	second                            string // another integration
	agent, supervisor                 *person
}

// manualRows are those of the manual, in the order of the work: who reads them from top to bottom has configured the channel.
var manualRows = []struct {
	name string
	work func(*manual)
}{
	{"A14 customer types, regions and sync groups", (*manual).lists},
	{"A14 sectors, occurrence types, occurrences and solutions", (*manual).tree},
	{"A14 users", (*manual).users},
	{"A2 a list of integrations", (*manual).listOfIntegrations},
	{"A3 save and continue", (*manual).firstStep},
	{"A4 the Reclame Aqui section", (*manual).reclameAquiSection},
	{"A5 the callback URL", (*manual).callback},
	{"A6 fetch pages", (*manual).fetchPages},
	{"A7 test connection", (*manual).testConnection},
	{"A8 preview", (*manual).preview},
	{"A9 auto conversion and what is missing", (*manual).autoConversion},
	{"A10 customer defaults", (*manual).customerDefaults},
	{"A11 ticket defaults", (*manual).ticketDefaults},
	{"A13 the states", (*manual).states},
	{"A12 save, and edit at any later time", (*manual).editLater},
	{"A12b one integration per page", (*manual).onePerPage},
	{"A14 what is in use is not archived", (*manual).inUse},
	{"A1 administrators only", (*manual).administratorsOnly},
}

// The manual of the administration, row by row, on a server and a Reclame Aqui that run.
func TestTheManual(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, s settings) {
		ra := moody(t, sandbox.Config{Complaints: 60, Rate: 1000})
		p, admin := server(t, s.with(settings{"RECLAME_AQUI_URL": ra + "/api"}))
		m := &manual{p: p}
		for _, row := range manualRows {
			held := t.Run(row.name, func(t *testing.T) {
				m.t, m.person, m.w = t, admin.on(t), world(t, ra)
				row.work(m)
			})
			if !held {
				t.Fatalf("%q does not hold: the rows after it stand on it", row.name)
			}
		}
	})
}

// A list as its screen uses it: its query, and the payload's field of its mutations.
type listScreen struct {
	query, entity string
	// own are the fields that it needs beside name and code.
	own map[string]any
}

func (m *manual) lists() {
	for _, l := range []listScreen{
		{"customerTypes", "customerType", nil}, {"regions", "region", nil}, {"syncGroups", "syncGroup", map[string]any{"priority": 3}},
	} {
		m.list(l)
	}
	m.refused("a priority below 1", "createSyncGroup", map[string]any{"name": "Zero", "priority": 0}, "", "OUT_OF_RANGE at input.priority")
	m.refused("a priority above 1000", "createSyncGroup", map[string]any{"name": "Mil e um", "priority": 1001}, "", "OUT_OF_RANGE at input.priority")
	m.customerType = m.make("customerType", map[string]any{"name": "Pessoa física"})
	m.region = m.make("region", map[string]any{"name": "Sudeste"})
	m.group = m.make("syncGroup", map[string]any{"name": "Prioritário", "priority": 1})
}

// list does everything that the screen of a list does.
func (m *manual) list(l listScreen) {
	m.t.Helper()
	input := func(fields map[string]any) map[string]any {
		maps.Copy(fields, l.own)
		return fields
	}
	noun, row := capital(l.entity), l.entity+" { id name code version archivedAt integrationCount }"
	made := m.must("create"+noun, input(map[string]any{"name": "  São   João ", "code": "SJ-1"}), row).at(l.entity)
	id := made.at("id").text()
	if made.at("name").text() != "São João" || made.at("version").number() != 1 || made.at("integrationCount").text() != "0" {
		m.t.Errorf("%s made as %s", noun, made)
	}
	// What is forbidden, each with its code and field.
	m.refused("no name", "create"+noun, input(map[string]any{"name": " "}), "", "REQUIRED at input.name")
	m.refused("a long name", "create"+noun, input(map[string]any{"name": strings.Repeat("ã", 121)}), "", "TOO_LONG at input.name")
	m.refused("a long code", "create"+noun, input(map[string]any{"name": "Longo", "code": strings.Repeat("c", 41)}), "", "TOO_LONG at input.code")
	m.refused("a code with spaces", "create"+noun, input(map[string]any{"name": "Espaço", "code": "a b"}), "", "INVALID at input.code")
	m.refused("a name that is taken", "create"+noun, input(map[string]any{"name": "SAO JOAO"}), "", "ALREADY_EXISTS at input.name")
	m.refused("a code that is taken", "create"+noun, input(map[string]any{"name": "Outro", "code": "sj-1"}), "", "ALREADY_EXISTS at input.code")
	m.refused("both", "create"+noun, input(map[string]any{"name": "sao joao", "code": "Sj-1"}), "",
		"ALREADY_EXISTS at input.code", "ALREADY_EXISTS at input.name")
	m.refused("nothing to change", "update"+noun, map[string]any{"id": "x_none", "version": 1, "name": "X"}, l.entity+" { id }", "NOT_FOUND at input.id")

	for _, words := range []string{"sao j", "joao sao", " SÃO  sj-1 ", "são"} {
		if found := m.search(l.query, fmt.Sprintf(`search: %q`, words)); len(found) != 1 || found[0] != "São João" {
			m.t.Errorf("%s: %q finds %q", l.query, words, found)
		}
	}
	wants(m.t, "words of which one is missing", m.search(l.query, `search: "sao jose"`))
	changed := m.must("update"+noun, map[string]any{"id": id, "version": 1, "name": "São José"}, row).at(l.entity)
	if changed.at("name").text() != "São José" || changed.at("code").text() != "SJ-1" || changed.at("version").number() != 2 {
		m.t.Errorf("%s changed to %s", noun, changed)
	}
	stale := m.refused("a version that is gone", "update"+noun, map[string]any{"id": id, "version": 1, "name": "São Pedro"}, row, "CONFLICT at input.version")
	if stale.at(l.entity, "name").text() != "São José" || stale.at(l.entity, "version").number() != 2 {
		m.t.Errorf("%s: the conflict shows %s, not the present state", noun, stale)
	}
	m.shelve(l, id, noun, row)
}

// shelve archives and restores an entry that nothing uses.
func (m *manual) shelve(l listScreen, id, noun, row string) {
	m.t.Helper()
	out := m.must("archive"+noun, map[string]any{"id": id}, row).at(l.entity)
	if out.at("archivedAt").null() || out.at("version").number() != 3 {
		m.t.Errorf("%s archived as %s", noun, out)
	}
	wants(m.t, "in use", m.search(l.query, `search: "jose"`))
	wants(m.t, "archived", m.search(l.query, `search: "jose", state: ARCHIVED`), "São José")
	wants(m.t, "all", m.search(l.query, `search: "jose", state: ALL`), "São José")
	if m.ask(`query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": id}).at("node", "id").text() != id {
		m.t.Errorf("%s: an archived entry cannot be read any more", noun)
	}
	m.refused("a name that an archived one has", "create"+noun, addTo(l.own, "name", "sao jose"), "", "ALREADY_EXISTS at input.name")
	if out = m.must("restore"+noun, map[string]any{"id": id}, row).at(l.entity); !out.at("archivedAt").null() {
		m.t.Errorf("%s restored as %s", noun, out)
	}
	wants(m.t, "in use again", m.search(l.query, `search: "jose"`), "São José")
}

// addTo gives the fields with one more, or with another value of it.
func addTo(fields map[string]any, name string, value any) map[string]any {
	all := map[string]any{}
	maps.Copy(all, fields)
	all[name] = value
	return all
}

// search gives the names that a list shows for arguments.
func (m *manual) search(query, arguments string) (names []string) {
	m.t.Helper()
	for _, n := range m.ask("{ "+query+"(first: 100, "+arguments+") { edges { node { name } } } }", nil).at(query).nodes() {
		names = append(names, n.at("name").text())
	}
	return names
}

func (m *manual) tree() {
	m.list(listScreen{"sectors", "sector", nil})
	m.sector = m.make("sector", map[string]any{"name": "Atendimento"})
	other := m.make("sector", map[string]any{"name": "Financeiro"})

	m.list(listScreen{"occurrenceTypes", "occurrenceType", map[string]any{"sectorId": m.sector}})
	m.refused("a type of no sector", "createOccurrenceType", map[string]any{"name": "X", "sectorId": "sec_none"}, "", "NOT_FOUND at input.sectorId")
	m.kind = m.make("occurrenceType", map[string]any{"name": "Reclamação", "sectorId": m.sector})
	m.otherKind = m.make("occurrenceType", map[string]any{"name": "Reclamação", "sectorId": other}) // the same name elsewhere

	m.list(listScreen{"occurrences", "occurrence", map[string]any{"occurrenceTypeId": m.kind}})
	m.refused("an occurrence of no type", "createOccurrence", map[string]any{"name": "X", "occurrenceTypeId": m.sector}, "", "NOT_FOUND at input.occurrenceTypeId")
	m.refused("an SLA without a unit", "createOccurrence", map[string]any{"name": "X", "occurrenceTypeId": m.kind, "slaValue": 5}, "", "REQUIRED at input.slaUnit")
	m.refused("an SLA of nothing", "createOccurrence", map[string]any{"name": "X", "occurrenceTypeId": m.kind, "slaValue": 0, "slaUnit": "DAYS"}, "", "OUT_OF_RANGE at input.slaValue")
	m.occurrence = m.make("occurrence", map[string]any{"name": "Reclame Aqui", "occurrenceTypeId": m.kind, "slaValue": 5, "slaUnit": "DAYS"})
	m.otherOccurrence = m.make("occurrence", map[string]any{"name": "Reclame Aqui", "occurrenceTypeId": m.otherKind})

	m.list(listScreen{"solutions", "solution", map[string]any{"occurrenceId": m.occurrence}})
	m.refused("a solution of no occurrence", "createSolution", map[string]any{"name": "X", "occurrenceId": "occ_none"}, "", "NOT_FOUND at input.occurrenceId")
	m.resolved = m.make("solution", map[string]any{"name": "Resolvido", "occurrenceId": m.occurrence})
	m.closed = m.make("solution", map[string]any{"name": "Encerrado", "occurrenceId": m.occurrence})
	m.otherSolution = m.make("solution", map[string]any{"name": "Encerrado", "occurrenceId": m.otherOccurrence})

	got := m.ask(`query($id: ID!) { node(id: $id) { ... on Occurrence { slaValue slaUnit occurrenceType { name sector { name } }
		solutions(first: 10, orderBy: {field: NAME}) { edges { node { name } } } } } }`, map[string]any{"id": m.occurrence}).at("node")
	want := `{"occurrenceType":{"name":"Reclamação","sector":{"name":"Atendimento"}},"slaUnit":"DAYS","slaValue":5,` +
		`"solutions":{"edges":[{"node":{"name":"Encerrado"}},{"node":{"name":"Resolvido"}},{"node":{"name":"São José"}}]}}`
	if got.String() != want {
		m.t.Errorf("the occurrence is %s\nwant %s", got, want)
	}
	m.refused("a sector whose types are in use", "archiveSector", map[string]any{"id": other}, "", "INVALID_STATE at input.id")
	m.refused("a type whose occurrences are in use", "archiveOccurrenceType", map[string]any{"id": m.otherKind}, "", "INVALID_STATE at input.id")
	m.refused("an occurrence whose solutions are in use", "archiveOccurrence", map[string]any{"id": m.otherOccurrence}, "", "INVALID_STATE at input.id")
}

func (m *manual) firstStep() {
	step := func(name string) map[string]any {
		return map[string]any{"name": name, "channel": "RECLAME_AQUI", "kind": "RECLAME_AQUI"}
	}
	m.refused("no name", "createIntegration", step(" \t "), "integration { id }", "REQUIRED at input.name")
	m.refused("a long name", "createIntegration", step(strings.Repeat("n", 121)), "integration { id }", "TOO_LONG at input.name")
	m.denied("no channel", `mutation { createIntegration(input: {name: "X", kind: RECLAME_AQUI}) { errors { code } } }`, nil, "GRAPHQL_VALIDATION_FAILED")
	m.denied("another kind", `mutation { createIntegration(input: {name: "X", channel: RECLAME_AQUI, kind: FACEBOOK}) { errors { code } } }`, nil, "GRAPHQL_VALIDATION_FAILED")
	made := m.must("createIntegration", step(" Loja   da Ana "), "integration { "+integrationForm+" }").at("integration")
	if made.at("state").text() != "DRAFT" || made.at("name").text() != "Loja da Ana" || made.at("version").number() != 1 ||
		made.at("channel").text() != "RECLAME_AQUI" || made.at("kind").text() != "RECLAME_AQUI" {
		m.t.Errorf("the draft is %s", made)
	}
	wants(m.t, "a draft's actions", allowed(made), "UPDATE", "ARCHIVE", "ROTATE_CALLBACK_URL")
	m.integration = made.at("id").text()
}

func (m *manual) reclameAquiSection() {
	update := func(what, field string, value any, want ...string) {
		m.t.Helper()
		m.refused(what, "updateIntegration", m.over(m.integration, map[string]any{field: value}), "integration { id }", want...)
	}
	update("an interval below 10", "syncIntervalMinutes", 9, "OUT_OF_RANGE at input.syncIntervalMinutes")
	update("an interval above 1440", "syncIntervalMinutes", 1441, "OUT_OF_RANGE at input.syncIntervalMinutes")
	update("months below 0", "retroactiveMonths", -1, "OUT_OF_RANGE at input.retroactiveMonths")
	update("months above 120", "retroactiveMonths", 121, "OUT_OF_RANGE at input.retroactiveMonths")
	update("no e-mail", "companyEmail", "loja", "INVALID at input.companyEmail")
	update("an empty password", "apiPassword", "", "REQUIRED at input.apiPassword")
	update("a long password", "apiPassword", strings.Repeat("p", 501), "TOO_LONG at input.apiPassword")
	update("a long user", "apiUsername", strings.Repeat("u", 201), "TOO_LONG at input.apiUsername")
	update("an unknown sync group", "syncGroupId", "syg_none", "NOT_FOUND at input.syncGroupId")
	m.refused("everything at once", "updateIntegration", m.over(m.integration, map[string]any{"name": "", "companyEmail": "@", "syncIntervalMinutes": 0}),
		"", "INVALID at input.companyEmail", "OUT_OF_RANGE at input.syncIntervalMinutes", "REQUIRED at input.name")

	saved := m.edit(m.integration, map[string]any{
		"companyEmail": " ra@example.com ", "apiUsername": "demo-client", "apiPassword": "not this one",
		"syncIntervalMinutes": 10, "retroactiveMonths": 1, "syncGroupId": m.group,
	})
	if saved.at("companyEmail").text() != "ra@example.com" || saved.at("apiUsername").text() != "demo-client" || saved.at("syncGroup", "id").text() != m.group ||
		saved.at("syncIntervalMinutes").number() != 10 || saved.at("retroactiveMonths").number() != 1 || saved.at("version").number() != 2 {
		m.t.Errorf("saved as %s", saved)
	}
	if at, err := time.Parse(time.RFC3339, saved.at("apiPasswordSetAt").text()); err != nil || time.Since(at) > time.Minute {
		m.t.Errorf("the password is set since %q", saved.at("apiPasswordSetAt").text())
	}
	m.denied("the password is read", `query($id: ID!) { integration(id: $id) { apiPassword } }`, map[string]any{"id": m.integration}, "GRAPHQL_VALIDATION_FAILED")
}

func (m *manual) callback() {
	call := func(url string) int {
		status, _ := fetch(m.t, "POST", url, nil, strings.NewReader("{}"))
		return status
	}
	first := m.form(m.integration).at("callbackUrl").text()
	if token := first[strings.LastIndex(first, "/")+1:]; !strings.HasPrefix(first, m.p.graphql+"/callbacks/reclame-aqui/") || len(token) < 43 {
		m.t.Errorf("the callback URL is %q", first)
	}
	if status := call(first); status != http.StatusOK {
		m.t.Errorf("the callback of a draft: %d", status)
	}
	m.refused("an overlap below 0", "rotateCallbackUrl", map[string]any{"id": m.integration, "overlapHours": -1}, "", "OUT_OF_RANGE at input.overlapHours")
	m.refused("an overlap above a month", "rotateCallbackUrl", map[string]any{"id": m.integration, "overlapHours": 721}, "", "OUT_OF_RANGE at input.overlapHours")
	rotate := func(hours int) node {
		return m.must("rotateCallbackUrl", map[string]any{"id": m.integration, "overlapHours": hours}, "integration { "+integrationForm+" }").at("integration")
	}
	rotated := rotate(48)
	second := rotated.at("callbackUrl").text()
	if second == first || len(rotated.at("replacedCallbackUrls").list()) != 1 || !rotated.at("callbackUrlLastUsedAt").null() {
		m.t.Errorf("rotated to %s", rotated)
	}
	ends, err := time.Parse(time.RFC3339, rotated.at("replacedCallbackUrls", 0, "endsAt").text())
	if left := time.Until(ends); err != nil || left < 47*time.Hour || left > 48*time.Hour {
		m.t.Errorf("the old one ends in %s, %v", left, err)
	}
	if a, b := call(first), call(second); a != http.StatusOK || b != http.StatusOK {
		m.t.Errorf("during the overlap the old one answers %d, the new one %d", a, b)
	}
	eventually(m.t, "the last use of both is shown", func() bool {
		now := m.form(m.integration)
		return !now.at("callbackUrlLastUsedAt").null() && !now.at("replacedCallbackUrls", 0, "lastUsedAt").null()
	})
	third := rotate(0).at("callbackUrl").text()
	eventually(m.t, "the one replaced without overlap ends", func() bool { return call(second) == http.StatusNotFound })
	if a, b := call(first), call(third); a != http.StatusOK || b != http.StatusOK {
		m.t.Errorf("after a rotation without overlap the one of the overlap before answers %d, the new one %d", a, b)
	}
	m.callbackURL = third
}
