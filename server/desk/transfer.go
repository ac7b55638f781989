package desk

import (
	"context"
	"slices"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/ticket"
)

// Transfer moves a ticket to another sector, or to another subject and sub-subject.
type Transfer struct {
	Target
	SectorID, OccurrenceTypeID, OccurrenceID string
	// Assignee is who takes care of it there.
	Assignee Choice
	// Note is for whom it comes to; "" = none.
	Note string
}

// Choice is a choice that may be left open.
type Choice struct {
	// Made is false where nothing was said of it.
	Made bool
	// ID is what was chosen, nil = nothing.
	ID *string
}

// Transfer moves a ticket. Each choice must belong to the one above it: NotFound, WrongParent or
// Archived at "sectorId", "occurrenceTypeId", "occurrenceId"; at "assigneeId" as Assign; TooLong or
// Invalid at "note". All that is wrong is answered at once. With the occurrence the solutions that
// may end the ticket change, and its SLA, which counts from the complaint on. Whoever took care of
// it stays if he sees the new sector, else nobody does, unless the transfer says who.
func (s *Service) Transfer(ctx context.Context, in Transfer) error {
	var problems fault.List
	in.Note = checkText(in.Note, "note", &problems)
	_, err := s.do(ctx, VerbTransfer, "transferTicket", in.Target, in, func(ctx context.Context, tx *db.Tx, by identity.Viewer, t *db.Ticket) (string, ticket.Act, error) {
		act := ticket.Act{Kind: ticketevent.KindTRANSFERRED}
		to, err := in.destination(ctx, tx, t, problems)
		if err != nil {
			return "", act, err
		}
		act.Changes = to.changes(t)
		if len(act.Changes) == 0 {
			act.Kind = ticketevent.KindNOTE_ADDED
		}
		act.Apply = to.apply
		if in.Note == "" {
			return t.ID, act, nil
		}
		note, err := addNote(ctx, tx, t.ID, by.UserID, in.Note)
		act.Changes = append(act.Changes, note)
		return t.ID, act, err
	})
	return err
}

// destination is where a ticket goes.
type destination struct {
	sectorID, occurrenceTypeID, occurrenceID string
	dueAt                                    *time.Time
	assigneeID                               *string
}

// destination checks the choices. What a ticket has already may be archived.
func (in Transfer) destination(ctx context.Context, tx *db.Tx, t *db.Ticket, wrong fault.List) (to destination, err error) {
	p := picker{ctx: ctx, problems: slices.Clone(wrong)}
	sector := pick(&p, tx.Sector.Get, in.SectorID, "sectorId")
	kind := pick(&p, tx.OccurrenceType.Get, in.OccurrenceTypeID, "occurrenceTypeId")
	what := pick(&p, tx.Occurrence.Get, in.OccurrenceID, "occurrenceId")
	if sector != nil {
		p.archived(sector.ArchivedAt, sector.ID == t.SectorID, "sectorId")
		to.assigneeID = p.assignee(tx, in.Assignee, t, sector.ID)
	}
	if kind != nil && p.under(kind.SectorID, in.SectorID, "occurrenceTypeId", fault.Text{PT: "setor", EN: "sector"}) {
		p.archived(kind.ArchivedAt, kind.ID == t.OccurrenceTypeID, "occurrenceTypeId")
	}
	if what != nil && p.under(what.OccurrenceTypeID, in.OccurrenceTypeID, "occurrenceId", fault.Text{PT: "tipo de ocorrência", EN: "occurrence type"}) {
		p.archived(what.ArchivedAt, what.ID == t.OccurrenceID, "occurrenceId")
	}
	if p.err != nil {
		return to, p.err
	}
	if err := p.problems.Err(); err != nil {
		return to, err
	}
	to.sectorID, to.occurrenceTypeID, to.occurrenceID, to.dueAt = sector.ID, kind.ID, what.ID, t.DueAt
	if what.ID != t.OccurrenceID {
		to.dueAt = ticket.Due(t.OccurredAt, ticket.SLA(what))
	}
	return to, nil
}

func (to destination) changes(t *db.Ticket) []ticket.Changed {
	var c changes
	c.compare("sector", t.SectorID, to.sectorID)
	c.compare("occurrenceType", t.OccurrenceTypeID, to.occurrenceTypeID)
	c.compare("occurrence", t.OccurrenceID, to.occurrenceID)
	c.compare("dueAt", moment(t.DueAt), moment(to.dueAt))
	c.compare("assignee", deref(t.AssigneeID), deref(to.assigneeID))
	return c
}

func (to destination) apply(u *db.TicketUpdateOne) {
	u.SetSectorID(to.sectorID).SetOccurrenceTypeID(to.occurrenceTypeID).SetOccurrenceID(to.occurrenceID)
	ticket.SetDue(u.Mutation(), to.dueAt)
	setAssignee(u, to.assigneeID)
}

// moment is a time as the contract writes it.
func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// picker checks one choice after another and keeps the first failure that is not the input's.
type picker struct {
	ctx      context.Context
	problems fault.List
	err      error
}

// pick reads a chosen entry, nil when there is none.
func pick[T any](p *picker, get func(context.Context, string) (*T, error), id, field string) *T {
	if p.err != nil {
		return nil
	}
	entry, err := get(p.ctx, id)
	switch {
	case db.IsNotFound(err):
		p.problems.Add(fault.NotFound, field)
		return nil
	case err != nil:
		p.err = err
		return nil
	}
	return entry
}

func (p *picker) archived(at *time.Time, stays bool, field string) {
	if at != nil && !stays {
		p.problems.Add(fault.Archived, field)
	}
}

// under says whether an entry belongs to the one chosen above it.
func (p *picker) under(parent, chosen, field string, above fault.Text) bool {
	if parent != chosen {
		p.problems.Add(fault.WrongParent, field).With("parent", above)
	}
	return parent == chosen
}

// assignee is who takes care of the ticket in the sector that it comes to.
func (p *picker) assignee(tx *db.Tx, chosen Choice, t *db.Ticket, sectorID string) *string {
	id := t.AssigneeID
	if chosen.Made {
		id = chosen.ID
	}
	if id == nil || p.err != nil {
		return nil
	}
	problem, err := assignable(p.ctx, tx, *id, sectorID)
	switch {
	case err != nil:
		p.err = err
	case problem == nil:
		return id
	case chosen.Made:
		p.problems = append(p.problems, problem)
	}
	return nil
}
