package graph

import (
	"context"

	"citrus.cx/channel/ent/db"
)

// The entries of the lists and the users have one computed field in common: how many integrations use them.
type (
	customerTypeResolver   struct{ *resolver }
	regionResolver         struct{ *resolver }
	syncGroupResolver      struct{ *resolver }
	sectorResolver         struct{ *resolver }
	occurrenceTypeResolver struct{ *resolver }
	occurrenceResolver     struct{ *resolver }
	solutionResolver       struct{ *resolver }
	userResolver           struct{ *resolver }
)

func used(ctx context.Context, id string) (*int, error) {
	n, err := loadersOf(ctx).usage.Load(ctx, id)
	return &n, err
}

// IntegrationCount is the field of the same name.
func (r customerTypeResolver) IntegrationCount(ctx context.Context, e *db.CustomerType) (*int, error) {
	return used(ctx, e.ID)
}

// IntegrationCount is the field of the same name.
func (r regionResolver) IntegrationCount(ctx context.Context, e *db.Region) (*int, error) {
	return used(ctx, e.ID)
}

// IntegrationCount is the field of the same name.
func (r syncGroupResolver) IntegrationCount(ctx context.Context, e *db.SyncGroup) (*int, error) {
	return used(ctx, e.ID)
}

// IntegrationCount is the field of the same name.
func (r sectorResolver) IntegrationCount(ctx context.Context, e *db.Sector) (*int, error) {
	return used(ctx, e.ID)
}

// IntegrationCount is the field of the same name.
func (r occurrenceTypeResolver) IntegrationCount(ctx context.Context, e *db.OccurrenceType) (*int, error) {
	return used(ctx, e.ID)
}

// IntegrationCount is the field of the same name.
func (r occurrenceResolver) IntegrationCount(ctx context.Context, e *db.Occurrence) (*int, error) {
	return used(ctx, e.ID)
}

// IntegrationCount is the field of the same name.
func (r solutionResolver) IntegrationCount(ctx context.Context, e *db.Solution) (*int, error) {
	return used(ctx, e.ID)
}

// IntegrationCount is the field of the same name.
func (r userResolver) IntegrationCount(ctx context.Context, e *db.User) (*int, error) {
	return used(ctx, e.ID)
}
