package graph

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/identity"
)

// Viewer is the field of the same name.
func (r queryResolver) Viewer(ctx context.Context) (*db.User, error) {
	viewer, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	query, err := r.Reader.User.Query().Where(user.ID(viewer.UserID)).CollectFields(ctx, "User")
	if err != nil {
		return nil, err
	}
	return query.Only(ctx)
}

// SignIn is the mutation of the same name.
func (r mutationResolver) SignIn(ctx context.Context, in exec.SignInInput) (*exec.SignInPayload, error) {
	tokens, err := r.Identity.SignIn(ctx, in.Email, in.Password)
	viewer, problems, err := r.signedIn(ctx, tokens, err)
	out := &exec.SignInPayload{Viewer: viewer, Errors: problems}
	if viewer != nil {
		out.AccessToken, out.RefreshToken, out.ExpiresAt = &tokens.AccessToken, &tokens.RefreshToken, &tokens.ExpiresAt
	}
	return out, err
}

// RefreshSession is the mutation of the same name.
func (r mutationResolver) RefreshSession(ctx context.Context, in exec.RefreshSessionInput) (*exec.RefreshSessionPayload, error) {
	tokens, err := r.Identity.Refresh(ctx, in.RefreshToken)
	viewer, problems, err := r.signedIn(ctx, tokens, err)
	out := &exec.RefreshSessionPayload{Viewer: viewer, Errors: problems}
	if viewer != nil {
		out.AccessToken, out.RefreshToken, out.ExpiresAt = &tokens.AccessToken, &tokens.RefreshToken, &tokens.ExpiresAt
	}
	return out, err
}

// signedIn reads who has just signed in; the request itself came without a viewer.
func (r mutationResolver) signedIn(ctx context.Context, tokens identity.Tokens, err error) (*db.User, []*exec.UserError, error) {
	return changed(ctx, func(ctx context.Context, id string) (*db.User, error) {
		return r.Reader.User.Get(identity.System(ctx), id)
	}, tokens.UserID, err)
}

// Viewer is the field of the same name.
func (r signInPayloadResolver) Viewer(ctx context.Context, p *exec.SignInPayload) (*db.User, error) {
	return r.newViewer(ctx, p.Viewer)
}

// Viewer is the field of the same name.
func (r refreshSessionPayloadResolver) Viewer(ctx context.Context, p *exec.RefreshSessionPayload) (*db.User, error) {
	return r.newViewer(ctx, p.Viewer)
}

// newViewer reads all that was asked of a viewer whose request came without one: nothing is left to be
// loaded later, when nobody would be asking.
func (r *resolver) newViewer(ctx context.Context, known *db.User) (*db.User, error) {
	if known == nil {
		return nil, nil
	}
	query, err := r.Reader.User.Query().Where(user.ID(known.ID)).CollectFields(ctx, "User")
	if err != nil {
		return nil, err
	}
	return query.Only(identity.System(ctx))
}

// SignOut is the mutation of the same name.
func (r mutationResolver) SignOut(ctx context.Context) (*exec.SignOutPayload, error) {
	problems, err := userErrors(ctx, r.Identity.SignOut(ctx))
	return &exec.SignOutPayload{Errors: problems}, err
}
