package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/fault"
)

type (
	languageKey  struct{}
	requestIDKey struct{}
)

// withLanguage chooses the language of messages by Accept-Language.
func withLanguage(ctx context.Context, accept string) context.Context {
	return context.WithValue(ctx, languageKey{}, fault.Preferred(accept))
}

func languageOf(ctx context.Context) fault.Language {
	if lang, ok := ctx.Value(languageKey{}).(fault.Language); ok {
		return lang
	}
	return fault.Portuguese
}

// WithRequestID names a request for its errors and log lines.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

func extensions(ctx context.Context, code string) map[string]any {
	e := map[string]any{"code": code}
	if id := requestID(ctx); id != "" {
		e["requestId"] = id
	}
	return e
}

// userErrors says expected failures in the contract's words; field paths begin with "input". An
// error that is none of ours comes back as it is: it is internal.
func userErrors(ctx context.Context, err error) ([]*exec.UserError, error) {
	none := []*exec.UserError{}
	if err == nil {
		return none, nil
	}
	list, ok := fault.All(err)
	if !ok {
		return none, err
	}
	out := make([]*exec.UserError, len(list))
	for i, f := range list {
		out[i] = userError(ctx, f)
	}
	return out, nil
}

func userError(ctx context.Context, f *fault.Error) *exec.UserError {
	e := &exec.UserError{
		Code: exec.ErrorCode(f.Code), Field: []string{}, Message: f.Message(languageOf(ctx)), Retryable: f.Retryable(),
	}
	if len(f.Field) > 0 {
		e.Field = append([]string{"input"}, f.Field...)
	}
	if f.RetryAfter > 0 {
		ms := int(f.RetryAfter.Milliseconds())
		e.RetryAfterMs = &ms
	}
	if f.UpstreamCode != "" {
		e.UpstreamCode = &f.UpstreamCode
	}
	return e
}

// changed is the end of a mutation: what a service changed is read again, and its expected
// failures become the payload's errors. Where it failed there is no entry, but on CONFLICT,
// which answers with the present state.
func changed[T any](ctx context.Context, get func(context.Context, string) (*T, error), id string, err error) (*T, []*exec.UserError, error) {
	problems, internal := userErrors(ctx, err)
	if internal != nil {
		return nil, problems, internal
	}
	if err != nil && fault.CodeOf(err) != fault.Conflict || id == "" {
		return nil, problems, nil
	}
	entry, internal := get(ctx, id)
	return entry, problems, internal
}

// introspectionOff is what generated code says of a question about the schema where it is switched off.
const introspectionOff = "introspection disabled"

// presenter writes errors that are in no payload. Faults keep their code; what the executor says
// of the request itself passes; all else is internal: logged, and shown as a request id alone.
func presenter(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		var known *gqlerror.Error
		path := graphql.GetPath(ctx)
		if errors.As(err, &known) && known.Path != nil {
			path = known.Path
		}
		if list, ok := fault.All(err); ok {
			return &gqlerror.Error{
				Message: list[0].Message(languageOf(ctx)), Path: path, Extensions: extensions(ctx, string(list[0].Code)),
			}
		}
		if known != nil && known.Err == nil {
			return requestError(ctx, known)
		}
		if reason, ok := inputError(ctx, err); ok {
			return &gqlerror.Error{Message: reason, Path: path, Extensions: extensions(ctx, string(fault.Invalid))}
		}
		if strings.HasSuffix(err.Error(), introspectionOff) {
			return &gqlerror.Error{Message: introspectionOff, Path: path, Extensions: extensions(ctx, string(fault.Forbidden))}
		}
		if ctx.Err() == nil {
			log.ErrorContext(ctx, "internal error", "requestId", requestID(ctx), "path", path.String(), "error", err)
		}
		return &gqlerror.Error{
			Message: fault.New(fault.Internal).Message(languageOf(ctx)), Path: path, Extensions: extensions(ctx, string(fault.Internal)),
		}
	}
}

// requestError is what the parser and the validator say; they speak of the request alone.
func requestError(ctx context.Context, known *gqlerror.Error) *gqlerror.Error {
	e := *known
	code, _ := e.Extensions["code"].(string)
	if code == "" {
		code = "GRAPHQL_VALIDATION_FAILED"
	}
	e.Message = unquoted(e.Message)
	e.Extensions = extensions(ctx, code)
	return &e
}

// refusal is what the transport refuses. What a person may meet is said in the person's language;
// the rest speaks to who wrote the app, in the transport's own words.
func refusal(ctx context.Context, code, message string) *gqlerror.Error {
	switch c := fault.Code(code); c {
	case fault.Unauthenticated, fault.Internal, fault.PayloadTooLarge:
		message = fault.New(c).With("max", maxBody>>20).Message(languageOf(ctx))
	}
	return &gqlerror.Error{Message: message, Extensions: extensions(ctx, code)}
}

var (
	// quoting is how the parser and the validator begin to repeat a value of the request.
	quoting = regexp.MustCompile(`(?s)( cannot represent [a-z0-9 -]+ value: |, found |^Unexpected |escape sequence: )(.*)$`)
	notEnum = regexp.MustCompile(`(?s)^.* is not a valid (\w+)$`)
	literal = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\d[\d.eE+-]*`)
)

// unquoted takes texts and numbers of the request out of what is said of it: a value that stands
// in the wrong place may be a secret, and its line and column say enough.
func unquoted(message string) string {
	at := quoting.FindStringSubmatchIndex(message)
	if at == nil {
		return notEnum.ReplaceAllString(message, "not a valid $1")
	}
	said, repeated := message[:at[4]], message[at[4]:]
	if strings.HasSuffix(said, "escape sequence: ") { // followed by the rest of the document
		return strings.TrimSuffix(said, ": ") + "."
	}
	return said + literal.ReplaceAllString(repeated, "…")
}

// inputError tells a scalar or an argument that could not be read from a failure of ours.
func inputError(ctx context.Context, err error) (string, bool) {
	var known *gqlerror.Error
	if !errors.As(err, &known) || known.Err == nil {
		return "", false
	}
	// gqlgen wraps what an input's unmarshalling says with the path of the input.
	for _, step := range known.Path {
		if name, ok := step.(fmt.Stringer); ok && strings.HasPrefix(name.String(), "input") {
			return known.Err.Error(), true
		}
	}
	// The same for an argument of a scalar of ours: the path ends with the argument's name.
	field := graphql.GetFieldContext(ctx)
	if field == nil || field.Field.Field == nil || len(known.Path) == 0 {
		return "", false
	}
	name, ok := known.Path[len(known.Path)-1].(ast.PathName)
	if ok && field.Field.Definition.Arguments.ForName(string(name)) != nil {
		return known.Err.Error(), true
	}
	return "", false
}

// recovered logs a panic and shows nothing of it.
func recovered(log *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, p any) error {
		log.ErrorContext(ctx, "panic", "requestId", requestID(ctx), "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
		return fault.New(fault.Internal)
	}
}
