package graph

import (
	"context"
	"strconv"
	"time"

	"entgo.io/contrib/entgql"
	"github.com/99designs/gqlgen/graphql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/predicate"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/identity"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/secret"
)

// Integrations is the field of the same name.
func (r queryResolver) Integrations(
	ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string],
	search *string, states []integration.State, orderBy *db.IntegrationOrder,
) (*db.IntegrationConnection, error) {
	if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
		return nil, err
	}
	if len(states) == 0 {
		states = []integration.State{integration.StateDRAFT, integration.StateACTIVE, integration.StatePAUSED}
	}
	return r.Reader.Integration.Query().Where(integration.StateIn(states...)).
		Where(matching[predicate.Integration](search, integration.FieldNameFolded)...).
		Paginate(ctx, after, first, before, last, db.WithIntegrationOrder(orderBy))
}

// Integration is the field of the same name.
func (r queryResolver) Integration(ctx context.Context, id string) (*db.Integration, error) {
	if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
		return nil, err
	}
	query, err := r.Reader.Integration.Query().Where(integration.ID(id)).CollectFields(ctx, "Integration")
	if err != nil {
		return nil, err
	}
	return orNull(query.Only(ctx))
}

// orNull answers what is not there, or not visible, with null.
func orNull[T any](entry *T, err error) (*T, error) {
	if db.IsNotFound(err) {
		return nil, nil
	}
	return entry, err
}

// CreateIntegration is the mutation of the same name.
func (r mutationResolver) CreateIntegration(ctx context.Context, in exec.CreateIntegrationInput) (*exec.CreateIntegrationPayload, error) {
	id, err := r.Services.Integration.Create(ctx, account.Draft{Name: in.Name, Channel: in.Channel, Kind: in.Kind}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Integration.Get, id, err)
	return &exec.CreateIntegrationPayload{Integration: entry, Errors: problems}, err
}

// UpdateIntegration is the mutation of the same name.
func (r mutationResolver) UpdateIntegration(ctx context.Context, in exec.UpdateIntegrationInput) (*exec.UpdateIntegrationPayload, error) {
	_, err := r.Services.Integration.Update(ctx, in.ID, in.Version, integrationChange(in), text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Integration.Get, in.ID, err)
	return &exec.UpdateIntegrationPayload{Integration: entry, Errors: problems}, err
}

// set keeps the difference between absent and null.
func set[T any](o graphql.Omittable[*T]) account.Set[T] {
	return account.Set[T]{Given: o.IsSet(), Value: o.Value()}
}

func integrationChange(in exec.UpdateIntegrationInput) account.Change {
	c := account.Change{
		Name: set(in.Name), CompanyEmail: set(in.CompanyEmail), APIUsername: set(in.APIUsername),
		SyncIntervalMinutes: set(in.SyncIntervalMinutes), RetroactiveMonths: set(in.RetroactiveMonths),
		SyncGroupID: set(in.SyncGroupID), PageID: set(in.PageID),
		CompanyName: set(in.CompanyName), ReclameAquiID: set(in.ReclameAquiID), AutoConversion: set(in.AutoConversion),
		CustomerTypeID: set(in.CustomerTypeID), RegionID: set(in.RegionID), CreatorID: set(in.CreatorID),
		SectorID: set(in.SectorID), OccurrenceTypeID: set(in.OccurrenceTypeID), OccurrenceID: set(in.OccurrenceID),
		SolutionIDs:       account.Set[[]string]{Given: in.SolutionIds.IsSet(), Value: list(in.SolutionIds)},
		DefaultSolutionID: set(in.DefaultSolutionID),
	}
	c.APIPassword.Given = in.APIPassword.IsSet()
	if p := in.APIPassword.Value(); p != nil {
		password := secret.Text(*p)
		c.APIPassword.Value = &password
	}
	return c
}

// ActivateIntegration is the mutation of the same name.
func (r mutationResolver) ActivateIntegration(ctx context.Context, in exec.ActivateIntegrationInput) (*exec.ActivateIntegrationPayload, error) {
	_, err := r.Services.Integration.Activate(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Integration.Get, in.ID, err)
	return &exec.ActivateIntegrationPayload{Integration: entry, Errors: problems}, err
}

// PauseIntegration is the mutation of the same name.
func (r mutationResolver) PauseIntegration(ctx context.Context, in exec.PauseIntegrationInput) (*exec.PauseIntegrationPayload, error) {
	_, err := r.Services.Integration.Pause(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Integration.Get, in.ID, err)
	return &exec.PauseIntegrationPayload{Integration: entry, Errors: problems}, err
}

// ArchiveIntegration is the mutation of the same name.
func (r mutationResolver) ArchiveIntegration(ctx context.Context, in exec.ArchiveIntegrationInput) (*exec.ArchiveIntegrationPayload, error) {
	_, err := r.Services.Integration.Archive(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Integration.Get, in.ID, err)
	return &exec.ArchiveIntegrationPayload{Integration: entry, Errors: problems}, err
}

// RestoreIntegration is the mutation of the same name.
func (r mutationResolver) RestoreIntegration(ctx context.Context, in exec.RestoreIntegrationInput) (*exec.RestoreIntegrationPayload, error) {
	_, err := r.Services.Integration.Restore(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Integration.Get, in.ID, err)
	return &exec.RestoreIntegrationPayload{Integration: entry, Errors: problems}, err
}

// FetchReclameAquiPages is the mutation of the same name.
func (r mutationResolver) FetchReclameAquiPages(ctx context.Context, in exec.FetchReclameAquiPagesInput) (*exec.FetchReclameAquiPagesPayload, error) {
	_, err := r.Services.Integration.FetchPages(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Integration.Get, in.ID, err)
	out := &exec.FetchReclameAquiPagesPayload{Integration: entry, Pages: []*exec.ReclameAquiPage{}, Errors: problems}
	if entry != nil {
		out.Pages = pages(entry)
	}
	return out, err
}

// AvailablePages is the field of the same name.
func (r integrationResolver) AvailablePages(_ context.Context, row *db.Integration) ([]*exec.ReclameAquiPage, error) {
	return pages(row), nil
}

func pages(row *db.Integration) []*exec.ReclameAquiPage {
	out := make([]*exec.ReclameAquiPage, len(row.AvailablePages))
	for i, p := range row.AvailablePages {
		out[i] = &exec.ReclameAquiPage{ID: strconv.FormatInt(p.ID, 10), Name: p.Name}
	}
	return out
}

// Page is the field of the same name.
func (r integrationResolver) Page(_ context.Context, row *db.Integration) (*exec.ReclameAquiPage, error) {
	if row.PageID == nil {
		return nil, nil
	}
	page := &exec.ReclameAquiPage{ID: strconv.FormatInt(*row.PageID, 10)}
	for _, p := range row.AvailablePages {
		if p.ID == *row.PageID {
			page.Name = p.Name
		}
	}
	return page, nil
}

// LastSync is the field of the same name.
func (r integrationResolver) LastSync(ctx context.Context, row *db.Integration) (*time.Time, error) {
	state, err := loadersOf(ctx).sync.Load(ctx, row.ID)
	if state == nil {
		return nil, err
	}
	return state.LastSyncAt, nil
}

// NextSync is the field of the same name.
func (r integrationResolver) NextSync(ctx context.Context, row *db.Integration) (*time.Time, error) {
	state, err := loadersOf(ctx).sync.Load(ctx, row.ID)
	if state == nil || row.State != integration.StateACTIVE {
		return nil, err
	}
	return state.NextSyncAt, nil
}

// LastError is the field of the same name.
func (r integrationResolver) LastError(ctx context.Context, row *db.Integration) (*exec.IntegrationError, error) {
	state, err := loadersOf(ctx).sync.Load(ctx, row.ID)
	if state == nil || state.LastErrorCode == nil || state.LastErrorAt == nil {
		return nil, err
	}
	code, message := explained(ctx, *state.LastErrorCode)
	return &exec.IntegrationError{Code: code, Message: message, At: *state.LastErrorAt}, nil
}
