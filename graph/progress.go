package graph

import (
	"context"
	"math"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/mirror"
)

// Backfill is the field of the same name.
func (r integrationResolver) Backfill(ctx context.Context, row *db.Integration) (*exec.BackfillProgress, error) {
	b, err := loadersOf(ctx).backfill.Load(ctx, row.ID)
	if b == nil {
		return nil, err
	}
	progress := r.backfillProgress(*b)
	return &progress, nil
}

func (r *resolver) backfillProgress(b mirror.Backfill) exec.BackfillProgress {
	out := exec.BackfillProgress{
		State: exec.BackfillState(b.Phase), Done: b.Read, Total: b.Total, Calls: b.Calls, CallsLeft: b.CallsLeft,
		StartedAt: &b.StartedAt, FinishedAt: b.FinishedAt,
	}
	if b.ETA != nil {
		seconds := int(min(max(b.ETA.Sub(r.Now()).Seconds(), 0), math.MaxInt32))
		at := b.ETA.Truncate(time.Second)
		out.SecondsLeft, out.EtaAt = &seconds, &at
	}
	return out
}

// SyncProgress is the subscription of the same name.
func (r subscriptionResolver) SyncProgress(ctx context.Context, integrationIDs []string) (<-chan *exec.SyncProgress, error) {
	viewer, err := identity.Require(ctx, user.RoleADMIN)
	if err != nil {
		return nil, err
	}
	watch, err := r.Mirror.Watch(ctx, integrationIDs)
	if err != nil {
		return nil, err
	}
	updates := make(chan *exec.SyncProgress)
	go func() {
		defer close(updates)
		defer watch.Close()
		r.ended(ctx, r.report(ctx, viewer, watch, updates))
	}()
	return updates, nil
}

// report sends until the context ends, or the viewer may see it no more.
func (r subscriptionResolver) report(ctx context.Context, viewer identity.Viewer, watch *mirror.Watch, updates chan<- *exec.SyncProgress) error {
	for {
		news, err := watch.Next(ctx)
		if err != nil {
			return err
		}
		if viewer, err = r.Identity.Again(ctx, viewer); err != nil {
			return err
		}
		if viewer.Role != user.RoleADMIN {
			return fault.New(fault.Forbidden)
		}
		for _, p := range news {
			select {
			case updates <- r.syncProgress(p):
			case <-ctx.Done():
				return nil
			}
		}
	}
}

func (r *resolver) syncProgress(p mirror.Progress) *exec.SyncProgress {
	out := &exec.SyncProgress{
		Integration: db.Integration{ID: p.IntegrationID}, Backfill: r.backfillProgress(p.Backfill),
		CurrentRuns: p.Runs, LastSync: p.LastSync, NextSync: p.NextSync,
	}
	if out.CurrentRuns == nil {
		out.CurrentRuns = []*db.SyncRun{}
	}
	return out
}

// Integration is the field of the same name.
func (r syncProgressResolver) Integration(ctx context.Context, p *exec.SyncProgress) (*db.Integration, error) {
	query, err := r.Reader.Integration.Query().Where(integration.ID(p.Integration.ID)).CollectFields(ctx, "Integration")
	if err != nil {
		return nil, err
	}
	return query.Only(ctx)
}
