package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"citrus.cx/channel/server/fault"
)

// spring is a feed that gives what a test pours into it.
type spring struct {
	wake   func()
	mu     sync.Mutex
	held   []Answer
	closed chan struct{}
}

func (s *spring) Next() (Answer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.held) == 0 {
		return Answer{}, false
	}
	a := s.held[0]
	s.held = s.held[1:]
	a.More = len(s.held) > 0
	return a, true
}

func (s *spring) Ready() bool { return true }

func (s *spring) Close() {
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
}

func (s *spring) pour(answers ...Answer) {
	s.mu.Lock()
	s.held = append(s.held, answers...)
	s.mu.Unlock()
	s.wake()
}

func told(n int) Answer {
	return Encode(&graphql.Response{Data: fmt.Appendf(nil, `{"waits":{"cursor":"c%d"}}`, n)})
}

// springs hosts every subscription.
func springs(opened chan *spring) func(*Config) {
	return func(c *Config) {
		c.Host = func(_ context.Context, _ *graphql.OperationContext, wake func()) (Feed, error) {
			s := &spring{wake: wake, closed: make(chan struct{})}
			opened <- s
			return s, nil
		}
	}
}

func TestFeedOverASocket(t *testing.T) {
	opened := make(chan *spring, 10)
	h := open(t, springs(opened))
	c := h.acknowledged(t)
	c.say(subscribe("1", waits), subscribe("2", waits))
	one, two := <-opened, <-opened
	one.pour(told(1), told(2))
	two.pour(told(3))
	heard := map[string]int{}
	for range 3 {
		heard[c.next()]++
	}
	for n := 1; n <= 3; n++ {
		if heard[fmt.Sprintf(`{"id":"1","type":"next","payload":{"data":{"waits":{"cursor":"c%d"}}}}`, n)]+
			heard[fmt.Sprintf(`{"id":"2","type":"next","payload":{"data":{"waits":{"cursor":"c%d"}}}}`, n)] != 1 {
			t.Errorf("heard %v", heard)
		}
	}
	// An end, after which the id is free; and a failure.
	one.pour(Answer{End: true})
	done := c.next()
	wait(t, one.closed, "the close of the first feed")
	id := done[7:8]
	if done != `{"id":"`+id+`","type":"complete"}` {
		t.Fatalf("heard %s", done)
	}
	c.say(subscribe(id, waits))
	again := <-opened
	again.pour(Answer{End: true, Response: &graphql.Response{Errors: gqlerror.List{gqlerror.Errorf("gone")}}})
	c.hear(`{"id":"` + id + `","type":"error","payload":[{"message":"gone"}]}`)
	wait(t, again.closed, "the close of the failed feed")
	// The client completes; the socket ends.
	c.say(`{"id":"1","type":"complete"}`, `{"id":"2","type":"complete"}`)
	wait(t, two.closed, "the close of the completed feed")
	c.say(subscribe("9", waits))
	last := <-opened
	c.Close()
	wait(t, last.closed, "the close with the socket")
}

func TestFeedRefuses(t *testing.T) {
	h := open(t, func(c *Config) {
		c.Host = func(context.Context, *graphql.OperationContext, func()) (Feed, error) {
			return nil, errors.New("no such cursor")
		}
	})
	c := h.acknowledged(t)
	c.say(subscribe("1", waits))
	c.hear(`{"id":"1","type":"error","payload":[{"message":"no such cursor"}]}`)
}

func TestFeedOverAStream(t *testing.T) {
	opened := make(chan *spring, 10)
	h := open(t, springs(opened))
	res := h.stream(t.Context(), t, waits, nil)
	s := <-opened
	s.pour(told(1))
	s.pour(told(2), Answer{End: true})
	body, err := io.ReadAll(res.Body)
	want := ":\n\nevent: next\nid: c1\ndata: {\"data\":{\"waits\":{\"cursor\":\"c1\"}}}\n\n" +
		"event: next\nid: c2\ndata: {\"data\":{\"waits\":{\"cursor\":\"c2\"}}}\n\nevent: complete\ndata:\n\n"
	if err != nil || string(body) != want {
		t.Errorf("heard %q, %v", body, err)
	}
	wait(t, s.closed, "the close of the feed")
}

// A feed is asked for no more than the client takes.
func TestFeedAsksOnlyWhoHasRoom(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, p *pipes) {
		opened := make(chan *spring, 1)
		springs(opened)(&h.Config)
		c := p.socket(t)
		c.say(inits)
		c.hear(`{"type":"connection_ack"}`)
		c.say(subscribe("1", waits))
		s := <-opened
		for n := range 100 {
			s.pour(told(n))
		}
		synctest.Wait()
		if left := len(s.held); left != 99 {
			t.Errorf("%d answers wait with the feed of a client that reads none, want 99", left)
		}
		<-time.After(h.WriteTimeout)
		synctest.Wait()
		wait(t, s.closed, "the close of the feed")
	})
}

type renewals struct {
	mu   sync.Mutex
	ends map[string]context.CancelCauseFunc // by token
}

// grant authenticates "owner/token": each token is a session of its own.
func (r *renewals) grant(ctx context.Context, authorization string) (context.Context, error) {
	owner, _, _ := splitToken(authorization)
	if owner == "" {
		return nil, fault.New(fault.Unauthenticated)
	}
	ctx, end := context.WithCancelCause(context.WithValue(ctx, whoKey{}, owner))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ends[authorization] = end
	return ctx, nil
}

func (r *renewals) end(token string, cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ends[token](cause)
}

func splitToken(authorization string) (owner, token string, ok bool) {
	for i := range authorization {
		if authorization[i] == '/' {
			return authorization[:i], authorization[i+1:], true
		}
	}
	return "", "", false
}

func ownerOf(ctx context.Context) string {
	owner, _ := ctx.Value(whoKey{}).(string)
	return owner
}

func TestRenewal(t *testing.T) {
	r := &renewals{ends: map[string]context.CancelCauseFunc{}}
	ends := time.Date(2126, 3, 2, 12, 0, 0, 0, time.UTC)
	h := open(t, func(c *Config) {
		c.Authenticate, c.Owner = r.grant, ownerOf
		c.Expires = func(context.Context) time.Time { return ends }
	})
	dial := func() *client {
		c := h.dial(t, nil)
		c.say(`{"type":"connection_init","payload":{"Authorization":"ana/1"}}`)
		c.hear(`{"type":"connection_ack","payload":{"expiresAt":"2126-03-02T12:00:00.000Z"}}`)
		return c
	}
	c := dial()
	c.say(subscribe("1", waits))
	wait(t, h.schema.Started, "the subscription")
	c.say(`{"type":"ping","payload":{"Authorization":"ana/2"}}`)
	c.hear(`{"type":"pong","payload":{"expiresAt":"2126-03-02T12:00:00.000Z"}}`)
	r.end("ana/1", &Ended{Code: CloseForbidden, Reason: "the access token has ended"})
	c.say(`{"type":"ping","payload":{"n":1}}`)
	c.hear(`{"type":"pong","payload":{"n":1}}`) // it lives on, and so does the subscription
	select {
	case <-h.schema.Ended:
		t.Fatal("the subscription ended with the old token")
	default:
	}
	r.end("ana/2", &Ended{Code: CloseForbidden, Reason: "the access token has ended"})
	c.hearClose(4403, "the access token has ended")
	wait(t, h.schema.Ended, "the end of the subscription")

	for _, refused := range []string{"bia/1", "nonsense"} {
		c := dial()
		c.say(`{"type":"ping","payload":{"Authorization":"` + refused + `"}}`)
		c.hearClose(4403, "Forbidden")
	}
}

func TestPlacesOfAnOwner(t *testing.T) {
	r := &renewals{ends: map[string]context.CancelCauseFunc{}}
	h := open(t, func(c *Config) {
		c.Authenticate, c.Owner, c.MaxSockets, c.MaxOperationsOfOwner = r.grant, ownerOf, 2, 3
	})
	dial := func(owner string) *client {
		c := h.dial(t, nil)
		c.say(`{"type":"connection_init","payload":{"Authorization":"` + owner + `/1"}}`)
		return c
	}
	const ack = `{"type":"connection_ack"}`
	first, second := dial("ana"), dial("ana")
	first.hear(ack)
	second.hear(ack)
	dial("ana").hearClose(1013, "Too many sockets")
	dial("bia").hear(ack)
	for i, c := range []*client{first, first, second} {
		c.say(subscribe(fmt.Sprint(i), waits))
		wait(t, h.schema.Started, "a subscription")
	}
	second.say(subscribe("x", waits))
	second.hear(`{"id":"x","type":"error","payload":[{"message":"too many operations at once","extensions":{"code":"TOO_MANY_REQUESTS"}}]}`)
	first.Close()
	wait(t, h.schema.Ended, "the end of a subscription")
	wait(t, h.schema.Ended, "the end of a subscription")
	for { // its place is free when the last of it has ended
		c := dial("ana")
		if _, data, err := c.ReadMessage(); err == nil && string(data) == ack {
			c.say(subscribe("1", waits))
			wait(t, h.schema.Started, "the subscription in the place that is free")
			return
		}
	}
}

// TestStuckClientLosesItsSession reads nothing when its session ends: it is gone within a second all the same.
func TestStuckClientLosesItsSession(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house, p *pipes) {
		session, end := context.WithCancelCause(context.Background())
		h.Authenticate = func(context.Context, string) (context.Context, error) { return session, nil }
		c := p.socket(t)
		c.say(inits)
		c.hear(`{"type":"connection_ack"}`)
		c.say(subscribe("1", `subscription { ticks(size: 10000) { text } }`))
		p.stream(t, `subscription { ticks(size: 10000) { text } }`)
		synctest.Wait()
		if h.sockets() != 2 {
			t.Fatalf("%d connections", h.sockets())
		}
		end(errors.New("archived"))
		<-time.After(time.Second)
		synctest.Wait()
		if n := h.sockets(); n != 0 {
			t.Errorf("%d connections live a second after their session", n)
		}
	})
}

// A stream that its client leaves gives its feed back, also when it had something to say that moment.
func TestALeftStreamClosesItsFeed(t *testing.T) {
	opened := make(chan *spring, 10)
	h := open(t, springs(opened))
	for range 20 {
		ctx, leave := context.WithCancel(t.Context())
		h.stream(ctx, t, waits, nil)
		s := <-opened
		for n := range 100 {
			s.pour(told(n))
		}
		leave()
		wait(t, s.closed, "the close of the feed of a client that left")
	}
}

// Operations that end with their socket, whatever they had still to say, give their places back.
func TestPlacesComeBackWithTheSocket(t *testing.T) {
	r := &renewals{ends: map[string]context.CancelCauseFunc{}}
	h := open(t, func(c *Config) { c.Authenticate, c.Owner, c.MaxOperationsOfOwner = r.grant, ownerOf, 100 })
	dial := func() *client {
		c := h.dial(t, nil)
		c.say(`{"type":"connection_init","payload":{"Authorization":"ana/1"}}`)
		c.hear(`{"type":"connection_ack"}`)
		return c
	}
	stays := dial() // so that the owner is counted all the time
	for range 30 {
		c := dial()
		for n := range 10 {
			c.say(subscribe(fmt.Sprint(n), `{ who }`))
		}
		c.Close()
	}
	for h.sockets() > 1 {
		<-time.After(time.Millisecond)
	}
	stays.say(subscribe("1", `{ who }`))
	stays.hear(`{"id":"1","type":"next","payload":{"data":{"who":"ana"}}}`, `{"id":"1","type":"complete"}`)
	h.places.mu.Lock() // the writer counts one out before the client has its last message
	defer h.places.mu.Unlock()
	if left := h.places.taken["ana"].operations; left != 0 {
		t.Errorf("%d operations of nobody", left)
	}
}

// A feed that panics has failed, and its socket lives on.
func TestFeedPanics(t *testing.T) {
	h := open(t, func(c *Config) {
		c.Host = func(context.Context, *graphql.OperationContext, func()) (Feed, error) { return bursting{}, nil }
	})
	c := h.acknowledged(t)
	c.say(subscribe("1", waits))
	if got := c.next(); !strings.HasPrefix(got, `{"id":"1","type":"error"`) || strings.Contains(got, "secret") {
		t.Errorf("heard %s", got)
	}
	c.say(subscribe("1", `{ who }`))
	c.hear(`{"id":"1","type":"next","payload":{"data":{"who":""}}}`, `{"id":"1","type":"complete"}`)
}

type bursting struct{}

func (bursting) Next() (Answer, bool) { panic("a secret that no client may see") }

func (bursting) Ready() bool { return true }

func (bursting) Close() {}
