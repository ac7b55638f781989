package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestSocketClientLeaves(t *testing.T) {
	h := open(t, nil)
	for name, leave := range map[string]func(*client){
		"with a close frame": func(c *client) {
			c.say(subscribe("2", waits))
			wait(t, h.schema.Started, "the second subscription")
			m := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "bye")
			if err := c.WriteControl(websocket.CloseMessage, m, time.Now().Add(time.Second)); err != nil {
				t.Fatal(err)
			}
			c.hearClose(1000, "")
			wait(t, h.schema.Ended, "the end of the second subscription")
		},
		"without a word": func(c *client) { c.NetConn().Close() },
	} {
		t.Run(name, func(t *testing.T) {
			c := h.acknowledged(t)
			c.t = t
			c.say(subscribe("1", waits))
			wait(t, h.schema.Started, "the subscription")
			leave(c)
			wait(t, h.schema.Ended, "the end of the subscription")
		})
	}
}

// TestSessionEnds cancels the context that Authenticate gave, which is no child of
// the socket's own: closing must reach the operations all the same.
func TestSessionEnds(t *testing.T) {
	for _, x := range []struct {
		cause  error
		code   int
		reason string
	}{
		{nil, 4403, "Session ended"},
		{errors.New("private"), 4403, "Session ended"},
		{&Ended{Code: CloseUnauthorized, Reason: "The account is closed"}, 4401, "The account is closed"},
		{fmt.Errorf("wrapped: %w", &Ended{Code: CloseForbidden, Reason: "Signed out"}), 4403, "Signed out"},
	} {
		session, end := context.WithCancelCause(context.Background())
		h := open(t, func(c *Config) {
			c.Authenticate = func(context.Context, string) (context.Context, error) { return session, nil }
		})
		c := h.acknowledged(t)
		c.say(subscribe("1", waits))
		wait(t, h.schema.Started, "the subscription")
		end(x.cause)
		c.hearClose(x.code, x.reason)
		wait(t, h.schema.Ended, "the end of the subscription")
	}
}

func TestForeignContextEndsWithTheSocket(t *testing.T) {
	h := open(t, func(c *Config) {
		c.Authenticate = func(context.Context, string) (context.Context, error) { return context.Background(), nil }
	})
	c := h.acknowledged(t)
	c.say(subscribe("1", waits))
	wait(t, h.schema.Started, "the subscription")
	c.NetConn().Close()
	wait(t, h.schema.Ended, "the end of the subscription")
}

func TestShutdown(t *testing.T) {
	h := open(t, nil)
	var clients []*client
	for range 3 {
		c := h.acknowledged(t)
		c.say(subscribe("1", waits))
		wait(t, h.schema.Started, "the subscription")
		clients = append(clients, c)
	}
	clients = append(clients, h.dial(t, nil)) // not even initialised
	result := make(chan error)
	go func() { result <- h.Shutdown(t.Context()) }()
	for _, c := range clients {
		c.hearGoingAway()
	}
	if err := <-result; err != nil {
		t.Fatal(err)
	}
	for range 3 {
		wait(t, h.schema.Ended, "the end of the subscription")
	}
	_, res, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(h.url, "http"), nil)
	if err == nil || res == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("a socket was opened after shutdown: %v %v", res, err)
	}
	res.Body.Close()
}

// TestShutdownCutsOff shows that a shutdown is over when its time is, even with a
// client that answers nothing.
func TestShutdownCutsOff(t *testing.T) {
	h := open(t, nil)
	c := h.acknowledged(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("shutdown gave %v", err)
	}
	for {
		if _, _, err := c.ReadMessage(); err != nil {
			break
		}
	}
}
