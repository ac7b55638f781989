package integration

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/callbacktoken"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// Limits of the overlap, in hours: a month is beyond any change at Reclame Aqui.
const (
	defaultOverlap = 24
	maxOverlap     = 720
)

// RotateCallback makes a new callback address; the old one keeps working for the overlap (rule A5).
func (s *Service) RotateCallback(ctx context.Context, id string, overlapHours *int, key string) (_ string, err error) {
	defer fault.Wrap(&err, "integration.RotateCallback")
	if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
		return "", err
	}
	hours := defaultOverlap
	if overlapHours != nil {
		hours = *overlapHours
	}
	var problems fault.List
	checkRange(Set[int]{Given: true, Value: &hours}, "overlapHours", 0, maxOverlap, &problems)
	if err := problems.Err(); err != nil {
		return "", err
	}
	return s.verb(ctx, "rotateCallbackUrl", id, key, []any{id, hours}, func(ctx context.Context, tx *db.Tx, row *db.Integration) error {
		if row.State == integration.StateARCHIVED {
			return wrongState(row.State)
		}
		ends := s.options.Now().Add(time.Duration(hours) * time.Hour)
		err := tx.CallbackToken.Update().
			Where(callbacktoken.IntegrationID(id), callbacktoken.ExpiresAtIsNil()).SetExpiresAt(ends).Exec(ctx)
		if err != nil {
			return err
		}
		return s.newCallbackToken(ctx, tx, id)
	})
}
