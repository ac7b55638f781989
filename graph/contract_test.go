package graph

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"citrus.cx/channel/ent/db/migrate"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/fault"
	account "citrus.cx/channel/server/integration"
	store "citrus.cx/channel/server/ticket"
)

func contract(t *testing.T) *ast.Schema {
	t.Helper()
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: Contract()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Design rule 12: what is served is schema.graphql, byte for byte.
func TestTheServedContractIsTheWrittenOne(t *testing.T) {
	written, err := os.ReadFile("../schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	if Contract() != string(written) {
		t.Error("schema.graphql was changed and not generated from")
	}
}

// values are an enum's, sorted.
func values(d *ast.Definition) (list []string) {
	for _, v := range d.EnumValues {
		list = append(list, v.Name)
	}
	slices.Sort(list)
	return list
}

// bare makes a column, a table and a Go name comparable.
func bare(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// column gives the values that the database takes for an enum of an entity.
func column(pkg, name string) []string {
	for _, table := range migrate.Tables {
		if b := bare(table.Name); b != pkg+"s" && b != strings.TrimSuffix(pkg, "y")+"ies" {
			continue
		}
		for _, c := range table.Columns {
			if bare(c.Name) == bare(name) {
				enums := slices.Clone(c.Enums)
				slices.Sort(enums)
				return enums
			}
		}
	}
	return nil
}

var bound = regexp.MustCompile(`(?m)^  (\w+): \{ model: citrus\.cx/channel/ent/db/(\w+)\.(\w+) \}`)

// Design rule 12: the enums of the contract have the values of ent's, and each of ent's that the contract shows is bound to it.
func TestEnumsAgree(t *testing.T) {
	config, err := os.ReadFile("../gqlgen.yml")
	if err != nil {
		t.Fatal(err)
	}
	types := contract(t).Types
	found := bound.FindAllStringSubmatch(string(config), -1)
	if len(found) < 13 {
		t.Fatalf("only %d bindings were found", len(found))
	}
	for _, m := range found {
		name, stored := m[1], column(m[2], m[3])
		if types[name] == nil || len(stored) == 0 || !slices.Equal(values(types[name]), stored) {
			t.Errorf("%s: the contract has %v, ent %v", name, types[name], stored)
		}
	}
	var states []string
	for _, v := range []store.SLAState{
		store.SLANone, store.SLAOnTime, store.SLALate, store.SLAAnsweredInTime, store.SLAAnsweredLate, store.SLAUnanswered,
	} {
		states = append(states, string(v))
	}
	slices.Sort(states)
	if !slices.Equal(states, values(types["SlaState"])) {
		t.Errorf("states of an SLA %v, contract %v", states, values(types["SlaState"]))
	}
	var codes, served, actions []string
	for _, c := range fault.Codes() {
		codes = append(codes, string(c))
	}
	for _, c := range exec.AllErrorCode {
		served = append(served, string(c))
	}
	slices.Sort(codes)
	slices.Sort(served)
	if !slices.Equal(codes, values(types["ErrorCode"])) || !slices.Equal(codes, served) {
		t.Errorf("codes %v, contract %v, served %v", codes, values(types["ErrorCode"]), served)
	}
	for _, a := range account.Actions(completeDraft()) {
		actions = append(actions, string(a.Action))
	}
	slices.Sort(actions)
	if d := types["IntegrationAction"]; d != nil && !slices.Equal(actions, values(d)) {
		t.Errorf("actions %v, contract %v", actions, values(d))
	}
}

// Every type, field, argument and value of the contract is described.
func TestEverythingIsDescribed(t *testing.T) {
	s := contract(t)
	described := 0
	check := func(what, description string) {
		described++
		if strings.TrimSpace(description) == "" {
			t.Errorf("%s has no description", what)
		}
	}
	for name, d := range s.Types {
		if d.BuiltIn || strings.HasPrefix(name, "__") {
			continue
		}
		if name != s.Query.Name && name != s.Mutation.Name && name != s.Subscription.Name {
			check(name, d.Description)
		}
		for _, v := range d.EnumValues {
			check(name+"."+v.Name, v.Description)
		}
		for _, f := range d.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			check(name+"."+f.Name, f.Description)
			for _, a := range f.Arguments {
				check(name+"."+f.Name+"("+a.Name+")", a.Description)
			}
		}
	}
	for name, d := range s.Directives {
		if d.Position == nil || d.Position.Src.BuiltIn {
			continue
		}
		check("@"+name, d.Description)
	}
	if described < 500 {
		t.Errorf("only %d descriptions were looked at", described)
	}
}

// Each mutation takes one input and answers its errors; each has a key but those of the session (design rules 7 and 8).
func TestMutationsAreAlike(t *testing.T) {
	s := contract(t)
	for _, f := range s.Mutation.Fields {
		title := strings.ToUpper(f.Name[:1]) + f.Name[1:]
		if f.Type.String() != title+"Payload!" {
			t.Errorf("%s answers %s", f.Name, f.Type)
		}
		if e := s.Types[title+"Payload"].Fields.ForName("errors"); e == nil || e.Type.String() != "[UserError!]!" {
			t.Errorf("%s answers no errors", f.Name)
		}
		if f.Name == "signOut" {
			continue
		}
		if len(f.Arguments) != 1 || f.Arguments[0].Name != "input" || f.Arguments[0].Type.String() != title+"Input!" {
			t.Errorf("%s takes %v", f.Name, f.Arguments)
			continue
		}
		key := s.Types[title+"Input"].Fields.ForName("idempotencyKey") != nil
		if session := f.Name == "signIn" || f.Name == "refreshSession"; key == session {
			t.Errorf("%s has a key: %t", f.Name, key)
		}
		if version := s.Types[title+"Input"].Fields.ForName("version"); strings.HasPrefix(f.Name, "update") && (version == nil || version.Type.String() != "Int!") {
			t.Errorf("%s names no version", f.Name)
		}
	}
}
