package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// exchange is one HTTP request and what must come back.
type exchange struct {
	name    string
	method  string // POST unless given
	query   url.Values
	header  map[string]string // over Content-Type: application/json
	body    string
	status  int
	code    string            // of the first error, "" for none
	want    string            // the whole body, when given
	answers map[string]string // headers of the answer
}

// sensitive stands in every refused request and may stand in no answer.
const sensitive = "s3nsitive"

func exchanges() []exchange {
	long := `{"query":"{ echo(text: \"` + strings.Repeat("x", 600) + `\") }"}`
	response := map[string]string{"Accept": mediaResponse}
	return []exchange{
		{name: "query", body: ask(`{ who echo(text: "é") }`), status: 200, want: `{"data":{"who":"","echo":"é"}}`},
		{name: "mutation", body: ask(`mutation { echo(text: "<b>") }`), status: 200, want: `{"data":{"echo":"\u003cb\u003e"}}`},
		{name: "charset", header: map[string]string{"Content-Type": `application/json; charset="UTF-8"`}, body: ask(typename), status: 200},
		{
			name: "large number keeps its digits", status: 200, want: `{"data":{"number":9007199254740993123}}`,
			body: ask(`query($v: Any) { number(value: $v) }`, "variables", `{"v":9007199254740993123}`),
		},
		{
			name: "partial data is 200", header: response, body: ask(`{ echo(text: "a") fail }`), status: 200,
			want: `{"errors":[{"message":"it failed"}],"data":{"echo":"a","fail":null}}`,
		},
		{
			name: "null data is 200", header: response, body: ask(`{ required }`), status: 200,
			want: `{"errors":[{"message":"it failed"}],"data":null}`,
		},
		{name: "signed in", header: map[string]string{"Authorization": "Bearer good"}, body: ask(`{ who }`), status: 200, want: `{"data":{"who":"ana"}}`},
		{
			name: "bad token", header: map[string]string{"Authorization": "Bearer " + sensitive}, body: ask(`{ who }`),
			status: 401, code: CodeUnauthenticated, answers: map[string]string{"WWW-Authenticate": "Bearer"},
		},
		{name: "forbidden", header: map[string]string{"Authorization": "Bearer forbidden"}, body: ask(`{ who }`), status: 403, code: CodeForbidden},
		{name: "authentication is down", header: map[string]string{"Authorization": "Bearer broken"}, body: ask(`{ who }`), status: 500, code: CodeInternal},
		{
			name: "panic in authentication", header: map[string]string{"Authorization": "Bearer panic"}, body: ask(`{ who }`), status: 500,
			want: `{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}`,
		},
		{name: "panic in the schema", body: ask(`{ panic }`), status: 500, want: `{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}`},
		{name: "too large", body: long, status: 413, code: CodePayloadTooLarge},
		{name: "bad JSON", body: `{"query": "` + sensitive, status: 400, code: CodeInvalid},
		{name: "bytes after the JSON", body: ask(typename) + sensitive, status: 400, code: CodeInvalid},
		{name: "not UTF-8", body: "{\"query\":\"" + sensitive + "\xff\"}", status: 400, code: CodeInvalid},
		{name: "null", body: `null`, status: 400, code: CodeInvalid},
		{name: "batch", body: `[` + ask(typename) + `]`, status: 400, code: CodeInvalid},
		{name: "names are exact", body: `{"QUERY":"{ __typename }"}`, status: 400, code: CodeInvalid},
		{name: "empty query", body: `{"query":""}`, status: 400, code: CodeInvalid},
		{name: "form", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, body: "query=" + sensitive, status: 415, code: CodeInvalid},
		{name: "multipart", header: map[string]string{"Content-Type": "multipart/form-data; boundary=x"}, body: "--x--", status: 415, code: CodeInvalid},
		{name: "text", header: map[string]string{"Content-Type": "text/plain"}, body: ask(typename), status: 415, code: CodeInvalid},
		{name: "no content type", header: map[string]string{"Content-Type": ""}, body: ask(typename), status: 415, code: CodeInvalid},
		{name: "another charset", header: map[string]string{"Content-Type": "application/json; charset=latin1"}, body: ask(typename), status: 415, code: CodeInvalid},
		{name: "compressed", header: map[string]string{"Content-Encoding": "gzip"}, body: ask(typename), status: 415, code: CodeInvalid},
		{name: "nothing acceptable", header: map[string]string{"Accept": "text/html"}, body: ask(typename), status: 406, code: CodeInvalid},
		{name: "subscription", body: ask(`subscription { ticks { cursor } }`), status: 406, code: CodeInvalid},
		{
			name: "subscription where events are acceptable too", status: 200,
			header: map[string]string{"Accept": mediaResponse + ", " + mediaEvents}, body: ask(`subscription { ticks(count: 1) { cursor } }`),
			want: ":\n\nevent: next\nid: c1\ndata: {\"data\":{\"ticks\":{\"cursor\":\"c1\",\"text\":\"\"}}}\n\nevent: complete\ndata:\n\n",
		},
		{name: "GET", method: "GET", query: url.Values{"query": {`{ who }`}}, status: 200, want: `{"data":{"who":""}}`},
		{
			name: "GET with everything", method: "GET", status: 200, want: `{"data":{"echo":"b"}}`,
			query: url.Values{
				"query": {`query A { who } query B($t: String) { echo(text: $t) }`}, "operationName": {"B"},
				"variables": {`{"t":"b"}`}, "extensions": {`{"x":1}`},
			},
		},
		{name: "GET mutation", method: "GET", query: url.Values{"query": {`mutation { echo }`}}, status: 405, code: CodeInvalid, answers: map[string]string{"Allow": "POST"}},
		{name: "GET not UTF-8", method: "GET", query: url.Values{"query": {sensitive + "\xff"}}, status: 400, code: CodeInvalid},
		{name: "GET bad extensions", method: "GET", query: url.Values{"query": {`{ who }`}, "extensions": {`1`}}, status: 400, code: CodeInvalid},
		{name: "too many attempts", header: map[string]string{"Authorization": "Bearer often"}, body: ask(`{ who }`), status: 429, code: CodeTooManyRequests},
		{name: "GET nothing", method: "GET", status: 400, code: CodeInvalid},
		{name: "GET bad variables", method: "GET", query: url.Values{"query": {`{ who }`}, "variables": {`["` + sensitive + `"]`}}, status: 400, code: CodeInvalid},
		{name: "GET broken variables", method: "GET", query: url.Values{"query": {`{ who }`}, "variables": {`{"` + sensitive}}, status: 400, code: CodeInvalid},
		{name: "PUT", method: "PUT", body: ask(typename), status: 405, code: CodeInvalid, answers: map[string]string{"Allow": "GET, POST"}},
		{name: "OPTIONS", method: "OPTIONS", status: 405, code: CodeInvalid, answers: map[string]string{"Allow": "GET, POST"}},
		{name: "a stranger's page", header: map[string]string{"Origin": "https://evil.example.com"}, body: ask(typename), status: 403, code: CodeForbidden},
		{name: "a page without an origin", header: map[string]string{"Origin": "null"}, body: ask(typename), status: 403, code: CodeForbidden},
		{
			name: "a listed page", header: map[string]string{"Origin": "https://APP.example.com"}, body: ask(typename), status: 200,
			answers: map[string]string{"Access-Control-Allow-Origin": "https://APP.example.com", "Access-Control-Allow-Credentials": ""},
		},
		{
			name: "a listed page asks first", method: "OPTIONS", status: 204,
			header:  map[string]string{"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"},
			answers: map[string]string{"Access-Control-Allow-Methods": "GET, POST"},
		},
	}
}

func TestHTTP(t *testing.T) {
	h := open(t, func(c *Config) {
		c.MaxBody = 512
		c.AllowedOrigins = []string{"https://app.example.com/"}
	})
	for _, x := range exchanges() {
		t.Run(x.name, func(t *testing.T) { x.run(t, h.url) })
	}
}

func (x exchange) run(t *testing.T, base string) {
	method := x.method
	if method == "" {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(t.Context(), method, base+"/?"+x.query.Encode(), strings.NewReader(x.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", mediaJSON)
	for k, v := range x.header {
		r.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != x.status {
		t.Errorf("status %d, want %d: %s", res.StatusCode, x.status, body)
	}
	if bytes.Contains(body, []byte("s3nsitive")) || bytes.Contains(body, []byte("a secret")) {
		t.Errorf("the answer repeats the request: %s", body)
	}
	if x.want != "" && string(body) != x.want {
		t.Errorf("body %s\nwant %s", body, x.want)
	}
	for k, v := range x.answers {
		if res.Header.Get(k) != v {
			t.Errorf("%s is %q, want %q", k, res.Header.Get(k), v)
		}
	}
	if got := firstCode(body); x.code != "" && got != x.code {
		t.Errorf("code %q, want %q: %s", got, x.code, body)
	}
}

func firstCode(body []byte) string {
	var answer struct{ Errors gqlerror.List }
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	return codeOf(answer.Errors)
}

// TestSessionEndsDuringRequest cancels the context that Authenticate gave while a
// query runs.
func TestSessionEndsDuringRequest(t *testing.T) {
	var end context.CancelFunc
	h := open(t, func(c *Config) {
		c.Authenticate = func(ctx context.Context, _ string) (context.Context, error) {
			ctx, end = context.WithCancel(ctx)
			return ctx, nil
		}
	})
	go func() {
		<-h.schema.Started
		end()
	}()
	// The field reports the cancellation itself: what was executed is answered.
	exchange{body: ask(`{ block }`), status: 200, want: `{"errors":[{"message":"context canceled"}],"data":{"block":null}}`}.run(t, h.url)
	h.Authenticate = func(ctx context.Context, _ string) (context.Context, error) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return ctx, nil
	}
	// Here nothing was.
	exchange{body: ask(`{ who }`), status: 503, code: CodeUnavailable}.run(t, h.url)
}

func TestRequestErrorsInGraphQLResponse(t *testing.T) {
	for code, want := range map[string]int{
		CodeUnauthenticated: 401, CodeForbidden: 403, CodePayloadTooLarge: 413, CodeTooManyRequests: 429,
		CodeInternal: 500, CodeUnavailable: 503, CodeInvalid: 400, "GRAPHQL_PARSE_FAILED": 400,
	} {
		s := build(nil)
		if got := statusFor(mediaResponse, s.errorResponse(t.Context(), code, "m")); got != want {
			t.Errorf("%s: status %d, want %d", code, got, want)
		}
		if got := statusFor(mediaJSON, s.errorResponse(t.Context(), code, "m")); got != 200 {
			t.Errorf("%s: status %d in application/json, want 200", code, got)
		}
	}
}

// TestPresenter shows that the app's words reach the client, and that a presenter
// that panics takes nothing down.
func TestPresenter(t *testing.T) {
	serve := func(present func(context.Context, string, string) *gqlerror.Error) string {
		h := build(func(c *Config) { c.PresentError = present })
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
		return w.Body.String()
	}
	got := serve(func(_ context.Context, code, _ string) *gqlerror.Error {
		return &gqlerror.Error{Message: "olá", Extensions: map[string]any{"code": code, "requestId": "r1"}}
	})
	if want := `{"errors":[{"message":"olá","extensions":{"code":"INVALID","requestId":"r1"}}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got = serve(func(context.Context, string, string) *gqlerror.Error { panic("a secret") })
	if want := `{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got = serve(func(context.Context, string, string) *gqlerror.Error {
		return &gqlerror.Error{Message: "m", Extensions: map[string]any{"no JSON": func() {}}}
	})
	if want := `{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// broken is an executor whose answers are no JSON, or that panics.
type broken struct {
	graphql.GraphExecutor
	crash bool
}

func (b broken) DispatchOperation(ctx context.Context, _ *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	return func(context.Context) *graphql.Response {
		if b.crash {
			var list []int
			list[len(os.Args)]++
		}
		return &graphql.Response{Data: []byte(`{}`), Extensions: map[string]any{"no JSON": func() {}}}
	}, ctx
}

func TestPanicsAreLoggedWithoutTheirValue(t *testing.T) {
	for _, x := range []struct {
		wrap   func(graphql.GraphExecutor) graphql.GraphExecutor
		query  string
		logged string
	}{
		{func(e graphql.GraphExecutor) graphql.GraphExecutor { return e }, `{ panic }`, "panic=panic"},
		{func(e graphql.GraphExecutor) graphql.GraphExecutor { return broken{e, false} }, `{ who }`, "panic=panic"},
		{func(e graphql.GraphExecutor) graphql.GraphExecutor { return broken{e, true} }, `{ who }`, "index out of range"},
	} {
		var log bytes.Buffer
		h := build(func(c *Config) {
			c.Exec = x.wrap(c.Exec)
			c.Log = slog.New(slog.NewTextHandler(&log, nil))
		})
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(ask(x.query)))
		r.Header.Set("Content-Type", mediaJSON)
		h.ServeHTTP(w, r)
		if w.Code != http.StatusInternalServerError || firstCode(w.Body.Bytes()) != CodeInternal {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
		if !strings.Contains(log.String(), x.logged) || strings.Contains(log.String(), "a secret") {
			t.Errorf("logged %s", log.String())
		}
	}
}

func TestNegotiate(t *testing.T) {
	for header, want := range map[string]accepted{
		"":                             {media: mediaJSON},
		"*/*":                          {media: mediaJSON},
		"application/*":                {media: mediaJSON},
		"application/json":             {media: mediaJSON},
		mediaResponse:                  {media: mediaResponse},
		mediaResponse + ", */*":        {media: mediaResponse},
		"*/*, " + mediaResponse:        {media: mediaResponse},
		mediaEvents:                    {media: mediaEvents, events: true},
		"text/html":                    {},
		"text/*":                       {},
		"application/json;q=0":         {},
		"*/*, application/json;q=0":    {media: mediaResponse},
		"nonsense":                     {},
		"application/json;q=nonsense":  {},
		"application/json;q=2":         {},
		"text/event-stream;q=0.1, */*": {media: mediaJSON, events: true},
		"application/json;q=0.9, " + mediaResponse:                                     {media: mediaResponse},
		"application/json, " + mediaResponse:                                           {media: mediaJSON},
		mediaResponse + ";q=0.5, application/json;q=0.8":                               {media: mediaJSON},
		mediaResponse + ", application/graphql+json, application/json, " + mediaEvents: {media: mediaResponse, events: true},
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8":              {media: mediaJSON},
	} {
		if got := negotiate(http.Header{"Accept": {header}}); got != want {
			t.Errorf("Accept: %s gives %+v, want %+v", header, got, want)
		}
	}
}
