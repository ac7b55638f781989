package transport

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// appendResponse writes a response as JSON. It is not json.Marshal because data is
// absent when nothing was executed (Marshal would say null, which means otherwise)
// and because data is JSON already: Marshal would read all of it again.
func appendResponse(b []byte, r *graphql.Response) []byte {
	b = append(b, '{')
	start := len(b)
	if len(r.Errors) > 0 {
		b = appendErrors(appendName(b, start, "errors"), r.Errors)
	}
	if r.Data != nil {
		b = appendName(b, start, "data")
		b = append(b, r.Data...)
	}
	b = appendMember(b, start, "label", r.Label != "", r.Label)
	b = appendMember(b, start, "path", len(r.Path) > 0, r.Path)
	b = appendMember(b, start, "hasNext", r.HasNext != nil, r.HasNext)
	b = appendMember(b, start, "extensions", len(r.Extensions) > 0, r.Extensions)
	return append(b, '}')
}

func appendMember(b []byte, start int, name string, present bool, value any) []byte {
	if !present {
		return b
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // an extension that is no JSON: a programmer's mistake, recovered as one
	}
	return append(appendName(b, start, name), text...)
}

// appendErrors never fails, because recovered panics are reported through it too.
func appendErrors(b []byte, errs gqlerror.List) []byte {
	text, err := json.Marshal(errs)
	if err != nil {
		text, _ = json.Marshal(gqlerror.List{presentPlainly(context.Background(), CodeInternal, messageInternal)})
	}
	return append(b, text...)
}

func appendName(b []byte, start int, name string) []byte {
	if len(b) > start {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

// errorResponse is a response of one error of the transport's own.
func (s *Server) errorResponse(ctx context.Context, code, message string) *graphql.Response {
	return &graphql.Response{Errors: gqlerror.List{s.PresentError(ctx, code, message)}}
}

// refuse answers a request that is not executed, whatever it asked to be answered in.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	writeResponse(w, refusalMedia(r), status, s.errorResponse(r.Context(), code, message))
}

// refusalMedia is JSON even for a client that wants events: a status other than 200
// is no stream.
func refusalMedia(r *http.Request) string {
	if negotiate(r.Header).media == mediaResponse {
		return mediaResponse
	}
	return mediaJSON
}

// statusFor is the status of an executor's answer. In application/json every
// well-formed request is a 200, because old clients read no body otherwise;
// application/graphql-response+json says so when nothing was executed. Executed
// is 200 even where data is null: the errors are in the body.
func statusFor(media string, r *graphql.Response) int {
	if media == mediaJSON || r.Data != nil {
		return http.StatusOK
	}
	return statusOf(codeOf(r.Errors))
}

func writeResponse(w http.ResponseWriter, media string, status int, r *graphql.Response) {
	body := appendResponse(make([]byte, 0, len(r.Data)+256), r)
	h := w.Header()
	h.Set("Content-Type", media+"; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Accept")
	w.WriteHeader(status)
	// A client that left is no error of ours, and there is nobody to tell.
	_, _ = w.Write(body)
}
