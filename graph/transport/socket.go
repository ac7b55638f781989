package transport

import (
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

// queueLength is how many frames wait for a socket's writer. It is small on
// purpose: an operation pulls its next value only when the last one is in here.
const queueLength = 4

// Ended is the cause with which the context given by Config.Authenticate is
// cancelled to choose how its sockets close. Any other cause closes with 4403
// "Session ended", after which stock clients come back with a fresh token; after
// 4401 they stay away.
type Ended struct {
	Code   int    // CloseForbidden or CloseUnauthorized
	Reason string // public, at most 123 bytes
}

// Error is the reason.
func (e *Ended) Error() string { return e.Reason }

// socket is one WebSocket. Three kinds of goroutines live in it: the reader, which
// is the HTTP handler's and outlives the others; one writer, the only one that
// writes, while there is something to write; and one for each operation that is not fed.
//
//	handler ──▶ read ──▶ operation… ──▶ out (bounded) ──▶ write ──▶ client
//	                     feed… ──▶ wake ──▶ ready (one place each) ──┘
//
// closing is closed once, by whoever finds a reason first; it stops all of them.
type socket struct {
	server        *Server
	conn          *websocket.Conn
	request       *http.Request
	authorization string // of the upgrade request

	ctx     context.Context // ends with the socket
	cancel  context.CancelFunc
	out     chan frame
	closing chan struct{}
	running sync.WaitGroup // operations
	writers sync.WaitGroup // the writer, one at a time

	// Of the reader alone:
	initialised bool
	session     context.Context // what Authenticate gave; nil before the acknowledgement
	unwatch     func()
	parted      bool // the client's close frame has come

	mu      sync.Mutex // guards what follows
	closed  bool
	code    int
	reason  string
	by      time.Time // when the line is cut
	cut     *time.Timer
	pinger  *time.Timer // nil before the acknowledgement
	pingDue bool
	writing bool         // a writer lives
	written bool         // the farewell has been written: no writer comes any more
	turn    bool         // of feeds, else of frames
	ready   []*operation // whose feeds have something, each once
	ops     map[string]*operation
	alive   int    // operations whose goroutine or last frame is still with us
	owner   string // whose places it takes; "" before the acknowledgement
}

func newUpgrader(handshake time.Duration) websocket.Upgrader {
	return websocket.Upgrader{
		HandshakeTimeout: handshake,
		// Small buffers, and write buffers borrowed only while writing: thousands of
		// sockets idle at once. No compression: its writers cost about 1 MB each.
		ReadBufferSize:  1024,
		WriteBufferSize: 4096,
		WriteBufferPool: &sync.Pool{},
		Subprotocols:    []string{Subprotocol},
		CheckOrigin:     func(*http.Request) bool { return true }, // ServeHTTP did, for every door
	}
}

// hijackable finds the Hijacker below middleware that only unwraps.
type hijackable struct {
	http.ResponseWriter
	*http.ResponseController
}

func hijacker(w http.ResponseWriter) http.ResponseWriter {
	if _, ok := w.(http.Hijacker); ok {
		return w
	}
	return hijackable{w, http.NewResponseController(w)}
}

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
	conn, err := upgrader.Upgrade(hijacker(w), r, nil)
	if err != nil {
		return // answered by upgrader.Error, or the client left
	}
	ctx, cancel := context.WithCancel(r.Context())
	c := &socket{
		server: s, conn: conn, request: r, authorization: r.Header.Get("Authorization"),
		ctx: ctx, cancel: cancel, out: make(chan frame, queueLength), closing: make(chan struct{}),
		ops: map[string]*operation{}, unwatch: func() {},
	}
	defer s.leave(c)
	if !s.enter(c) {
		c.goAway()
	}
	c.run()
}

// run lives as long as the socket and returns when all its goroutines have.
func (c *socket) run() {
	defer c.conn.Close()
	unwatch := context.AfterFunc(c.request.Context(), c.goAway)
	c.read()
	c.close(closeAbnormal, "") // unless somebody had a better word
	c.writers.Wait()
	if !c.parted {
		// What the client still sends is taken off the line until it hangs up or the
		// grace is over: closing over unread bytes would reset the connection and lose
		// our close frame.
		_, _ = io.Copy(io.Discard, c.conn.NetConn())
	}
	c.conn.Close()
	c.cut.Stop()
	unwatch()
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
	close(c.closing)
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
	c.cut = time.AfterFunc(closeGrace, func() { c.conn.NetConn().Close() })
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
	if c.request.Context().Err() != nil { // the whole server's context, not one session's
		c.goAway()
		return
	}
	var ended *Ended
	if errors.As(cause, &ended) && ended.Code != 0 {
		c.close(ended.Code, ended.Reason)
		return
	}
	c.close(CloseForbidden, messageSessionEnded)
}

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
