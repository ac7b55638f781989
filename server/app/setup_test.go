package app

import (
	"path/filepath"
	"testing"

	"citrus.cx/channel/server/database/databasetest"
)

const (
	adminEmail    = "ana@example.com"
	adminPassword = "a long pass phrase"
	agentPassword = "another long pass phrase"
)

// eachDatabase runs a test with a data folder on SQLite and with an empty database on PostgreSQL.
func eachDatabase(t *testing.T, run func(t *testing.T, s settings)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		run(t, folder(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		run(t, folder(t).with(settings{"DATABASE_URL": databasetest.Postgres(t)}))
	})
}

// databaseURL is where serve keeps its data under these settings.
func (s settings) databaseURL() string {
	if url := s["DATABASE_URL"]; url != "" {
		return url
	}
	return "sqlite:" + filepath.Join(s["DATA_DIR"], "citrus.db")
}

// server starts the product on a database without anybody in it, and its first administrator.
func server(t testing.TB, s settings) (p *program, admin *person) {
	t.Helper()
	run(t, s, adminPassword+"\n", "user", "create", "--role", "ADMIN", "--email", adminEmail, "--name", "Ana", "--password-stdin")
	p = start(t, s, "serve")
	return p, signIn(t, p.graphql, adminEmail, adminPassword)
}

// office is what an administrator has registered.
type office struct {
	integration, callbackURL string
	sector, kind, occurrence string
	solutions                []string
}

// register makes the lists, an agent of the sector, and a draft of an integration.
func (p *person) register() (o office) {
	p.t.Helper()
	made := func(mutation, entity string, input map[string]any) string {
		input["idempotencyKey"] = key()
		return p.must(mutation, input, entity+" { id }").at(entity, "id").text()
	}
	customers := made("createCustomerType", "customerType", map[string]any{"name": "Pessoa física"})
	region := made("createRegion", "region", map[string]any{"name": "Sudeste"})
	group := made("createSyncGroup", "syncGroup", map[string]any{"name": "Prioritário", "priority": 1})
	o.sector = made("createSector", "sector", map[string]any{"name": "Atendimento"})
	o.kind = made("createOccurrenceType", "occurrenceType", map[string]any{"name": "Reclamação", "sectorId": o.sector})
	o.occurrence = made("createOccurrence", "occurrence", map[string]any{
		"name": "Reclame Aqui", "occurrenceTypeId": o.kind, "slaValue": 5, "slaUnit": "DAYS",
	})
	for _, name := range []string{"Resolvido", "Encerrado"} {
		o.solutions = append(o.solutions, made("createSolution", "solution", map[string]any{"name": name, "occurrenceId": o.occurrence}))
	}
	made("createUser", "user", map[string]any{
		"email": "alice@example.com", "name": "Alice", "role": "AGENT", "password": agentPassword, "sectorIds": []string{o.sector},
	})
	o.integration = made("createIntegration", "integration", map[string]any{
		"name": "Loja Aurora", "channel": "RECLAME_AQUI", "kind": "RECLAME_AQUI",
	})
	viewer := p.ask(`{ viewer { id } }`, nil).at("viewer", "id").text()
	p.must("updateIntegration", map[string]any{
		"id": o.integration, "version": 1, "companyEmail": "ra@example.com", "apiUsername": "demo-client", "apiPassword": apiPassword,
		"syncIntervalMinutes": 10, "retroactiveMonths": 12, "syncGroupId": group, "autoConversion": true,
		"customerTypeId": customers, "regionId": region, "creatorId": viewer, "sectorId": o.sector,
		"occurrenceTypeId": o.kind, "occurrenceId": o.occurrence, "solutionIds": o.solutions, "defaultSolutionId": o.solutions[1],
	}, "integration { id }")
	return o
}

// activate fetches the pages, chooses the first one and starts the mirror.
func (p *person) activate(o *office) {
	p.t.Helper()
	pages := p.must("fetchReclameAquiPages", map[string]any{"id": o.integration}, "pages { id name } integration { version }")
	out := p.must("updateIntegration", map[string]any{
		"id": o.integration, "version": pages.at("integration", "version").number(), "pageId": pages.at("pages", 0, "id").text(),
	}, "integration { companyName page { id name } callbackUrl missingFields { field } }")
	if got := out.at("integration"); got.at("companyName").text() != pages.at("pages", 0, "name").text() || len(got.at("missingFields").list()) > 0 {
		p.t.Errorf("with a page chosen: %s", got)
	}
	o.callbackURL = out.at("integration", "callbackUrl").text()
	p.must("activateIntegration", map[string]any{"id": o.integration}, "integration { state }")
}
