package integration

import (
	"context"
	"net/http"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/fold"
	"citrus.cx/channel/server/idempotency"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/secret"
)

// Options is what the verbs need from outside.
type Options struct {
	Keys    *secret.Keyring
	Budgets *quota.Budgets
	// ReclameAquiURL is the base of Reclame Aqui's API, without a slash at its end.
	ReclameAquiURL string
	// PublicURL is where Reclame Aqui reaches this server; callback URLs begin with it.
	PublicURL string
	// HTTP carries the calls to Reclame Aqui; nil = a client of its own.
	HTTP *http.Client
	Now  func() time.Time
	// Zone is where "today" begins (rule S1): America/Sao_Paulo.
	Zone *time.Location
	// Changed is told after every change of what is to be synced; it must not block.
	Changed func()
}

// Service has the verbs of the configuration.
type Service struct {
	database *database.DB
	options  Options
	tokens   *tokens
	together together
}

// New makes the service.
func New(d *database.DB, o Options) *Service {
	o.ReclameAquiURL = strings.TrimRight(o.ReclameAquiURL, "/")
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	if o.Changed == nil {
		o.Changed = func() {}
	}
	return &Service{database: d, options: o, tokens: newTokens(d, o.Keys)}
}

const maxName = 120

// Draft is the first step of the screen (rule A3).
type Draft struct {
	Name    string
	Channel integration.Channel
	Kind    integration.Kind
}

// Create saves a draft with its callback address and returns its id.
func (s *Service) Create(ctx context.Context, in Draft, key string) (id string, err error) {
	defer fault.Wrap(&err, "integration.Create")
	viewer, err := identity.Require(ctx, user.RoleADMIN)
	if err != nil {
		return "", err
	}
	var problems fault.List
	name := checkName(in.Name, &problems)
	if err := problems.Err(); err != nil {
		return "", err
	}
	return idempotency.Once(ctx, s.database, viewer.UserID, "createIntegration", key, in,
		func(ctx context.Context, tx *db.Tx) (string, error) {
			row, err := tx.Integration.Create().SetName(name).SetNameFolded(fold.Text(name)).
				SetChannel(in.Channel).SetKind(in.Kind).Save(ctx)
			if err != nil {
				return "", err
			}
			if err := s.newCallbackToken(ctx, tx, row.ID); err != nil {
				return "", err
			}
			return row.ID, s.record(ctx, tx, auditentry.ActionCREATED, row.ID, nil)
		})
}

// Activate starts the mirror of a complete integration, or goes on with a paused one. What is
// missing is answered field by field (rule A9).
func (s *Service) Activate(ctx context.Context, id, key string) (_ string, err error) {
	defer fault.Wrap(&err, "integration.Activate")
	return s.verb(ctx, "activateIntegration", id, key, id, func(ctx context.Context, tx *db.Tx, row *db.Integration) error {
		switch row.State {
		case integration.StateACTIVE:
			return nil
		case integration.StateARCHIVED:
			return wrongState(row.State)
		}
		if err := incomplete(Missing(row)); err != nil {
			return err
		}
		now := s.options.Now()
		if err := tx.Integration.UpdateOne(row).SetState(integration.StateACTIVE).SetActivatedAt(now).AddVersion(1).Exec(ctx); err != nil {
			return err
		}
		return s.startSync(ctx, tx, row, now)
	})
}

// Pause stops the mirror for now.
func (s *Service) Pause(ctx context.Context, id, key string) (_ string, err error) {
	defer fault.Wrap(&err, "integration.Pause")
	return s.verb(ctx, "pauseIntegration", id, key, id, func(ctx context.Context, tx *db.Tx, row *db.Integration) error {
		switch row.State {
		case integration.StatePAUSED:
			return nil
		case integration.StateACTIVE:
			return tx.Integration.UpdateOne(row).SetState(integration.StatePAUSED).AddVersion(1).Exec(ctx)
		}
		return wrongState(row.State)
	})
}

// Archive takes an integration out of use; its tickets stay. Callbacks are still
// kept, so that Reclame Aqui finds its door open, and not read.
func (s *Service) Archive(ctx context.Context, id, key string) (_ string, err error) {
	defer fault.Wrap(&err, "integration.Archive")
	return s.verb(ctx, "archiveIntegration", id, key, id, func(ctx context.Context, tx *db.Tx, row *db.Integration) error {
		if row.State == integration.StateARCHIVED {
			return nil
		}
		return tx.Integration.UpdateOne(row).SetState(integration.StateARCHIVED).AddVersion(1).Exec(ctx)
	})
}

// Restore brings an archived integration back as a draft.
func (s *Service) Restore(ctx context.Context, id, key string) (_ string, err error) {
	defer fault.Wrap(&err, "integration.Restore")
	return s.verb(ctx, "restoreIntegration", id, key, id, func(ctx context.Context, tx *db.Tx, row *db.Integration) error {
		if row.State != integration.StateARCHIVED {
			return nil
		}
		if row.PageID != nil {
			if err := pageFree(ctx, tx, row.ID, *row.PageID); err != nil {
				return err
			}
		}
		return tx.Integration.UpdateOne(row).SetState(integration.StateDRAFT).AddVersion(1).Exec(ctx)
	})
}

// verb runs a change of one integration's state for an administrator; input is what a repeat of the key must repeat.
func (s *Service) verb(
	ctx context.Context, mutation, id, key string, input any,
	change func(ctx context.Context, tx *db.Tx, row *db.Integration) error,
) (string, error) {
	viewer, err := identity.Require(ctx, user.RoleADMIN)
	if err != nil {
		return "", err
	}
	_, err = idempotency.Once(ctx, s.database, viewer.UserID, mutation, key, input,
		func(ctx context.Context, tx *db.Tx) (string, error) {
			row, err := s.load(ctx, tx, id)
			if err != nil {
				return "", err
			}
			return id, s.recorded(ctx, tx, actions[mutation], row, func() error { return change(ctx, tx, row) })
		})
	if database.IsUnique(err) {
		err = fault.New(fault.PageInUse, "id")
	}
	if err == nil {
		s.options.Changed()
	}
	return id, err
}

// load reads an integration with all that its rules look at, and keeps its row as it is until the transaction
// ends, so that of two who saw one version the second finds it gone.
func (s *Service) load(ctx context.Context, tx *db.Tx, id string) (*db.Integration, error) {
	row, err := withChoices(tx.Integration.Query().Where(integration.ID(id), locked)).Only(ctx)
	if db.IsNotFound(err) {
		return nil, fault.New(fault.NotFound, "id")
	}
	return row, err
}

// locked: SQLite has one writer and needs no lock. NO KEY: rows that merely refer to this one may be written meanwhile.
func locked(s *sql.Selector) {
	if s.Dialect() == dialect.Postgres {
		s.ForUpdate(sql.WithLockClause("FOR NO KEY UPDATE"))
	}
}

// withChoices loads the chosen entries beside an integration.
func withChoices(q *db.IntegrationQuery) *db.IntegrationQuery {
	return q.WithSyncGroup().WithCustomerType().WithRegion().WithCreator().WithSector().
		WithOccurrenceType().WithOccurrence().WithSolutions().WithDefaultSolution().WithSyncState()
}

// startSync sets up how far the mirror has come, or lets a paused one go on at once.
func (s *Service) startSync(ctx context.Context, tx *db.Tx, row *db.Integration, now time.Time) error {
	if state := row.Edges.SyncState; state != nil {
		if err := tx.SyncState.UpdateOne(state).AddStep(1).SetNextSyncAt(now).ClearRetryAt().SetFailures(0).Exec(ctx); err != nil {
			return err
		}
		if err := quota.Mended(ctx, tx, s.Credential(row)); err != nil {
			return err
		}
		// A restored one was a draft, and its months may have been raised then.
		return s.extendBackfill(ctx, tx, row)
	}
	return tx.SyncState.Create().SetIntegrationID(row.ID).
		SetWindowFrom(WindowFrom(now, *row.RetroactiveMonths, s.options.Zone)).
		SetNextSyncAt(now.Add(time.Duration(*row.SyncIntervalMinutes) * time.Minute)).Exec(ctx)
}

// WindowFrom is 00:00 in a zone, a number of calendar months before a moment (rule S1). A day
// that the month does not have becomes its last; one that summer time began without its 00:00, as
// until 2018 in São Paulo, begins with its first instant.
func WindowFrom(at time.Time, months int, zone *time.Location) time.Time {
	year, month, day := at.In(zone).Date()
	first := time.Date(year, month-time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	day = min(day, first.AddDate(0, 1, -1).Day())
	from := time.Date(first.Year(), first.Month(), day, 0, 0, 0, 0, zone)
	for from.Day() != day {
		from = from.Add(time.Hour)
	}
	return from.UTC()
}

func wrongState(state integration.State) error {
	return fault.New(fault.InvalidState, "id").With("state", stateText[state])
}

var stateText = map[integration.State]fault.Text{
	integration.StateDRAFT:    {PT: "rascunho", EN: "draft"},
	integration.StateACTIVE:   {PT: "ativa", EN: "active"},
	integration.StatePAUSED:   {PT: "pausada", EN: "paused"},
	integration.StateARCHIVED: {PT: "arquivada", EN: "archived"},
}

func checkName(name string, problems *fault.List) string {
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		problems.Add(fault.Required, "name")
	case len([]rune(name)) > maxName:
		problems.Add(fault.TooLong, "name").With("max", maxName)
	}
	checkCharacters(name, "name", problems)
	return name
}

// pageFree holds rule A12b: one integration that is not archived per page.
func pageFree(ctx context.Context, tx *db.Tx, id string, pageID int64) error {
	taken, err := tx.Integration.Query().
		Where(integration.PageID(pageID), integration.IDNEQ(id), integration.StateNEQ(integration.StateARCHIVED)).Exist(ctx)
	if err == nil && taken {
		return fault.New(fault.PageInUse, "pageId")
	}
	return err
}

// pageOf finds a fetched page by its id.
func pageOf(row *db.Integration, id int64) (schema.Page, bool) {
	for _, p := range row.AvailablePages {
		if p.ID == id {
			return p, true
		}
	}
	return schema.Page{}, false
}

// Wholes reads integrations with all that Missing looks at. Administrators only.
func (s *Service) Wholes(ctx context.Context, ids []string) (map[string]*db.Integration, error) {
	if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
		return nil, err
	}
	rows, err := withChoices(s.database.Reader.Integration.Query().Where(integration.IDIn(ids...))).All(identity.System(ctx))
	if err != nil {
		return nil, err
	}
	wholes := make(map[string]*db.Integration, len(rows))
	for _, row := range rows {
		wholes[row.ID] = row
	}
	return wholes, nil
}
