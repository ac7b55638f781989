package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// on is the same person, whose mistakes are those of another test.
func (p *person) on(t testing.TB) *person { return &person{t: t, base: p.base, token: p.token} }

// refusals are the errors of a payload, as "CODE at input.field".
func refusals(payload node) (said []string) {
	for _, e := range payload.at("errors").list() {
		text := e.at("code").text()
		if path := e.at("field").list(); len(path) > 0 {
			steps := make([]string, len(path))
			for i, s := range path {
				steps[i] = s.text()
			}
			text += " at " + strings.Join(steps, ".")
		}
		if e.at("message").text() == "" {
			text += " without a message"
		}
		said = append(said, text)
	}
	slices.Sort(said)
	return said
}

// refused wants a mutation to be refused with exactly these errors, "CODE at input.field" each. It gives the payload.
func (p *person) refused(what, mutation string, input map[string]any, selection string, want ...string) node {
	p.t.Helper()
	out := p.mutate(mutation, input, selection)
	slices.Sort(want)
	if got := refusals(out); !slices.Equal(got, want) {
		p.t.Errorf("%s: %v, want %v", what, got, want)
	}
	return out
}

// denied wants an operation to be answered with one GraphQL error of a code.
func (p *person) denied(what, query string, variables map[string]any, code string) {
	p.t.Helper()
	_, answer := p.raw(query, variables)
	if got := answer.at("errors", 0, "extensions", "code").text(); got != code {
		p.t.Errorf("%s: %s, want %s", what, answer, code)
	}
}

// integrationForm is what the screen shows of an integration.
const integrationForm = `id name channel kind state version companyEmail apiUsername apiPasswordSetAt syncIntervalMinutes retroactiveMonths
	syncGroup { id } page { id name } companyName reclameAquiId autoConversion customerType { id } region { id } creator { id } sector { id }
	occurrenceType { id } occurrence { id } solutions { id } defaultSolution { id } callbackUrl callbackUrlLastUsedAt
	replacedCallbackUrls { lastUsedAt endsAt } availablePages { id name } pagesFetchedAt activatedAt lastSync nextSync health
	lastError { code message at } backfill { done total calls finishedAt }
	missingFields { field code message kind min max options { value label } } availableActions { action allowed reason }`

// form reads an integration as its screen does.
func (p *person) form(id string) node {
	p.t.Helper()
	return p.ask(`query($id: ID!) { integration(id: $id) { `+integrationForm+` } }`, map[string]any{"id": id}).at("integration")
}

// edit saves fields over the version that is there now, which must succeed.
func (p *person) edit(id string, fields map[string]any) node {
	p.t.Helper()
	return p.must("updateIntegration", p.over(id, fields), "integration { "+integrationForm+" }").at("integration")
}

// over is the input that saves fields over the version that is there now.
func (p *person) over(id string, fields map[string]any) map[string]any {
	p.t.Helper()
	input := map[string]any{"id": id, "version": p.form(id).at("version").number()}
	for name, value := range fields {
		input[name] = value
	}
	return input
}

// draft makes an integration: the first step of the screen.
func (p *person) draft(name string) (id string) {
	p.t.Helper()
	return p.must("createIntegration", map[string]any{"name": name, "channel": "RECLAME_AQUI", "kind": "RECLAME_AQUI"}, "integration { id }").
		at("integration", "id").text()
}

// make registers an entry of a list and gives its id; the entity is named as its payload's field.
func (p *person) make(entity string, input map[string]any) (id string) {
	p.t.Helper()
	return p.must("create"+capital(entity), input, entity+" { id }").at(entity, "id").text()
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// allowed are the actions that an integration offers now.
func allowed(form node) (actions []string) {
	for _, a := range form.at("availableActions").list() {
		if a.at("allowed").truth() {
			actions = append(actions, a.at("action").text())
		} else if a.at("reason").text() == "" {
			actions = append(actions, fmt.Sprintf("%s refused without a reason", a.at("action").text()))
		}
	}
	return actions
}

// wants compares a list of texts.
func wants(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// mirrored waits until the first sync of an integration is over, and the look at what changed meanwhile.
func (p *person) mirrored(id string) (form node) {
	p.t.Helper()
	eventually(p.t, "the first sync is over", func() bool {
		form = p.form(id)
		next, err := time.Parse(time.RFC3339, form.at("nextSync").text())
		return !form.at("backfill", "finishedAt").null() && err == nil && time.Until(next) > time.Minute
	})
	return form
}
