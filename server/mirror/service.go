package mirror

import (
	"context"
	"log/slog"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/idempotency"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/inbox"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/quota"
)

// Options is what the mirror's verbs and views work with.
type Options struct {
	// Accounts says which integrations share a credential.
	Accounts *account.Service
	Budgets  *quota.Budgets
	Inbox    *inbox.Inbox
	Now      func() time.Time
	// Changed is told after every verb that gives the syncer something to do; it must not block.
	Changed func()
	// Look is how often the progress is read while somebody watches; 1 s when 0.
	Look time.Duration
	// Log hears of a database that does not answer; nobody when nil.
	Log *slog.Logger
}

// Service has the verbs and the views.
type Service struct {
	database *database.DB
	options  Options
	paces    paces
	lookout  lookout
}

// New makes the service. It owns nothing that has to be closed while nobody watches.
func New(d *database.DB, o Options) *Service {
	if o.Changed == nil {
		o.Changed = func() {}
	}
	if o.Look <= 0 {
		o.Look = time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{database: d, options: o}
}

// now is the clock as both databases keep it.
func (s *Service) now() time.Time { return s.options.Now().UTC().Truncate(time.Microsecond) }

// verb runs a change of what is wanted of the mirror, once for an administrator's key, and wakes the syncer.
func (s *Service) verb(
	ctx context.Context, mutation, key string, input any, change func(ctx context.Context, tx *db.Tx) (string, error),
) (string, error) {
	viewer, err := identity.Require(ctx, user.RoleADMIN)
	if err != nil {
		return "", err
	}
	result, err := idempotency.Once(ctx, s.database, viewer.UserID, mutation, key, input, change)
	if err == nil {
		s.options.Changed()
	}
	return result, err
}

// load reads an integration with how far its mirror has come, and keeps its row until the transaction ends.
func load(ctx context.Context, tx *db.Tx, id string) (*db.Integration, error) {
	row, err := tx.Integration.Query().Where(integration.ID(id), locked).WithSyncState().Only(ctx)
	if db.IsNotFound(err) {
		return nil, fault.New(fault.NotFound, "integrationId")
	}
	return row, err
}

// locked: SQLite has one writer and needs no lock. NO KEY: rows that merely refer to this one may be written meanwhile.
func locked(s *sql.Selector) {
	if s.Dialect() == dialect.Postgres {
		s.ForUpdate(sql.WithLockClause("FOR NO KEY UPDATE"))
	}
}

func wrongState(field string, state integration.State) error {
	return fault.New(fault.InvalidState, field).With("state", account.StateText(state))
}
