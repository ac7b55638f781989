package app

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"mime/multipart"
	"slices"
	"strings"
	"testing"

	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/reclameaqui/sandbox"
)

// caller is a person who speaks a language.
type caller struct {
	*person
	language string // of Accept-Language; "" sends none
}

// said is a code with its message.
type said struct{ code, message string }

// say sends any body and gives the first error of the answer, wherever it stands.
func (c caller) say(body []byte) said {
	c.t.Helper()
	h := c.header()
	h.Del("Accept-Language")
	if c.language != "" {
		h.Set("Accept-Language", c.language)
	}
	_, raw := fetch(c.t, "POST", c.base+"/graphql", h, bytes.NewReader(body))
	answer := decode(c.t, raw)
	if e := answer.at("errors", 0); !e.null() {
		return said{e.at("extensions", "code").text(), e.at("message").text()}
	}
	for _, payload := range answer.at("data").value.(map[string]any) {
		e := node{payload}.at("errors", 0)
		return said{e.at("code").text(), e.at("message").text()}
	}
	return said{}
}

// do sends a mutation.
func (c caller) do(mutation string, input map[string]any) said {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{
		"query":     "mutation($input: " + capital(mutation) + "Input!) { " + mutation + "(input: $input) { errors { code message } } }",
		"variables": map[string]any{"input": input},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.say(body)
}

// upload sends a file up and gives the first error of the answer.
func (c caller) upload(name, content string) said {
	c.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err = errors.Join(err, form.Close()); err != nil {
		c.t.Fatal(err)
	}
	h := c.header()
	h.Set("Content-Type", form.FormDataContentType())
	h.Set("Accept-Language", c.language)
	_, raw := fetch(c.t, "POST", c.base+"/uploads", h, &body)
	e := decode(c.t, raw).at("errors", 0)
	return said{e.at("code").text(), e.at("message").text()}
}

// scene is what the errors are made in.
type scene struct {
	o      office
	ticket node
	// ids of drafts, by the mood of their API user.
	drafts          map[string]string
	archived, taken string
	agent, nobody   *person
}

// stage makes a scene: a mirror with tickets, drafts of every mood, an archived region.
func stage(t *testing.T, admin *person) *scene {
	t.Helper()
	s := &scene{o: admin.register(), drafts: map[string]string{}, nobody: &person{t: t, base: admin.base}}
	admin.activate(&s.o)
	admin.mirrored(s.o.integration)
	s.agent = signIn(t, admin.base, "alice@example.com", agentPassword)
	s.ticket = s.agent.answerable(1)[0]
	for _, mood := range []string{wrongPassword, endedLicence, usedUp, outage, noCompany, refuses} {
		s.drafts[mood] = admin.as(mood)
	}
	s.drafts[""] = admin.draft("Vazia")
	s.archived = admin.make("region", map[string]any{"name": "Extinta"})
	admin.must("archiveRegion", map[string]any{"id": s.archived}, "region { id }")
	s.taken = admin.draft("Mesma página")
	admin.edit(s.taken, map[string]any{"apiUsername": "demo-client", "apiPassword": apiPassword})
	admin.must("fetchReclameAquiPages", map[string]any{"id": s.taken}, "pages { id }")
	admin.must("createSector", map[string]any{"name": "Outro", "idempotencyKey": "used before"}, "sector { id }")
	return s
}

// producers says of every code how it is met, by a request that an app may send.
func (s *scene) producers(admin *person) map[string]func(language string) said {
	by := func(p *person, mutation string, input map[string]any) func(string) said {
		return func(language string) said { return caller{p, language}.do(mutation, input) }
	}
	update := func(id string, fields map[string]any) func(string) said {
		return func(language string) said {
			return caller{admin, language}.do("updateIntegration", admin.over(id, fields))
		}
	}
	pages := func(mood string) func(string) said {
		return by(admin, "fetchReclameAquiPages", map[string]any{"id": s.drafts[mood]})
	}
	region := func(fields map[string]any) func(string) said { return by(admin, "createRegion", fields) }
	return map[string]func(string) said{
		"UNAUTHENTICATED":        by(s.nobody, "createRegion", map[string]any{"name": "X"}),
		"INVALID_CREDENTIALS":    by(s.nobody, "signIn", map[string]any{"email": adminEmail, "password": "not the one"}),
		"FORBIDDEN":              by(s.agent, "createRegion", map[string]any{"name": "X"}),
		"NOT_FOUND":              by(admin, "archiveRegion", map[string]any{"id": "reg_none"}),
		"REQUIRED":               region(map[string]any{"name": ""}),
		"INVALID":                region(map[string]any{"name": "X", "code": "a b"}),
		"OUT_OF_RANGE":           by(admin, "createSyncGroup", map[string]any{"name": "X", "priority": 0}),
		"TOO_LONG":               region(map[string]any{"name": strings.Repeat("x", 121)}),
		"ALREADY_EXISTS":         region(map[string]any{"name": "SUDESTE"}),
		"WRONG_PARENT":           update(s.drafts[""], map[string]any{"occurrenceId": s.o.occurrence}),
		"ARCHIVED":               update(s.drafts[""], map[string]any{"regionId": s.archived}),
		"IN_USE":                 by(admin, "archiveSolution", map[string]any{"id": s.o.solutions[0]}),
		"CONFLICT":               by(admin, "updateSector", map[string]any{"id": s.o.sector, "version": 99, "name": "X"}),
		"INCOMPLETE":             by(admin, "activateIntegration", map[string]any{"id": s.drafts[""]}),
		"PAGE_IN_USE":            update(s.taken, map[string]any{"pageId": admin.form(s.o.integration).at("page", "id").text()}),
		"INVALID_STATE":          by(admin, "pauseIntegration", map[string]any{"id": s.drafts[""]}),
		"IDEMPOTENCY_KEY_REUSED": by(admin, "createSector", map[string]any{"name": "Mais um", "idempotencyKey": "used before"}),
		"STALE_THREAD":           by(s.agent, "replyPublicly", map[string]any{"ticketId": s.ticket.at("id").text(), "text": "Olá", "idempotencyKey": "stale"}),
		"RATE_LIMITED":           pages(usedUp),
		"UPSTREAM_UNAVAILABLE":   pages(outage),
		"UPSTREAM_REFUSED":       pages(refuses),
		"UPSTREAM_CREDENTIALS":   pages(wrongPassword),
		"UPSTREAM_LICENCE":       pages(endedLicence),
		"UPSTREAM_NO_COMPANY":    pages(noCompany),
		"PAYLOAD_TOO_LARGE": func(language string) said {
			return caller{admin, language}.say(bytes.Repeat([]byte("a"), 2<<20))
		},
		"TOO_MANY_FILES": by(s.agent, "sendPrivateMessage", map[string]any{
			"ticketId": s.ticket.at("id").text(), "text": "Olá", "idempotencyKey": "files", "uploadIds": []string{"a", "b", "c", "d", "e", "f", "g"},
		}),
		"UNSUPPORTED_FILE": func(language string) said { return caller{s.agent, language}.upload("a.exe", "MZ") },
		"TOO_MANY_REQUESTS": func(language string) (last said) {
			for range 12 {
				last = caller{s.nobody, language}.do("signIn", map[string]any{"email": "guess@example.com", "password": "guess"})
				if last.code != "INVALID_CREDENTIALS" {
					return last
				}
			}
			return last
		},
	}
}

// Every code of the contract is met by who uses the product, in Portuguese, and in English for who prefers it.
func TestEveryCodeInBothLanguages(t *testing.T) {
	t.Parallel()
	base := moody(t, sandbox.Config{Complaints: 60, Rate: 600})
	s := folder(t).with(settings{"RECLAME_AQUI_URL": base + "/api"})
	p, admin := server(t, s)
	produce := stage(t, admin).producers(admin)
	for code, how := range produce {
		bilingual(t, code, how)
	}
	ended := &person{t: t, base: p.graphql, token: "nonsense"} // refused before GraphQL is reached
	bilingual(t, "UNAUTHENTICATED", func(language string) said {
		return caller{ended, language}.say([]byte(`{"query": "{ viewer { id } }"}`))
	})
	for _, document := range []string{`{ ticketByProtocol(protocol: \"garbage\") { id } }`, `{ regions(after: \"garbage\") { totalCount } }`} { // what a scalar refuses
		bilingual(t, "INVALID", func(language string) said {
			return caller{admin, language}.say([]byte(`{"query": "` + document + `"}`))
		})
	}
	p.stop()
	produce["INTERNAL"] = broken(t, s)
	bilingual(t, "INTERNAL", produce["INTERNAL"])

	var declared []string
	for _, v := range contract(t).schema.Types["ErrorCode"].EnumValues {
		declared = append(declared, v.Name)
	}
	same(t, "codes of the contract that are met", sorted(produce), slices.Clone(declared))
}

// bilingual wants a code in Portuguese where nothing, pt-BR, or an unknown language is asked for, and in English for English.
func bilingual(t *testing.T, code string, how func(language string) said) {
	t.Helper()
	portuguese := how("")
	if portuguese.code != code || portuguese.message == "" {
		t.Errorf("%s: met %+v", code, portuguese)
	}
	english := how("en-US,en;q=0.9,pt;q=0.5")
	if english.code != code || english.message == "" || english.message == portuguese.message {
		t.Errorf("%s: %+v in English, %+v in Portuguese", code, english, portuguese)
	}
	for _, language := range []string{"pt-BR,pt;q=0.9,en;q=0.8", "ja"} {
		if got := how(language); got.code != portuguese.code || code != "RATE_LIMITED" && got.message != portuguese.message {
			t.Errorf("%s: %+v for %s, %+v by default", code, got, language, portuguese)
		}
	}
	for _, sign := range []string{"{", "}", "%!", "sql", "<nil>"} {
		if strings.Contains(portuguese.message+english.message, sign) {
			t.Errorf("%s: %q, %q", code, portuguese.message, english.message)
		}
	}
}

// broken serves a database that lacks a table, which is nobody's fault but ours.
func broken(t *testing.T, s settings) func(language string) said {
	t.Helper()
	h := inProcess(t, s, database.Options{})
	admin := signIn(t, h.url, adminEmail, adminPassword)
	pool, err := sql.Open("sqlite3", strings.TrimPrefix(s.databaseURL(), "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.ExecContext(t.Context(), "ALTER TABLE regions RENAME TO nowhere"); err != nil {
		t.Fatal(err)
	}
	_, answer := admin.raw(`{ regions(first: 1) { edges { node { name } } } }`, nil)
	if answer.at("errors", 0, "extensions", "requestId").text() == "" || strings.Contains(answer.String(), "no such table") {
		t.Errorf("an internal error is shown as %s", answer)
	}
	return func(language string) said {
		return caller{admin, language}.do("createRegion", map[string]any{"name": "X"})
	}
}
