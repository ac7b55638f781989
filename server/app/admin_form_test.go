package app

import (
	"slices"
	"testing"

	"citrus.cx/channel/server/reclameaqui/sandbox"
)

// filler is a program that knows the contract and nothing else: what a field asks for by its kind, and what a
// person would type into the fields that nobody can guess.
type filler struct {
	*person
	id    string
	typed map[string]string // by kind or by name
}

// value is what the program puts into a missing field; nil when it cannot be filled yet.
func (f filler) value(field node) any {
	options := field.at("options").list()
	switch field.at("kind").text() {
	case "CHOICE":
		if len(options) == 0 {
			return nil
		}
		return options[0].at("value").text()
	case "CHOICES":
		if len(options) == 0 {
			return nil
		}
		all := make([]string, len(options))
		for i, o := range options {
			all[i] = o.at("value").text()
		}
		return all
	case "INTEGER":
		if field.at("min").null() || field.at("max").null() || field.at("min").number() > field.at("max").number() {
			f.t.Errorf("an integer without limits: %s", field)
		}
		return field.at("min").number()
	case "SWITCH":
		return true
	case "EMAIL", "SECRET", "TEXT":
		if text, ok := f.typed[field.at("field").text()]; ok {
			return text
		}
		return f.typed[field.at("kind").text()]
	}
	f.t.Fatalf("a kind that the contract does not have: %s", field)
	return nil
}

// round fills in what can be filled in now, and fetches pages when they are what is missing. It says how far it has come.
func (f filler) round() (done bool) {
	f.t.Helper()
	form := f.ask(`query($id: ID!) { integration(id: $id) { version missingFields { field code message kind min max options { value label } }
		availableActions { action allowed reason } } }`, map[string]any{"id": f.id}).at("integration")
	can := allowed(form)
	if slices.Contains(can, "ACTIVATE") {
		return true
	}
	changes := map[string]any{"id": f.id, "version": form.at("version").number()}
	for _, field := range form.at("missingFields").list() {
		if field.at("message").text() == "" || field.at("code").text() == "" {
			f.t.Errorf("a field that does not say why it is missing: %s", field)
		}
		name := field.at("field").text()
		if value := f.value(field); value != nil {
			changes[name] = value
		} else if name == "pageId" && slices.Contains(can, "FETCH_RECLAME_AQUI_PAGES") {
			f.must("fetchReclameAquiPages", map[string]any{"id": f.id}, "pages { id }")
		}
	}
	if len(changes) > 2 {
		f.must("updateIntegration", changes, "integration { version }")
	}
	return false
}

// A program that knows only the contract takes an integration from empty to active.
func TestTheFormDrivesItself(t *testing.T) {
	t.Parallel()
	base := moody(t, sandbox.Config{Complaints: 20, Rate: 600})
	_, admin := server(t, folder(t).with(settings{"RECLAME_AQUI_URL": base + "/api"}))
	o := admin.register() // the lists, and another integration
	admin.deadEnds(o)
	admin.activate(&o) // which takes the first page
	f := filler{admin, admin.draft("Feita por um programa"), map[string]string{
		"EMAIL": "loja@example.com", "SECRET": apiPassword, "apiUsername": "demo-client",
	}}
	rounds := 0
	for ; !f.round(); rounds++ {
		if rounds > 10 {
			t.Fatalf("after %d rounds: %s", rounds, admin.form(f.id))
		}
	}
	t.Logf("filled in %d rounds", rounds)
	out := f.must("activateIntegration", map[string]any{"id": f.id}, "integration { state }")
	if out.at("integration", "state").text() != "ACTIVE" {
		t.Fatalf("%s", out)
	}
	admin.mirrored(f.id)
	if form := admin.form(f.id); len(lacks(form)) != 0 || form.at("health").text() != "HEALTHY" {
		t.Errorf("%s", form)
	}
}

// deadEnds registers choices under which nothing can be chosen: by name they all come first.
func (p *person) deadEnds(o office) {
	p.t.Helper()
	p.make("sector", map[string]any{"name": "A sem tipos"})
	hollow := p.make("sector", map[string]any{"name": "A sem soluções"})
	kind := p.make("occurrenceType", map[string]any{"name": "A", "sectorId": hollow})
	p.make("occurrence", map[string]any{"name": "A", "occurrenceTypeId": kind})
	p.make("occurrenceType", map[string]any{"name": "A sem ocorrências", "sectorId": o.sector})
	over := p.make("occurrence", map[string]any{"name": "A sem soluções em uso", "occurrenceTypeId": o.kind})
	gone := p.make("solution", map[string]any{"name": "Extinta", "occurrenceId": over})
	p.must("archiveSolution", map[string]any{"id": gone}, "solution { id }")

	// They are offered all the same, behind those that lead somewhere: what they lack can be registered.
	id := p.draft("Outra")
	offered := func(field string) (names []string) {
		for _, f := range p.form(id).at("missingFields").list() {
			if f.at("field").text() == field {
				for _, option := range f.at("options").list() {
					names = append(names, option.at("label").text())
				}
			}
		}
		return names
	}
	wants(p.t, "sectors", offered("sectorId"), "Atendimento", "A sem soluções", "A sem tipos")
	wants(p.t, "types before a sector", offered("occurrenceTypeId"))
	p.edit(id, map[string]any{"sectorId": o.sector})
	wants(p.t, "types", offered("occurrenceTypeId"), "Reclamação", "A sem ocorrências")
	p.edit(id, map[string]any{"occurrenceTypeId": o.kind})
	wants(p.t, "occurrences", offered("occurrenceId"), "Reclame Aqui", "A sem soluções em uso")
}
