package delivery

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/callbackdelivery"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/idempotency"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/inbox"
)

// Bounds of one call: it is one transaction, which others wait for.
const (
	maxNamed    = 1000
	maxRange    = 10_000
	maxHints    = 10_000
	updateChunk = 500
)

// Order says what to deliver again: deliveries by their ids, or an integration's of a time.
type Order struct {
	DeliveryIDs   []string
	IntegrationID string
	// From and To bound the time of receipt, the first inclusive and the second not; nil = no bound.
	From, To *time.Time
}

// Outcome counts what was delivered again.
type Outcome struct {
	Deliveries int
	// Hints are the different complaints among what they hint at, polls counting as one an integration.
	Hints int
}

// Redeliver puts the hints of deliveries again, so that what they point at is read as if they had come just now. Each
// of them counts it. Administrators only. Required or Invalid at deliveryIds unless there is either a list or an
// integration, OutOfRange there over 1,000; NotFound at deliveryIds or integrationId; Invalid at receivedTo for more
// than 10,000 deliveries or hints; InvalidState for an integration whose hints nobody reads.
func (s *Service) Redeliver(ctx context.Context, o Order, key string) (_ Outcome, err error) {
	defer fault.Wrap(&err, "delivery.Redeliver")
	viewer, err := identity.Require(ctx, user.RoleADMIN)
	if err != nil {
		return Outcome{}, err
	}
	if err := o.check(); err != nil {
		return Outcome{}, err
	}
	result, err := idempotency.Once(ctx, s.database, viewer.UserID, "redeliverCallbacks", key, o,
		func(ctx context.Context, tx *db.Tx) (string, error) {
			done, err := s.redeliver(ctx, tx, o)
			return fmt.Sprintf("%d %d", done.Deliveries, done.Hints), err
		})
	if err != nil {
		return Outcome{}, err
	}
	var done Outcome
	_, err = fmt.Sscanf(result, "%d %d", &done.Deliveries, &done.Hints)
	return done, err
}

func (o Order) check() error {
	switch named, ranged := len(o.DeliveryIDs) > 0, o.IntegrationID != "" || o.From != nil || o.To != nil; {
	case named && ranged:
		return fault.New(fault.Invalid, "deliveryIds").With("reason", fault.Text{
			PT: "informe as notificações ou a configuração com o período, não ambos", EN: "name deliveries, or an integration and a time, not both",
		})
	case !named && !ranged:
		return fault.New(fault.Required, "deliveryIds")
	case len(o.DeliveryIDs) > maxNamed:
		return fault.New(fault.OutOfRange, "deliveryIds").With("min", 1).With("max", maxNamed)
	case ranged && o.IntegrationID == "":
		return fault.New(fault.Required, "integrationId")
	case o.From != nil && o.To != nil && !o.From.Before(*o.To):
		return fault.New(fault.Invalid, "receivedTo").With("reason", fault.Text{PT: "o fim vem antes do início", EN: "the end is before the beginning"})
	}
	return nil
}

func (s *Service) redeliver(ctx context.Context, tx *db.Tx, o Order) (Outcome, error) {
	rows, err := s.chosen(ctx, tx, o)
	if err != nil {
		return Outcome{}, err
	}
	hints := map[string]map[inbox.Reference]bool{}
	done := Outcome{Deliveries: len(rows)}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
		of := hints[row.IntegrationID]
		if of == nil {
			of = map[inbox.Reference]bool{}
			hints[row.IntegrationID] = of
		}
		for _, ref := range references(row) {
			of[ref] = true
		}
	}
	for _, of := range hints {
		done.Hints += len(of)
	}
	if done.Hints > maxHints {
		return Outcome{}, tooMany(o)
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	for _, integrationID := range slices.Sorted(maps.Keys(hints)) { // sorted, as all who put hints do: no deadlock
		refs := slices.Collect(maps.Keys(hints[integrationID]))
		if err := s.inbox.PutAt(ctx, tx, integrationID, hint.CauseCALLBACK, now, refs...); err != nil {
			return Outcome{}, err
		}
	}
	for part := range slices.Chunk(ids, updateChunk) {
		err := tx.CallbackDelivery.Update().Where(callbackdelivery.IDIn(part...)).
			SetRedeliveredAt(now).AddRedeliveries(1).Exec(ctx)
		if err != nil {
			return Outcome{}, err
		}
	}
	return done, s.record(ctx, tx, rows)
}

// chosen reads the deliveries of an order, the oldest first.
func (s *Service) chosen(ctx context.Context, tx *db.Tx, o Order) ([]*db.CallbackDelivery, error) {
	query := tx.CallbackDelivery.Query().Order(callbackdelivery.ByID()).Limit(maxRange + 1)
	wanted := 0
	if len(o.DeliveryIDs) > 0 {
		ids := slices.Compact(slices.Sorted(slices.Values(o.DeliveryIDs)))
		wanted = len(ids)
		query.Where(callbackdelivery.IDIn(ids...))
	} else {
		query.Where(callbackdelivery.IntegrationID(o.IntegrationID))
		if o.From != nil {
			query.Where(callbackdelivery.ReceivedAtGTE(o.From.UTC()))
		}
		if o.To != nil {
			query.Where(callbackdelivery.ReceivedAtLT(o.To.UTC()))
		}
		if err := readable(ctx, tx, "integrationId", o.IntegrationID); err != nil {
			return nil, err
		}
	}
	rows, err := query.Select(callbackdelivery.FieldIntegrationID, callbackdelivery.FieldReferences).All(ctx)
	switch {
	case err != nil:
		return nil, err
	case len(rows) < wanted:
		return nil, fault.New(fault.NotFound, "deliveryIds")
	case len(rows) > maxRange:
		return nil, tooMany(o)
	}
	if wanted > 0 {
		integrationIDs, _ := distinct(rows)
		return rows, readable(ctx, tx, "deliveryIds", integrationIDs...)
	}
	return rows, nil
}

// readable refuses integrations that nobody reads for: their hints would lie there for ever.
func readable(ctx context.Context, tx *db.Tx, field string, integrationIDs ...string) error {
	rows, err := tx.Integration.Query().Where(integration.IDIn(integrationIDs...)).Select(integration.FieldState).All(ctx)
	if err != nil {
		return err
	}
	if len(rows) < len(integrationIDs) {
		return fault.New(fault.NotFound, field)
	}
	for _, row := range rows {
		switch row.State {
		case integration.StateDRAFT:
			return fault.New(fault.InvalidState, field).With("state", fault.Text{PT: "a configuração é um rascunho", EN: "the integration is a draft"})
		case integration.StateARCHIVED:
			return fault.New(fault.InvalidState, field).With("state", fault.Text{PT: "a configuração está arquivada", EN: "the integration is archived"})
		}
	}
	return nil
}

func tooMany(o Order) error {
	field := "receivedTo"
	if len(o.DeliveryIDs) > 0 {
		field = "deliveryIds"
	}
	return fault.New(fault.Invalid, field).With("reason", fault.Text{
		PT: fmt.Sprintf("mais de %d de uma vez; escolha um período menor", maxRange),
		EN: fmt.Sprintf("more than %d at once; choose a shorter time", maxRange),
	})
}
