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
	more bool       // the operation's feed may have the next already
	data []byte
	feed Feed // of op, when data is still to be asked for
}

// send queues a frame, waiting for room; false when the socket is closing.
func (c *socket) send(f frame) bool {
	select {
	case c.out <- f:
		c.kick()
		return true
	case <-c.ctx.Done():
		return false
	}
}

// kick sees to it that somebody writes what waits. A socket has a writer only while there is something to write: ten thousand
// idle ones are ten thousand readers and no writer.
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
	c.writers.Add(1)
	c.server.writers.add(c)
}

// fairShare is how many frames a socket writes before others have their turn.
const fairShare = 16

// write is a turn of one of the server's writers. It waits for nobody: what may take long is left to writePatiently. The
// sheet, which frames are composed on, is given back.
func (c *socket) write(sheet []byte) []byte {
	for range fairShare {
		f, job := c.next()
		if job == toRest {
			c.writers.Done()
			return sheet
		}
		if job == toServe && !f.feed.Ready() {
			c.wake(f.op)
			go c.writePatiently()
			return sheet
		}
		sheet = c.do(f, job, sheet)
		if c.line.holds() {
			go c.writePatiently()
			return sheet
		}
	}
	c.server.writers.add(c)
	return sheet
}

// writePatiently writes for as long as there is something, and as it takes. Every write has a deadline.
func (c *socket) writePatiently() {
	defer c.writers.Done()
	var sheet []byte
	for {
		if err := c.line.bringOut(c.server.WriteTimeout); err != nil {
			c.broken()
		}
		f, job := c.next()
		if job == toRest {
			return
		}
		sheet = c.do(f, job, sheet)
	}
}

// do does one thing. A write that fails ends the socket, because half a frame may be on the wire.
func (c *socket) do(f frame, job job, sheet []byte) []byte {
	var err error
	switch job {
	case toPart:
		c.farewell()
	case toPing:
		err = c.ping()
	case toSend:
		if c.wanted(f) {
			err = c.put(f.kind, f.data)
		}
	case toServe:
		sheet, err = c.serve(f, sheet)
	}
	if err != nil {
		c.broken()
	}
	return sheet
}

func (c *socket) broken() {
	c.conn.Close() // first, so that the reader takes nothing more
	c.close(closeAbnormal, "")
}

// job is what the writer does next.
type job int

const (
	toRest  job = iota // nothing is there: the turn ends
	toPart             // the socket is closing: the last that is ever written
	toPing             // a ping is due
	toSend             // a frame that somebody queued
	toServe            // an operation that a feed has something for
)

// next decides what is written, under the lock that kick takes: what comes after toRest begins a new turn.
// Frames and feeds take turns, so that neither starves the other.
func (c *socket) next() (frame, job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed && !c.written:
		c.written = true
		return frame{}, toPart
	case c.closed:
		return frame{}, c.rest()
	case c.pingDue:
		c.pingDue = false
		return frame{}, toPing
	}
	c.turn = !c.turn
	if c.turn && len(c.out) > 0 {
		return <-c.out, toSend // nobody else takes from it
	}
	if f, ok := c.awake(); ok {
		return f, toServe
	}
	if len(c.out) > 0 {
		return <-c.out, toSend
	}
	return frame{}, c.rest()
}

// awake takes the first operation out of the line that has a feed; the caller holds mu.
func (c *socket) awake() (f frame, ok bool) {
	for len(c.ready) > 0 {
		op := c.ready[0]
		c.ready = c.ready[:copy(c.ready, c.ready[1:])]
		op.ready = false
		if op.feed != nil && !op.left && !op.gone {
			return frame{op: op, feed: op.feed}, true
		}
	}
	return frame{}, false
}

// rest ends a turn; the caller holds mu.
func (c *socket) rest() job {
	c.writing = false
	return toRest
}

// serve writes one answer of a feed, and asks for the next turn when there may be more.
func (c *socket) serve(f frame, sheet []byte) ([]byte, error) {
	a, ok := c.answer(f.feed)
	if !ok {
		return sheet, nil
	}
	f.last, f.more = a.End, a.More
	switch {
	case !a.End:
		sheet = append(append(append(sheet[:0], f.op.head...), a.JSON...), '}')
		f.data = sheet
	case a.Response != nil:
		f.data = errorFrame(f.op.id, a.Response.Errors)
	default:
		f.data = completeFrame(f.op.id)
	}
	if !c.wanted(f) {
		return sheet, nil
	}
	return sheet, c.put(f.kind, f.data)
}

// answer asks a feed; one that panics has failed.
func (c *socket) answer(feed Feed) (a Answer, ok bool) {
	defer func() {
		if p := recover(); p != nil {
			c.server.logPanic(c.ctx, p)
			a, ok = Answer{End: true, Response: &graphql.Response{Errors: gqlerror.List{c.server.presentInternal(c.ctx)}}}, true
		}
	}()
	return feed.Next()
}

// wake puts an operation in the line of those that have something to say.
func (c *socket) wake(op *operation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wakeLocked(op)
}

func (c *socket) wakeLocked(op *operation) {
	if op.ready || op.gone || op.left || c.closed {
		return
	}
	op.ready = true
	c.ready = append(c.ready, op)
	c.kickLocked()
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
	if f.more {
		c.wakeLocked(f.op)
	}
	return !f.op.left
}

// put never waits: what the client does not take is held by the line.
func (c *socket) put(kind int, data []byte) error {
	if kind == websocket.PingMessage || kind == websocket.PongMessage {
		return c.conn.WriteControl(kind, data, time.Time{})
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
