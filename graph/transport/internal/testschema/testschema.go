// Package testschema owns a small schema for the transport's tests: an
// executable one without generated code, whose fields do what a transport must
// cope with (echo, fail, panic, stream, block). It refuses fragments and nested
// resolvers; only the tests of package transport import it.
package testschema

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

const source = `
scalar Any
type Query {
  echo(text: String): String
  number(value: Any): Any
  who: String
  lastEventID: String
  fail: String
  required: String!
  panic: String
  block: String
}
type Mutation { echo(text: String): String }
type Subscription {
  ticks(count: Int, size: Int): Tick!
  refused: Tick!
  ends: Tick!
  panics: Tick!
  waits: Tick!
}
type Tick { cursor: String! text: String! }
`

// Schema is the executable schema. Its fields may be set before use.
type Schema struct {
	parsed *ast.Schema
	// Started gets a value for each waits subscription and block query that runs, if set.
	Started chan struct{}
	// Ended gets a value when one of them sees its context end, if set.
	Ended chan struct{}
	// Pulled gets a value for each tick that is pulled, if set.
	Pulled chan struct{}
	// Fail is what the resolver of ends reports before its stream ends.
	Fail func(ctx context.Context, err error)
	// Who is the answer of who.
	Who func(ctx context.Context) string
	// LastEventID is the answer of lastEventID.
	LastEventID func(ctx context.Context) string
}

// New parses the schema.
func New() *Schema {
	return &Schema{parsed: gqlparser.MustLoadSchema(&ast.Source{Name: "test", Input: source})}
}

// Schema is the parsed schema.
func (s *Schema) Schema() *ast.Schema { return s.parsed }

// Complexity knows nothing of fields.
func (s *Schema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

// Exec runs the operation of ctx, one root field after the other.
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	if op.Operation.Operation == ast.Subscription {
		return s.subscribe(ctx, op.Operation.SelectionSet[0].(*ast.Field), op.Variables)
	}
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		return &graphql.Response{Data: s.object(ctx, op)}
	}
}

func (s *Schema) object(ctx context.Context, op *graphql.OperationContext) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, selection := range op.Operation.SelectionSet {
		field := selection.(*ast.Field)
		value, err := s.resolve(ctx, field, field.ArgumentMap(op.Variables))
		if err != nil {
			graphql.AddError(ctx, err)
			if field.Definition.Type.NonNull {
				return []byte("null")
			}
		}
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(field.Alias)
		text, _ := json.Marshal(value)
		b.Write(name)
		b.WriteByte(':')
		b.Write(text)
	}
	b.WriteByte('}')
	return b.Bytes()
}

func (s *Schema) resolve(ctx context.Context, field *ast.Field, args map[string]any) (any, error) {
	switch field.Name {
	case "__typename":
		return field.ObjectDefinition.Name, nil
	case "__type":
		return nil, nil // introspection is off: a type that does not exist
	case "echo":
		return args["text"], nil
	case "number":
		return args["value"], nil
	case "who":
		return s.Who(ctx), nil
	case "lastEventID":
		return s.LastEventID(ctx), nil
	case "panic":
		panic("a secret that no client may see")
	case "block":
		note(s.Started)
		<-ctx.Done()
		note(s.Ended)
		return nil, ctx.Err()
	}
	return nil, errors.New("it failed")
}

func (s *Schema) subscribe(ctx context.Context, field *ast.Field, vars map[string]any) graphql.ResponseHandler {
	args := field.ArgumentMap(vars)
	switch field.Name {
	case "refused":
		return graphql.OneShot(graphql.ErrorResponse(ctx, "not for you"))
	case "panics":
		return func(context.Context) *graphql.Response { panic("a secret that no client may see") }
	case "ends":
		return func(context.Context) *graphql.Response {
			s.Fail(ctx, errors.New("the source broke"))
			return nil
		}
	case "waits":
		return func(context.Context) *graphql.Response {
			note(s.Started) // not earlier: an executor pulls nothing once the context has ended
			<-ctx.Done()
			note(s.Ended)
			return nil
		}
	}
	return s.ticks(field, intOf(args["count"]), intOf(args["size"]))
}

// ticks yields count ticks, or ticks without end when count is 0, each with a text of size bytes.
func (s *Schema) ticks(field *ast.Field, count, size int) graphql.ResponseHandler {
	text := string(bytes.Repeat([]byte("x"), size))
	sent := 0
	return func(ctx context.Context) *graphql.Response {
		if ctx.Err() != nil || (count > 0 && sent == count) {
			return nil
		}
		sent++
		note(s.Pulled)
		data, _ := json.Marshal(map[string]any{field.Alias: map[string]any{
			"cursor": "c" + string(rune('0'+sent%10)), "text": text,
		}})
		return &graphql.Response{Data: data}
	}
}

// note reports without waiting for a test that does not listen.
func note(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func intOf(v any) int {
	switch n := v.(type) {
	case int64:
		return int(n)
	case json.Number:
		i, _ := n.Int64()
		return int(i)
	}
	return 0
}
