package identity

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/attachment"
	"citrus.cx/channel/ent/db/customer"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/intercept"
	"citrus.cx/channel/ent/db/internalnote"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/replyclaim"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/db/upload"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/fault"
)

// visible narrows a query of one entity to the rows that an agent of these sectors sees
// (domain rule T4). Supervisors and administrators see all rows of the entity.
type visible func(s *sql.Selector, sectorIDs []string)

// everything is for entities that every signed-in user reads whole.
func everything(*sql.Selector, []string) {}

// rows says of each entity which of its rows an agent sees. An entity that does not stand
// here, in owned or in administrators, a new one too, exists for the system alone.
//
// What belongs to a ticket asks for the ticket with EXISTS and not with IN: it costs a look-up a row of the page,
// where IN collects every ticket of the sectors first.
var rows = map[string]visible{
	db.TypeTicket: func(s *sql.Selector, sectorIDs []string) {
		s.Where(sql.In(s.C(ticket.FieldSectorID), values(sectorIDs)...))
	},
	db.TypeInteraction:     ticketOf(interaction.FieldTicketID),
	db.TypeTicketEvent:     ticketOf(ticketevent.FieldTicketID),
	db.TypeOutboundAttempt: ticketOf(outboundattempt.FieldTicketID),
	db.TypeInternalNote:    ticketOf(internalnote.FieldTicketID),
	db.TypeReplyClaim:      ticketOf(replyclaim.FieldTicketID),
	db.TypeAttachment: func(s *sql.Selector, sectorIDs []string) {
		thread := sql.Dialect(s.Dialect()).Table(interaction.Table).As("guarded_thread")
		entries := sql.Dialect(s.Dialect()).Select().From(thread).
			Where(sql.ColumnsEQ(thread.C(interaction.FieldID), s.C(attachment.FieldInteractionID)))
		ticketOf(interaction.FieldTicketID)(entries, sectorIDs)
		s.Where(sql.Exists(entries))
	},
	db.TypeCustomer: func(s *sql.Selector, sectorIDs []string) {
		exists(s, customer.FieldID, ticket.FieldCustomerID, sectorIDs)
	},

	// Every signed-in user may know the name of a ticket's integration (rule A1); its fields are
	// the graph's to restrict.
	db.TypeIntegration:    everything,
	db.TypeUser:           everything,
	db.TypeCustomerType:   everything,
	db.TypeRegion:         everything,
	db.TypeSyncGroup:      everything,
	db.TypeSector:         everything,
	db.TypeOccurrenceType: everything,
	db.TypeOccurrence:     everything,
	db.TypeSolution:       everything,
}

// owned says of each entity that is somebody's own which of its rows a viewer sees, of whatever role.
var owned = map[string]func(s *sql.Selector, v Viewer){
	// A file is its owner's, and once it is sent it belongs to the ticket.
	db.TypeUpload: func(s *sql.Selector, v Viewer) {
		sent := sql.NotNull(s.C(upload.FieldAttemptID))
		if v.Role == user.RoleAGENT {
			attempt := sql.Dialect(s.Dialect()).Table(outboundattempt.Table).As("guarded_attempt")
			attempts := sql.Dialect(s.Dialect()).Select().From(attempt).
				Where(sql.ColumnsEQ(attempt.C(outboundattempt.FieldID), s.C(upload.FieldAttemptID)))
			ticketOf(outboundattempt.FieldTicketID)(attempts, v.SectorIDs)
			sent = sql.Exists(attempts)
		}
		s.Where(sql.Or(sql.EQ(s.C(upload.FieldOwnerID), v.UserID), sent))
	},
}

// administrators alone read these, and read them whole.
var administrators = map[string]bool{db.TypeAuditEntry: true, db.TypeCallbackDelivery: true, db.TypeAlarm: true, db.TypeSyncRun: true, db.TypeQuarantine: true}

// Guard makes the reader decide which rows exist for the viewer of the context, in every
// query and every eager load but those of upward. It fails closed: without a viewer a query is Unauthenticated,
// and of an entity that is the system's it is Forbidden. Attach it once, before the first
// query. Raw SQL passes by it.
func Guard(reader *db.Client) {
	reader.Intercept(intercept.TraverseFunc(func(ctx context.Context, q intercept.Query) error {
		if IsSystem(ctx) {
			return nil
		}
		v, err := Require(ctx)
		if err != nil {
			return err
		}
		if v.Role == user.RoleADMIN && administrators[q.Type()] {
			return nil
		}
		if child, ok := ctx.Value(loadedByKey{}).(string); ok && upward[child] == q.Type() && v.Role == user.RoleAGENT {
			return nil
		}
		return narrowed(q, v)
	}))
	reader.Intercept(db.InterceptFunc(func(next db.Querier) db.Querier {
		return db.QuerierFunc(func(ctx context.Context, q db.Query) (db.Value, error) {
			query, err := intercept.NewQuery(q)
			if err != nil {
				return nil, err
			}
			return next.Query(context.WithValue(ctx, loadedByKey{}, query.Type()), q)
		})
	}))
}

// loadedByKey holds the type of the query whose rows an eager load is for.
type loadedByKey struct{}

// upward says what a row belongs to that is seen with it. Without it a ticket that is transferred between the statements of
// one query would be there without its customer, which every ticket has. It holds for eager loads alone: they ask for the
// owners of rows that the guard has let through.
var upward = map[string]string{
	db.TypeTicket:          db.TypeCustomer,
	db.TypeInteraction:     db.TypeTicket,
	db.TypeTicketEvent:     db.TypeTicket,
	db.TypeOutboundAttempt: db.TypeTicket,
	db.TypeInternalNote:    db.TypeTicket,
	db.TypeReplyClaim:      db.TypeTicket,
	db.TypeAttachment:      db.TypeInteraction,
}

// narrowed leaves a query the rows that a viewer sees.
func narrowed(q intercept.Query, v Viewer) error {
	whole := v.Role == user.RoleADMIN || v.Role == user.RoleSUPERVISOR
	if !whole && v.Role != user.RoleAGENT {
		return fault.New(fault.Forbidden)
	}
	if own, ok := owned[q.Type()]; ok {
		q.WhereP(func(s *sql.Selector) { own(s, v) })
		return nil
	}
	narrow, ok := rows[q.Type()]
	if !ok {
		return fault.New(fault.Forbidden)
	}
	if !whole {
		q.WhereP(func(s *sql.Selector) { narrow(s, v.SectorIDs) })
	}
	return nil
}

// ticketOf is for what belongs to a ticket by a column.
func ticketOf(column string) visible {
	return func(s *sql.Selector, sectorIDs []string) { exists(s, column, ticket.FieldID, sectorIDs) }
}

// exists keeps the rows whose column equals that column of a ticket in one of the sectors.
func exists(s *sql.Selector, column, ticketColumn string, sectorIDs []string) {
	t := sql.Dialect(s.Dialect()).Table(ticket.Table).As("guarded_ticket")
	s.Where(sql.Exists(sql.Dialect(s.Dialect()).Select().From(t).Where(sql.And(
		sql.ColumnsEQ(t.C(ticketColumn), s.C(column)),
		sql.In(t.C(ticket.FieldSectorID), values(sectorIDs)...),
	))))
}

func values(ids []string) []any {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = id
	}
	return list
}
