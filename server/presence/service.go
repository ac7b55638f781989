package presence

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/predicate"
	"citrus.cx/channel/ent/db/replyclaim"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/ticket"
)

const (
	// lease is how long a claim lives that nobody renews.
	lease = 30 * time.Second
	// renewEvery is how old the lease of somebody who listens gets.
	renewEvery = 5 * time.Second
	// farewell is what is left of a claim whose session does not listen any more. With two turns, the one that
	// finds out and the one that deletes, it is gone within 10 seconds.
	farewell = 5 * time.Second
	// turnEvery is how often a process looks at the claims.
	turnEvery = time.Second
)

// Options is what claims need.
type Options struct {
	Tickets *ticket.Store
	// Listening says who listens with a session in this process.
	Listening func(sessionID string) (identity.Viewer, bool)
	Now       func() time.Time
	Log       *slog.Logger
}

// Service keeps claims.
type Service struct {
	database *database.DB
	Options
	instance string // this process, for as long as it runs

	mu   sync.Mutex
	held map[string]bool // the sessions whose claims this process renews
}

// New makes the service.
func New(d *database.DB, o Options) *Service {
	return &Service{database: d, Options: o, instance: rand.Text(), held: map[string]bool{}}
}

// Living are the claims that hold at a moment; others are nobody's.
func Living(now time.Time) predicate.ReplyClaim { return replyclaim.ExpiresAtGT(now) }

// lives is Living of one that was read.
func lives(c *db.ReplyClaim, now time.Time) bool { return c.ExpiresAt.After(now) }

// release deletes a claim with its event, in the caller's transaction under the ticket's lock, as its last statements.
func release(ctx context.Context, tx *db.Tx, tickets *ticket.Store, c *db.ReplyClaim) error {
	if err := tx.ReplyClaim.DeleteOne(c).Exec(ctx); err != nil {
		return err
	}
	return tickets.Record(ctx, tx, c.TicketID, act(ticketevent.KindREPLY_RELEASED, &c.UserID, c.UserID, ""))
}

// act is the event of a claim that went from one user to another, "" for nobody. by is nil when it has run out.
func act(kind ticketevent.Kind, by *string, before, after string) ticket.Act {
	a := ticket.Act{
		Kind: kind, Cause: ticketevent.CauseAGENT_ACTION, ActorKind: ticketevent.ActorKindAGENT, ActorID: by,
		Changes: []ticket.Changed{{Field: "replyClaim", Old: before, New: after}}, Beside: true,
	}
	if by == nil {
		a.Cause, a.ActorKind = ticketevent.CauseCLAIM_LAPSED, ticketevent.ActorKindSYSTEM
	}
	return a
}
