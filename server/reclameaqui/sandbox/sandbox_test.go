package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(victimFile); path != "" {
		victim(path)
	}
	goleak.VerifyTestMain(m)
}

// clock is a time that tests move by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// site is a running sandbox seen over HTTP.
type site struct {
	t     *testing.T
	s     *Server
	http  *httptest.Server
	token string
}

// open starts a sandbox on a clock that stands still, with a high limit and few complaints unless told otherwise.
func open(t *testing.T, cfg Config) *site {
	t.Helper()
	if cfg.Now == nil {
		cfg.Now = newClock().now
	}
	if cfg.Rate == 0 {
		cfg.Rate = 100_000
	}
	if cfg.Complaints == 0 {
		cfg.Complaints = 40
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		server.Close()
		http.DefaultClient.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &site{t: t, s: s, http: server}
}

// reply is an HTTP answer read whole.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) decode(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal(r.body, into); err != nil {
		t.Fatalf("%v in %s", err, r.body)
	}
}

func (r reply) code(t *testing.T) int {
	t.Helper()
	var e envelope
	r.decode(t, &e)
	return e.Code
}

func (w *site) try(method, path, contentType, body string, header ...string) (reply, error) {
	w.t.Helper()
	r, err := http.NewRequest(method, w.http.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	return reply{answer.StatusCode, answer.Header, b}, err
}

func (w *site) do(method, path, contentType, body string, header ...string) reply {
	w.t.Helper()
	r, err := w.try(method, path, contentType, body, header...)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// api makes a call with a token, which it asks for at first.
func (w *site) api(method, path, contentType, body string) reply {
	w.t.Helper()
	r, err := w.tryAPI(method, path, contentType, body)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *site) tryAPI(method, path, contentType, body string) (reply, error) {
	w.t.Helper()
	if w.token == "" {
		w.signIn()
	}
	return w.try(method, "/api"+path, contentType, body, "Authorization", "Bearer "+w.token)
}

const basic = "Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=" // demo-client:demo-secret

func (w *site) signIn() tokenBody {
	w.t.Helper()
	var body tokenBody
	w.do("POST", "/api/auth/oauth/token?grant_type=client_credentials", "", "", "Authorization", basic).decode(w.t, &body)
	w.token = body.AccessToken
	return body
}

func (w *site) get(path string) reply { w.t.Helper(); return w.api("GET", path, "", "") }

func (w *site) list(query string) pageBody {
	w.t.Helper()
	var p pageBody
	r := w.get("/ticket/v1/tickets?" + query)
	if r.status != 200 {
		w.t.Fatalf("%s: %d %s", query, r.status, r.body)
	}
	r.decode(w.t, &p)
	return p
}

func (w *site) reply(id, message string) reply {
	w.t.Helper()
	return w.api("POST", "/ticket/v1/tickets/message/public", "application/x-www-form-urlencoded",
		url.Values{"id": {id}, "message": {message}}.Encode())
}

// admin makes an admin call and decodes into a value of the type asked for.
func admin[T any](w *site, method, path, body string, status int) T {
	w.t.Helper()
	r := w.do(method, "/__sandbox"+path, "application/json", body)
	if r.status != status {
		w.t.Fatalf("%s %s: %d %s", method, path, r.status, r.body)
	}
	var v T
	if len(bytes.TrimSpace(r.body)) > 0 {
		r.decode(w.t, &v)
	}
	return v
}
