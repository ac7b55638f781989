package contract_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// document is one operation with the fragments that it needs, as an app sends it.
type document struct {
	name, file, text string
	operation        *ast.OperationDefinition
}

// documents are the operations of all files, by name.
func documents(t *testing.T) map[string]document {
	t.Helper()
	files, err := filepath.Glob("operations/*.graphql")
	if err != nil || len(files) == 0 {
		t.Fatal("no operations", err)
	}
	fragments := map[string]*ast.FragmentDefinition{}
	all := map[string]document{}
	for _, file := range files {
		text := read(t, file)
		if !strings.HasPrefix(text, "# ") {
			t.Errorf("%s does not begin with a comment that names its screen", file)
		}
		parsed, err := parser.ParseQuery(&ast.Source{Name: file, Input: text})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range parsed.Fragments {
			if fragments[f.Name] != nil {
				t.Errorf("%s: a second fragment %s", file, f.Name)
			}
			fragments[f.Name] = f
		}
		for _, o := range parsed.Operations {
			if _, twice := all[o.Name]; twice || o.Name == "" {
				t.Errorf("%s: operation %q has no name of its own", file, o.Name)
			}
			all[o.Name] = document{name: o.Name, file: file, text: source(o.Position), operation: o}
		}
	}
	for name, d := range all {
		needed := map[string]bool{}
		gather(d.operation.SelectionSet, fragments, needed)
		for fragment := range needed {
			d.text += "\n" + source(fragments[fragment].Position)
		}
		all[name] = d
	}
	return all
}

// source is the text of the definition that begins at a position, which counts characters and not
// bytes: up to the line of its last brace.
func source(p *ast.Position) string {
	text := string([]rune(p.Src.Input)[p.Start:])
	if end := strings.Index(text, "\n}\n"); end >= 0 {
		text = text[:end+3]
	}
	return text
}

func gather(set ast.SelectionSet, fragments map[string]*ast.FragmentDefinition, needed map[string]bool) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			gather(s.SelectionSet, fragments, needed)
		case *ast.InlineFragment:
			gather(s.SelectionSet, fragments, needed)
		case *ast.FragmentSpread:
			if f := fragments[s.Name]; f != nil && !needed[s.Name] {
				needed[s.Name] = true
				gather(f.SelectionSet, fragments, needed)
			}
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func schema(t *testing.T) *ast.Schema {
	t.Helper()
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: read(t, "../schema.graphql")})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryDocumentIsOfTheContract(t *testing.T) {
	s := schema(t)
	for _, d := range documents(t) {
		if _, errs := gqlparser.LoadQueryWithRules(s, d.text, nil); errs != nil {
			t.Errorf("%s: %s: %v", d.file, d.name, errs)
		}
	}
}

func TestEveryRootFieldHasADocument(t *testing.T) {
	s := schema(t)
	used := map[string]bool{}
	for _, d := range documents(t) {
		for _, selection := range d.operation.SelectionSet {
			if field, ok := selection.(*ast.Field); ok {
				used[string(d.operation.Operation)+"."+field.Name] = true
			}
		}
	}
	for kind, root := range map[string]*ast.Definition{"query": s.Query, "mutation": s.Mutation, "subscription": s.Subscription} {
		for _, field := range root.Fields {
			if !strings.HasPrefix(field.Name, "__") && !used[kind+"."+field.Name] {
				t.Errorf("no document uses the %s %s", kind, field.Name)
			}
		}
	}
}

func TestEveryFragmentIsUsed(t *testing.T) {
	texts := ""
	for _, d := range documents(t) {
		texts += d.text
	}
	files, _ := filepath.Glob("operations/*.graphql")
	for _, file := range files {
		parsed, err := parser.ParseQuery(&ast.Source{Name: file, Input: read(t, file)})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range parsed.Fragments {
			if !strings.Contains(texts, "..."+f.Name+"\n") {
				t.Errorf("%s: nothing uses the fragment %s", file, f.Name)
			}
		}
	}
}

// The guide says of every code of the contract what the app should do.
func TestTheGuideKnowsEveryCode(t *testing.T) {
	guide := read(t, "README.md")
	for _, code := range schema(t).Types["ErrorCode"].EnumValues {
		if !strings.Contains(guide, "`"+code.Name+"`") {
			t.Errorf("the guide lacks %s", code.Name)
		}
	}
}
