package transport

import (
	"time"

	"github.com/gorilla/websocket"
)

// frame is one message on its way to the client.
type frame struct {
	kind  int        // of gorilla; 0 is text
	op    *operation // nil when it is about none
	last  bool       // the operation's last
	opens bool       // the acknowledgement: from here on the client is pinged
	data  []byte
}

// send queues a frame, waiting for room; false when the socket is closing.
func (c *socket) send(f frame) bool {
	select {
	case c.out <- f:
		return true
	case <-c.closing:
		return false
	}
}

// write is the one goroutine that writes to the client. Every write has a deadline;
// one that fails ends the socket, because half a frame may be on the wire.
func (c *socket) write() {
	tick := time.NewTicker(c.server.PingInterval)
	defer tick.Stop()
	opened := false
	var err error
	for err == nil {
		select {
		case <-c.closing:
			c.farewell()
			return
		case <-tick.C:
			if opened {
				err = c.ping()
			}
		case f := <-c.out:
			opened = opened || f.opens
			if c.wanted(f) {
				err = c.put(f.kind, f.data)
			}
		}
	}
	c.conn.Close() // first, so that the reader takes nothing more
	c.close(closeAbnormal, "")
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
	code, reason := c.code, c.reason
	c.mu.Unlock()
	deadline := time.Now().Add(closeGrace)
	if code != closeAbnormal {
		_ = c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline)
	}
	_ = c.conn.SetReadDeadline(deadline)
}
