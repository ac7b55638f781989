package transport

import (
	"context"
	"time"

	"github.com/gorilla/websocket"
)

// read takes the client's messages one by one until the socket closes. The order
// is the client's: what follows connection_init waits for the answer to it.
func (c *socket) read() {
	defer func() {
		if p := recover(); p != nil {
			c.server.logPanic(c.ctx, p)
			c.close(CloseInternal, messageInternalFailure)
		}
	}()
	c.prepareReading()
	for c.line.await(); c.receive(); c.line.await() {
	}
}

// receive takes one message; false when there are no more.
func (c *socket) receive() bool {
	kind, data, err := c.conn.ReadMessage()
	if err != nil {
		c.readFailed(err)
		return false
	}
	select {
	case <-c.ctx.Done():
		return true // until the client answers the close frame
	default:
	}
	if kind != websocket.TextMessage {
		c.close(CloseInvalidMessage, "Invalid message: must be text")
		return true
	}
	m, err := parseMessage(data)
	if err != nil {
		c.close(CloseInvalidMessage, err.Error())
		return true
	}
	c.handle(m)
	if c.initialised {
		c.listen(c.silenceLimit())
	}
	return true
}

func (c *socket) prepareReading() {
	c.conn.SetReadLimit(c.server.MaxMessage)
	c.conn.SetCloseHandler(func(int, string) error { return nil }) // the writer answers it
	c.conn.SetPingHandler(func(data string) error {
		c.send(frame{kind: websocket.PongMessage, data: []byte(data)})
		return c.heard()
	})
	c.conn.SetPongHandler(func(string) error { return c.heard() })
	if c.conn.Subprotocol() != Subprotocol {
		c.close(CloseSubprotocol, messageSubprotocol)
	}
	c.listen(time.Now().Add(c.server.InitTimeout))
}

func (c *socket) heard() error {
	if c.initialised {
		c.listen(c.silenceLimit())
	}
	return nil
}

func (c *socket) handle(m message) {
	switch m.kind {
	case typeInit:
		c.init(m)
	case typePing:
		c.pinged(m)
	case typeSubscribe:
		if c.session == nil {
			c.close(CloseUnauthorized, messageUnauthorized)
			return
		}
		c.subscribe(m)
	case typeComplete:
		c.complete(m.id)
	case typePong: // having come is all that it says
	}
}

// init authenticates the socket, once.
func (c *socket) init(m message) {
	if c.initialised {
		c.close(CloseTooManyInits, messageTooManyInits)
		return
	}
	c.initialised = true
	authorization := m.authorization
	if authorization == "" {
		authorization = c.authorization
	}
	session, err := c.authenticate(authorization)
	if err != nil {
		c.refuse(err)
		return
	}
	owner := c.server.Owner(session)
	if !c.server.places.enter(owner) {
		c.close(CloseTryLater, messageTooManySockets)
		return
	}
	c.mu.Lock()
	c.owner = owner
	c.pinger = time.AfterFunc(c.server.PingInterval, c.tick)
	c.mu.Unlock()
	c.attend(session)
	c.send(frame{data: ack(c.server.Expires(session))})
}

// authenticate asks on a goroutine of its own: what a stack grows to for a database stays with the reader for as long as the socket lives.
func (c *socket) authenticate(authorization string) (session context.Context, err error) {
	panicked := make(chan any)
	go func() {
		defer func() { panicked <- recover() }()
		session, err = c.server.Authenticate(c.ctx, authorization)
	}()
	if p := <-panicked; p != nil {
		panic(p) // the reader's to answer
	}
	return session, err
}

// attend makes a session the socket's own: with its end, or that of its authorization, the socket closes.
func (c *socket) attend(session context.Context) {
	c.unwatch()
	c.session, c.authorization = session, ""
	release, stop := c.server.Attend(session, c.dismissed), func() bool { return true }
	if session.Done() != c.ctx.Done() { // it may end before the socket does
		stop = context.AfterFunc(session, func() { c.sessionEnded(context.Cause(session)) })
	}
	var lapse *time.Timer
	if ends := c.server.Expires(session); !ends.IsZero() {
		lapse = time.AfterFunc(time.Until(ends), func() { c.dismissed(lapsed) })
	}
	c.unwatch = func() {
		stop()
		release()
		if lapse != nil {
			lapse.Stop()
		}
	}
}

// maxEcho is the longest payload in bytes that a pong gives back: whoever sends long ones and reads none would have a queue of them kept.
const maxEcho = 4 << 10

// pinged answers a ping; one that brings an Authorization renews the session of the living socket.
// A refusal closes the socket like a refused connection_init, and somebody else's token is one.
func (c *socket) pinged(m message) {
	if m.authorization == "" || c.session == nil {
		if len(m.payload) > maxEcho {
			m.payload = nil
		}
		c.send(frame{data: pong(m.payload)})
		return
	}
	session, err := c.authenticate(m.authorization)
	if err != nil {
		c.refuse(err)
		return
	}
	if c.server.Owner(session) != c.owner {
		c.close(CloseForbidden, messageForbidden)
		return
	}
	c.attend(session)
	c.send(frame{data: pong(expiry(c.server.Expires(session)))})
}

func (c *socket) refuse(err error) {
	if code, _ := refusalOf(err); code == CodeInternal && c.ctx.Err() == nil {
		c.server.Log.ErrorContext(c.ctx, "authentication failed", "error", err)
		// Not 4500, on which stock clients give up for good: a database is back soon.
		c.close(CloseTryLater, messageTryLater)
		return
	}
	c.close(CloseForbidden, messageForbidden)
}
