package presence

import (
	"context"
	"maps"
	"slices"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/replyclaim"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// atOnce is how many claims a statement names and a turn deletes.
const atOnce = 500

// Run keeps the claims until the context ends. A database that does not answer is asked again.
func (s *Service) Run(ctx context.Context) error {
	ticker := time.NewTicker(turnEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := s.turn(ctx); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "claims not looked at", "error", err)
		}
	}
}

// turn renews the claims of who listens here, cuts short those of who does not any more, and deletes what has run out.
// Renewing comes first: who is late with his turn ends nothing of his own listeners that still lives.
func (s *Service) turn(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "presence.turn")
	ctx = identity.System(ctx)
	if err := s.renew(ctx); err != nil {
		return err
	}
	if err := s.cut(ctx); err != nil {
		return err
	}
	return s.sweep(ctx)
}

// renew extends the claims whose sessions listen here and still see the ticket: those that are due, and those
// that no process has in its care.
func (s *Service) renew(ctx context.Context) error {
	now := s.Now()
	due, err := s.database.Reader.ReplyClaim.Query().
		Where(Living(now), replyclaim.Or(replyclaim.ExpiresAtLT(now.Add(lease-renewEvery)), replyclaim.Instance(""))).
		WithTicket(func(q *db.TicketQuery) { q.Select(ticket.FieldSectorID) }).All(ctx)
	if err != nil {
		return err
	}
	var ids, sessions []string
	for _, c := range due {
		if v, ok := s.Listening(c.SessionID); ok && v.Sees(c.Edges.Ticket.SectorID) {
			ids, sessions = append(ids, c.ID), append(sessions, c.SessionID)
		}
	}
	s.hold(sessions...)
	for len(ids) > 0 {
		n := min(len(ids), atOnce)
		// Only of these sessions: a colleague may have taken one over since it was read.
		err := s.database.Writer.ReplyClaim.Update().
			Where(replyclaim.IDIn(ids[:n]...), replyclaim.SessionIDIn(sessions[:n]...), Living(now)).
			SetExpiresAt(now.Add(lease)).SetInstance(s.instance).Exec(ctx)
		if err != nil {
			return err
		}
		ids, sessions = ids[n:], sessions[n:]
	}
	return nil
}

// cut leaves the claims of sessions that have stopped listening here a moment to live: a client that lost its
// connection is back by then, and whichever process it listens to renews them.
func (s *Service) cut(ctx context.Context) error {
	gone := s.gone()
	soon := s.Now().Add(farewell)
	for chunk := range slices.Chunk(gone, atOnce) {
		err := s.database.Writer.ReplyClaim.Update().
			Where(replyclaim.SessionIDIn(chunk...), replyclaim.Instance(s.instance), replyclaim.ExpiresAtGT(soon)).
			SetExpiresAt(soon).SetInstance("").Exec(ctx)
		if err != nil {
			s.hold(gone...)
			return err
		}
	}
	return nil
}

// sweep deletes claims that have run out, whoever renewed them.
func (s *Service) sweep(ctx context.Context) error {
	late, err := s.database.Reader.ReplyClaim.Query().Where(replyclaim.ExpiresAtLTE(s.Now())).
		Order(replyclaim.ByExpiresAt()).Limit(atOnce).Select(replyclaim.FieldTicketID).All(ctx)
	if err != nil {
		return err
	}
	for _, c := range late {
		if err := s.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return s.expire(ctx, tx, c.TicketID) }); err != nil {
			return err
		}
	}
	return nil
}

// expire ends a ticket's claim unless it was claimed anew, or ended by another process, meanwhile.
func (s *Service) expire(ctx context.Context, tx *db.Tx, ticketID string) error {
	if _, err := s.Tickets.Lock(ctx, tx, ticketID); err != nil {
		return err
	}
	c, err := of(ctx, tx, ticketID)
	if err != nil || c == nil {
		return err
	}
	// Renewing takes no lock of the ticket: the row itself says that it has run out.
	n, err := tx.ReplyClaim.Delete().Where(replyclaim.ID(c.ID), replyclaim.ExpiresAtLTE(s.Now())).Exec(ctx)
	if err != nil || n == 0 {
		return err
	}
	return s.Tickets.Record(ctx, tx, ticketID, act(ticketevent.KindREPLY_RELEASED, nil, c.UserID, ""))
}

// hold notes sessions whose claims are in the care of this process.
func (s *Service) hold(sessions ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range sessions {
		s.held[id] = true
	}
}

// gone takes out the held sessions that do not listen any more.
func (s *Service) gone() []string {
	s.mu.Lock()
	held := slices.Collect(maps.Keys(s.held))
	s.mu.Unlock()
	gone := slices.DeleteFunc(held, func(id string) bool { _, listens := s.Listening(id); return listens })
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range gone {
		delete(s.held, id)
	}
	return gone
}
