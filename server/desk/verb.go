package desk

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/server/fault"
)

// Verb is something that agents do with a ticket here.
type Verb string

// The verbs.
const (
	VerbAssign   Verb = "ASSIGN"
	VerbTransfer Verb = "TRANSFER"
	VerbFinish   Verb = "FINISH"
	VerbReopen   Verb = "REOPEN"
	VerbAddNote  Verb = "ADD_NOTE"
	VerbMarkRead Verb = "MARK_READ"
)

// Blocked says why a verb is not open on a ticket as it is, as a sentence for the person; blocked is
// false when it is open. Who may see the ticket may use every verb, so it does not ask who. It is pure.
func Blocked(t *db.Ticket, v Verb) (reason fault.Text, blocked bool) {
	state, blocked := obstacle(t, v)
	if !blocked {
		return fault.Text{}, false
	}
	return fault.Text{PT: sentence(state.PT), EN: sentence(state.EN)}, true
}

// obstacle is the state of the ticket that a verb cannot do with.
func obstacle(t *db.Ticket, v Verb) (state fault.Text, blocked bool) {
	finished := t.Status == ticket.StatusFINISHED
	switch {
	case v == VerbFinish && finished:
		return fault.Text{PT: "o atendimento já está finalizado", EN: "the ticket is finished already"}, true
	case v == VerbTransfer && finished: // its solution is one of the present occurrence's
		return fault.Text{PT: "o atendimento está finalizado; reabra-o para transferir", EN: "the ticket is finished; reopen it to transfer it"}, true
	case v == VerbReopen && !finished:
		return fault.Text{PT: "o atendimento não está finalizado", EN: "the ticket is not finished"}, true
	}
	return fault.Text{}, false
}

// refuse is Blocked as the verbs answer it.
func refuse(t *db.Ticket, v Verb) error {
	if state, blocked := obstacle(t, v); blocked {
		return fault.New(fault.InvalidState, "ticketId").With("state", state)
	}
	return nil
}

func sentence(phrase string) string {
	first, size := utf8.DecodeRuneInString(phrase)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(phrase[size:], ".") + "."
}
