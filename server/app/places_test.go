package app

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// The operator says how many sockets a user may have; whoever closes one may open another.
func TestSocketsPerUser(t *testing.T) {
	t.Parallel()
	p, admin := server(t, folder(t).with(settings{"RECLAME_AQUI_URL": "http://127.0.0.1:1/api", "SOCKETS_PER_USER": "2"}))
	open := func() (*websocket.Conn, error) {
		d := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: patience}
		conn, res, err := d.DialContext(t.Context(), "ws"+strings.TrimPrefix(p.graphql, "http")+"/graphql", nil)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		t.Cleanup(func() { conn.Close() })
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"connection_init","payload":{"Authorization":"Bearer `+admin.token+`"}}`)); err != nil {
			t.Fatal(err)
		}
		_, _, err = conn.ReadMessage() // the acknowledgement, or the refusal
		return conn, err
	}
	first, err := open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(); err != nil {
		t.Fatal(err)
	}
	if _, err := open(); !websocket.IsCloseError(err, websocket.CloseTryAgainLater) {
		t.Fatalf("a third socket: %v", err)
	}
	first.Close()
	eventually(t, "there is a place again", func() bool {
		_, err := open()
		var full *websocket.CloseError
		if err != nil && !errors.As(err, &full) {
			t.Fatal(err)
		}
		return err == nil
	})
}
