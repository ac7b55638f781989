package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

func (h *house) stream(ctx context.Context, t *testing.T, query string, header map[string]string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, strings.NewReader(ask(query)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", mediaJSON)
	r.Header.Set("Accept", mediaEvents)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

func TestEvents(t *testing.T) {
	h := open(t, nil)
	const done = "event: complete\ndata:\n\n"
	for _, x := range []struct {
		query  string
		header map[string]string
		want   string
	}{
		{
			query: `subscription { t: ticks(count: 2) { cursor } }`,
			want: ":\n\nevent: next\nid: c1\ndata: {\"data\":{\"t\":{\"cursor\":\"c1\",\"text\":\"\"}}}\n\n" +
				"event: next\nid: c2\ndata: {\"data\":{\"t\":{\"cursor\":\"c2\",\"text\":\"\"}}}\n\n" + done,
		},
		{query: `{ who }`, header: map[string]string{"Authorization": "Bearer good"}, want: ":\n\nevent: next\ndata: {\"data\":{\"who\":\"ana\"}}\n\n" + done},
		{query: `mutation { echo(text: "a") }`, want: ":\n\nevent: next\ndata: {\"data\":{\"echo\":\"a\"}}\n\n" + done},
		{query: `{ lastEventID }`, want: ":\n\nevent: next\ndata: {\"data\":{\"lastEventID\":\"\"}}\n\n" + done},
		{
			query: `{ lastEventID }`, header: map[string]string{"Last-Event-ID": "c7"},
			want: ":\n\nevent: next\ndata: {\"data\":{\"lastEventID\":\"c7\"}}\n\n" + done,
		},
		{query: `subscription { refused { cursor } }`, want: ":\n\nevent: next\ndata: {\"errors\":[{\"message\":\"not for you\"}]}\n\n" + done},
		{query: `subscription { ends { cursor } }`, want: ":\n\nevent: next\ndata: {\"errors\":[{\"message\":\"the source broke\"}]}\n\n" + done},
		{
			query: `subscription { panics { cursor } }`,
			want:  ":\n\nevent: next\ndata: {\"errors\":[{\"message\":\"internal error\",\"extensions\":{\"code\":\"INTERNAL\"}}]}\n\n" + done,
		},
		{
			query: `{`,
			want: ":\n\nevent: next\ndata: {\"errors\":[{\"message\":\"Expected Name, found \\u003cEOF\\u003e\",\"locations\":[{\"line\":1,\"column\":2}]," +
				"\"extensions\":{\"code\":\"GRAPHQL_PARSE_FAILED\"}}]}\n\n" + done,
		},
	} {
		res := h.stream(t.Context(), t, x.query, x.header)
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 200 || res.Header.Get("Content-Type") != mediaEvents {
			t.Errorf("%s: %d %s, %v", x.query, res.StatusCode, res.Header.Get("Content-Type"), err)
		}
		if string(body) != x.want {
			t.Errorf("%s: got\n%s\nwant\n%s", x.query, body, x.want)
		}
	}
}

// TestEventSource asks as a browser's EventSource does, by GET.
func TestEventSource(t *testing.T) {
	h := open(t, nil)
	get := func(query string) (*http.Response, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/?"+url.Values{"query": {query}}.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", mediaEvents)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res, string(body)
	}
	if res, body := get(`subscription { ticks(count: 1) { cursor } }`); res.StatusCode != 200 || !strings.Contains(body, "id: c1\n") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if res, body := get(`mutation { echo }`); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

func TestEventsRefused(t *testing.T) {
	h := open(t, nil)
	res := h.stream(t.Context(), t, waits, map[string]string{"Authorization": "Bearer bad"})
	if res.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(res.Header.Get("Content-Type"), mediaJSON) {
		t.Errorf("%d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
}

func TestEventsClientLeaves(t *testing.T) {
	h := open(t, nil)
	ctx, leave := context.WithCancel(t.Context())
	h.stream(ctx, t, waits, nil)
	wait(t, h.schema.Started, "the subscription")
	leave()
	wait(t, h.schema.Ended, "the end of the subscription")
}

func TestShutdownCutsOffEvents(t *testing.T) {
	h := open(t, nil)
	res := h.stream(t.Context(), t, waits, nil)
	wait(t, h.schema.Started, "the subscription")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Shutdown(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	_, _ = io.ReadAll(res.Body)
	wait(t, h.schema.Ended, "the end of the subscription")
}

// TestEventsEndWithoutComplete shows the two ends after which a client must come
// back: the server's and the session's.
func TestEventsEndWithoutComplete(t *testing.T) {
	var endSession context.CancelCauseFunc
	for name, end := range map[string]func(*house){
		"shutdown": func(h *house) { h.shutdown(t) },
		"session":  func(*house) { endSession(&Ended{Code: CloseForbidden, Reason: "Signed out"}) },
	} {
		h := open(t, func(c *Config) {
			c.Authenticate = func(ctx context.Context, _ string) (context.Context, error) {
				ctx, endSession = context.WithCancelCause(ctx)
				return ctx, nil
			}
		})
		res := h.stream(t.Context(), t, waits, nil)
		wait(t, h.schema.Started, "the subscription")
		end(h)
		body, err := io.ReadAll(res.Body)
		rest, ok := strings.CutPrefix(string(body), ":\n\n")
		if told := regexp.MustCompile(`^retry: [2-5]\d{3}\n\n$`).MatchString(rest); err != nil || !ok || told != (name == "shutdown") || !told && rest != "" {
			t.Errorf("%s: heard %q, %v", name, body, err)
		}
		wait(t, h.schema.Ended, "the end of the subscription")
		if name == "shutdown" {
			if res := h.stream(t.Context(), t, waits, nil); res.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("a stream was opened after shutdown: %d", res.StatusCode)
			}
		}
	}
}

// A stream that ends long after its last write ends whole: the end is written, too, and the last write's deadline is over.
func TestAStreamEndsWhole(t *testing.T) {
	const soon = 5 * time.Millisecond
	opened := make(chan *spring, 50)
	h := open(t, func(c *Config) {
		springs(opened)(c)
		c.WriteTimeout = soon
		c.Expires = func(context.Context) time.Time { return time.Now().Add(4 * soon) }
	})
	for range 50 { // who comes first, the end or its deadline, is a matter of chance
		res := h.stream(t.Context(), t, waits, nil)
		if body, err := io.ReadAll(res.Body); err != nil || string(body) != ":\n\n" {
			t.Fatalf("heard %q, %v", body, err)
		}
		<-opened
	}
}

// door is what a stream is written to; it tells who sets a deadline after the request is over.
type door struct {
	*httptest.ResponseRecorder
	over atomic.Bool
	late atomic.Int64
}

func (d *door) SetWriteDeadline(time.Time) error {
	if d.over.Load() {
		d.late.Add(1)
	}
	return nil
}

// The connection of a stream that has ended is the next request's: nobody shortens that one's time.
func TestAStreamLeavesItsConnectionAlone(t *testing.T) {
	h := open(t, nil)
	doors := make([]*door, 500)
	for i := range doors {
		doors[i] = &door{ResponseRecorder: httptest.NewRecorder()}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(ask(`{ who }`)))
		r.Header.Set("Content-Type", mediaJSON)
		r.Header.Set("Accept", mediaEvents)
		h.ServeHTTP(doors[i], r)
		doors[i].over.Store(true)
	}
	for i, d := range doors {
		if n := d.late.Load(); n > 0 {
			t.Fatalf("stream %d: %d deadlines after its end", i, n)
		}
	}
}

func TestCursorOf(t *testing.T) {
	for data, want := range map[string]string{
		`{"ticks":{"cursor":"a"}}`:              "a",
		`{"ticks":{"id":1,"cursor":"é\u0041"}}`: "éA",
		`{"ticks":{"cursor":null}}`:             "",
		`{"ticks":{"cursor":1}}`:                "",
		`{"ticks":{"cursor":"a\nid: b"}}`:       "",
		`{"ticks":{"cursor":"a\u0000"}}`:        "",
		`{"ticks":{"node":{"cursor":"a"}}}`:     "",
		`{"cursor":"a"}`:                        "",
		`{"ticks":["cursor"]}`:                  "",
		`{"ticks":null}`:                        "",
		`null`:                                  "",
		``:                                      "",
	} {
		if got := cursorOf([]byte(data)); got != want {
			t.Errorf("%s gives %q, want %q", data, got, want)
		}
	}
}

// TestEventLines keeps data with line ends inside one event.
func TestEventLines(t *testing.T) {
	got := string(appendEvent(nil, &graphql.Response{Data: []byte("{\n\"a\": 1\r\n}")}))
	if want := "event: next\ndata: {\"data\":{\ndata: \"a\": 1\ndata: }}\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestFailOutsideAStream must not panic: resolvers are called from anywhere.
func TestFailOutsideAStream(t *testing.T) {
	Fail(t.Context(), context.Canceled)
	if LastEventID(t.Context()) != "" {
		t.Error("an id out of nowhere")
	}
}
