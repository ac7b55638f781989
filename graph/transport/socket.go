package transport

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// closeGrace is how long a client has to take and to answer a close frame before the line is
// cut; without it the frame may be lost with the connection. Whoever lost the right to listen is
// gone within a second, also when a write to him is stuck.
const closeGrace = 800 * time.Millisecond

// queueLength is how many frames wait for a socket's turn to write. It is small on
// purpose: an operation pulls its next value only when the last one is in here.
const queueLength = 4

// Ended is why a session ends, and chooses how its sockets close: after 4401 stock clients stay away, after 4403 they come
// back with a fresh token. A context of Config.Authenticate that is cancelled with another cause closes with 4403 "Session ended".
type Ended struct {
	Code   int    // CloseForbidden or CloseUnauthorized
	Reason string // public, at most 123 bytes
}

// lapsed is the end of an authorization.
var lapsed = &Ended{CloseForbidden, "the access token has ended"}

// Error is the reason.
func (e *Ended) Error() string { return e.Reason }

// socket is one WebSocket. One goroutine lives in it, the reader, which outlives all else; the HTTP handler has returned, so
// that nothing of the request stays. One of the server's writers at a time writes to it, while there is something to write,
// or a goroutine of its own where that may take long. Each operation that is not fed has one, too.
//
//	read ──▶ operation… ──▶ out (bounded) ──▶ kick ──▶ writers ──▶ client
//	         feed… ──▶ wake ──▶ ready (one place each) ──┘ └──▶ write patiently
//
// ctx is ended once, by whoever finds a reason first; it stops all of them.
type socket struct {
	server        *Server
	conn          *websocket.Conn
	line          *line
	authorization string // of the upgrade request, until the acknowledgement

	ctx     context.Context // ends with the socket
	cancel  context.CancelFunc
	out     chan frame
	running sync.WaitGroup // operations
	writers sync.WaitGroup // whoever writes, one at a time

	// Of the reader alone:
	initialised bool
	session     context.Context // what Authenticate gave; nil before the acknowledgement
	unwatch     func()
	parted      bool // the client's close frame has come

	following *socket // in the line of the server's writers, who guard it

	mu      sync.Mutex // guards what follows
	closed  bool
	code    int
	reason  string
	by      time.Time // when the line is cut
	cut     *time.Timer
	pinger  *time.Timer // nil before the acknowledgement
	pingDue bool
	writing bool         // somebody writes, or stands in line to
	written bool         // the farewell has been written: nothing is any more
	turn    bool         // of frames, else of feeds
	ready   []*operation // whose feeds have something, each once
	ops     map[string]*operation
	alive   int    // operations whose goroutine or last frame is still with us
	owner   string // whose places it takes; "" before the acknowledgement
}

func newUpgrader(handshake time.Duration) websocket.Upgrader {
	return websocket.Upgrader{
		HandshakeTimeout: handshake,
		// The line's read buffer, and write buffers borrowed only while writing: thousands of
		// sockets idle at once. No compression: its writers cost about 1 MB each.
		WriteBufferSize: 4096,
		WriteBufferPool: &sync.Pool{},
		Subprotocols:    []string{Subprotocol},
		CheckOrigin:     func(*http.Request) bool { return true }, // ServeHTTP did, for every door
	}
}

// hijackable finds the Hijacker below middleware that only unwraps, and keeps the line.
type hijackable struct {
	http.ResponseWriter
	line *line
}

// Hijack is of http.Hijacker.
func (h *hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffers, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.line = newLine(conn)
	if buffers.Reader.Buffered() == 0 { // else the handshake is refused
		buffers.Reader = h.line.incoming
	}
	return h.line, buffers, nil
}

// serveSocket opens a socket and returns; the socket lives on.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	draining := s.draining
	s.mu.Unlock()
	if draining {
		w.Header().Set("Retry-After", "1")
		s.refuse(w, r, http.StatusServiceUnavailable, CodeUnavailable, messageUnavailable)
		return
	}
	upgrader := s.upgrader
	upgrader.Error = func(w http.ResponseWriter, r *http.Request, status int, _ error) {
		s.refuse(w, r, status, CodeInvalid, "the WebSocket handshake is malformed")
	}
	front := &hijackable{ResponseWriter: w}
	conn, err := upgrader.Upgrade(front, r, nil)
	if err != nil {
		return // answered by upgrader.Error, or the client left
	}
	if err := front.line.bringOut(s.WriteTimeout); err != nil { // of the answer; the kernel has it by now
		_ = conn.Close()
		return
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	c := &socket{
		server: s, conn: conn, line: front.line, authorization: r.Header.Get("Authorization"),
		ctx: ctx, cancel: cancel, out: make(chan frame, queueLength),
		ops: map[string]*operation{}, unwatch: func() {},
	}
	if !s.enter(c) {
		c.goAway()
	}
	go c.run()
}

// run lives as long as the socket and returns when all its goroutines have.
func (c *socket) run() {
	defer c.server.leave(c)
	defer c.conn.Close()
	c.read()
	c.close(closeAbnormal, "") // unless somebody had a better word
	c.writers.Wait()
	if !c.parted {
		// What the client still sends is taken off the line until it hangs up or the
		// grace is over: closing over unread bytes would reset the connection and lose
		// our close frame.
		_, _ = io.Copy(io.Discard, c.line.Conn)
	}
	c.conn.Close()
	c.cut.Stop()
	c.unwatch()
	c.running.Wait()
	c.server.places.left(c.owner, c.alive) // of the last frame of some nobody was left to write
}

// close starts the end of the socket; the first reason counts.
func (c *socket) close(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed, c.code, c.reason = true, code, clip("", reason, "")
	c.cancel()
	// Authenticate may have given a context that is no child of ours.
	for _, op := range c.ops {
		if op.feed != nil {
			c.release(op) // nobody else would
		} else {
			op.cancel()
		}
	}
	if c.pinger != nil {
		c.pinger.Stop()
	}
	c.by = time.Now().Add(closeGrace)
	c.cut = time.AfterFunc(closeGrace, func() { c.conn.Close() })
	c.kickLocked()
	c.server.Log.Debug("graphql socket closed", "code", code, "operations", len(c.ops))
}

// goAway sends the client away, with the time that it should take before it comes back: all at once would be too many.
func (c *socket) goAway() {
	c.close(CloseGoingAway, fmt.Sprintf(`{"reason":"going away","retryAfterMs":%d}`, c.server.comeBack().Milliseconds()))
}

func (c *socket) kill() {
	c.goAway()
	c.conn.Close()
}

// sessionEnded closes the socket of a session whose context was cancelled.
func (c *socket) sessionEnded(cause error) {
	var ended *Ended
	if !errors.As(cause, &ended) || ended.Code == 0 {
		ended = &Ended{CloseForbidden, messageSessionEnded}
	}
	c.dismissed(ended)
}

// dismissed closes the socket of somebody who may listen no more.
func (c *socket) dismissed(e *Ended) { c.close(e.Code, e.Reason) }

// listen gives the client time to be heard again, unless the socket is closing.
func (c *socket) listen(until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		_ = c.conn.SetReadDeadline(until)
	}
}

// silenceLimit is when a client from whom nothing came is taken for dead: it was
// pinged twice by then.
func (c *socket) silenceLimit() time.Time { return time.Now().Add(2 * c.server.PingInterval) }

// readFailed finds the close code for a read that failed.
func (c *socket) readFailed(err error) {
	var farewell *websocket.CloseError
	var network net.Error // gorilla hides os.ErrDeadlineExceeded
	switch {
	case errors.As(err, &farewell):
		c.parted = true
		c.close(farewell.Code, "") // the client's own code goes back, as RFC 6455 5.5.1 has it
	case errors.Is(err, websocket.ErrReadLimit):
		c.close(CloseTooBig, "Message too big")
	case errors.As(err, &network) && network.Timeout() && !c.initialised:
		c.close(CloseInitTimeout, messageInitTimeout)
	default:
		c.close(closeAbnormal, "")
	}
}
