package graph

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/graph/internal/exec"
)

// CallbackURL is the field callbackUrl.
func (r integrationResolver) CallbackURL(ctx context.Context, row *db.Integration) (*string, error) {
	callbacks, err := loadersOf(ctx).callback.Load(ctx, row.ID)
	return &callbacks.URL, err
}

// ReplacedCallbackUrls is the field of the same name.
func (r integrationResolver) ReplacedCallbackUrls(ctx context.Context, row *db.Integration) ([]*exec.ReplacedCallbackURL, error) {
	callbacks, err := loadersOf(ctx).callback.Load(ctx, row.ID)
	out := []*exec.ReplacedCallbackURL{}
	for _, t := range callbacks.Replaced {
		out = append(out, &exec.ReplacedCallbackURL{LastUsedAt: t.LastUsedAt, EndsAt: *t.ExpiresAt})
	}
	return out, err
}

// CallbackURLLastUsedAt is the field callbackUrlLastUsedAt.
func (r integrationResolver) CallbackURLLastUsedAt(ctx context.Context, row *db.Integration) (*time.Time, error) {
	callbacks, err := loadersOf(ctx).callback.Load(ctx, row.ID)
	return callbacks.LastUsedAt, err
}
