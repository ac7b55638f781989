package graph

import (
	"context"

	"citrus.cx/channel/ent/db"
)

// Files is the field of the same name.
func (r outboundAttemptResolver) Files(ctx context.Context, a *db.OutboundAttempt) ([]*db.Upload, error) {
	return loadersOf(ctx).files.Load(ctx, a.ID)
}

// Size is the field of the same name. The route lets nothing in that does not fit.
func (r uploadResolver) Size(_ context.Context, u *db.Upload) (int, error) { return int(u.Size), nil }
