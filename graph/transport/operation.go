package transport

import (
	"bytes"
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// operation is one subscribe of a socket. Its fields are guarded by the socket's mu.
type operation struct {
	id     string
	cancel context.CancelFunc
	left   bool // the client completed it: nothing more may be sent about it
	gone   bool // counted out

	feed  Feed   // nil of one that is executed by itself
	head  []byte // of its messages, up to the payload; set with feed
	ready bool   // it stands in the socket's line
}

// end stops an operation; the caller holds the socket's mu.
func (o *operation) end() {
	o.cancel()
	if o.feed != nil {
		o.feed.Close()
	}
}

// subscribe starts an operation, or says why not.
func (c *socket) subscribe(m message) {
	// Not ended by the session: that closes the socket, and a fresh token may take the place of the old one.
	ctx, cancel := context.WithCancel(context.WithoutCancel(c.session))
	op := &operation{id: m.id, cancel: cancel}
	c.mu.Lock()
	_, duplicate := c.ops[m.id]
	full := c.alive >= c.server.MaxOperations
	accepted := !duplicate && !full && !c.closed && c.server.places.begin(c.owner)
	full = full || !accepted && !duplicate && !c.closed
	if accepted {
		c.ops[m.id] = op
		c.alive++
	}
	c.mu.Unlock()
	switch {
	case accepted:
		c.running.Go(func() { c.operate(ctx, op, m.params) })
		return
	case duplicate:
		c.close(CloseDuplicate, duplicateReason(m.id))
	case full:
		e := c.server.PresentError(c.session, CodeTooManyRequests, "too many operations at once")
		c.send(frame{data: errorFrame(m.id, gqlerror.List{e})})
	}
	cancel()
}

// complete ends an operation at the client's wish; its id is free at once. An id
// that is not known crossed our own complete on the way, which is no error.
func (c *socket) complete(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if op, ok := c.ops[id]; ok {
		op.left = true
		op.end()
		delete(c.ops, id)
		if op.feed != nil {
			c.release(op)
		}
	}
}

// release forgets an operation, once; the caller holds mu.
func (c *socket) release(op *operation) {
	if op.gone {
		return
	}
	op.gone = true
	c.alive--
	c.server.places.end(c.owner)
	if op.feed != nil {
		op.end()
	}
	if c.ops[op.id] == op {
		delete(c.ops, op.id)
	}
}

// operate runs an operation to its end, in a goroutine of its own.
func (c *socket) operate(ctx context.Context, op *operation, params *graphql.RawParams) {
	last, fed := c.execute(ctx, op, params)
	if fed {
		return // it lives on without this goroutine
	}
	defer op.cancel()
	if last != nil && c.deliver(ctx, frame{op: op, last: true, data: last}) {
		return // the writer releases it
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.release(op)
}

// execute sends what the operation yields and returns its last message, nil when
// the client or the socket has left; or it finds somebody who feeds the operation.
func (c *socket) execute(ctx context.Context, op *operation, params *graphql.RawParams) (last []byte, fed bool) {
	s := c.server
	defer func() {
		if p := recover(); p != nil {
			s.logPanic(ctx, p)
			last, fed = errorFrame(op.id, gqlerror.List{s.presentInternal(ctx)}), false
		}
	}()
	params.ReadTime = graphql.TraceTiming{Start: graphql.Now(), End: graphql.Now()}
	ctx, prepared, refusal := s.prepare(ctx, params)
	if refusal != nil {
		return errorFrame(op.id, refusal.Errors), false
	}
	feed, err := s.hosted(ctx, prepared, func() { c.wake(op) })
	if err != nil {
		return errorFrame(op.id, s.refusal(ctx, prepared, err).Errors), false
	}
	if feed != nil {
		c.feed(op, feed)
		return nil, true
	}
	next := s.start(ctx, prepared)
	for r := next(); r != nil; r = next() {
		if r.Data == nil && len(r.Errors) > 0 { // not executed, or a stream that failed
			return errorFrame(op.id, r.Errors), false
		}
		if !c.deliver(ctx, frame{op: op, data: nextFrame(op.id, r)}) {
			return nil, false
		}
	}
	if ctx.Err() != nil {
		return nil, false
	}
	return completeFrame(op.id), false
}

// feed lets an operation live on its feed, unless it was ended meanwhile. It keeps nothing of what was asked: thousands do so.
func (c *socket) feed(op *operation, feed Feed) {
	op.cancel()
	c.mu.Lock()
	op.feed, op.head = feed, bytes.Clone(nextHead(op.id)) // as long as it is, and no longer
	if op.left || op.gone || c.closed {
		op.end()
		c.release(op)
	}
	c.mu.Unlock()
	c.wake(op) // it may have had something before it was ours
}

// deliver queues a frame of an operation; false when nobody waits for it any more.
// Until there is room the operation pulls nothing, so a slow client holds at most
// one value of each operation beside the queue.
func (c *socket) deliver(ctx context.Context, f frame) bool {
	select {
	case c.out <- f:
		c.kick()
		return true
	case <-c.ctx.Done():
	case <-ctx.Done():
	}
	return false
}
