package graph

import (
	"context"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"citrus.cx/channel/server/fault"
)

// Pages of lists (design: Relay throughout).
const (
	defaultPage = 50
	maxPage     = 100
	maxNodes    = 100
)

// pagedCache gives every list of a document a page size before the document is used for the
// first time: without first and last the whole table would be loaded.
type pagedCache struct {
	graphql.Cache[*ast.QueryDocument]
}

// Add completes a validated document and keeps it.
func (c pagedCache) Add(ctx context.Context, key string, doc *ast.QueryDocument) {
	for _, op := range doc.Operations {
		page(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		page(f.SelectionSet)
	}
	c.Cache.Add(ctx, key, doc)
}

func page(set ast.SelectionSet) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if paged(s.Definition) && !sized(s, "first") && !sized(s, "last") {
				s.Arguments = slices.DeleteFunc(s.Arguments, func(a *ast.Argument) bool { return a.Name == "first" })
				s.Arguments = append(s.Arguments, &ast.Argument{
					Name: "first", Value: &ast.Value{Raw: "50", Kind: ast.IntValue, Position: s.Position}, Position: s.Position,
				})
			}
			page(s.SelectionSet)
		case *ast.InlineFragment:
			page(s.SelectionSet)
		}
	}
}

// sized says whether an argument says how large the page is: a null written out says nothing.
func sized(f *ast.Field, name string) bool {
	a := f.Arguments.ForName(name)
	return a != nil && a.Value.Kind != ast.NullValue
}

// paged says whether a field is a connection.
func paged(d *ast.FieldDefinition) bool {
	return d != nil && d.Arguments.ForName("first") != nil && d.Arguments.ForName("last") != nil
}

// limits refuses operations that ask for too much, before anything is read.
type limits struct{}

var _ graphql.OperationContextMutator = limits{}

// ExtensionName names it in the executor.
func (limits) ExtensionName() string { return "Limits" }

// Validate accepts every schema.
func (limits) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext checks page sizes and the cost of an operation.
func (limits) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	w := walker{ctx: ctx, vars: op.Variables, fragments: op.Doc.Fragments}
	if roots := len(op.Operation.SelectionSet); roots > maxRoots {
		return w.refuse(nil, fault.New(fault.OutOfRange).With("min", 1).With("max", maxRoots))
	}
	if longest(op.Variables) > maxList {
		return w.refuse(nil, fault.New(fault.OutOfRange).With("min", 0).With("max", maxList))
	}
	cost, err := w.cost(op.Operation.SelectionSet, 0)
	if err != nil {
		return err
	}
	if cost > maxCost {
		return w.refuse(nil, fault.New(fault.Invalid).With("reason", fault.Text{
			PT: "a consulta pede dados demais de uma vez; use páginas menores", EN: "the query asks for too much at once; use smaller pages",
		}))
	}
	return nil
}

// maxList is how many values a list in the variables may have: far beyond what a person chooses,
// and below what a statement can carry.
const maxList = 1000

// longest is the length of the longest list inside a value.
func longest(v any) (n int) {
	switch v := v.(type) {
	case []any:
		n = len(v)
		for _, e := range v {
			n = max(n, longest(e))
		}
	case map[string]any:
		for _, e := range v {
			n = max(n, longest(e))
		}
	}
	return n
}

// walker adds up what an operation may cost.
type walker struct {
	ctx       context.Context
	vars      map[string]any
	fragments ast.FragmentDefinitionList
}

func (w walker) refuse(path ast.Path, f *fault.Error) *gqlerror.Error {
	return &gqlerror.Error{Message: f.Message(languageOf(w.ctx)), Path: path, Extensions: extensions(w.ctx, string(f.Code))}
}

// maxDepth is beyond what any screen nests.
const maxDepth = 30

func (w walker) cost(set ast.SelectionSet, depth int) (total int, err *gqlerror.Error) {
	if depth > maxDepth {
		return 0, w.refuse(nil, fault.New(fault.Invalid).With("reason", fault.Text{PT: "consulta aninhada demais", EN: "nested too deeply"}))
	}
	for _, s := range set {
		cost := 0
		switch s := s.(type) {
		case *ast.Field:
			cost, err = w.field(s, depth)
		case *ast.InlineFragment:
			cost, err = w.cost(s.SelectionSet, depth+1)
		case *ast.FragmentSpread:
			if f := w.fragments.ForName(s.Name); f != nil {
				cost, err = w.cost(f.SelectionSet, depth+1)
			}
		}
		if err != nil {
			return 0, err
		}
		total = min(total+cost, math.MaxInt32)
	}
	return total, nil
}

func (w walker) field(f *ast.Field, depth int) (int, *gqlerror.Error) {
	size, err := w.size(f)
	if err != nil {
		return 0, err
	}
	children, err := w.cost(f.SelectionSet, depth+1)
	if err != nil {
		return 0, err
	}
	return min(1+size*children, math.MaxInt32), nil
}

// size is how many entries a field may give; a page beyond the limit, or from a place that the list does not
// have, is an error that names the argument.
func (w walker) size(f *ast.Field) (int, *gqlerror.Error) {
	if f.Name == "nodes" {
		return maxNodes, nil
	}
	if !paged(f.Definition) {
		return 1, nil
	}
	size := defaultPage
	given := false
	for _, name := range []string{"first", "last"} {
		arg := f.Arguments.ForName(name)
		if arg == nil {
			continue
		}
		n, ok := w.number(arg.Value)
		if !ok {
			continue
		}
		if n < 0 || n > maxPage {
			return 0, w.refuse(ast.Path{ast.PathName(f.Alias), ast.PathName(name)}, fault.New(fault.OutOfRange).With("min", 0).With("max", maxPage))
		}
		if given {
			return 0, w.refuse(ast.Path{ast.PathName(f.Alias), ast.PathName(name)}, fault.New(fault.Invalid).With("reason", fault.Text{PT: "use first ou last, não ambos", EN: "use first or last, not both"}))
		}
		size, given = n, true
	}
	if !given {
		w.fill(f)
	}
	if err := w.searched(f); err != nil {
		return 0, err
	}
	return size, w.placed(f)
}

// maxSearch is how many characters are searched for: more than a person types, and less than SQLite's LIKE takes.
const maxSearch = 200

// searched refuses to look for a longer text.
func (w walker) searched(f *ast.Field) *gqlerror.Error {
	filter, _ := w.value(f, "filter").(map[string]any)
	for _, c := range []struct {
		text any
		path ast.Path
	}{{w.value(f, "search"), ast.Path{ast.PathName("search")}}, {filter["search"], ast.Path{ast.PathName("filter"), ast.PathName("search")}}} {
		if text, ok := c.text.(string); ok && utf8.RuneCountInString(text) > maxSearch {
			return w.refuse(append(ast.Path{ast.PathName(f.Alias)}, c.path...), fault.New(fault.TooLong).With("max", maxSearch))
		}
	}
	return nil
}

// fill gives the default to a page size that is a variable without a value.
func (w walker) fill(f *ast.Field) {
	if arg := f.Arguments.ForName("first"); arg != nil && arg.Value.Kind == ast.Variable {
		w.vars[arg.Value.Raw] = defaultPage
		return
	}
	if arg := f.Arguments.ForName("last"); arg != nil && arg.Value.Kind == ast.Variable {
		w.vars[arg.Value.Raw] = defaultPage
	}
}

func (w walker) number(v *ast.Value) (int, bool) {
	value, err := v.Value(w.vars)
	if err != nil || value == nil {
		return 0, false
	}
	switch n := value.(type) {
	case int:
		return n, true
	case int64:
		return int(min(n, math.MaxInt32)), true
	case float64:
		return int(n), true
	case interface{ Int64() (int64, error) }: // a JSON number kept exact
		i, err := n.Int64()
		if err != nil {
			return math.MaxInt32, true
		}
		return int(min(i, math.MaxInt32)), true
	}
	return 0, false
}
