package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/syncstate"
	"citrus.cx/channel/ent/db/upload"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/delivery"
	"citrus.cx/channel/server/desk"
	"citrus.cx/channel/server/health"
	"citrus.cx/channel/server/identity"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/mirror"
	"citrus.cx/channel/server/ticket"
)

// loaders gather what the computed fields of one operation ask for: a list of integrations costs
// as many statements as one of them. What edges can load, field collection loads.
type loaders struct {
	company  *company
	sync     *family[string, *db.SyncState]
	whole    *family[string, *db.Integration]
	callback *family[string, account.Callbacks]
	user     *family[string, *db.User]
	usage    *family[string, int]
	facts    *family[string, ticket.Facts]
	files    *family[string, []*db.Upload]
	allowed  *family[desk.Setting, []*db.Solution]
	details  *family[string, schema.ComplaintDetails]
	twins    *family[string, []*db.Customer]
	unknown  *family[string, []*db.UnknownValue]
	health   *family[string, *health.Report]
	backfill *family[string, *mirror.Backfill]
	owner    *family[string, *db.Integration]
	mirrored *family[string, *db.Ticket]
	bodies   *family[string, delivery.Body]
	pointers *family[string, delivery.Pointers]
	pointed  *family[string, *db.Ticket]
}

type loadersKey struct{}

// gather gives each answer loaders of its own: nothing is remembered from one to the next, nor from one
// change of a subscription to the next.
type gather struct{ *resolver }

var (
	_ graphql.HandlerExtension    = gather{}
	_ graphql.ResponseInterceptor = gather{}
)

// ExtensionName names it in the executor.
func (gather) ExtensionName() string { return "Gather" }

// Validate accepts every schema.
func (gather) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse puts the loaders into the answer's context.
func (g gather) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	return next(context.WithValue(ctx, loadersKey{}, g.loaders()))
}

func (r *resolver) loaders() *loaders {
	c := newCompany()
	return &loaders{
		company:  c,
		sync:     newFamily(c.ofID, r.syncStates),
		whole:    newFamily(c.ofID, r.Services.Integration.Wholes),
		callback: newFamily(c.ofID, r.Services.Integration.Callbacks),
		usage:    newFamily(c.ofID, r.usage),
		facts:    newFamily(c.ofID, r.facts),
		user:     newFamily(c.ofID, r.users),
		files:    newFamily(c.ofID, r.files),
		allowed:  newFamily(c.ofSetting, r.allowedSolutions),
		details:  newFamily(c.ofID, r.details),
		twins:    newFamily(c.ofID, r.twins),
		unknown:  newFamily(c.ofID, r.unknown),
		health:   newFamily(c.ofID, r.reports),
		backfill: newFamily(c.ofID, r.Mirror.Backfills),
		owner:    newFamily(c.ofID, r.owners),
		mirrored: newFamily(c.ofID, r.mirrored),
		bodies:   newFamily(c.ofID, r.Deliveries.Bodies),
		pointers: newFamily(c.ofID, r.pointers),
		pointed:  newFamily(c.ofID, r.pointed),
	}
}

func loadersOf(ctx context.Context) *loaders { return ctx.Value(loadersKey{}).(*loaders) }

// syncStates reads how far the mirrors of integrations have come; nil before the first activation.
func (r *resolver) syncStates(ctx context.Context, ids []string) (map[string]*db.SyncState, error) {
	rows, err := r.Reader.SyncState.Query().Where(syncstate.IntegrationIDIn(ids...)).All(identity.System(ctx))
	if err != nil {
		return nil, err
	}
	states := make(map[string]*db.SyncState, len(ids))
	for _, id := range ids {
		states[id] = nil
	}
	for _, row := range rows {
		states[row.IntegrationID] = row
	}
	return states, nil
}

func (r *resolver) users(ctx context.Context, ids []string) (map[string]*db.User, error) {
	rows, err := r.Reader.User.Query().Where(user.IDIn(ids...)).All(ctx)
	if err != nil {
		return nil, err
	}
	users := make(map[string]*db.User, len(rows))
	for _, row := range rows {
		users[row.ID] = row
	}
	return users, nil
}

// files reads the files of attempts, each in its order.
func (r *resolver) files(ctx context.Context, attemptIDs []string) (map[string][]*db.Upload, error) {
	rows, err := r.Reader.Upload.Query().Where(upload.AttemptIDIn(attemptIDs...)).Order(upload.ByPosition()).All(ctx)
	if err != nil {
		return nil, err
	}
	files := make(map[string][]*db.Upload, len(attemptIDs))
	for _, id := range attemptIDs {
		files[id] = []*db.Upload{}
	}
	for _, row := range rows {
		files[*row.AttemptID] = append(files[*row.AttemptID], row)
	}
	return files, nil
}

// usage counts the integrations that use registered entries, of whatever list.
func (r *resolver) usage(ctx context.Context, ids []string) (map[string]int, error) {
	counts, err := r.Catalog.Usage(ctx, ids...)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		counts[id] += 0 // an entry that none uses is absent from the counts, and no error
	}
	return counts, nil
}
