package graph

import (
	"context"
	"math"
	"slices"

	"entgo.io/contrib/entgql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/reclameaqui"
)

// latestRunFirst orders runs by their ids, which sort by their beginning.
var latestRunFirst = &db.SyncRunOrder{Direction: entgql.OrderDirectionDesc, Field: db.DefaultSyncRunOrder.Field}

// SyncRuns is the field of the same name.
func (r queryResolver) SyncRuns(
	ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string], filter *exec.SyncRunFilter,
) (*db.SyncRunConnection, error) {
	if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
		return nil, err
	}
	query := r.Reader.SyncRun.Query()
	if filter != nil {
		runsWhere(query, *filter)
	}
	return query.Paginate(ctx, after, first, before, last, db.WithSyncRunOrder(latestRunFirst))
}

func runsWhere(query *db.SyncRunQuery, f exec.SyncRunFilter) {
	if ids := f.IntegrationIds.Value(); ids != nil {
		query.Where(syncrun.IntegrationIDIn(ids...))
	}
	if kinds := f.Kinds.Value(); kinds != nil {
		query.Where(syncrun.KindIn(kinds...))
	}
	if states := f.States.Value(); states != nil {
		query.Where(syncrun.StateIn(states...))
	}
	if from := given(f.StartedFrom); from != nil {
		query.Where(syncrun.StartedAtGTE(*from))
	}
	if to := given(f.StartedTo); to != nil {
		query.Where(syncrun.StartedAtLT(*to))
	}
}

// DurationMs is the field of the same name.
func (r syncRunResolver) DurationMs(_ context.Context, run *db.SyncRun) (int, error) {
	end := r.Now()
	if run.FinishedAt != nil {
		end = *run.FinishedAt
	}
	return int(min(max(end.Sub(run.StartedAt).Milliseconds(), 0), math.MaxInt32)), nil
}

// Error is the field of the same name.
func (r syncRunResolver) Error(ctx context.Context, run *db.SyncRun) (*exec.SyncRunError, error) {
	if run.ErrorCode == nil {
		return nil, nil
	}
	code, message := explained(ctx, *run.ErrorCode)
	return &exec.SyncRunError{Code: code, Message: message}, nil
}

// explained says a code that a row holds to a person.
//
// What is stored may be finer than the contract's codes: the words of health.
func explained(ctx context.Context, stored string) (code exec.ErrorCode, message string) {
	if code, ok := ofTrouble[stored]; ok {
		stored = string(code)
	}
	f := fault.New(fault.Code(stored)).With("reason", fault.Text{PT: "veja o registro do servidor", EN: "see the server's log"})
	return exec.ErrorCode(f.Code), f.Message(languageOf(ctx))
}

// SyncNow is the mutation of the same name.
func (r mutationResolver) SyncNow(ctx context.Context, in exec.SyncNowInput) (*exec.SyncNowPayload, error) {
	ids, err := r.Mirror.SyncNow(ctx, given(in.IntegrationID), text(in.IdempotencyKey))
	problems, internal := userErrors(ctx, err)
	out := &exec.SyncNowPayload{Integrations: []*db.Integration{}, Runs: []*db.SyncRun{}, Errors: problems}
	if err != nil {
		return out, internal
	}
	rows, err := r.Reader.Integration.Query().Where(integration.IDIn(ids...)).All(ctx)
	if err != nil {
		return out, err
	}
	slices.SortFunc(rows, func(a, b *db.Integration) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	out.Integrations = rows
	out.Runs, err = r.Reader.SyncRun.Query().Where(syncrun.IntegrationIDIn(ids...), syncrun.KindEQ(syncrun.KindINCREMENTAL),
		syncrun.StateEQ(syncrun.StateRUNNING)).Order(syncrun.ByID()).All(ctx)
	return out, err
}

// PauseBackfill is the mutation of the same name.
func (r mutationResolver) PauseBackfill(ctx context.Context, in exec.PauseBackfillInput) (*exec.PauseBackfillPayload, error) {
	err := r.Mirror.PauseBackfill(ctx, in.IntegrationID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Integration.Get, in.IntegrationID, err)
	return &exec.PauseBackfillPayload{Integration: entry, Errors: problems}, err
}

// ResumeBackfill is the mutation of the same name.
func (r mutationResolver) ResumeBackfill(ctx context.Context, in exec.ResumeBackfillInput) (*exec.ResumeBackfillPayload, error) {
	err := r.Mirror.ResumeBackfill(ctx, in.IntegrationID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Integration.Get, in.IntegrationID, err)
	return &exec.ResumeBackfillPayload{Integration: entry, Errors: problems}, err
}

// CancelBackfill is the mutation of the same name.
func (r mutationResolver) CancelBackfill(ctx context.Context, in exec.CancelBackfillInput) (*exec.CancelBackfillPayload, error) {
	err := r.Mirror.CancelBackfill(ctx, in.IntegrationID, text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Integration.Get, in.IntegrationID, err)
	return &exec.CancelBackfillPayload{Integration: entry, Errors: problems}, err
}

var ofTrouble = map[string]fault.Code{
	string(reclameaqui.TroubleUnreachable): fault.UpstreamUnavailable,
	string(reclameaqui.TroubleSlow):        fault.UpstreamUnavailable,
	string(reclameaqui.TroubleBroken):      fault.UpstreamUnavailable,
	string(reclameaqui.TroubleCredentials): fault.UpstreamCredentials,
	string(reclameaqui.TroubleLicence):     fault.UpstreamLicence,
	string(reclameaqui.TroubleRefusal):     fault.UpstreamRefused,
	string(reclameaqui.TroubleCounts):      fault.UpstreamUnavailable,
}
