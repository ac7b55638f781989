package integration

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

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

// Callbacks are the addresses of one integration.
type Callbacks struct {
	// URL is the address to enter at Reclame Aqui, LastUsedAt when it was last called.
	URL        string
	LastUsedAt *time.Time
	// Replaced are the addresses before it that still work, the latest first.
	Replaced []*db.CallbackToken
}

// Callbacks are the addresses of integrations. Administrators only.
func (s *Service) Callbacks(ctx context.Context, integrationIDs []string) (all map[string]Callbacks, err error) {
	defer fault.Wrap(&err, "integration.Callbacks")
	if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
		return nil, err
	}
	rows, err := s.database.Reader.CallbackToken.Query().
		Where(callbacktoken.IntegrationIDIn(integrationIDs...),
			callbacktoken.Or(callbacktoken.ExpiresAtIsNil(), callbacktoken.ExpiresAtGT(s.options.Now()))).
		Order(db.Desc(callbacktoken.FieldID)).All(identity.System(ctx))
	if err != nil {
		return nil, err
	}
	all = map[string]Callbacks{}
	for _, row := range rows {
		c := all[row.IntegrationID]
		if row.ExpiresAt != nil {
			c.Replaced = append(c.Replaced, row)
			all[row.IntegrationID] = c
			continue
		}
		token, err := s.options.Keys.Open(row.Sealed, "callback_tokens", "sealed", row.ID)
		if err != nil {
			return nil, err
		}
		c.URL, c.LastUsedAt = s.options.PublicURL+CallbackPath+string(token), row.LastUsedAt
		all[row.IntegrationID] = c
	}
	return all, nil
}
