package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// events is one event stream: a response that stays open for one operation.
type events struct {
	w       http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	ctx     context.Context // ends with the stream
	cancel  context.CancelCauseFunc
}

var errGoingAway = errors.New("the server is shutting down")

// goAway ends the stream without the complete event, so that its client comes back.
func (e *events) goAway() { e.cancel(errGoingAway) }

func (e *events) kill() {
	e.goAway()
	_ = e.control.SetWriteDeadline(time.Unix(1, 0))
}

// serveEvents streams what an operation yields, until its end or until the client
// leaves. Even a refusal travels as an event: EventSource shows a page nothing of
// an answer with another status.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request, start func(context.Context) source) {
	within, lapse := r.Context(), context.CancelFunc(func() {})
	if ends := s.Expires(within); !ends.IsZero() {
		within, lapse = context.WithDeadlineCause(within, ends, lapsed)
	}
	defer lapse()
	ctx, cancel := context.WithCancelCause(within)
	defer cancel(nil)
	defer s.Attend(r.Context(), func(e *Ended) { cancel(e) })()
	e := &events{w: w, control: http.NewResponseController(w), timeout: s.WriteTimeout, ctx: ctx, cancel: cancel}
	defer e.hurryAtTheEnd()()
	owner := s.Owner(r.Context())
	if !s.places.enter(owner) {
		w.Header().Set("Retry-After", "60")
		s.refuse(w, r, http.StatusTooManyRequests, CodeTooManyRequests, "too many streams at once")
		return
	}
	defer s.places.left(owner, 0)
	if !s.enter(e) {
		w.Header().Set("Retry-After", "1")
		s.refuse(w, r, http.StatusServiceUnavailable, CodeUnavailable, messageUnavailable)
		return
	}
	defer s.leave(e)
	defer e.hurry() // the deadline of the last write may be over, and the end of the response is one, too
	if e.open() != nil {
		return
	}
	frames := make(chan []byte)
	go s.produce(ctx, start, frames)
	defer func() {
		cancel(nil)
		for range frames { // until the producer has ended
		}
	}()
	s.deliver(ctx, e, frames)
}

// produce pulls responses for as long as somebody takes them. A panic ends the
// stream with an internal error.
func (s *Server) produce(ctx context.Context, start func(context.Context) source, out chan<- []byte) {
	defer close(out)
	send := func(r *graphql.Response) bool {
		select {
		case out <- appendEvent(nil, r):
			return true
		case <-ctx.Done():
			return false
		}
	}
	defer func() {
		if p := recover(); p != nil {
			s.logPanic(ctx, p)
			send(&graphql.Response{Errors: gqlerror.List{s.presentInternal(ctx)}})
		}
	}()
	next := start(ctx)
	for r := next(); r != nil && send(r); r = next() {
	}
}

func (s *Server) deliver(ctx context.Context, e *events, frames <-chan []byte) {
	tick := time.NewTicker(s.PingInterval)
	defer tick.Stop()
	var err error
	for err == nil {
		select {
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), errGoingAway) {
				// EventSource waits as long as it is told before it comes back.
				_ = e.write(fmt.Appendf(nil, "retry: %d\n\n", s.comeBack().Milliseconds()))
			}
			return
		case <-tick.C:
			err = e.write([]byte(":\n\n"))
		case f, more := <-frames:
			switch {
			case more:
				err = e.write(f)
			case ctx.Err() == nil:
				// The empty data line is for EventSource, which hides events without one.
				_ = e.write([]byte("event: complete\ndata:\n\n"))
				return
			default:
				return
			}
		}
	}
}

// open sends the head and a comment, so that the client knows before the first
// event that its stream stands.
func (e *events) open() error {
	h := e.w.Header()
	h.Set("Content-Type", mediaEvents)
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Accept")
	// The server's limit for reading a request would end the stream.
	_ = e.control.SetReadDeadline(time.Time{})
	return e.write([]byte(":\n\n"))
}

func (e *events) write(b []byte) error {
	// Not every writer has deadlines (a test's recorder has none); the server's has.
	_ = e.control.SetWriteDeadline(time.Now().Add(e.timeout))
	if e.ctx.Err() != nil {
		e.hurry()
	}
	if _, err := e.w.Write(b); err != nil {
		return err
	}
	return e.control.Flush()
}

// hurry leaves a write under way little time: who lost the right to listen is gone soon, even if he does not read.
func (e *events) hurry() { _ = e.control.SetWriteDeadline(time.Now().Add(closeGrace)) }

// hurryAtTheEnd lets a write under way know of the stream's end. After release nothing is set any more: the connection
// is the next request's by then.
func (e *events) hurryAtTheEnd() (release func()) {
	hurried := make(chan struct{})
	stop := context.AfterFunc(e.ctx, func() {
		defer close(hurried)
		e.hurry()
	})
	return func() {
		if !stop() {
			<-hurried
		}
	}
}

// appendEvent writes a next event, with an id when the response carries a cursor:
// the browser sends the last one back as Last-Event-ID.
func appendEvent(b []byte, r *graphql.Response) []byte {
	b = append(b, "event: next\n"...)
	if id := cursorOf(r.Data); id != "" {
		b = append(b, "id: "...)
		b = append(b, id...)
		b = append(b, '\n')
	}
	for line := range bytes.Lines(appendResponse(nil, r)) {
		b = append(b, "data: "...)
		b = append(b, bytes.TrimRight(line, "\r\n")...)
		b = append(b, '\n')
	}
	return append(b, '\n')
}

// cursorOf is data.<root>.cursor of an event, "" when it has none or when it could
// not stand on a line.
func cursorOf(data []byte) string {
	if !bytes.Contains(data, []byte(`"cursor"`)) {
		return ""
	}
	var roots map[string]json.RawMessage
	if json.Unmarshal(data, &roots) != nil {
		return ""
	}
	for _, raw := range roots {
		var fields map[string]json.RawMessage
		if json.Unmarshal(raw, &fields) != nil {
			continue
		}
		if id, ok := stringOf(fields["cursor"]); ok && !strings.ContainsAny(id, "\r\n\x00") {
			return id
		}
	}
	return ""
}
