package graph

import (
	"context"

	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/quota"
)

// lanes are the contract's words for the lanes of the call budget, the first to go first.
var lanes = []struct {
	lane exec.ReclameAquiLane
	of   quota.Lane
}{
	{exec.ReclameAquiLaneAgent, quota.Agent},
	{exec.ReclameAquiLaneCallback, quota.Callback},
	{exec.ReclameAquiLaneIncremental, quota.Incremental},
	{exec.ReclameAquiLaneBackfill, quota.Backfill},
}

// ReclameAquiBudget is the field of the same name.
func (r queryResolver) ReclameAquiBudget(ctx context.Context, integrationID string) (*exec.ReclameAquiBudget, error) {
	b, err := r.Mirror.Budget(ctx, integrationID)
	if err != nil {
		return nil, err
	}
	out := &exec.ReclameAquiBudget{
		Integrations: b.Integrations, Limit: b.Limit, Used: b.Used, Held: b.Held, NextSlot: b.NextSlot,
		BlockedUntil: b.BlockedUntil, LicenceStart: b.LicenceStart, LicenceEnd: b.LicenceEnd,
	}
	for _, l := range lanes {
		out.Queue = append(out.Queue, &exec.ReclameAquiQueue{
			Lane: l.lane, Waiting: b.Waiting[l.of], Pending: b.Pending[l.of], NextSlot: b.Next[l.of],
		})
	}
	if b.FailingSince != nil && b.FailingCode != nil {
		code, message := explained(ctx, *b.FailingCode)
		out.Failure = &exec.ReclameAquiFailure{
			Code: code, Message: message, Since: *b.FailingSince, Failures: b.Failures, OpenUntil: b.OpenUntil,
		}
	}
	return out, nil
}
