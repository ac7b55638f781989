package mirror

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/quota"
)

// Budget is the calls of one credential (rule S4), and what wants them.
type Budget struct {
	quota.Outlook
	// Integrations are those that share it, by name; archived ones are left out.
	Integrations []*db.Integration
	// Pending is work that is due and has not asked for calls yet, by lane: complaints hinted at, rounds, the calls
	// that first syncs still need.
	Pending map[quota.Lane]int
}

// Budget reads the calls of an integration's credential, and takes nothing from them. Administrators only.
func (s *Service) Budget(ctx context.Context, integrationID string) (b Budget, err error) {
	defer fault.Wrap(&err, "mirror.Budget")
	if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
		return Budget{}, err
	}
	ctx = identity.System(ctx)
	row, err := s.database.Reader.Integration.Get(ctx, integrationID)
	if db.IsNotFound(err) {
		return Budget{}, fault.New(fault.NotFound, "integrationId")
	}
	if err != nil {
		return Budget{}, err
	}
	if row.APIUsername == nil {
		return Budget{}, fault.New(fault.InvalidState, "integrationId").With("state", fault.Text{
			PT: "a configuração não tem usuário da API", EN: "the integration has no API user",
		})
	}
	if b.Outlook, err = s.options.Budgets.Outlook(ctx, s.options.Accounts.Credential(row)); err != nil {
		return Budget{}, err
	}
	b.Integrations, err = s.database.Reader.Integration.Query().
		Where(integration.APIUsername(*row.APIUsername), integration.StateNEQ(integration.StateARCHIVED)).
		Order(integration.ByNameFolded(), integration.ByID()).All(ctx)
	if err != nil {
		return Budget{}, err
	}
	b.Pending, err = s.pending(ctx, b.Integrations)
	return b, err
}

// pending counts what the mirrors of integrations are to read.
func (s *Service) pending(ctx context.Context, rows []*db.Integration) (map[quota.Lane]int, error) {
	pending := map[quota.Lane]int{}
	ids := []string{}
	for _, row := range rows {
		if row.State == integration.StateACTIVE {
			ids = append(ids, row.ID)
		}
	}
	now := s.now()
	hints, err := s.database.Reader.Hint.Query().Where(hint.IntegrationIDIn(ids...), hint.DueAtLTE(now)).Count(ctx)
	if err != nil {
		return nil, err
	}
	pending[quota.Callback] = hints
	found, err := s.standings(ctx, ids)
	for _, n := range found {
		if roundDue(n.state, now) {
			pending[quota.Incremental]++
		}
		switch b := s.backfillOf(n, now); b.Phase {
		case Waiting:
			pending[quota.Backfill]++ // the count
		case Running:
			pending[quota.Backfill] += *b.CallsLeft
		}
	}
	return pending, err
}

// roundDue says whether a round over what changed is to begin, or goes on.
func roundDue(state *db.SyncState, now time.Time) bool {
	if state.Watermark == nil {
		return false // the count comes first
	}
	return state.RunSince != nil || state.SyncRequestedAt != nil || state.NextSyncAt != nil && !state.NextSyncAt.After(now)
}
