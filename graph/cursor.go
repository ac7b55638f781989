package graph

import (
	"context"

	"entgo.io/contrib/entgql"
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"citrus.cx/channel/graph/internal/live"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/identity"
)

// snapshot takes the end of the log before anything else of an operation is read, when the
// operation asks for it: root fields run side by side, and a cursor later than the data would
// lose what happened in between (rule L3).
type snapshot struct{ log *event.Log }

var (
	_ graphql.HandlerExtension     = snapshot{}
	_ graphql.OperationInterceptor = snapshot{}
)

type headKey struct{}

// ExtensionName names it in the executor.
func (snapshot) ExtensionName() string { return "Snapshot" }

// Validate accepts every schema.
func (snapshot) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptOperation takes the cursor first.
func (s snapshot) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	if op.Operation.Operation == ast.Query && asks(op.Operation.SelectionSet, op.Doc.Fragments, 0) {
		head, err := s.log.Head(ctx)
		ctx = context.WithValue(ctx, headKey{}, func() (event.Position, error) { return head, err })
	}
	return next(ctx)
}

func asks(set ast.SelectionSet, fragments ast.FragmentDefinitionList, depth int) bool {
	if depth > maxDepth {
		return false
	}
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if s.Name == "eventCursor" {
				return true
			}
		case *ast.InlineFragment:
			if asks(s.SelectionSet, fragments, depth+1) {
				return true
			}
		case *ast.FragmentSpread:
			if f := fragments.ForName(s.Name); f != nil && asks(f.SelectionSet, fragments, depth+1) {
				return true
			}
		}
	}
	return false
}

// EventCursor is the field of the same name.
func (r queryResolver) EventCursor(ctx context.Context) (*entgql.Cursor[string], error) {
	if _, err := identity.Require(ctx); err != nil {
		return nil, err
	}
	taken, ok := ctx.Value(headKey{}).(func() (event.Position, error))
	if !ok {
		taken = func() (event.Position, error) { return r.Log.Head(ctx) }
	}
	head, err := taken()
	if err != nil {
		return nil, err
	}
	cursor := live.CursorOf(head)
	return &cursor, nil
}
