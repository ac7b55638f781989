package graph

import (
	"context"
	"strconv"

	"entgo.io/contrib/entgql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/predicate"
	"citrus.cx/channel/ent/db/quarantine"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/mirror"
)

// lastSetAsideFirst orders quarantined complaints by their ids, which sort by their first failure.
var lastSetAsideFirst = &db.QuarantineOrder{Direction: entgql.OrderDirectionDesc, Field: db.DefaultQuarantineOrder.Field}

// QuarantinedComplaints is the field of the same name.
func (r queryResolver) QuarantinedComplaints(
	ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string], filter *exec.QuarantinedComplaintFilter,
) (*db.QuarantineConnection, error) {
	if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
		return nil, err
	}
	query := r.Reader.Quarantine.Query()
	if filter != nil {
		if ids := filter.IntegrationIds.Value(); ids != nil {
			query.Where(quarantine.IntegrationIDIn(ids...))
		}
		if reason := given(filter.Reason); reason != nil {
			query.Where(mirror.SetAsideFor(mirror.Reason(*reason)))
		}
	}
	return query.Paginate(ctx, after, first, before, last, db.WithQuarantineOrder(lastSetAsideFirst))
}

// quarantined is one of them as a node; null when it is not there.
func (r *resolver) quarantined(ctx context.Context, id string) (db.Noder, error) {
	row, err := r.Reader.Quarantine.Get(ctx, id)
	if row == nil {
		_, err = orNull(row, err)
		return nil, err
	}
	return row, err
}

// Integration is the field of the same name.
func (r quarantineResolver) Integration(ctx context.Context, q *db.Quarantine) (*db.Integration, error) {
	return loadersOf(ctx).owner.Load(ctx, q.IntegrationID)
}

// ComplaintID is the field complaintId.
func (r quarantineResolver) ComplaintID(_ context.Context, q *db.Quarantine) (string, error) {
	return strconv.FormatInt(q.ComplaintID, 10), nil
}

// Reason is the field of the same name.
func (r quarantineResolver) Reason(_ context.Context, q *db.Quarantine) (exec.QuarantineReason, error) {
	return exec.QuarantineReason(mirror.ReasonOf(q.Reason)), nil
}

// Detail is the field of the same name. Of a reason that has no word of its own it is the reason.
func (r quarantineResolver) Detail(_ context.Context, q *db.Quarantine) (*string, error) {
	detail := q.Detail
	if detail == "" && mirror.ReasonOf(q.Reason) == mirror.OtherReason {
		detail = q.Reason
	}
	if detail == "" {
		return nil, nil
	}
	return &detail, nil
}

// Ticket is the field of the same name.
func (r quarantineResolver) Ticket(ctx context.Context, q *db.Quarantine) (*db.Ticket, error) {
	return loadersOf(ctx).mirrored.Load(ctx, q.ID)
}

// RetryQuarantined is the mutation of the same name.
func (r mutationResolver) RetryQuarantined(ctx context.Context, in exec.RetryQuarantinedInput) (*exec.RetryQuarantinedPayload, error) {
	ids, of := list(in.Ids), given(in.IntegrationID)
	named := []string{}
	if ids != nil {
		named = *ids
	}
	count, err := r.Mirror.RetryQuarantined(ctx, named, of, text(in.IdempotencyKey))
	problems, internal := userErrors(ctx, err)
	out := &exec.RetryQuarantinedPayload{RetriedCount: count, Complaints: []*db.Quarantine{}, Errors: problems}
	if err != nil {
		return out, internal
	}
	query := r.Reader.Quarantine.Query().Where(quarantine.IDIn(named...))
	if of != nil {
		query = r.Reader.Quarantine.Query().Where(quarantine.IntegrationID(*of)).Limit(maxPage)
	}
	out.Complaints, err = query.Order(db.Desc(quarantine.FieldID)).All(ctx)
	return out, err
}

// owners reads the integrations that rows belong to.
func (r *resolver) owners(ctx context.Context, ids []string) (map[string]*db.Integration, error) {
	rows, err := r.Reader.Integration.Query().Where(integration.IDIn(ids...)).All(ctx)
	owners := make(map[string]*db.Integration, len(rows))
	for _, row := range rows {
		owners[row.ID] = row
	}
	return owners, err
}

// mirrored reads the tickets of quarantined complaints, where they have one.
func (r *resolver) mirrored(ctx context.Context, ids []string) (map[string]*db.Ticket, error) {
	type place struct {
		integrationID string
		complaintID   int64
	}
	rows, err := r.Reader.Quarantine.Query().Where(quarantine.IDIn(ids...)).All(ctx)
	if err != nil {
		return nil, err
	}
	byIntegration := map[string][]int64{}
	for _, q := range rows {
		byIntegration[q.IntegrationID] = append(byIntegration[q.IntegrationID], q.ComplaintID)
	}
	any := []predicate.Ticket{}
	for id, complaints := range byIntegration {
		any = append(any, ticket.And(ticket.IntegrationID(id), ticket.ComplaintIDIn(complaints...)))
	}
	tickets, err := r.Reader.Ticket.Query().Where(ticket.Or(any...)).All(ctx)
	if err != nil {
		return nil, err
	}
	at := make(map[place]*db.Ticket, len(tickets))
	for _, t := range tickets {
		at[place{t.IntegrationID, t.ComplaintID}] = t
	}
	found := make(map[string]*db.Ticket, len(rows))
	for _, q := range rows {
		found[q.ID] = at[place{q.IntegrationID, q.ComplaintID}]
	}
	return found, nil
}
