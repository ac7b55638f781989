// Package transport owns how GraphQL travels: over HTTP (POST, and GET for
// queries), over a WebSocket speaking graphql-transport-ws, and as server-sent
// events in the distinct-connections mode of graphql-sse. It speaks to an
// executor of gqlgen and gives it one context for each operation.
//
// It refuses what the protocols refuse, each with its own status or close code:
// bodies that are too large or no JSON, multipart and other forms (the door of
// cross-site requests), mutations by GET, origins that nobody listed, the legacy
// graphql-ws subprotocol, and clients that do not read. It knows no schema, no
// user and no database: who is asking is decided by Config.Authenticate, and how
// an error looks by Config.PresentError.
//
// The handler of package graph builds one Server; package app routes /graphql to
// it and shuts it down.
package transport

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"citrus.cx/channel/server/origin"
)

// Config is what a Server needs. Only Exec is required.
type Config struct {
	// Exec parses, validates and runs operations.
	Exec graphql.GraphExecutor
	// MaxBody is the largest POST body in bytes; 1 MiB by default.
	MaxBody int64
	// AllowedOrigins lists the Origin values that browsers may come from; see package origin.
	AllowedOrigins []string
	// Authenticate turns the Authorization header of a request, or the
	// Authorization of a socket's connection_init, into the context of its
	// operations. The value is "" when there is none: anonymous, no error.
	// A fault is a refusal with the fault's code (401 or 403, close code 4403);
	// any other error is internal (500, close code 1013), so that a database that
	// is down signs nobody out. When the returned context is cancelled later the
	// socket or stream ends; see Ended.
	Authenticate func(ctx context.Context, authorization string) (context.Context, error)
	// Open says which operations are served also to whom Authenticate refuses, in the context that
	// came with the refusal: those that a token which has run out is left by. None by default. Over HTTP alone.
	Open func(op *graphql.OperationContext) bool
	// Owner names whom the context of an authenticated socket belongs to, "" when nobody: what MaxSockets
	// and MaxOperationsOfOwner count by, and who alone may renew the authorization of a socket.
	Owner func(ctx context.Context) string
	// Expires says when the authorization in a context ends, zero when it does not; it is told to the client, and sockets and
	// streams end with it (4403).
	Expires func(ctx context.Context) time.Time
	// Attend keeps the authenticated context of a socket or stream up to date for as long as it stands: it calls dismissed, from
	// any goroutine, when the right to listen is taken away; release is called at the end.
	Attend func(ctx context.Context, dismissed func(*Ended)) (release func())
	// Host feeds subscriptions that many share; none by default.
	Host Host
	// PresentError makes the error of the transport itself (bad JSON, too large,
	// unauthenticated); by default the message with extensions.code.
	PresentError func(ctx context.Context, code, message string) *gqlerror.Error

	// InitTimeout is how long a socket may wait with connection_init; 10 s by default.
	InitTimeout time.Duration
	// WriteTimeout is how long one write to a socket or stream may take; 10 s by
	// default. A client that does not read is cut off after it.
	WriteTimeout time.Duration
	// PingInterval is the time between pings of a socket and keep-alive comments of
	// a stream; 25 s by default. A socket silent for two of them is dead.
	PingInterval time.Duration
	// MaxMessage is the largest message of a socket in bytes; 1 MiB by default.
	MaxMessage int64
	// MaxOperations is how many operations of a socket may live at once; 100 by default.
	MaxOperations int
	// MaxSockets is how many sockets and streams one owner may have at once; 250 by default.
	MaxSockets int
	// MaxOperationsOfOwner is how many operations may live on all sockets of one owner; 1,000 by default.
	MaxOperationsOfOwner int
	// ComeBackWithin is over how long the clients of a server that stops spread their return; 5 s by default.
	ComeBackWithin time.Duration
	// Log gets internal failures; nothing is logged by default.
	Log *slog.Logger
}

// Server is an http.Handler for one GraphQL endpoint.
type Server struct {
	Config
	upgrader websocket.Upgrader
	origins  origin.Policy
	places   *places
	writers  *writers

	mu       sync.Mutex
	live     map[connection]struct{}
	draining bool
	drained  chan struct{} // closed when draining and live is empty
}

// connection is what outlives an ordinary request: a socket or an event stream.
type connection interface {
	// goAway asks the connection to end and returns at once.
	goAway()
	// kill cuts it off without a farewell.
	kill()
}

// New makes a Server, with defaults where the configuration is silent.
func New(c Config) *Server {
	if c.PresentError == nil {
		c.PresentError = presentPlainly
	}
	if c.Authenticate == nil {
		c.Authenticate = func(ctx context.Context, _ string) (context.Context, error) { return ctx, nil }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Owner == nil {
		c.Owner = func(context.Context) string { return "" }
	}
	if c.Attend == nil {
		c.Attend = func(context.Context, func(*Ended)) func() { return func() {} }
	}
	if c.Expires == nil {
		c.Expires = func(context.Context) time.Time { return time.Time{} }
	}
	if c.Open == nil {
		c.Open = func(*graphql.OperationContext) bool { return false }
	}
	fill(&c.MaxBody, 1<<20)
	fill(&c.MaxMessage, 1<<20)
	fill(&c.MaxOperations, 100)
	fill(&c.MaxSockets, 250)
	fill(&c.MaxOperationsOfOwner, 1000)
	fill(&c.ComeBackWithin, 5*time.Second)
	fill(&c.InitTimeout, 10*time.Second)
	fill(&c.WriteTimeout, 10*time.Second)
	fill(&c.PingInterval, 25*time.Second)
	return &Server{
		Config:   c,
		upgrader: newUpgrader(c.WriteTimeout),
		origins:  origin.New(c.AllowedOrigins),
		places:   newPlaces(c.MaxSockets, c.MaxOperationsOfOwner),
		writers:  newWriters(),
		live:     map[connection]struct{}{},
		drained:  make(chan struct{}),
	}
}

// comeBack is when one client of a server that stops should come back: not before half of the time is over, and not all at once.
func (s *Server) comeBack() time.Duration {
	return s.ComeBackWithin/2 + rand.N(s.ComeBackWithin/2+1)
}

func fill[T int | int64 | time.Duration](v *T, byDefault T) {
	if *v <= 0 {
		*v = byDefault
	}
}

// ServeHTTP answers one request, holds it for as long as its stream lives, or opens a socket.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.recoverRequest(w, r)
	if !s.origins.Allows(r) {
		s.refuse(w, r, http.StatusForbidden, CodeForbidden, "this origin is not allowed")
		return
	}
	s.origins.Write(w.Header(), r)
	switch {
	case websocket.IsWebSocketUpgrade(r):
		s.serveSocket(w, r)
	case origin.IsPreflight(r):
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPost, r.Method == http.MethodGet:
		s.serveRequest(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		s.refuse(w, r, http.StatusMethodNotAllowed, CodeInvalid, "only GET and POST are served here")
	}
}

// recoverRequest turns a panic into a 500 that says nothing. Answers are written
// in one piece after they are complete, so nothing is on the wire yet.
func (s *Server) recoverRequest(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	s.logPanic(r.Context(), p)
	writeResponse(w, refusalMedia(r), http.StatusInternalServerError,
		&graphql.Response{Errors: gqlerror.List{s.presentInternal(r.Context())}})
}

// logPanic keeps the place of a panic. Its value is logged only when the runtime
// made it: a value of our own might quote what a user typed.
func (s *Server) logPanic(ctx context.Context, p any) {
	what := "panic"
	if e, ok := p.(runtime.Error); ok {
		what = e.Error()
	}
	s.Log.ErrorContext(ctx, "graphql transport recovered", "panic", what, "stack", string(debug.Stack()))
}

// Shutdown refuses new sockets and streams, asks the living ones to leave (sockets
// with close code 1001, so that clients come back elsewhere) and waits until the
// last goroutine of each has ended. When ctx ends first, what still lives is cut
// off and the error of ctx is returned. It may be called more than once.
// Requests under way are left to http.Server.Shutdown.
func (s *Server) Shutdown(ctx context.Context) error {
	for _, c := range s.drain() {
		c.goAway()
	}
	select {
	case <-s.drained:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.live {
		c.kill()
	}
	return ctx.Err()
}

func (s *Server) drain() []connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.draining {
		s.draining = true
		s.closeWhenEmpty()
	}
	list := make([]connection, 0, len(s.live))
	for c := range s.live {
		list = append(list, c)
	}
	return list
}

// enter registers a connection; false when the server is shutting down.
func (s *Server) enter(c connection) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return false
	}
	s.live[c] = struct{}{}
	return true
}

// leave forgets a connection whose goroutines have all ended.
func (s *Server) leave(c connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.live[c]; !ok {
		return
	}
	delete(s.live, c)
	if s.draining {
		s.closeWhenEmpty()
	}
}

func (s *Server) closeWhenEmpty() {
	if len(s.live) == 0 {
		close(s.drained)
	}
}
