package transport

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// rejection is why a request is answered without being executed.
type rejection struct {
	status        int
	code, message string
}

// serveRequest answers one operation by POST or GET, in JSON or as events.
func (s *Server) serveRequest(w http.ResponseWriter, r *http.Request) {
	accept := negotiate(r.Header)
	if accept.media == "" {
		s.refuse(w, r, http.StatusNotAcceptable, CodeInvalid,
			"answers are application/graphql-response+json, application/json or text/event-stream")
		return
	}
	if r.Method == http.MethodPost && !isJSON(r.Header) {
		s.refuse(w, r, http.StatusUnsupportedMediaType, CodeInvalid, "the content type must be application/json in UTF-8")
		return
	}
	ctx, denied := s.Authenticate(r.Context(), r.Header.Get("Authorization"))
	if denied != nil && (ctx == nil || !isFault(denied)) {
		s.refuseAuthentication(w, r, denied)
		return
	}
	start := graphql.Now()
	params, no := s.readParams(w, r)
	if no != nil && denied != nil {
		s.refuseAuthentication(w, r, denied)
		return
	}
	if no != nil {
		s.refuse(w, r, no.status, no.code, no.message)
		return
	}
	params.Headers = r.Header
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	ctx = context.WithValue(ctx, lastEventIDKey{}, r.Header.Get("Last-Event-ID"))
	s.answer(w, r.WithContext(ctx), accept, params, denied)
}

func isFault(err error) bool {
	code, _ := refusalOf(err)
	return code != CodeInternal
}

func (s *Server) refuseAuthentication(w http.ResponseWriter, r *http.Request, err error) {
	code, message := refusalOf(err)
	if code == CodeInternal {
		s.Log.ErrorContext(r.Context(), "authentication failed", "error", err)
	}
	s.refuse(w, r, statusOf(code), code, message)
}

// isJSON insists on the one content type that a browser cannot send across origins
// without asking first.
func isJSON(h http.Header) bool {
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || media != mediaJSON {
		return false
	}
	if c, given := params["charset"]; given && !strings.EqualFold(c, "utf-8") {
		return false
	}
	e := h.Get("Content-Encoding")
	return e == "" || strings.EqualFold(e, "identity")
}

func (s *Server) readParams(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *rejection) {
	var p *graphql.RawParams
	var err error
	if r.Method == http.MethodGet {
		p, err = parseURL(r.URL.RawQuery)
	} else {
		var body []byte
		if body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, s.MaxBody)); err == nil {
			p, err = parseParams(body)
		}
	}
	var tooLarge *http.MaxBytesError
	var bad malformed
	switch {
	case err == nil:
		return p, nil
	case errors.As(err, &tooLarge):
		return nil, &rejection{http.StatusRequestEntityTooLarge, CodePayloadTooLarge, "the body is too large"}
	case errors.As(err, &bad):
		return nil, &rejection{http.StatusBadRequest, CodeInvalid, bad.Error()}
	}
	return nil, &rejection{http.StatusBadRequest, CodeInvalid, "the body could not be read"}
}

// prepare gives an operation its context, as gqlgen's own server does, then parses
// and validates it. A non-nil response is the refusal.
func (s *Server) prepare(ctx context.Context, p *graphql.RawParams) (context.Context, *graphql.OperationContext, *graphql.Response) {
	ctx = graphql.StartOperationTrace(ctx)
	op, errs := s.Exec.CreateOperationContext(ctx, p)
	if len(errs) > 0 {
		return ctx, op, s.Exec.DispatchError(graphql.WithOperationContext(ctx, op), errs)
	}
	return ctx, op, nil
}

// answer runs an operation and writes what came of it. Who was denied gets what is open, and of anything
// else, also of a document that is wrong, nothing but the denial.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, accept accepted, params *graphql.RawParams, denied error) {
	ctx, op, refusal := s.prepare(r.Context(), params)
	if denied != nil && (refusal != nil || !s.Open(op)) {
		s.refuseAuthentication(w, r, denied)
		return
	}
	if refusal != nil {
		if accept.media == mediaEvents {
			s.serveEvents(w, r, func(context.Context) source { return one(refusal) })
			return
		}
		writeResponse(w, accept.media, statusFor(accept.media, refusal), refusal)
		return
	}
	kind := op.Operation.Operation
	switch {
	case kind == ast.Mutation && r.Method == http.MethodGet:
		w.Header().Set("Allow", "POST")
		s.refuse(w, r, http.StatusMethodNotAllowed, CodeInvalid, "mutations go by POST")
	case accept.media == mediaEvents, kind == ast.Subscription && accept.events:
		s.serveEvents(w, r.WithContext(ctx), func(ctx context.Context) source {
			if fed, ok := s.pulled(ctx, op); ok {
				return fed
			}
			return s.start(ctx, op)
		})
	case kind == ast.Subscription:
		s.refuse(w, r, http.StatusNotAcceptable, CodeInvalid, "subscriptions need text/event-stream or a WebSocket")
	default:
		responses := s.start(ctx, op)
		response := responses()
		if response == nil { // the context ended: the client left, or its session did
			response = s.errorResponse(ctx, CodeUnavailable, "the request was cancelled")
			writeResponse(w, accept.media, http.StatusServiceUnavailable, response)
			return
		}
		writeResponse(w, accept.media, statusFor(accept.media, response), response)
	}
}

// source gives the responses of an operation one by one, nil at the end.
type source func() *graphql.Response

// one is a source of a single response.
func one(r *graphql.Response) source {
	return func() *graphql.Response {
		next := r
		r = nil
		return next
	}
}

// start dispatches an operation. A stream that failed (see Fail) ends with a
// response that has errors and no data.
func (s *Server) start(ctx context.Context, op *graphql.OperationContext) source {
	ctx, failed := withFailure(ctx)
	responses, ctx := s.Exec.DispatchOperation(ctx, op)
	ended := false // what has ended is not asked again
	return func() *graphql.Response {
		if ended {
			return nil
		}
		if r := responses(ctx); r != nil {
			return r
		}
		ended = true
		errs := failed.take()
		if len(errs) == 0 || ctx.Err() != nil {
			return nil
		}
		return s.Exec.DispatchError(ctx, errs)
	}
}
