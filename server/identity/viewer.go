// Package identity owns who is asking: users and their passwords, sign-in, the tokens of a
// session, the viewer in a context, and the guard on the reader client that decides which
// rows exist for that viewer.
//
// It refuses to know transports: the graph and the sockets hand it an Authorization value
// and get a context back. It sends no mail and keeps no password or token in clear.
// Package graph calls the verbs, package app attaches the guard and makes the service, and
// every service above asks Require in its first line.
package identity

import (
	"context"
	"slices"
	"time"

	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/fault"
)

// Viewer is the signed-in user on whose behalf something is done, as the database knew him
// when the request was authenticated.
type Viewer struct {
	UserID    string
	Name      string
	Email     string
	Role      user.Role
	SectorIDs []string
	SessionID string
}

// Sees says whether tickets of a sector exist for the viewer (domain rule T4), as the guard decides
// it for the reader.
func (v Viewer) Sees(sectorID string) bool {
	switch v.Role {
	case user.RoleADMIN, user.RoleSUPERVISOR:
		return true
	case user.RoleAGENT:
		return slices.Contains(v.SectorIDs, sectorID)
	}
	return false
}

// asker is a viewer, or the product itself.
type asker struct {
	viewer Viewer
	system bool
}

type (
	askerKey   struct{}
	expiresKey struct{}
	// lapsedKey holds the session of a token that has ended.
	lapsedKey struct{}
)

// With says that a viewer is asking. It replaces whoever asked before, the system too.
func With(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, askerKey{}, asker{viewer: v})
}

// System says that the product's own work is asking, which sees every row and may do every
// verb. It hides the viewer of the context, so take From first where both are needed.
func System(ctx context.Context) context.Context {
	return context.WithValue(ctx, askerKey{}, asker{system: true})
}

// From gives the viewer; ok is false when nobody is signed in and when the system asks.
func From(ctx context.Context) (v Viewer, ok bool) {
	a, ok := ctx.Value(askerKey{}).(asker)
	return a.viewer, ok && !a.system
}

// Actor is the id of the viewer, as the audit names who did something; nil when the system asks.
func Actor(ctx context.Context) *string {
	v, ok := From(ctx)
	if !ok {
		return nil
	}
	return &v.UserID
}

// IsSystem says whether the product's own work is asking.
func IsSystem(ctx context.Context) bool {
	a, _ := ctx.Value(askerKey{}).(asker)
	return a.system
}

// Require is the first line of a verb: it gives the viewer when his role is one of those
// named (any role when none is), else Unauthenticated or Forbidden. The system may do
// everything; its viewer is the zero one.
func Require(ctx context.Context, roles ...user.Role) (Viewer, error) {
	if IsSystem(ctx) {
		return Viewer{}, nil
	}
	v, ok := From(ctx)
	if !ok {
		return Viewer{}, fault.New(fault.Unauthenticated)
	}
	if len(roles) > 0 && !slices.Contains(roles, v.Role) {
		return Viewer{}, fault.New(fault.Forbidden)
	}
	return v, nil
}

// ExpiresAt is when the access token that the context was authenticated with ends; a socket
// closes then. ok is false without a token.
func ExpiresAt(ctx context.Context) (at time.Time, ok bool) {
	at, ok = ctx.Value(expiresKey{}).(time.Time)
	return at, ok
}
