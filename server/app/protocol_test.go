package app

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// The protocol graphql-transport-ws by raw frames against a running server; package transport's own tests hold it to every word.
func TestProtocolByRawFrames(t *testing.T) {
	t.Parallel()
	p, admin := server(t, folder(t).with(settings{"RECLAME_AQUI_URL": "http://127.0.0.1:1/api"}))
	renewal := `{"type":"ping","payload":{"Authorization":"Bearer ` + admin.token + `"}}`
	begin := `{"type":"connection_init","payload":{"Authorization":"Bearer ` + admin.token + `"}}`
	follow := func(id string) string {
		return `{"id":"` + id + `","type":"subscribe","payload":{"query":"subscription { ticketChanges { cursor } }"}}`
	}
	dial := func(t *testing.T, protocol string) *websocket.Conn {
		t.Helper()
		// A buffer this small sends every message in fragments.
		d := websocket.Dialer{Subprotocols: []string{protocol}, WriteBufferSize: 64, HandshakeTimeout: patience}
		conn, res, err := d.DialContext(t.Context(), "ws"+strings.TrimPrefix(p.graphql, "http")+"/graphql", nil)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		t.Cleanup(func() { conn.Close() })
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		return conn
	}
	say := func(conn *websocket.Conn, kind int, messages ...string) {
		for _, m := range messages {
			_ = conn.WriteMessage(kind, []byte(m)) // a socket that is gone ends the next read
		}
	}
	for _, x := range []struct {
		name, protocol string
		kind           int
		says           []string
		code           int
	}{
		{"no message", "graphql-transport-ws", websocket.TextMessage, []string{`{"type":`}, 4400},
		{"a legacy message", "graphql-transport-ws", websocket.TextMessage, []string{begin, `{"type":"start","id":"1"}`}, 4400},
		{"a binary frame", "graphql-transport-ws", websocket.BinaryMessage, []string{begin}, 4400},
		{"too early", "graphql-transport-ws", websocket.TextMessage, []string{follow("1")}, 4401},
		{"a wrong token", "graphql-transport-ws", websocket.TextMessage, []string{`{"type":"connection_init","payload":{"Authorization":"Bearer x"}}`}, 4403},
		{"a wrong renewal", "graphql-transport-ws", websocket.TextMessage, []string{begin, `{"type":"ping","payload":{"Authorization":"Bearer x"}}`}, 4403},
		{"the legacy protocol", "graphql-ws", websocket.TextMessage, nil, 4406},
		{"no init", "graphql-transport-ws", websocket.TextMessage, nil, 4408},
		{"one id twice", "graphql-transport-ws", websocket.TextMessage, []string{begin, follow("1"), follow("1")}, 4409},
		{"two inits", "graphql-transport-ws", websocket.TextMessage, []string{begin, begin}, 4429},
		{"too big", "graphql-transport-ws", websocket.TextMessage, []string{begin, strings.Repeat("x", 2<<20)}, 1009},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, x.protocol)
			say(conn, x.kind, x.says...)
			for {
				_, _, err := conn.ReadMessage()
				var farewell *websocket.CloseError
				if errors.As(err, &farewell) && farewell.Code == x.code {
					return
				}
				if err != nil {
					t.Fatalf("%v, want %d", err, x.code)
				}
			}
		})
	}
	conn := dial(t, "graphql-transport-ws")
	for _, step := range []struct{ says, hears string }{
		{begin, `"type":"connection_ack","payload":{"expiresAt":"`},
		{`{"type":"ping"}`, `{"type":"pong"}`},
		{`{"type":"ping","payload":{"a":[1,"b"]}}`, `{"type":"pong","payload":{"a":[1,"b"]}}`},
		{renewal, `{"type":"pong","payload":{"expiresAt":"`},
		{`{"id":"nobody","type":"complete"}` + "\n" + `{"id":"q","type":"subscribe","payload":{"query":"{ viewer { email } }"}}`, `{"id":"q","type":"next","payload":{"data":{"viewer":{"email":"` + adminEmail + `"}}}}`},
		{"", `{"id":"q","type":"complete"}`},
		{`{"id":"q","type":"subscribe","payload":{"query":"mutation { signOutt }"}}`, `{"id":"q","type":"error","payload":[`},
		{follow("q") + "\n" + `{"id":"q","type":"complete"}` + "\n" + follow("q") + "\n" + `{"type":"ping","payload":{"n":1}}`, `{"type":"pong","payload":{"n":1}}`},
		{`{"id":"m","type":"subscribe","payload":{"query":"mutation { signIn(input: {email: \"x\", password: \"y\"}) { errors { code } } }"}}`, `{"id":"m","type":"next","payload":{"data":{"signIn":{"errors":[{"code":"INVALID_CREDENTIALS"`},
		{"", `{"id":"m","type":"complete"}`},
	} {
		if step.says != "" {
			say(conn, websocket.TextMessage, strings.Split(step.says, "\n")...)
		}
		if _, got, err := conn.ReadMessage(); err != nil || !strings.Contains(string(got), step.hears) {
			t.Fatalf("after %s heard %s, %v", step.says, got, err)
		}
	}
}
