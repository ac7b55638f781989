package ticket

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"entgo.io/ent/dialect"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/inbox"
	"citrus.cx/channel/server/reclameaqui"
)

// Store writes tickets.
type Store struct {
	database *database.DB
	log      *event.Log
	inbox    *inbox.Inbox
	now      func() time.Time
	zone     *time.Location
	logger   *slog.Logger
	arrived  func(ctx context.Context, tx *db.Tx, s *Store, a *db.OutboundAttempt) error
}

// NewStore makes the one writer of tickets. zone is where the year of a protocol turns.
func NewStore(d *database.DB, log *event.Log, in *inbox.Inbox, now func() time.Time, zone *time.Location, logger *slog.Logger) *Store {
	return &Store{database: d, log: log, inbox: in, now: now, zone: zone, logger: logger}
}

// WhenArrived has somebody told of every attempt that a read proves to have arrived, as it was before: in the read's
// transaction, under the ticket's lock, after all other events, so that he may Record his own. It is set before anything is read.
func (s *Store) WhenArrived(tell func(ctx context.Context, tx *db.Tx, s *Store, a *db.OutboundAttempt) error) {
	s.arrived = tell
}

// Read is one answer of Reclame Aqui to be merged.
type Read struct {
	Defaults   Defaults
	Cause      ticketevent.Cause
	Complaints []reclameaqui.Complaint
	// Vanished are complaints that Reclame Aqui was asked for by their ids, twice, and does not show any more.
	Vanished []int64
	// At is when the call began, our clock: the complaints are not older than that.
	At time.Time
	// Also runs in the same transaction, after the tickets: watermarks, hints done. Its error is the
	// transaction's, and no complaint's fault.
	Also func(ctx context.Context, tx *db.Tx, report Report) error
}

// Report counts what a merge did.
type Report struct {
	New, Updated, Unchanged int
	// Changed are the complaints of New and Updated.
	Changed []int64
	// Failed are complaints that could not be merged; nothing of them was written.
	Failed []Failure
	// Vanished are tickets whose complaint is not shown any more.
	Vanished int
}

// Failure is a complaint that could not be merged. Err is free of personal data.
type Failure struct {
	ComplaintID int64
	Err         error
}

// Merge brings a read into the tickets, in one transaction with what the caller adds. A complaint
// that cannot be merged does not hold up the others: the page is then merged one by one, the
// failures are reported, and the caller's addition is committed with the last. Where nothing at
// all can be written the fault is the database's and not the complaints': then it is an error.
func (s *Store) Merge(ctx context.Context, r Read) (report Report, err error) {
	defer fault.Wrap(&err, "ticket.Merge")
	report, err = s.mergeRaced(ctx, r, r.Also)
	if err == nil || ctx.Err() != nil || len(r.Complaints) == 0 || errors.As(err, new(additionError)) {
		return report, err
	}
	whole := err
	report = Report{}
	for _, c := range r.Complaints {
		single := r // the vanished ones wait for the next scan
		single.Complaints, single.Vanished = []reclameaqui.Complaint{c}, nil
		one, err := s.mergeRaced(ctx, single, nil)
		switch {
		case ctx.Err() != nil:
			return report, ctx.Err()
		case err != nil:
			s.logger.WarnContext(ctx, "complaint not merged", "complaint", c.ID, "integration", r.Defaults.IntegrationID, "error", err)
			report.Failed = append(report.Failed, Failure{ComplaintID: c.ID, Err: err})
		default:
			report.New, report.Updated, report.Unchanged = report.New+one.New, report.Updated+one.Updated, report.Unchanged+one.Unchanged
			report.Changed = append(report.Changed, one.Changed...)
		}
	}
	if r.Also == nil {
		if len(report.Failed) == len(r.Complaints) {
			return Report{}, whole
		}
		return report, nil
	}
	return report, s.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return r.Also(ctx, tx, report) })
}

// additionError is what the caller's addition failed with.
type additionError struct{ error }

func (e additionError) Unwrap() error { return e.error }

// raceTries is how often a merge is tried that another process was faster than.
const raceTries = 4

// mergeRaced merges once more when another process made the same ticket meanwhile: it is known then.
func (s *Store) mergeRaced(ctx context.Context, r Read, also func(context.Context, *db.Tx, Report) error) (report Report, err error) {
	for range raceTries {
		report, err = s.mergeOnce(ctx, r, also)
		if !database.IsUnique(err) {
			break
		}
	}
	return report, err
}

func (s *Store) mergeOnce(ctx context.Context, r Read, also func(context.Context, *db.Tx, Report) error) (Report, error) {
	now := s.now()
	page := readings(r.Complaints, now)
	var report Report
	err := s.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		w := writer{Store: s, tx: tx, read: r, now: now}
		if err := w.page(ctx, page); err != nil {
			return err
		}
		report = w.report
		if also != nil {
			if err := also(ctx, tx, report); err != nil {
				return additionError{err}
			}
		}
		// After also: the hint that this read answers is gone, so that the next one has a moment of its own.
		for _, again := range w.rechecks {
			if err := s.inbox.PutAt(ctx, tx, again.integrationID, hint.CauseOUTBOUND, again.at, again.complaint); err != nil {
				return err
			}
		}
		if err := s.log.Append(ctx, tx, w.events...); err != nil {
			return err
		}
		return w.tellArrived(ctx)
	})
	return report, err
}

// Lock reads a ticket for a change that depends on what it reads: until the transaction ends nobody else changes it.
func (s *Store) Lock(ctx context.Context, tx *db.Tx, id string) (*db.Ticket, error) {
	query := tx.Ticket.Query().Where(ticket.ID(id))
	if s.database.Dialect == dialect.Postgres { // SQLite's one writer has the lock already
		query = query.ForUpdate()
	}
	return query.Only(ctx)
}

// Act is a change that somebody made here, not Reclame Aqui.
type Act struct {
	Kind      ticketevent.Kind
	Cause     ticketevent.Cause
	ActorKind ticketevent.ActorKind
	// ActorID is the user, nil when the product itself acted.
	ActorID *string
	Changes []Changed
	// Apply sets the ticket's fields; nil when the change is beside them.
	Apply func(*db.TicketUpdateOne)
	// Beside leaves the ticket as it is, with its version and the moment of its last change: what is told of is
	// so fleeting that no form is stale for it and no list moves.
	Beside bool
}

// Changed is one changed field, by its name in the contract.
type Changed struct{ Field, Old, New string }

// Record writes a change of a ticket and its event in the caller's transaction. It takes the
// event's position, so it is the last thing that the transaction does.
func (s *Store) Record(ctx context.Context, tx *db.Tx, ticketID string, act Act) error {
	now := s.now()
	t, err := acted(ctx, tx, ticketID, act, now)
	if err != nil {
		return err
	}
	draft := draftOf(t, act.Kind, act.Cause, now)
	draft.ActorKind, draft.ActorID = act.ActorKind, act.ActorID
	for _, c := range act.Changes {
		draft.Changes = append(draft.Changes, fieldChange(c))
	}
	return s.log.Append(ctx, tx, draft)
}

// acted gives the ticket as it is with the change.
func acted(ctx context.Context, tx *db.Tx, ticketID string, act Act, now time.Time) (*db.Ticket, error) {
	if act.Beside {
		return tx.Ticket.Get(ctx, ticketID)
	}
	update := tx.Ticket.UpdateOneID(ticketID).AddVersion(1).SetLastChangedAt(now)
	if act.Apply != nil {
		act.Apply(update)
	}
	return update.Save(ctx)
}
