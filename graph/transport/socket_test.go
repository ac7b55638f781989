package transport

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// client is the other end of a socket: raw frames, nothing of a GraphQL client.
type client struct {
	*websocket.Conn
	t *testing.T
}

func (h *house) dial(t *testing.T, header http.Header, protocols ...string) *client {
	t.Helper()
	if protocols == nil {
		protocols = []string{Subprotocol}
	}
	d := websocket.Dialer{Subprotocols: protocols}
	conn, res, err := d.DialContext(t.Context(), "ws"+strings.TrimPrefix(h.url, "http"), header)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	return &client{conn, t}
}

// acknowledged is a socket past its connection_init.
func (h *house) acknowledged(t *testing.T) *client {
	t.Helper()
	c := h.dial(t, nil)
	c.say(`{"type":"connection_init"}`)
	c.hear(`{"type":"connection_ack"}`)
	return c
}

func (c *client) say(messages ...string) {
	c.t.Helper()
	for _, m := range messages {
		if err := c.WriteMessage(websocket.TextMessage, []byte(m)); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *client) next() string {
	c.t.Helper()
	_, data, err := c.ReadMessage()
	if err != nil {
		c.t.Fatal(err)
	}
	return string(data)
}

func (c *client) hear(messages ...string) {
	c.t.Helper()
	for _, want := range messages {
		if got := c.next(); got != want {
			c.t.Fatalf("heard %s\nwant  %s", got, want)
		}
	}
}

// hearClose reads over what was still on its way and checks the close frame.
func (c *client) hearClose(code int, reason string) {
	c.t.Helper()
	for {
		_, _, err := c.ReadMessage()
		var farewell *websocket.CloseError
		if errors.As(err, &farewell) {
			if farewell.Code != code || farewell.Text != reason {
				c.t.Fatalf("closed with %d %q, want %d %q", farewell.Code, farewell.Text, code, reason)
			}
			return
		}
		if err != nil {
			c.t.Fatalf("no close frame but %v, want %d %q", err, code, reason)
		}
	}
}

// subscribe words a subscribe message.
func subscribe(id, query string) string {
	return fmt.Sprintf(`{"id":%q,"type":"subscribe","payload":%s}`, id, ask(query))
}

const (
	waits = `subscription { waits { cursor } }`
	inits = `{"type":"connection_init"}`
)

// TestSocketCloses lists every rule whose breach closes the socket.
func TestSocketCloses(t *testing.T) {
	long := strings.Repeat("ã", 100)
	for _, x := range []struct {
		name   string
		says   []string
		code   int
		reason string
	}{
		{"not JSON", []string{`{"type":`}, 4400, "Invalid message: not a JSON object"},
		{"an array", []string{`[]`}, 4400, "Invalid message: not a JSON object"},
		{"null", []string{`null`}, 4400, "Invalid message: not a JSON object"},
		{"no type", []string{`{"id":"1"}`}, 4400, "Invalid message: type is required and must be a string"},
		{"type is a number", []string{`{"type":1}`}, 4400, "Invalid message: type is required and must be a string"},
		{"names are exact", []string{`{"TYPE":"ping"}`}, 4400, "Invalid message: type is required and must be a string"},
		{"unknown type", []string{`{"type":"hello"}`}, 4400, "Invalid message: this type is not a client's"},
		{"a legacy type", []string{inits, `{"type":"start","id":"1"}`}, 4400, "Invalid message: this type is not a client's"},
		{"a server's type", []string{inits, `{"type":"next","id":"1","payload":{}}`}, 4400, "Invalid message: this type is not a client's"},
		{"payload of init is text", []string{`{"type":"connection_init","payload":"x"}`}, 4400, "Invalid message: payload must be an object"},
		{"payload of ping is an array", []string{`{"type":"ping","payload":[]}`}, 4400, "Invalid message: payload must be an object"},
		{"token is a number", []string{`{"type":"connection_init","payload":{"Authorization":1}}`}, 4400, "Invalid message: Authorization must be a string"},
		{"subscribe without id", []string{inits, `{"type":"subscribe","payload":{"query":"{ who }"}}`}, 4400, "Invalid message: id is required and must be a string"},
		{"subscribe with an empty id", []string{inits, subscribe("", "{ who }")}, 4400, "Invalid message: id is required and must be a string"},
		{"complete with a numeric id", []string{inits, `{"type":"complete","id":1}`}, 4400, "Invalid message: id is required and must be a string"},
		{"subscribe without payload", []string{inits, `{"type":"subscribe","id":"1"}`}, 4400, "Invalid message: the request is not valid JSON"},
		{"subscribe without query", []string{inits, `{"type":"subscribe","id":"1","payload":{}}`}, 4400, "Invalid message: query is required and must be a string"},
		{"variables are a list", []string{inits, `{"type":"subscribe","id":"1","payload":{"query":"{ who }","variables":[]}}`}, 4400, "Invalid message: variables must be an object or null"},
		{"too big", []string{`{"type":"` + strings.Repeat("x", 5000) + `"}`}, 1009, ""},
		{"operation before init", []string{subscribe("1", "{ who }")}, 4401, "Unauthorized"},
		{"two inits", []string{inits, inits}, 4429, "Too many initialisation requests"},
		{"a token refused", []string{`{"type":"connection_init","payload":{"Authorization":"Bearer bad"}}`}, 4403, "Forbidden"},
		{"authentication is down", []string{`{"type":"connection_init","payload":{"Authorization":"Bearer broken"}}`}, 1013, "Try again later"},
		{"panic in authentication", []string{`{"type":"connection_init","payload":{"Authorization":"Bearer panic"}}`}, 4500, "Internal server error"},
		{"one id twice", []string{inits, subscribe("a", waits), subscribe("a", waits)}, 4409, "Subscriber for a already exists"},
		{"a long id twice", []string{inits, subscribe(long, waits), subscribe(long, waits)}, 4409, "Subscriber for " + strings.Repeat("ã", 46) + " already exists"},
	} {
		t.Run(x.name, func(t *testing.T) {
			h := open(t, func(c *Config) { c.MaxMessage = 4096 })
			c := h.dial(t, nil)
			c.say(x.says...)
			c.hearClose(x.code, x.reason)
		})
	}
}

func TestSocketBinary(t *testing.T) {
	h := open(t, nil)
	c := h.dial(t, nil)
	if err := c.WriteMessage(websocket.BinaryMessage, []byte(inits)); err != nil {
		t.Fatal(err)
	}
	c.hearClose(4400, "Invalid message: must be text")
}

func TestSocketSubprotocol(t *testing.T) {
	h := open(t, nil)
	for _, offered := range [][]string{{}, {"graphql-ws"}, {"something-else"}} {
		c := h.dial(t, nil, offered...)
		if c.Subprotocol() != "" {
			t.Errorf("%v: the server agreed to %q", offered, c.Subprotocol())
		}
		c.hearClose(4406, "Subprotocol not acceptable")
	}
	c := h.dial(t, nil, "graphql-ws", Subprotocol)
	if c.Subprotocol() != Subprotocol {
		t.Errorf("the server agreed to %q", c.Subprotocol())
	}
}

func TestSocketOrigin(t *testing.T) {
	h := open(t, nil)
	_, res, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(h.url, "http"),
		http.Header{"Origin": {"https://evil.example.com"}})
	if err == nil || res == nil || res.StatusCode != http.StatusForbidden {
		t.Fatalf("a stranger's page got %v, %v", res, err)
	}
	res.Body.Close()
	c := h.dial(t, http.Header{"Origin": {h.url}})
	c.say(inits)
	c.hear(`{"type":"connection_ack"}`)
}

func TestSocketHandshakeMalformed(t *testing.T) {
	h := build(nil)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "websocket")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest || firstCode(w.Body.Bytes()) != CodeInvalid {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
}

func TestSocketAuthorization(t *testing.T) {
	h := open(t, nil)
	for _, x := range []struct{ name, header, payload, who string }{
		{"anonymous", "", ``, ""},
		{"payload null", "", `,"payload":null`, ""},
		{"header", "Bearer good", ``, "ana"},
		{"header beside an empty payload", "Bearer good", `,"payload":{}`, "ana"},
		{"header beside an empty token", "Bearer good", `,"payload":{"Authorization":""}`, "ana"},
		{"payload", "", `,"payload":{"Authorization":"Bearer good"}`, "ana"},
		{"payload in lower case", "", `,"payload":{"authorization":"Bearer good"}`, "ana"},
		{"payload wins", "Bearer bad", `,"payload":{"Authorization":"Bearer good"}`, "ana"},
	} {
		t.Run(x.name, func(t *testing.T) {
			header := http.Header{}
			if x.header != "" {
				header.Set("Authorization", x.header)
			}
			c := h.dial(t, header)
			c.say(`{"type":"connection_init"`+x.payload+`}`, subscribe("1", `{ who }`))
			c.hear(`{"type":"connection_ack"}`, `{"id":"1","type":"next","payload":{"data":{"who":"`+x.who+`"}}}`, `{"id":"1","type":"complete"}`)
		})
	}
}

// TestSocketOperations lists operations and all that is said about each.
func TestSocketOperations(t *testing.T) {
	h := open(t, nil)
	c := h.acknowledged(t)
	for _, x := range []struct {
		query string
		hears []string
	}{
		{`{ echo(text: "a") }`, []string{`{"id":"1","type":"next","payload":{"data":{"echo":"a"}}}`, `{"id":"1","type":"complete"}`}},
		{`mutation { echo(text: "a") }`, []string{`{"id":"1","type":"next","payload":{"data":{"echo":"a"}}}`, `{"id":"1","type":"complete"}`}},
		{`{ fail }`, []string{`{"id":"1","type":"next","payload":{"errors":[{"message":"it failed"}],"data":{"fail":null}}}`, `{"id":"1","type":"complete"}`}},
		{`subscription { ticks(count: 2) { cursor } }`, []string{
			`{"id":"1","type":"next","payload":{"data":{"ticks":{"cursor":"c1","text":""}}}}`,
			`{"id":"1","type":"next","payload":{"data":{"ticks":{"cursor":"c2","text":""}}}}`,
			`{"id":"1","type":"complete"}`,
		}},
		{`{ nothing }`, []string{`{"id":"1","type":"error","payload":[{"message":"Cannot query field \"nothing\" on type \"Query\".","locations":[{"line":1,"column":3}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`}},
		{`subscription { refused { cursor } }`, []string{`{"id":"1","type":"error","payload":[{"message":"not for you"}]}`}},
		{`subscription { ends { cursor } }`, []string{`{"id":"1","type":"error","payload":[{"message":"the source broke"}]}`}},
		{`{ panic }`, []string{`{"id":"1","type":"error","payload":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}`}},
		{`subscription { panics { cursor } }`, []string{`{"id":"1","type":"error","payload":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}`}},
	} {
		// Always the same id: it is free again once its last message is here.
		c.say(subscribe("1", x.query))
		c.hear(x.hears...)
	}
}

func TestSocketVariables(t *testing.T) {
	h := open(t, nil)
	c := h.acknowledged(t)
	c.say(`{"id":"é\"1","type":"subscribe","payload":{"query":"query A { who } query B($v: Any) { number(value: $v) }","operationName":"B","variables":{"v":9007199254740993123},"extensions":null}}`)
	c.hear(`{"id":"é\"1","type":"next","payload":{"data":{"number":9007199254740993123}}}`, `{"id":"é\"1","type":"complete"}`)
}

func TestSocketPings(t *testing.T) {
	h := open(t, nil)
	c := h.dial(t, nil)
	c.say(`{"type":"ping"}`, `{"type":"ping","payload":{"a":[1]}}`, `{"type":"pong"}`, inits) // before the acknowledgement too
	c.hear(`{"type":"pong"}`, `{"type":"pong","payload":{"a":[1]}}`, `{"type":"connection_ack"}`)
	long := `{"a":"` + strings.Repeat("x", maxEcho-8) + `"}`
	c.say(`{"type":"ping","payload":`+long+`}`, `{"type":"ping","payload":`+long+` }`, `{"type":"ping","payload":{"b":1,`+long[1:]+`}`)
	c.hear(`{"type":"pong","payload":`+long+`}`, `{"type":"pong","payload":`+long+`}`, `{"type":"pong"}`)
	var answered string
	c.SetPongHandler(func(data string) error { answered = data; return nil })
	if err := c.WriteControl(websocket.PingMessage, []byte("hi"), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	c.say(`{"type":"ping"}`)
	c.hear(`{"type":"pong"}`)
	if answered != "hi" {
		t.Errorf("the ping frame was answered with %q", answered)
	}
}

func TestSocketComplete(t *testing.T) {
	h := open(t, nil)
	c := h.acknowledged(t)
	c.say(subscribe("1", waits))
	wait(t, h.schema.Started, "the subscription")
	c.say(`{"id":"unknown","type":"complete"}`, `{"id":"1","type":"complete"}`)
	wait(t, h.schema.Ended, "the end of the subscription")
	c.say(subscribe("1", `{ who }`))
	c.hear(`{"id":"1","type":"next","payload":{"data":{"who":""}}}`, `{"id":"1","type":"complete"}`)
}

// TestSocketLastFrameFreesItsPlace runs many operations one after the other where
// one at a time is the limit: the place must be free when the client hears complete.
func TestSocketLastFrameFreesItsPlace(t *testing.T) {
	h := open(t, func(c *Config) { c.MaxOperations = 1 })
	c := h.acknowledged(t)
	for range 300 {
		c.say(subscribe("1", `{ who }`))
		c.hear(`{"id":"1","type":"next","payload":{"data":{"who":""}}}`, `{"id":"1","type":"complete"}`)
	}
}

func TestSocketOperationLimit(t *testing.T) {
	h := open(t, func(c *Config) { c.MaxOperations = 2 })
	c := h.acknowledged(t)
	c.say(subscribe("1", waits), subscribe("2", waits), subscribe("3", waits))
	c.hear(`{"id":"3","type":"error","payload":[{"message":"too many operations at once","extensions":{"code":"TOO_MANY_REQUESTS"}}]}`)
	c.say(`{"id":"1","type":"complete"}`)
	for { // until the place of the first is free: its resolver ends in its own time
		c.say(subscribe("4", `{ who }`))
		if strings.Contains(c.next(), `"type":"next"`) {
			break
		}
	}
	c.hear(`{"id":"4","type":"complete"}`)
}

// TestSocketBehindMiddleware upgrades where the writer can only be unwrapped.
func TestSocketBehindMiddleware(t *testing.T) {
	h := build(nil)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(wrapped{w}, r)
	}))
	defer web.Close()
	h.url = web.URL
	h.acknowledged(t)
	h.shutdown(t)
}

type wrapped struct{ w http.ResponseWriter }

func (w wrapped) Header() http.Header         { return w.w.Header() }
func (w wrapped) Write(b []byte) (int, error) { return w.w.Write(b) }
func (w wrapped) WriteHeader(status int)      { w.w.WriteHeader(status) }
func (w wrapped) Unwrap() http.ResponseWriter { return w.w }

func TestParseMessageKeepsPayload(t *testing.T) {
	m, err := parseMessage([]byte(` {"type":"ping","payload": {"a":1} } `))
	if err != nil || !json.Valid(pong(m.payload)) || string(pong(m.payload)) != `{"type":"pong","payload":{"a":1}}` {
		t.Fatalf("%s %v", pong(m.payload), err)
	}
}

// hearGoingAway checks the farewell of a server that stops: when to come back, spread over some seconds.
func (c *client) hearGoingAway() {
	c.t.Helper()
	for {
		_, _, err := c.ReadMessage()
		var farewell *websocket.CloseError
		if !errors.As(err, &farewell) {
			if err != nil {
				c.t.Fatalf("no close frame but %v", err)
			}
			continue
		}
		var told struct {
			Reason       string
			RetryAfterMs int
		}
		if err := json.Unmarshal([]byte(farewell.Text), &told); err != nil || farewell.Code != 1001 || told.Reason != "going away" ||
			told.RetryAfterMs < 2500 || told.RetryAfterMs > 5000 {
			c.t.Fatalf("closed with %d %q, %v", farewell.Code, farewell.Text, err)
		}
		return
	}
}
