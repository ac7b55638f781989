package graph

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"

	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/graph/internal/feed"
	"citrus.cx/channel/graph/transport"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// Limits of one operation. They bound what a single request can cost, whoever sends it.
const (
	maxTokens = 15_000
	// maxCost counts fields, each multiplied by the entries that the lists around it may hold.
	maxCost  = 250_000
	maxRoots = 30
	maxBody  = 1 << 20 // bytes
	// operationsPerSocket is of all sockets of one user on average; one may have more of them.
	operationsPerSocket = 4
	// cached is how many parsed documents are kept: an app has some dozens.
	cached = 1000
)

// Options of the handler.
type Options struct {
	AllowedOrigins []string
	// SocketsPerUser is how many sockets and streams one user may have at once; four times as many operations live on them.
	SocketsPerUser int
	// Introspection lets clients read the schema over GraphQL. /schema.graphql serves it always.
	Introspection bool
}

// Handler serves GraphQL; Run feeds its subscriptions, Shutdown ends its sockets.
type Handler struct {
	*transport.Server
	hub    *feed.Hub
	people *identity.Service
}

// New makes the handler of the contract.
func New(s Services, o Options) *Handler {
	root := &resolver{s}
	s.Reader.Intercept(noting)
	s.Reader.ReplyClaim.Intercept(living(s.Now))
	e := executor.New(exec.NewExecutableSchema(exec.Config{
		Resolvers:  root,
		Directives: exec.DirectiveRoot{AdminOnly: adminOnly},
	}))
	e.SetQueryCache(pagedCache{lru.New[*ast.QueryDocument](cached)})
	e.SetParserTokenLimit(maxTokens)
	e.SetDisableSuggestion(!o.Introspection)
	e.SetErrorPresenter(presenter(s.Logger))
	e.SetRecoverFunc(recovered(s.Logger))
	e.Use(limits{})
	e.Use(snapshot{s.Log})
	e.Use(gather{root})
	if o.Introspection {
		e.Use(extension.Introspection{})
	}
	hub := feed.NewHub(s.Log, s.Identity, s.Logger)
	return &Handler{hub: hub, people: s.Identity, Server: transport.New(transport.Config{
		Exec: e, AllowedOrigins: o.AllowedOrigins, Authenticate: s.Identity.Authenticate, Log: s.Logger,
		MaxSockets: o.SocketsPerUser, MaxOperationsOfOwner: operationsPerSocket * o.SocketsPerUser,
		MaxBody: maxBody, PresentError: refusal, Open: leavesToken,
		Owner: ownerOf, Expires: expiresAt, Attend: attend(s.Identity), Host: host{hub, e}.feed,
	})}
}

// Run feeds the subscriptions, and sends away who lost his session, until the context ends.
func (h *Handler) Run(ctx context.Context) error {
	var both sync.WaitGroup
	defer both.Wait()
	both.Go(func() { _ = h.people.Watch(ctx) }) // ends with the context alone
	return h.hub.Run(ctx)
}

func ownerOf(ctx context.Context) string {
	viewer, _ := identity.From(ctx)
	return viewer.UserID
}

func expiresAt(ctx context.Context) time.Time {
	at, _ := identity.ExpiresAt(ctx)
	return at
}

// attend dismisses whose session has ended or whose user was archived. Stock clients stay away after 4401, and come back
// after 4403 with the fresh token that somebody whose token has run out can get.
func attend(people *identity.Service) func(context.Context, func(*transport.Ended)) func() {
	return func(ctx context.Context, dismissed func(*transport.Ended)) func() {
		hold, ok := people.Listen(ctx, func() {
			dismissed(&transport.Ended{Code: transport.CloseUnauthorized, Reason: "the session has ended"})
		})
		if !ok {
			return func() {}
		}
		return hold.Leave
	}
}

// leavesToken says whether an operation does nothing but give a new session or end one. It is served also with
// a token that has run out: an app that sends its header with everything could not come back otherwise.
func leavesToken(op *graphql.OperationContext) bool {
	for _, s := range op.Operation.SelectionSet {
		field, ok := s.(*ast.Field)
		if !ok || !slices.Contains([]string{"signIn", "refreshSession", "signOut", "__typename"}, field.Name) {
			return false
		}
	}
	return op.Operation.Operation == ast.Mutation
}

// ServeHTTP gives the request its language and its address and passes it on.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := withLanguage(r.Context(), r.Header.Get("Accept-Language"))
	h.Server.ServeHTTP(w, r.WithContext(identity.FromAddress(ctx, addressOf(r))))
}

// adminOnly is the directive of the same name.
func adminOnly(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
		return nil, fault.New(fault.Forbidden)
	}
	return next(ctx)
}

// shutdownPatience is how long sockets may take to say good-bye.
const shutdownPatience = 5 * time.Second

// Stop ends all sockets and streams and waits for them.
func (h *Handler) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownPatience)
	defer cancel()
	return h.Shutdown(ctx)
}

// Contract is schema.graphql, word for word, as it was when the code was generated from it.
func Contract() string {
	return exec.NewExecutableSchema(exec.Config{}).Schema().Query.Position.Src.Input
}
