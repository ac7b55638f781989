package outbound

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db/outboundattempt"
)

const (
	// abandoned is when an attempt that is still PENDING is nobody's any more: no call takes so long, files included.
	abandoned = 5 * time.Minute
	// rounds is how often such attempts are looked for.
	rounds = time.Minute
)

// Recover turns what a crash left PENDING into UNKNOWN, to be settled by reading. It runs at the
// start, before anything is sent. before is the moment of the start: attempts begun later are under way.
func (s *Service) Recover(ctx context.Context, before time.Time) error {
	left, err := s.database.Writer.OutboundAttempt.Query().
		Where(outboundattempt.StateEQ(outboundattempt.StatePENDING), outboundattempt.CreatedAtLT(before)).
		WithTicket().All(ctx)
	if err != nil {
		return err
	}
	for _, a := range left {
		if err := s.keep(ctx, a, outboundattempt.StateUNKNOWN, nil); err != nil {
			return err
		}
	}
	return nil
}

// Run recovers, until ctx ends, attempts whose outcome could not be written, as while the database was away.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(rounds)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := s.Recover(ctx, s.Now().Add(-abandoned)); err != nil && ctx.Err() == nil {
				s.Log.WarnContext(ctx, "attempts without an outcome not recovered", "error", err)
			}
		}
	}
}
