package integration

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/callbacktoken"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// CallbackPath is the route that Reclame Aqui notifies; the token follows it.
const CallbackPath = "/callbacks/reclame-aqui/"

// newCallbackToken makes the unguessable part of the callback's address: 256 random bits (rule A5).
// It is found by its hash; its sealed form is for showing it again.
func (s *Service) newCallbackToken(ctx context.Context, tx *db.Tx, integrationID string) error {
	random := make([]byte, 32)
	rand.Read(random) // never fails: crypto/rand aborts the process instead
	token := base64.RawURLEncoding.EncodeToString(random)
	sum := sha256.Sum256([]byte(token))
	id := schema.NewID(schema.PrefixCallbackToken)
	return tx.CallbackToken.Create().SetID(id).SetIntegrationID(integrationID).
		SetHash(hex.EncodeToString(sum[:])).
		SetSealed(s.options.Keys.Seal([]byte(token), "callback_tokens", "sealed", id)).Exec(ctx)
}

// CallbackURLs are the addresses to enter at Reclame Aqui, by integration. Administrators only.
func (s *Service) CallbackURLs(ctx context.Context, integrationIDs []string) (urls map[string]string, err error) {
	defer fault.Wrap(&err, "integration.CallbackURLs")
	if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
		return nil, err
	}
	rows, err := s.database.Reader.CallbackToken.Query().
		Where(callbacktoken.IntegrationIDIn(integrationIDs...), callbacktoken.ExpiresAtIsNil()).
		All(identity.System(ctx))
	if err != nil {
		return nil, err
	}
	urls = make(map[string]string, len(rows))
	for _, row := range rows {
		token, err := s.options.Keys.Open(row.Sealed, "callback_tokens", "sealed", row.ID)
		if err != nil {
			return nil, err
		}
		urls[row.IntegrationID] = s.options.PublicURL + CallbackPath + string(token)
	}
	return urls, nil
}
