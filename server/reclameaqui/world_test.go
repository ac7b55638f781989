package reclameaqui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// world is an RA that a test scripts: it answers tokens by itself and everything else through api, and remembers what it was asked.
type world struct {
	*httptest.Server
	api   http.HandlerFunc
	token http.HandlerFunc // nil = token-1, token-2, …

	mu     sync.Mutex
	seen   []asked
	tokens int
}

// asked is what reached the world.
type asked struct {
	method, path, body string
	query              url.Values
	header             http.Header
	length             int64
}

const tokenPath = "/api/auth/oauth/token"

func newWorld(t *testing.T, api http.HandlerFunc) *world {
	t.Helper()
	w := &world{api: api}
	w.Server = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(w.Close)
	return w
}

func (w *world) serve(res http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	w.mu.Lock()
	w.seen = append(w.seen, asked{req.Method, req.URL.Path, string(body), req.URL.Query(), req.Header, req.ContentLength})
	if req.URL.Path == tokenPath {
		w.tokens++
	}
	n := w.tokens
	w.mu.Unlock()
	switch {
	case req.URL.Path != tokenPath:
		w.api(res, req)
	case w.token != nil:
		w.token(res, req)
	default:
		_, _ = fmt.Fprintf(res, `{"access_token":"token-%d","token_type":"bearer","expires_in":3600,"rate_limit":10}`, n)
	}
}

// calls are the requests other than for tokens.
func (w *world) calls() []asked {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.seen), func(r asked) bool { return r.path == tokenPath })
}

func (w *world) issued() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tokens
}

func (w *world) client(opts ...Option) *Client {
	return New(w.URL+"/api/", Credentials{ClientID: "citrus", ClientSecret: "s3cr3t"}, opts...)
}

// says answers everything with that status and body.
func says(status int, body string) http.HandlerFunc {
	return func(res http.ResponseWriter, _ *http.Request) {
		res.WriteHeader(status)
		_, _ = io.WriteString(res, body)
	}
}

// turns answers each request with the next handler, the last one again and again.
func turns(handlers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(res http.ResponseWriter, req *http.Request) {
		mu.Lock()
		h := handlers[min(n, len(handlers)-1)]
		n++
		mu.Unlock()
		h(res, req)
	}
}

// drops takes the whole request and closes the connection without a word.
func drops(res http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(res).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// rows makes a page of minimal complaints.
func rows(total int, ids ...int64) string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = fmt.Sprintf(`{"id":%d,"source_external_id":"1%d"}`, id, id)
	}
	return fmt.Sprintf(`{"data":[%s],"meta":{"page":{"number":1,"size":50},"total":%d}}`, strings.Join(list, ","), total)
}

// gateLog is a Gate that records, and fails from the n-th Enter on if told so.
type gateLog struct {
	mu        sync.Mutex
	entered   int
	over      int
	failFrom  int
	fail      error
	tokens    []Token
	throttled []time.Duration
}

func (g *gateLog) Enter(context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fail != nil && g.entered+1 >= g.failFrom {
		return g.fail
	}
	g.entered++
	return nil
}

func (g *gateLog) Over() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over++
}

func (g *gateLog) TokenIssued(t Token) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tokens = append(g.tokens, t)
}

func (g *gateLog) Throttled(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.throttled = append(g.throttled, d)
}

// mustFail returns the *Error that err has to be.
func mustFail(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	return e
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatalf("unexpected error: %v, cause %v", err, errors.Unwrap(err))
		}
		return v
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func example(t testing.TB) []byte {
	t.Helper()
	body, err := os.ReadFile("testdata/ticket-example.json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func ids(list []Complaint) []int64 {
	out := make([]int64, len(list))
	for i, c := range list {
		out[i] = c.ID
	}
	return out
}
