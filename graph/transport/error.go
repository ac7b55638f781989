package transport

import (
	"context"
	"net/http"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"citrus.cx/channel/server/fault"
)

// The codes of the transport's own errors, as PresentError gets them. All but the
// last are of the contract's ErrorCode; the last is a server that is shutting down.
const (
	CodeInvalid         = string(fault.Invalid)
	CodeUnauthenticated = string(fault.Unauthenticated)
	CodeForbidden       = string(fault.Forbidden)
	CodePayloadTooLarge = string(fault.PayloadTooLarge)
	CodeTooManyRequests = string(fault.TooManyRequests)
	CodeInternal        = string(fault.Internal)
	CodeUnavailable     = "UNAVAILABLE"
)

const (
	messageInternal    = "internal error"
	messageUnavailable = "the server is shutting down"
)

// presentPlainly is the PresentError of a Config that has none.
func presentPlainly(_ context.Context, code, message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
}

// presentInternal words a recovered panic. The presenter may be what panicked, and
// nobody would recover a second time.
func (s *Server) presentInternal(ctx context.Context) (e *gqlerror.Error) {
	defer func() {
		if recover() != nil {
			e = presentPlainly(ctx, CodeInternal, messageInternal)
		}
	}()
	return s.PresentError(ctx, CodeInternal, messageInternal)
}

// statusOf is the HTTP status of a request error: one that kept an operation from
// being executed. Only the codes that HTTP has a word for are told apart.
func statusOf(code string) int {
	switch code {
	case CodeUnauthenticated:
		return http.StatusUnauthorized
	case CodeForbidden:
		return http.StatusForbidden
	case CodePayloadTooLarge:
		return http.StatusRequestEntityTooLarge
	case CodeTooManyRequests:
		return http.StatusTooManyRequests
	case CodeInternal:
		return http.StatusInternalServerError
	case CodeUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// codeOf is the first code that a list of errors carries, "" when none does.
func codeOf(list gqlerror.List) string {
	for _, e := range list {
		if e == nil {
			continue
		}
		switch code := e.Extensions["code"].(type) {
		case string:
			return code
		case fault.Code:
			return string(code)
		}
	}
	return ""
}

// refusalOf is what an error of Config.Authenticate means to the client. Anything
// but a fault is ours to mend, not the user's to sign in again for.
func refusalOf(err error) (code, message string) {
	switch c := fault.CodeOf(err); c {
	case "", fault.Internal:
		return CodeInternal, messageInternal
	case fault.Unauthenticated, fault.InvalidCredentials:
		return CodeUnauthenticated, "not authenticated"
	case fault.TooManyRequests:
		return CodeTooManyRequests, "too many attempts"
	default:
		return CodeForbidden, "not allowed"
	}
}
