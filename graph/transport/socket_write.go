package transport

import (
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// frame is one message on its way to the client.
type frame struct {
	kind int        // of gorilla; 0 is text
	op   *operation // nil when it is about none
	last bool       // the operation's last
	data []byte
}

// send queues a frame, waiting for room; false when the socket is closing.
func (c *socket) send(f frame) bool {
	select {
	case c.out <- f:
		c.kick()
		return true
	case <-c.closing:
		return false
	}
}

// kick sees to it that somebody writes what waits. The writer lives only while there is something
// to write: ten thousand idle sockets are ten thousand readers and no writer.
func (c *socket) kick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kickLocked()
}

func (c *socket) kickLocked() {
	if c.writing || c.written {
		return
	}
	c.writing = true
	c.writers.Go(c.write)
}

// write is the one goroutine that writes to the client. Every write has a deadline;
// one that fails ends the socket, because half a frame may be on the wire.
func (c *socket) write() {
	for {
		f, job := c.next()
		var err error
		switch job {
		case toRest:
			return
		case toPart:
			c.farewell()
			return
		case toPing:
			err = c.ping()
		case toSend:
			if c.wanted(f) {
				err = c.put(f.kind, f.data)
			}
		case toServe:
			err = c.serve(f.op)
		}
		if err != nil {
			c.conn.Close() // first, so that the reader takes nothing more
			c.close(closeAbnormal, "")
		}
	}
}

// job is what the writer does next.
type job int

const (
	toRest  job = iota // nothing is there: the writer ends
	toPart             // the socket is closing: the last that is ever written
	toPing             // a ping is due
	toSend             // a frame that somebody queued
	toServe            // an operation that a feed has something for
)

// next decides what is written, under the lock that kick takes: what comes after toRest starts a new writer.
// Frames and feeds take turns, so that neither starves the other.
func (c *socket) next() (frame, job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn = !c.turn
	for range 2 {
		switch {
		case c.closed && !c.written:
			c.written = true
			return frame{}, toPart
		case c.closed:
			c.writing = false
			return frame{}, toRest
		case c.pingDue:
			c.pingDue = false
			return frame{}, toPing
		case c.turn && len(c.ready) > 0:
			op := c.ready[0]
			c.ready = c.ready[:copy(c.ready, c.ready[1:])]
			op.ready = false
			return frame{op: op}, toServe
		case !c.turn && len(c.out) > 0:
			return <-c.out, toSend // nobody else takes from it
		}
		c.turn = !c.turn
	}
	c.writing = false
	return frame{}, toRest
}

// serve writes one answer of a feed, and asks for the next turn when there may be more.
func (c *socket) serve(op *operation) error {
	if !c.serves(op) {
		return nil
	}
	a, ok := c.server.nextOf(op)
	if !ok {
		return nil
	}
	f := frame{op: op, last: a.End}
	switch {
	case a.End:
		f.data = completeFrame(op.id)
		if failed := c.server.ending(op.ctx, a); failed != nil {
			f.data = errorFrame(op.id, failed.Errors)
		}
	default:
		f.data = append(append(append(make([]byte, 0, len(op.head)+len(a.JSON)+1), op.head...), a.JSON...), '}')
		c.wake(op)
	}
	if !c.wanted(f) {
		return nil
	}
	return c.put(f.kind, f.data)
}

// nextOf asks a feed; one that panics has failed.
func (s *Server) nextOf(op *operation) (a Answer, ok bool) {
	defer func() {
		if p := recover(); p != nil {
			s.logPanic(op.ctx, p)
			a, ok = Answer{End: true, Response: &graphql.Response{Errors: gqlerror.List{s.presentInternal(op.ctx)}}}, true
		}
	}()
	return op.feed.Next()
}

// wake puts an operation in the line of those that have something to say.
func (c *socket) wake(op *operation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if op.ready || op.gone || op.left || c.closed {
		return
	}
	op.ready = true
	c.ready = append(c.ready, op)
	c.kickLocked()
}

// serves says whether an operation still has its feed.
func (c *socket) serves(op *operation) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return op.feed != nil && !op.left && !op.gone
}

// wanted drops what the client asked no more to hear, and lets go of the operation
// with its last frame: before that frame is written, so that a client which has it
// may use the id again.
func (c *socket) wanted(f frame) bool {
	if f.op == nil {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.last {
		c.release(f.op)
	}
	return !f.op.left
}

func (c *socket) put(kind int, data []byte) error {
	deadline := time.Now().Add(c.server.WriteTimeout)
	if kind == websocket.PingMessage || kind == websocket.PongMessage {
		return c.conn.WriteControl(kind, data, deadline)
	}
	if err := c.conn.SetWriteDeadline(deadline); err != nil {
		return err
	}
	return c.conn.WriteMessage(websocket.TextMessage, data)
}

// tick is the time for a ping; the acknowledgement starts it.
func (c *socket) tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.pingDue = true
	c.pinger.Reset(c.server.PingInterval)
	c.kickLocked()
}

// ping asks on both levels: the frame is answered by every WebSocket library, the
// message is what a page can see.
func (c *socket) ping() error {
	if err := c.put(websocket.PingMessage, nil); err != nil {
		return err
	}
	return c.put(websocket.TextMessage, framePing)
}

// farewell writes the close frame and starts the client's time to answer it.
func (c *socket) farewell() {
	c.mu.Lock()
	code, reason, by := c.code, c.reason, c.by
	c.mu.Unlock()
	if code != closeAbnormal {
		_ = c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), by)
	}
	_ = c.conn.SetReadDeadline(by)
}
