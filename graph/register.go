package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/catalog"
)

// given is an optional input's value, nil when it is absent or null.
func given[T any](o graphql.Omittable[*T]) *T { return o.Value() }

// text is an optional input's text, "" when it is absent or null.
func text(o graphql.Omittable[*string]) string {
	if v := o.Value(); v != nil {
		return *v
	}
	return ""
}

// list is an optional input's list, nil when it is absent or null.
func list(o graphql.Omittable[[]string]) *[]string {
	if v := o.Value(); v != nil {
		return &v
	}
	return nil
}

// CreateCustomerType is the mutation of the same name.
func (r mutationResolver) CreateCustomerType(ctx context.Context, in exec.CreateCustomerTypeInput) (*exec.CreateCustomerTypePayload, error) {
	id, err := r.Catalog.CreateCustomerType(ctx, catalog.CustomerTypeInput{Name: in.Name, Code: given(in.Code)}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.CustomerType.Get, id, err)
	return &exec.CreateCustomerTypePayload{CustomerType: entry, Errors: problems}, err
}

// UpdateCustomerType is the mutation of the same name.
func (r mutationResolver) UpdateCustomerType(ctx context.Context, in exec.UpdateCustomerTypeInput) (*exec.UpdateCustomerTypePayload, error) {
	_, err := r.Catalog.UpdateCustomerType(ctx, in.ID, in.Version, catalog.CustomerTypeChange{Name: given(in.Name), Code: given(in.Code)}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.CustomerType.Get, in.ID, err)
	return &exec.UpdateCustomerTypePayload{CustomerType: entry, Errors: problems}, err
}

// ArchiveCustomerType is the mutation of the same name.
func (r mutationResolver) ArchiveCustomerType(ctx context.Context, in exec.ArchiveCustomerTypeInput) (*exec.ArchiveCustomerTypePayload, error) {
	err := r.Catalog.ArchiveCustomerType(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.CustomerType.Get, in.ID, err)
	return &exec.ArchiveCustomerTypePayload{CustomerType: entry, Errors: problems}, err
}

// RestoreCustomerType is the mutation of the same name.
func (r mutationResolver) RestoreCustomerType(ctx context.Context, in exec.RestoreCustomerTypeInput) (*exec.RestoreCustomerTypePayload, error) {
	err := r.Catalog.RestoreCustomerType(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.CustomerType.Get, in.ID, err)
	return &exec.RestoreCustomerTypePayload{CustomerType: entry, Errors: problems}, err
}

// CreateRegion is the mutation of the same name.
func (r mutationResolver) CreateRegion(ctx context.Context, in exec.CreateRegionInput) (*exec.CreateRegionPayload, error) {
	id, err := r.Catalog.CreateRegion(ctx, catalog.RegionInput{Name: in.Name, Code: given(in.Code)}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Region.Get, id, err)
	return &exec.CreateRegionPayload{Region: entry, Errors: problems}, err
}

// UpdateRegion is the mutation of the same name.
func (r mutationResolver) UpdateRegion(ctx context.Context, in exec.UpdateRegionInput) (*exec.UpdateRegionPayload, error) {
	_, err := r.Catalog.UpdateRegion(ctx, in.ID, in.Version, catalog.RegionChange{Name: given(in.Name), Code: given(in.Code)}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Region.Get, in.ID, err)
	return &exec.UpdateRegionPayload{Region: entry, Errors: problems}, err
}

// ArchiveRegion is the mutation of the same name.
func (r mutationResolver) ArchiveRegion(ctx context.Context, in exec.ArchiveRegionInput) (*exec.ArchiveRegionPayload, error) {
	err := r.Catalog.ArchiveRegion(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Region.Get, in.ID, err)
	return &exec.ArchiveRegionPayload{Region: entry, Errors: problems}, err
}

// RestoreRegion is the mutation of the same name.
func (r mutationResolver) RestoreRegion(ctx context.Context, in exec.RestoreRegionInput) (*exec.RestoreRegionPayload, error) {
	err := r.Catalog.RestoreRegion(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Region.Get, in.ID, err)
	return &exec.RestoreRegionPayload{Region: entry, Errors: problems}, err
}

// CreateSyncGroup is the mutation of the same name.
func (r mutationResolver) CreateSyncGroup(ctx context.Context, in exec.CreateSyncGroupInput) (*exec.CreateSyncGroupPayload, error) {
	id, err := r.Catalog.CreateSyncGroup(ctx, catalog.SyncGroupInput{Name: in.Name, Code: given(in.Code), Priority: given(in.Priority)}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.SyncGroup.Get, id, err)
	return &exec.CreateSyncGroupPayload{SyncGroup: entry, Errors: problems}, err
}

// UpdateSyncGroup is the mutation of the same name.
func (r mutationResolver) UpdateSyncGroup(ctx context.Context, in exec.UpdateSyncGroupInput) (*exec.UpdateSyncGroupPayload, error) {
	_, err := r.Catalog.UpdateSyncGroup(ctx, in.ID, in.Version, catalog.SyncGroupChange{Name: given(in.Name), Code: given(in.Code), Priority: given(in.Priority)}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.SyncGroup.Get, in.ID, err)
	return &exec.UpdateSyncGroupPayload{SyncGroup: entry, Errors: problems}, err
}

// ArchiveSyncGroup is the mutation of the same name.
func (r mutationResolver) ArchiveSyncGroup(ctx context.Context, in exec.ArchiveSyncGroupInput) (*exec.ArchiveSyncGroupPayload, error) {
	err := r.Catalog.ArchiveSyncGroup(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.SyncGroup.Get, in.ID, err)
	return &exec.ArchiveSyncGroupPayload{SyncGroup: entry, Errors: problems}, err
}

// RestoreSyncGroup is the mutation of the same name.
func (r mutationResolver) RestoreSyncGroup(ctx context.Context, in exec.RestoreSyncGroupInput) (*exec.RestoreSyncGroupPayload, error) {
	err := r.Catalog.RestoreSyncGroup(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.SyncGroup.Get, in.ID, err)
	return &exec.RestoreSyncGroupPayload{SyncGroup: entry, Errors: problems}, err
}

// CreateSector is the mutation of the same name.
func (r mutationResolver) CreateSector(ctx context.Context, in exec.CreateSectorInput) (*exec.CreateSectorPayload, error) {
	id, err := r.Catalog.CreateSector(ctx, catalog.SectorInput{Name: in.Name, Code: given(in.Code), UserIDs: in.UserIds.Value()}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Sector.Get, id, err)
	return &exec.CreateSectorPayload{Sector: entry, Errors: problems}, err
}

// UpdateSector is the mutation of the same name.
func (r mutationResolver) UpdateSector(ctx context.Context, in exec.UpdateSectorInput) (*exec.UpdateSectorPayload, error) {
	_, err := r.Catalog.UpdateSector(ctx, in.ID, in.Version, catalog.SectorChange{Name: given(in.Name), Code: given(in.Code), UserIDs: list(in.UserIds)}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Sector.Get, in.ID, err)
	return &exec.UpdateSectorPayload{Sector: entry, Errors: problems}, err
}

// ArchiveSector is the mutation of the same name.
func (r mutationResolver) ArchiveSector(ctx context.Context, in exec.ArchiveSectorInput) (*exec.ArchiveSectorPayload, error) {
	err := r.Catalog.ArchiveSector(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Sector.Get, in.ID, err)
	return &exec.ArchiveSectorPayload{Sector: entry, Errors: problems}, err
}

// RestoreSector is the mutation of the same name.
func (r mutationResolver) RestoreSector(ctx context.Context, in exec.RestoreSectorInput) (*exec.RestoreSectorPayload, error) {
	err := r.Catalog.RestoreSector(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Sector.Get, in.ID, err)
	return &exec.RestoreSectorPayload{Sector: entry, Errors: problems}, err
}
