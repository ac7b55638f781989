package desk

import (
	"context"
	"strings"
	"unicode/utf8"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/ticket"
)

// maxText is how long a note may be, in characters: as long as a public reply.
const maxText = 20000

// Note is what an agent writes for colleagues. Its key is required: a note that is repeated stands
// there twice.
type Note struct {
	Target
	Text string
}

// AddNote writes an internal note and gives its id. Required, TooLong or Invalid at "text", Required
// at "idempotencyKey".
func (s *Service) AddNote(ctx context.Context, in Note) (id string, err error) {
	var problems fault.List
	in.Text = checkText(in.Text, "text", &problems)
	if in.Text == "" {
		problems.Add(fault.Required, "text")
	}
	if in.Key == "" {
		problems.Add(fault.Required, "idempotencyKey")
	}
	return s.do(ctx, VerbAddNote, "addInternalNote", in.Target, in, func(ctx context.Context, tx *db.Tx, by identity.Viewer, t *db.Ticket) (string, ticket.Act, error) {
		act := ticket.Act{Kind: ticketevent.KindNOTE_ADDED}
		if err := problems.Err(); err != nil {
			return "", act, err
		}
		note, err := addNote(ctx, tx, t.ID, by.UserID, in.Text)
		act.Changes = []ticket.Changed{note}
		return note.New, act, err
	})
}

// addNote keeps a note; the change that it is tells its id, for the text is the note's alone.
func addNote(ctx context.Context, tx *db.Tx, ticketID, authorID, text string) (ticket.Changed, error) {
	note, err := tx.InternalNote.Create().SetTicketID(ticketID).SetAuthorID(authorID).SetText(text).Save(ctx)
	if err != nil {
		return ticket.Changed{}, err
	}
	return ticket.Changed{Field: "notes", New: note.ID}, nil
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// checkText trims a text; its lines end with LF.
func checkText(s, field string, problems *fault.List) string {
	s = strings.TrimSpace(lineEnds.Replace(s))
	if utf8.RuneCountInString(s) > maxText {
		problems.Add(fault.TooLong, field).With("max", maxText)
	}
	if strings.ContainsRune(s, 0) {
		problems.Add(fault.Invalid, field).With("reason", fault.Text{PT: "contém um caractere nulo", EN: "it has a null character"})
	}
	return s
}
