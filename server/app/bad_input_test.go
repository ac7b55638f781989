package app

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/secret"
)

// counter counts the rows of every table.
type counter struct {
	t  *testing.T
	d  *database.DB
	of []string
}

func rowsOf(t *testing.T, url string) *counter {
	t.Helper()
	c := &counter{t: t, d: databasetest.Open(t, url, database.Options{})}
	rows, err := c.d.Reader.QueryContext(t.Context(), "SELECT name FROM sqlite_master WHERE type = 'table'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		c.of = append(c.of, name)
	}
	if rows.Err() != nil || len(c.of) < 20 {
		t.Fatal("tables cannot be listed: ", rows.Err(), c.of)
	}
	return c
}

// now gives the number of rows by table, and the versions of what can be changed.
func (c *counter) now() map[string]int {
	c.t.Helper()
	counts := map[string]int{}
	one := func(name, query string) {
		rows, err := c.d.Reader.QueryContext(c.t.Context(), query)
		if err != nil {
			c.t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var n int
			if err := rows.Scan(&n); err != nil {
				c.t.Fatal(err)
			}
			counts[name] = n
		}
	}
	for _, table := range c.of {
		one(table, "SELECT count(*) FROM "+table)
	}
	for _, table := range []string{"integrations", "sectors", "users", "tickets"} {
		one("versions of "+table, "SELECT coalesce(sum(version), 0) FROM "+table)
	}
	return counts
}

// bad is one thing that must be refused.
type bad struct {
	name string
	// Either a mutation with its input, or a whole query.
	mutation string
	input    map[string]any
	query    string
	by       *person // the administrator when nil
	code     string
	// field is the end of the path that the error names; "" for what is about no field.
	field string
}

// Bad input is answered with a typed error that names the field, and nothing is stored.
func TestBadInput(t *testing.T) {
	t.Parallel()
	ra := start(t, folder(t), "sandbox")
	s := folder(t).with(settings{"RECLAME_AQUI_URL": ra.sandbox + "/api", "MASTER_KEY": secret.NewKey()})
	p, admin := server(t, s)
	o := admin.register()
	admin.activate(&o)
	admin.synced()
	agent := signIn(t, p.graphql, "alice@example.com", agentPassword)
	o.strangers(admin)
	rows := rowsOf(t, s.databaseURL())

	for _, c := range badInputs(admin, agent, o) {
		t.Run(c.name, func(t *testing.T) {
			before := rows.now()
			c.refused(t, admin)
			unchanged(t, before, rows.now())
		})
	}
	badRequests(t, p, admin, o, rows)
	t.Run("garbage cursor of the live log", func(t *testing.T) {
		said := <-admin.follow("garbage").updates
		if said.at("type").text() != "error" || said.at("payload", 0, "extensions", "code").text() != "INVALID" {
			t.Errorf("%s", said)
		}
	})
	badTokens(t, p, admin, s, rows)
}

func unchanged(t *testing.T, before, after map[string]int) {
	t.Helper()
	if !maps.Equal(before, after) {
		for name, n := range after {
			if before[name] != n {
				t.Errorf("%s: %d before, %d after", name, before[name], n)
			}
		}
	}
}

// strangers registers a second sector, occurrence type, occurrence and solution, which belong to nothing chosen.
func (o *office) strangers(admin *person) {
	sector := admin.must("createSector", map[string]any{"name": "Financeiro"}, "sector { id }").at("sector", "id").text()
	kind := admin.must("createOccurrenceType", map[string]any{"name": "Cobrança", "sectorId": sector}, "occurrenceType { id }").at("occurrenceType", "id").text()
	what := admin.must("createOccurrence", map[string]any{"name": "Boleto", "occurrenceTypeId": kind}, "occurrence { id }").at("occurrence", "id").text()
	solution := admin.must("createSolution", map[string]any{"name": "Estornado", "occurrenceId": what}, "solution { id }").at("solution", "id").text()
	o.kind, o.occurrence, o.solutions = kind, what, append(o.solutions, solution)
}

func badInputs(admin, agent *person, o office) []bad {
	version := admin.ask(`query($id: ID!) { integration(id: $id) { version } }`, map[string]any{"id": o.integration}).at("integration", "version").number()
	update := func(field string, value any) (string, map[string]any) {
		return "updateIntegration", map[string]any{"id": o.integration, "version": version, field: value}
	}
	var list []bad
	for _, c := range []struct {
		field string
		value any
		code  string
	}{
		{"syncIntervalMinutes", 9, "OUT_OF_RANGE"},
		{"syncIntervalMinutes", 1441, "OUT_OF_RANGE"},
		{"retroactiveMonths", -1, "OUT_OF_RANGE"},
		{"retroactiveMonths", 121, "OUT_OF_RANGE"},
		{"companyEmail", "not an e-mail", "INVALID"},
		{"name", "   ", "REQUIRED"},
		{"name", strings.Repeat("n", 121), "TOO_LONG"},
		{"sectorId", "sec_nothing", "NOT_FOUND"},
		{"customerTypeId", o.sector, "NOT_FOUND"},
		{"creatorId", "", "NOT_FOUND"},
		{"pageId", "1", "INVALID_STATE"},
		{"solutionIds", []string{"sol_nothing"}, "NOT_FOUND"},
		{"occurrenceTypeId", o.kind, "WRONG_PARENT"},
		{"occurrenceId", o.occurrence, "WRONG_PARENT"},
		{"defaultSolutionId", o.solutions[2], "WRONG_PARENT"},
		{"apiPassword", "", "REQUIRED"},
	} {
		mutation, input := update(c.field, c.value)
		list = append(list, bad{name: c.field + " " + clipped(c.value), mutation: mutation, input: input, code: c.code, field: c.field})
	}
	mutation, stale := update("name", "Outro nome")
	stale["version"] = version - 1
	ticket := agent.answerable(1)[0]
	answer := func(ticketID, text, seen any) map[string]any {
		return map[string]any{"ticketId": ticketID, "text": text, "lastSeenInteractionId": seen, "idempotencyKey": key()}
	}
	return append(list, []bad{
		{name: "stale version", mutation: mutation, input: stale, code: "CONFLICT", field: "version"},
		{name: "unknown integration", mutation: "activateIntegration", input: map[string]any{"id": "int_nothing"}, code: "NOT_FOUND", field: "id"},
		{name: "an active one made incomplete", mutation: "updateIntegration", input: map[string]any{"id": o.integration, "version": version, "regionId": nil}, code: "INCOMPLETE", field: "regionId"},
		{name: "empty name of a list's entry", mutation: "createRegion", input: map[string]any{"name": " "}, code: "REQUIRED", field: "name"},
		{name: "taken name, other case and accents", mutation: "createRegion", input: map[string]any{"name": "SÚDESTE"}, code: "ALREADY_EXISTS", field: "name"},
		{name: "unknown sector", mutation: "createOccurrenceType", input: map[string]any{"name": "X", "sectorId": "sec_nothing"}, code: "NOT_FOUND", field: "sectorId"},
		{name: "user's e-mail", mutation: "createUser", input: map[string]any{"email": "x", "name": "X", "role": "AGENT", "password": agentPassword}, code: "INVALID", field: "email"},
		{name: "user's taken e-mail", mutation: "createUser", input: map[string]any{"email": "ALICE@example.com", "name": "X", "role": "AGENT", "password": agentPassword}, code: "ALREADY_EXISTS", field: "email"},
		{name: "priority", mutation: "createSyncGroup", input: map[string]any{"name": "X", "priority": 0}, code: "OUT_OF_RANGE", field: "priority"},
		{name: "agent calls an administrator's verb", by: agent, mutation: "createRegion", input: map[string]any{"name": "Sul"}, code: "FORBIDDEN"},
		{name: "agent updates an integration", by: agent, mutation: mutation, input: map[string]any{"id": o.integration, "version": version, "name": "X"}, code: "FORBIDDEN"},
		{name: "wrong password", by: &person{t: admin.t, base: admin.base}, mutation: "signIn", input: map[string]any{"email": adminEmail, "password": "wrong wrong wrong"}, code: "INVALID_CREDENTIALS"},
		{name: "unknown ticket", by: agent, mutation: "replyPublicly", input: answer("tkt_nothing", "Olá", nil), code: "NOT_FOUND", field: "ticketId"},
		{name: "empty answer", by: agent, mutation: "replyPublicly", input: answer(ticket.at("id").text(), " \n ", nil), code: "REQUIRED", field: "text"},
		{name: "answer too long", by: agent, mutation: "replyPublicly", input: answer(ticket.at("id").text(), strings.Repeat("a", 20_001), nil), code: "TOO_LONG", field: "text"},
		{name: "unknown interaction", by: agent, mutation: "replyPublicly", input: answer(ticket.at("id").text(), "Olá", "itr_nothing"), code: "NOT_FOUND", field: "lastSeenInteractionId"},
		{name: "nothing seen", by: agent, mutation: "replyPublicly", input: answer(ticket.at("id").text(), "Olá", nil), code: "STALE_THREAD", field: "lastSeenInteractionId"},
		{name: "page of 101", query: `{ tickets(first: 101) { edges { cursor } } }`, code: "OUT_OF_RANGE", field: "first"},
		{name: "page of -1", query: `{ tickets(first: -1) { edges { cursor } } }`, code: "OUT_OF_RANGE", field: "first"},
		{name: "page of 101 inside", query: `{ tickets(first: 1) { edges { node { interactions(last: 101) { edges { cursor } } } } } }`, code: "OUT_OF_RANGE", field: "last"},
		{name: "garbage cursor", query: `{ tickets(first: 1, after: "garbage") { edges { cursor } } }`, code: "INVALID", field: "after"},
		{name: "cursor of nothing", query: `{ tickets(first: 1, before: "gqFp") { edges { cursor } } }`, code: "INVALID", field: "before"},
		{name: "no protocol", query: `{ ticketByProtocol(protocol: "garbage") { id } }`, code: "INVALID", field: "protocol"},
		{name: "nested too deeply", query: "{ node(id: \"x\") { " + strings.Repeat("... on Node { ", 40) + "id" + strings.Repeat(" }", 41) + " }", code: "INVALID"},
		{name: "too much at once", query: `{ tickets(first: 100) { edges { node { customer { tickets(first: 100) { edges { node { interactions(first: 100) { edges { node { id } } } } } } } } } } }`, code: "INVALID"},
		{name: "unknown field", query: `{ tickets(first: 1) { nothing } }`, code: "GRAPHQL_VALIDATION_FAILED"},
		{name: "no GraphQL", query: `{ tickets(`, code: "GRAPHQL_PARSE_FAILED"},
	}...)
}

// clipped is a value as the name of a test.
func clipped(value any) string {
	text := fmt.Sprint(value)
	return text[:min(len(text), 20)]
}

// refused tries a bad input and looks at the error.
func (c bad) refused(t *testing.T, admin *person) {
	t.Helper()
	by := admin
	if c.by != nil {
		by = c.by
	}
	if c.mutation != "" {
		e := by.mutate(c.mutation, c.input, "").at("errors", 0)
		if e.at("code").text() != c.code || e.at("message").text() == "" || !endsWith(e.at("field"), c.field) {
			t.Errorf("%s, want %s at %q", e, c.code, c.field)
		}
		return
	}
	status, answer := by.raw(c.query, nil)
	e := answer.at("errors", 0)
	if status != http.StatusOK || e.at("extensions", "code").text() != c.code || e.at("message").text() == "" ||
		e.at("extensions", "requestId").text() == "" || c.field != "" && !endsWith(e.at("path"), c.field) {
		t.Errorf("%d %s, want %s at %q", status, answer, c.code, c.field)
	}
}

// endsWith says whether a path ends with a name, or is empty when there is none.
func endsWith(path node, name string) bool {
	steps := path.list()
	if name == "" {
		return len(steps) == 0
	}
	return len(steps) > 0 && steps[len(steps)-1].text() == name
}

// badRequests are refused before GraphQL, or before the callback is one.
func badRequests(t *testing.T, p *program, admin *person, o office, rows *counter) {
	wrongToken := o.callbackURL[:strings.LastIndex(o.callbackURL, "/")+1] + base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	large := bytes.Repeat([]byte("a"), 2<<20)
	for _, c := range []struct {
		name, url   string
		contentType string
		body        []byte
		status      int
		code        string
	}{
		{"bad JSON", p.graphql + "/graphql", "application/json", []byte(`{"query": "{ viewer`), http.StatusBadRequest, "INVALID"},
		{"no query", p.graphql + "/graphql", "application/json", []byte(`{}`), http.StatusBadRequest, "INVALID"},
		{"a form", p.graphql + "/graphql", "application/x-www-form-urlencoded", []byte(`query={viewer{id}}`), http.StatusUnsupportedMediaType, "INVALID"},
		{"2 MiB of GraphQL", p.graphql + "/graphql", "application/json", large, http.StatusRequestEntityTooLarge, "PAYLOAD_TOO_LARGE"},
		{"2 MiB of callback", o.callbackURL, "application/json", large, http.StatusRequestEntityTooLarge, ""},
		{"wrong callback token", wrongToken, "application/json", []byte(`{"id": 1}`), http.StatusNotFound, ""},
		{"2 MiB at a wrong callback token", wrongToken, "application/json", large, http.StatusNotFound, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := rows.now()
			h := admin.header()
			h.Set("Content-Type", c.contentType)
			status, answer := fetch(t, "POST", c.url, h, bytes.NewReader(c.body))
			if status != c.status {
				t.Errorf("%d %.300s, want %d", status, answer, c.status)
			}
			if c.code != "" && decode(t, answer).at("errors", 0, "extensions", "code").text() != c.code {
				t.Errorf("%.300s, want %s", answer, c.code)
			}
			if len(answer) > 1000 {
				t.Errorf("the answer repeats what was sent: %d bytes", len(answer))
			}
			unchanged(t, before, rows.now())
		})
	}
}

// badTokens: a request without a good token is nobody's.
func badTokens(t *testing.T, p *program, admin *person, s settings, rows *counter) {
	for name, token := range map[string]string{
		"absent": "", "garbage": "garbage", "unsigned": unsigned(t, admin.token), "expired": expired(t, admin.token, s["MASTER_KEY"]),
		"of another server": expired(t, admin.token, secret.NewKey()),
	} {
		t.Run("access token "+name, func(t *testing.T) {
			before := rows.now()
			nobody := &person{t: t, base: p.graphql, token: token}
			status, answer := nobody.raw(`mutation { createRegion(input: {name: "Norte"}) { errors { code } } }`, nil)
			code := answer.at("errors", 0, "extensions", "code").text() + answer.at("data", "createRegion", "errors", 0, "code").text()
			if code != "UNAUTHENTICATED" || token != "" && status != http.StatusUnauthorized {
				t.Errorf("%d %s", status, answer)
			}
			unchanged(t, before, rows.now())
		})
	}
}

// expired is the same token an hour after its end, signed with a master key's key.
func expired(t *testing.T, token, masterKey string) string {
	t.Helper()
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
		t.Fatal(err)
	}
	claims["exp"] = time.Now().Add(-time.Hour).Unix()
	claims["iat"] = time.Now().Add(-2 * time.Hour).Unix()
	key, err := secret.ParseKey(masterKey)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := secret.NewKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(keys.Derive("access tokens"))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// unsigned is the same token with the algorithm "none".
func unsigned(t *testing.T, token string) string {
	t.Helper()
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
		t.Fatal(err)
	}
	text, err := jwt.NewWithClaims(jwt.SigningMethodNone, claims).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
