package mirror

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/predicate"
	"citrus.cx/channel/ent/db/quarantine"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/inbox"
)

// Reason is why a complaint was set aside, in the contract's words.
type Reason string

// The reasons; the contract's enum QuarantineReason has the same values.
const (
	Unreadable   Reason = "UNREADABLE"
	NotMergeable Reason = "NOT_MERGEABLE"
	OtherReason  Reason = "OTHER"
)

// stored are the texts that rows hold for a reason.
var stored = map[Reason][]string{
	Unreadable:   {"unreadable", "UNREADABLE"},
	NotMergeable: {"merge", "NOT_MERGEABLE"},
}

// ReasonOf says in the contract's words what a row holds.
func ReasonOf(text string) Reason {
	for reason, texts := range stored {
		if slices.Contains(texts, text) {
			return reason
		}
	}
	return OtherReason
}

// SetAsideFor is a predicate: the rows that hold a reason.
func SetAsideFor(reason Reason) predicate.Quarantine {
	if texts, known := stored[reason]; known {
		return quarantine.ReasonIn(texts...)
	}
	return quarantine.ReasonNotIn(slices.Concat(slices.Collect(maps.Values(stored))...)...)
}

// Bounds of one retry: by hand as many as a page shows, of an integration as many as fit a transaction.
const (
	maxRetried    = 100
	maxRetriedAll = 1000
)

// RetryQuarantined has quarantined complaints read again at once, some by their ids or all of an integration, and
// says how many. Those that have left the quarantine meanwhile are passed over.
func (s *Service) RetryQuarantined(ctx context.Context, ids []string, integrationID *string, key string) (n int, err error) {
	defer fault.Wrap(&err, "mirror.RetryQuarantined")
	result, err := s.verb(ctx, "retryQuarantined", key, []any{ids, integrationID}, func(ctx context.Context, tx *db.Tx) (string, error) {
		if err := named(ids, integrationID); err != nil {
			return "", err
		}
		groups, err := s.setAside(ctx, tx, ids, integrationID)
		if err != nil {
			return "", err
		}
		retried := 0
		for _, id := range slices.Sorted(maps.Keys(groups)) {
			if err := s.retry(ctx, tx, id, groups[id]); err != nil {
				return "", err
			}
			retried += len(groups[id])
		}
		return strconv.Itoa(retried), nil
	})
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(result)
}

// named checks that either complaints or an integration were named.
func named(ids []string, integrationID *string) error {
	switch {
	case len(ids) > 0 && integrationID != nil:
		return fault.New(fault.Invalid, "integrationId").With("reason", fault.Text{
			PT: "use ids ou integrationId, não ambos", EN: "use ids or integrationId, not both",
		})
	case len(ids) == 0 && integrationID == nil:
		return fault.New(fault.Required, "ids")
	case len(ids) > maxRetried:
		return fault.New(fault.OutOfRange, "ids").With("min", 1).With("max", maxRetried)
	}
	return nil
}

// setAside reads the complaints to be tried again, by integration: of all those of one that are not due anyway the
// ones that would wait longest come last.
func (s *Service) setAside(ctx context.Context, tx *db.Tx, ids []string, integrationID *string) (map[string][]*db.Quarantine, error) {
	query := tx.Quarantine.Query().Order(quarantine.ByRetryAt(), quarantine.ByID())
	if integrationID != nil {
		if _, err := s.active(ctx, tx, *integrationID, "integrationId"); err != nil {
			return nil, err
		}
		query.Where(quarantine.IntegrationID(*integrationID), quarantine.RetryAtGT(s.now())).Limit(maxRetriedAll)
	} else {
		query.Where(quarantine.IDIn(ids...))
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 && integrationID == nil && !slices.ContainsFunc(ids, isQuarantine) {
		return nil, fault.New(fault.NotFound, "ids")
	}
	groups := map[string][]*db.Quarantine{}
	for _, row := range rows {
		groups[row.IntegrationID] = append(groups[row.IntegrationID], row)
	}
	return groups, nil
}

// isQuarantine says whether an id could be of a complaint that has left the quarantine.
func isQuarantine(id string) bool { return strings.HasPrefix(id, schema.PrefixQuarantine+"_") }

// active reads an integration whose mirror runs: of another one nothing would be tried.
func (s *Service) active(ctx context.Context, tx *db.Tx, id, field string) (*db.Integration, error) {
	row, err := tx.Integration.Get(ctx, id)
	if db.IsNotFound(err) {
		return nil, fault.New(fault.NotFound, field)
	}
	if err == nil && row.State != integration.StateACTIVE {
		err = wrongState(field, row.State)
	}
	return row, err
}

// retry makes complaints of one integration due now.
func (s *Service) retry(ctx context.Context, tx *db.Tx, integrationID string, rows []*db.Quarantine) error {
	row, err := s.active(ctx, tx, integrationID, "ids")
	if err != nil {
		return err
	}
	now := s.now()
	ids, refs := make([]any, len(rows)), make([]inbox.Reference, len(rows))
	for i, q := range rows {
		ids[i], refs[i] = q.ID, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: strconv.FormatInt(q.ComplaintID, 10)}
	}
	// By hand: ent would also set updated_at, which says when the complaint last failed.
	statement, args := sql.Dialect(s.database.Dialect).Update(quarantine.Table).Set(quarantine.FieldRetryAt, now).
		Where(sql.In(quarantine.FieldID, ids...)).Query()
	if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
		return err
	}
	if err := s.options.Inbox.PutAt(ctx, tx, integrationID, hint.CauseRETRY, now, refs...); err != nil {
		return err
	}
	count := strconv.Itoa(len(rows))
	return s.record(ctx, tx, auditentry.ActionQUARANTINE_RETRIED, row, schema.FieldChange{Field: "retryQuarantined", New: &count})
}
