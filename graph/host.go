package graph

import (
	"context"
	"encoding/json"
	"regexp"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"citrus.cx/channel/graph/internal/feed"
	"citrus.cx/channel/graph/internal/live"
	"citrus.cx/channel/graph/transport"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

type (
	wantedKey struct{}
	givenKey  struct{}
)

// wanted is what the resolver of a subscription says of it.
type wanted struct {
	filter feed.Filter
	from   event.Position
}

// host lets the hub feed ticketChanges; other subscriptions are executed each by itself.
type host struct {
	hub      *feed.Hub
	executor *executor.Executor
}

// feed is a transport.Host.
func (h host) feed(ctx context.Context, op *graphql.OperationContext, wake func()) (transport.Feed, error) {
	root, ok := onlyField(op.Operation.SelectionSet)
	if !ok || root.Name != "ticketChanges" {
		return nil, nil
	}
	var w wanted
	responses, ctx := h.executor.DispatchOperation(context.WithValue(ctx, wantedKey{}, &w), op)
	if r := responses(ctx); r != nil && len(r.Errors) > 0 {
		return nil, transport.Refused(r.Errors)
	}
	key, err := keyOf(ctx, op, root, w.filter)
	if err != nil {
		return nil, err
	}
	op.Headers = nil // a token among them, which would be kept for as long as anybody asks the same
	a := answerer{h.executor, op, languageOf(ctx), requestID(ctx)}
	s, err := h.hub.Subscribe(ctx, feed.Question{Key: key, Filter: w.filter, Answer: a.answer, Failure: a.failure}, w.from, wake)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// onlyField is the root field of a subscription, which has one.
func onlyField(set ast.SelectionSet) (*ast.Field, bool) {
	if len(set) != 1 {
		return nil, false
	}
	f, ok := set[0].(*ast.Field)
	return f, ok
}

// keyOf is all that decides the answers of a subscription beside who sees them. Where it goes on from does not.
func keyOf(ctx context.Context, op *graphql.OperationContext, root *ast.Field, filter feed.Filter) (string, error) {
	variables := make(map[string]any, len(op.Variables))
	for name, value := range op.Variables {
		variables[name] = value
	}
	if after := root.Arguments.ForName("after"); after != nil && after.Value.Kind == ast.Variable {
		// Twice: where it is declared and here. One that is used elsewhere, too, decides something.
		if uses := regexp.MustCompile(`\$`+after.Value.Raw+`\b`).FindAllString(op.RawQuery, 3); len(uses) == 2 {
			delete(variables, after.Value.Raw)
		}
	}
	key, err := json.Marshal([]any{op.OperationName, op.RawQuery, variables, filter, languageOf(ctx)})
	return string(key), err
}

// answerTimeout bounds one answer, which many wait for.
const answerTimeout = 10 * time.Second

// answerer words the answers of a subscription for all who ask the same. It keeps nothing of the subscriber who asked
// first but the request's document and language.
type answerer struct {
	executor  *executor.Executor
	op        *graphql.OperationContext
	language  fault.Language
	requestID string
}

// begin gives one answer its context.
func (a answerer) begin() (context.Context, context.CancelFunc) {
	ctx := context.WithValue(WithRequestID(context.Background(), a.requestID), languageKey{}, a.language)
	return context.WithTimeout(graphql.WithOperationContext(ctx, a.op), answerTimeout)
}

// answer executes the subscription's selection on one update, as whoever has the role and the sectors.
func (a answerer) answer(v identity.Viewer, u live.Update) transport.Answer {
	ctx, cancel := a.begin()
	defer cancel()
	ctx = context.WithValue(identity.With(ctx, v), givenKey{}, u)
	responses, ctx := a.executor.DispatchOperation(graphql.StartOperationTrace(ctx), a.op)
	r := responses(ctx)
	switch {
	case r == nil:
		return a.failure(context.Cause(ctx))
	case r.Data == nil && len(r.Errors) > 0:
		return transport.Answer{End: true, Response: r}
	}
	return transport.Encode(r)
}

// failure is the end of a subscription that has failed.
func (a answerer) failure(err error) transport.Answer {
	ctx, cancel := a.begin()
	defer cancel()
	return transport.Answer{End: true, Response: a.executor.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(err)})}
}
