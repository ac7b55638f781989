package graph

import (
	"context"

	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/catalog"
	"citrus.cx/channel/server/identity"
)

// CreateOccurrenceType is the mutation of the same name.
func (r mutationResolver) CreateOccurrenceType(ctx context.Context, in exec.CreateOccurrenceTypeInput) (*exec.CreateOccurrenceTypePayload, error) {
	id, err := r.Catalog.CreateOccurrenceType(ctx, catalog.OccurrenceTypeInput{Name: in.Name, Code: given(in.Code), SectorID: in.SectorID}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.OccurrenceType.Get, id, err)
	return &exec.CreateOccurrenceTypePayload{OccurrenceType: entry, Errors: problems}, err
}

// UpdateOccurrenceType is the mutation of the same name.
func (r mutationResolver) UpdateOccurrenceType(ctx context.Context, in exec.UpdateOccurrenceTypeInput) (*exec.UpdateOccurrenceTypePayload, error) {
	_, err := r.Catalog.UpdateOccurrenceType(ctx, in.ID, in.Version, catalog.OccurrenceTypeChange{Name: given(in.Name), Code: given(in.Code)}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.OccurrenceType.Get, in.ID, err)
	return &exec.UpdateOccurrenceTypePayload{OccurrenceType: entry, Errors: problems}, err
}

// ArchiveOccurrenceType is the mutation of the same name.
func (r mutationResolver) ArchiveOccurrenceType(ctx context.Context, in exec.ArchiveOccurrenceTypeInput) (*exec.ArchiveOccurrenceTypePayload, error) {
	err := r.Catalog.ArchiveOccurrenceType(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.OccurrenceType.Get, in.ID, err)
	return &exec.ArchiveOccurrenceTypePayload{OccurrenceType: entry, Errors: problems}, err
}

// RestoreOccurrenceType is the mutation of the same name.
func (r mutationResolver) RestoreOccurrenceType(ctx context.Context, in exec.RestoreOccurrenceTypeInput) (*exec.RestoreOccurrenceTypePayload, error) {
	err := r.Catalog.RestoreOccurrenceType(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.OccurrenceType.Get, in.ID, err)
	return &exec.RestoreOccurrenceTypePayload{OccurrenceType: entry, Errors: problems}, err
}

// CreateOccurrence is the mutation of the same name.
func (r mutationResolver) CreateOccurrence(ctx context.Context, in exec.CreateOccurrenceInput) (*exec.CreateOccurrencePayload, error) {
	id, err := r.Catalog.CreateOccurrence(ctx, catalog.OccurrenceInput{
		Name: in.Name, Code: given(in.Code), OccurrenceTypeID: in.OccurrenceTypeID,
		SLAValue: given(in.SLAValue), SLAUnit: given(in.SLAUnit),
	}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Occurrence.Get, id, err)
	return &exec.CreateOccurrencePayload{Occurrence: entry, Errors: problems}, err
}

// UpdateOccurrence is the mutation of the same name.
func (r mutationResolver) UpdateOccurrence(ctx context.Context, in exec.UpdateOccurrenceInput) (*exec.UpdateOccurrencePayload, error) {
	_, err := r.Catalog.UpdateOccurrence(ctx, in.ID, in.Version, catalog.OccurrenceChange{
		Name: given(in.Name), Code: given(in.Code),
		SLAValue: given(in.SLAValue), SLAUnit: given(in.SLAUnit),
		ClearSLA: in.SLAValue.IsSet() && in.SLAValue.Value() == nil && in.SLAUnit.IsSet() && in.SLAUnit.Value() == nil,
	}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Occurrence.Get, in.ID, err)
	return &exec.UpdateOccurrencePayload{Occurrence: entry, Errors: problems}, err
}

// ArchiveOccurrence is the mutation of the same name.
func (r mutationResolver) ArchiveOccurrence(ctx context.Context, in exec.ArchiveOccurrenceInput) (*exec.ArchiveOccurrencePayload, error) {
	err := r.Catalog.ArchiveOccurrence(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Occurrence.Get, in.ID, err)
	return &exec.ArchiveOccurrencePayload{Occurrence: entry, Errors: problems}, err
}

// RestoreOccurrence is the mutation of the same name.
func (r mutationResolver) RestoreOccurrence(ctx context.Context, in exec.RestoreOccurrenceInput) (*exec.RestoreOccurrencePayload, error) {
	err := r.Catalog.RestoreOccurrence(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Occurrence.Get, in.ID, err)
	return &exec.RestoreOccurrencePayload{Occurrence: entry, Errors: problems}, err
}

// CreateSolution is the mutation of the same name.
func (r mutationResolver) CreateSolution(ctx context.Context, in exec.CreateSolutionInput) (*exec.CreateSolutionPayload, error) {
	id, err := r.Catalog.CreateSolution(ctx, catalog.SolutionInput{Name: in.Name, Code: given(in.Code), OccurrenceID: in.OccurrenceID}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Solution.Get, id, err)
	return &exec.CreateSolutionPayload{Solution: entry, Errors: problems}, err
}

// UpdateSolution is the mutation of the same name.
func (r mutationResolver) UpdateSolution(ctx context.Context, in exec.UpdateSolutionInput) (*exec.UpdateSolutionPayload, error) {
	_, err := r.Catalog.UpdateSolution(ctx, in.ID, in.Version, catalog.SolutionChange{Name: given(in.Name), Code: given(in.Code)}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Solution.Get, in.ID, err)
	return &exec.UpdateSolutionPayload{Solution: entry, Errors: problems}, err
}

// ArchiveSolution is the mutation of the same name.
func (r mutationResolver) ArchiveSolution(ctx context.Context, in exec.ArchiveSolutionInput) (*exec.ArchiveSolutionPayload, error) {
	err := r.Catalog.ArchiveSolution(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Solution.Get, in.ID, err)
	return &exec.ArchiveSolutionPayload{Solution: entry, Errors: problems}, err
}

// RestoreSolution is the mutation of the same name.
func (r mutationResolver) RestoreSolution(ctx context.Context, in exec.RestoreSolutionInput) (*exec.RestoreSolutionPayload, error) {
	err := r.Catalog.RestoreSolution(ctx, in.ID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Solution.Get, in.ID, err)
	return &exec.RestoreSolutionPayload{Solution: entry, Errors: problems}, err
}

// CreateUser is the mutation of the same name.
func (r mutationResolver) CreateUser(ctx context.Context, in exec.CreateUserInput) (*exec.CreateUserPayload, error) {
	id, err := r.Identity.CreateUser(ctx, identity.NewUser{
		Email: in.Email, Name: in.Name, Role: in.Role, Password: in.Password, SectorIDs: in.SectorIds.Value(),
	}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.User.Get, id, err)
	return &exec.CreateUserPayload{User: entry, Errors: problems}, err
}

// UpdateUser is the mutation of the same name.
func (r mutationResolver) UpdateUser(ctx context.Context, in exec.UpdateUserInput) (*exec.UpdateUserPayload, error) {
	_, err := r.Identity.UpdateUser(ctx, in.ID, in.Version, identity.UserChange{
		Email: given(in.Email), Name: given(in.Name), Role: given(in.Role), Password: given(in.Password), SectorIDs: list(in.SectorIds),
	}, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.User.Get, in.ID, err)
	return &exec.UpdateUserPayload{User: entry, Errors: problems}, err
}

// ArchiveUser is the mutation of the same name.
func (r mutationResolver) ArchiveUser(ctx context.Context, in exec.ArchiveUserInput) (*exec.ArchiveUserPayload, error) {
	err := r.Identity.ArchiveUser(ctx, in.ID, nil, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.User.Get, in.ID, err)
	return &exec.ArchiveUserPayload{User: entry, Errors: problems}, err
}

// RestoreUser is the mutation of the same name.
func (r mutationResolver) RestoreUser(ctx context.Context, in exec.RestoreUserInput) (*exec.RestoreUserPayload, error) {
	err := r.Identity.RestoreUser(ctx, in.ID, nil, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.User.Get, in.ID, err)
	return &exec.RestoreUserPayload{User: entry, Errors: problems}, err
}
