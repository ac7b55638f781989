// Package delivery owns what people do with the log of callbacks (domain rule C4): a body is shown with everything
// personal hidden, what it hinted at and whether that was read is told, and deliveries are delivered again.
//
// It refuses to take callbacks in, which is package callback's, and to read anything from Reclame Aqui: delivering
// again puts hints (package inbox), and the syncer reads. Package graph calls it, for administrators alone.
package delivery

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db/callbackdelivery"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/inbox"
)

// Service has the verbs of the log.
type Service struct {
	database *database.DB
	inbox    *inbox.Inbox
	now      func() time.Time
}

// New makes the service.
func New(d *database.DB, in *inbox.Inbox, now func() time.Time) *Service {
	return &Service{database: d, inbox: in, now: now}
}

// administrator lets only one read the log, and as the product itself, because hints are the product's.
func administrator(ctx context.Context) (context.Context, error) {
	_, err := identity.Require(ctx, user.RoleADMIN)
	return identity.System(ctx), err
}

// maxShown is how many bytes of a body are read to be shown.
const maxShown = 64 << 10

// Body is one as it is shown.
type Body struct {
	// Size is in bytes, of the whole body.
	Size int
	// Masked is Mask's of the first 64 KiB; "" where only the size is shown.
	Masked string
}

// Bodies are those of deliveries. Administrators only.
func (s *Service) Bodies(ctx context.Context, ids []string) (_ map[string]Body, err error) {
	defer fault.Wrap(&err, "delivery.Bodies")
	if ctx, err = administrator(ctx); err != nil {
		return nil, err
	}
	var rows []struct {
		ID          string `json:"id"`
		ContentType string `json:"content_type"`
		Size        int    `json:"size"`
		Shown       []byte `json:"shown"`
	}
	size := func(s *sql.Selector) string {
		return sql.As("COALESCE(LENGTH("+s.C(callbackdelivery.FieldBody)+"), 0)", "size")
	}
	shown := func(s *sql.Selector) string {
		return sql.As(fmt.Sprintf("SUBSTR(%s, 1, %d)", s.C(callbackdelivery.FieldBody), maxShown), "shown")
	}
	err = s.database.Reader.CallbackDelivery.Query().Where(callbackdelivery.IDIn(ids...)).
		Select(callbackdelivery.FieldID, callbackdelivery.FieldContentType).Aggregate(size, shown).Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	bodies := make(map[string]Body, len(rows))
	for _, row := range rows {
		if row.Size > len(row.Shown) && !looksJSON(row.Shown) {
			row.Shown = row.Shown[:max(bytes.LastIndexByte(row.Shown, '&'), 0)] // half a value may look like an id
		}
		bodies[row.ID] = Body{Size: row.Size, Masked: Mask(row.ContentType, row.Shown)}
	}
	return bodies, nil
}
