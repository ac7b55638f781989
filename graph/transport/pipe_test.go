package transport

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// These tests run in a bubble with a clock of its own and over connections without
// any buffer, so that a client which does not read stalls the very next write, and
// the limits are the real ones.

// pipes is a listener whose connections are pairs of pipes in memory.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// dial gives the client's end of a new connection.
func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	p.conns <- theirs
	return ours, nil
}

// inBubble serves over pipes and, at the end, waits for the server and its sockets.
func inBubble(t *testing.T, test func(*testing.T, *house, *pipes)) {
	synctest.Test(t, func(t *testing.T) {
		h := build(nil)
		h.schema.Pulled = make(chan struct{}, 1000)
		p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		server := &http.Server{Handler: h}
		served := make(chan error)
		go func() { served <- server.Serve(p) }()
		defer func() {
			h.shutdown(t)
			_ = server.Close()
			<-served
		}()
		test(t, h, p)
	})
}

func (p *pipes) socket(t *testing.T) *client {
	t.Helper()
	d := websocket.Dialer{NetDialContext: p.dial, Subprotocols: []string{Subprotocol}}
	conn, res, err := d.DialContext(t.Context(), "ws://api.example.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	t.Cleanup(func() { conn.Close() })
	return &client{conn, t}
}

func (h *house) sockets() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.live)
}

func TestSilentClientTimesOut(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, p *pipes) {
		c := p.socket(t)
		start := time.Now()
		c.hearClose(4408, "Connection initialisation timeout")
		if took := time.Since(start); took != h.InitTimeout {
			t.Errorf("closed after %v, want %v", took, h.InitTimeout)
		}
	})
}

// TestSlowClient subscribes to a stream without end and reads nothing of it.
func TestSlowClient(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, p *pipes) {
		c := p.socket(t)
		c.say(inits)
		c.hear(`{"type":"connection_ack"}`)
		c.say(subscribe("1", `subscription { ticks(size: 10000) { text } }`))
		synctest.Wait()
		// One in the writer's hands, a queue full, one that waits for room.
		if n := len(h.schema.Pulled); n != queueLength+2 {
			t.Errorf("%d values were pulled for a client that reads none", n)
		}
		<-time.After(h.WriteTimeout - 1) // of the bubble: no time passes outside
		synctest.Wait()
		if h.sockets() != 1 {
			t.Error("cut off before the write timeout")
		}
		<-time.After(1)
		synctest.Wait()
		if n := h.sockets(); n != 0 {
			t.Errorf("%d sockets live after the write timeout", n)
		}
	})
}

// TestSlowClientFlood reads nothing and keeps asking: the server must stop
// listening instead of keeping an answer for each.
func TestSlowClientFlood(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, p *pipes) {
		c := p.socket(t)
		c.say(inits)
		c.hear(`{"type":"connection_ack"}`)
		_ = c.SetWriteDeadline(time.Now().Add(time.Minute))
		asked := 0
		for c.WriteMessage(websocket.TextMessage, []byte(subscribe("x"+strings.Repeat("1", asked), `{ who }`))) == nil {
			asked++
		}
		if limit := h.MaxOperations + queueLength + 10; asked > limit {
			t.Errorf("%d operations were taken from a client that reads no answer, want at most %d", asked, limit)
		}
		synctest.Wait()
		if n := h.sockets(); n != 0 {
			t.Errorf("%d sockets live after the write timeout", n)
		}
	})
}

// TestSlowClientShutdown shuts down while a write is stuck.
func TestSlowClientShutdown(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, p *pipes) {
		c := p.socket(t)
		c.say(inits)
		c.hear(`{"type":"connection_ack"}`)
		c.say(subscribe("1", `subscription { ticks(size: 10000) { text } }`))
		synctest.Wait()
		start := time.Now()
		if err := h.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > h.WriteTimeout+closeGrace {
			t.Errorf("shutdown took %v", took)
		}
	})
}

// TestPings stays with a socket for ten minutes in which its client only answers pings.
func TestPings(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, p *pipes) {
		c := p.socket(t)
		frames := 0
		answer := c.PingHandler()
		c.SetPingHandler(func(data string) error { frames++; return answer(data) })
		c.say(inits)
		c.hear(`{"type":"connection_ack"}`)
		start := time.Now()
		for range 24 {
			c.hear(`{"type":"ping"}`)
		}
		if took := time.Since(start); took != 24*h.PingInterval || frames != 24 {
			t.Errorf("24 pings and %d ping frames in %v", frames, took)
		}
	})
}

// TestDeadClient takes what comes but never answers: a machine asleep behind a proxy.
func TestDeadClient(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, p *pipes) {
		c := p.socket(t)
		c.SetPingHandler(func(string) error { return nil })
		c.say(inits)
		c.hear(`{"type":"connection_ack"}`)
		start := time.Now()
		for {
			if _, _, err := c.ReadMessage(); err != nil {
				break
			}
		}
		synctest.Wait()
		if took := time.Since(start); took < 2*h.PingInterval || took > 2*h.PingInterval+closeGrace || h.sockets() != 0 {
			t.Errorf("given up after %v, %d sockets live", took, h.sockets())
		}
	})
}

// TestAnsweredClose hangs up as soon as the client has answered the close frame.
func TestAnsweredClose(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, p *pipes) {
		c := p.socket(t)
		start := time.Now()
		c.say(`nonsense`)
		c.hearClose(4400, "Invalid message: not a JSON object")
		synctest.Wait()
		if took := time.Since(start); took != 0 || h.sockets() != 0 {
			t.Errorf("the socket lives %v after the answer", took)
		}
	})
}

// TestUnansweredClose sends a close frame to a client that never answers it.
func TestUnansweredClose(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, p *pipes) {
		c := p.socket(t)
		c.SetCloseHandler(func(int, string) error { return nil })
		c.say(`nonsense`)
		c.hearClose(4400, "Invalid message: not a JSON object")
		start := time.Now()
		if _, err := c.NetConn().Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the line gave %v", err)
		}
		if took := time.Since(start); took > closeGrace || took == 0 {
			t.Errorf("the line stayed open for %v", took)
		}
	})
}

// stream asks for events over a raw connection.
func (p *pipes) stream(t *testing.T, query string) net.Conn {
	t.Helper()
	conn, _ := p.dial(t.Context(), "", "")
	body := ask(query)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://api.example.com/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", mediaJSON)
	r.Header.Set("Accept", mediaEvents)
	if err := r.Write(conn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestSlowStream(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, p *pipes) {
		p.stream(t, `subscription { ticks(size: 100000) { text } }`)
		synctest.Wait()
		if n := h.sockets(); n != 1 {
			t.Fatalf("%d streams", n)
		}
		<-time.After(h.WriteTimeout) // of the bubble: no time passes outside
		synctest.Wait()
		if n := h.sockets(); n != 0 {
			t.Errorf("%d streams live after the write timeout", n)
		}
		if n := len(h.schema.Pulled); n > 3 {
			t.Errorf("%d values were pulled for a client that reads none", n)
		}
	})
}

func TestStreamKeepsAlive(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, p *pipes) {
		conn := p.stream(t, waits)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() // not the body: closing that would read to an end that never comes
		start := time.Now()
		comments := make([]byte, 4*len(":\n\n"))
		if _, err := io.ReadFull(res.Body, comments); err != nil {
			t.Fatal(err)
		}
		if string(comments) != strings.Repeat(":\n\n", 4) || time.Since(start) != 3*h.PingInterval {
			t.Errorf("heard %q in %v", comments, time.Since(start))
		}
	})
}
