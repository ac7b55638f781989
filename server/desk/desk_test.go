package desk

import (
	"context"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/internalnote"
	tickets "citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// Rule T4: take, assign, release; the one in charge must be in use and see the ticket.
func TestAssign(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			what, by, to, fault, told string
		}{
			{"take", "Ana", "Ana", "", "ASSIGNED assignee: – → Ana"},
			{"take again", "Ana", "Ana", "", "ASSIGNED assignee: – → Ana"},
			{"take from a colleague", "Bia", "Bia", "", "ASSIGNED assignee: Ana → Bia"},
			{"give away", "Bia", "Davi", "", "ASSIGNED assignee: Bia → Davi"},
			{"to a supervisor", "Ana", "Elis", "", "ASSIGNED assignee: Davi → Elis"},
			{"to somebody of another sector", "Elis", "Caio", "WRONG_PARENT@assigneeId", "ASSIGNED assignee: Davi → Elis"},
			{"to nobody that there is", "Elis", "usr_none", "NOT_FOUND@assigneeId", "ASSIGNED assignee: Davi → Elis"},
			{"to who has left", "Elis", "Zeca", "ARCHIVED@assigneeId", "ASSIGNED assignee: Davi → Elis"},
			{"by who does not see it", "Caio", "Caio", "NOT_FOUND@ticketId", "ASSIGNED assignee: Davi → Elis"},
			{"release", "Ana", "", "", "ASSIGNED assignee: Elis → –"},
			{"release again", "Ana", "", "", "ASSIGNED assignee: Elis → –"},
		} {
			want(t, w.Assign(w.as(c.by), Assignment{Target: w.on(), AssigneeID: w.one(c.to)}), c.what, c.fault)
			if got := w.told(); got != c.told {
				t.Errorf("%s: the log tells %q, want %q", c.what, got, c.told)
			}
		}
		if list := w.events(); len(list) != 5 {
			t.Errorf("%d events: what changes nothing is none", len(list))
		} else if e := list[1]; *e.ActorID != w.id["Bia"] || e.ActorKind != ticketevent.ActorKindAGENT || e.Cause != ticketevent.CauseAGENT_ACTION ||
			e.SectorID != w.id["SAC"] || *e.AssigneeID != w.id["Bia"] {
			t.Errorf("%v", e)
		}
	})
}

// Rule T4: a transfer moves sector, subject and sub-subject; what goes with them follows.
func TestTransfer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		same(t, "allowed at first", w.allowed(), []string{"Encerrado", "Resolvido"})
		if err := w.Assign(w.as("Ana"), Assignment{Target: w.on(), AssigneeID: w.one("Ana")}); err != nil {
			t.Fatal(err)
		}
		within := w.transfer("SAC", "Reclamação", "Troca")
		want(t, w.Transfer(w.as("Ana"), within), "within the sector", "")
		if got := w.told(); got != "TRANSFERRED occurrence: Entrega → Troca, dueAt: 2026-03-07T12:00:00Z → –" {
			t.Error(got)
		}
		same(t, "allowed of the other occurrence", w.allowed(), []string{"Trocado"})
		want(t, w.Transfer(w.as("Ana"), within), "once more", "")

		away := w.transfer("Vendas", "Pagamento", "Boleto")
		away.Note, away.Key = " O boleto\r\nvenceu. ", "k"
		want(t, w.Transfer(w.as("Ana"), away), "to another sector", "")
		if got := w.told(); got != "TRANSFERRED sector: SAC → Vendas, occurrenceType: Reclamação → Pagamento, occurrence: Troca → Boleto, "+
			"dueAt: – → 2026-03-03T00:00:00Z, assignee: Ana → –, notes: – → a note" {
			t.Error(got)
		}
		same(t, "allowed there", w.allowed(), []string{"Estornado"})
		if row := w.ticket(); row.AssigneeID != nil || !row.DueOrder.Equal(began.Add(12*time.Hour)) {
			t.Errorf("%v, in the order at %s", row.AssigneeID, row.DueOrder)
		}
		if note := w.d.Writer.InternalNote.Query().OnlyX(context.Background()); note.Text != "O boleto\nvenceu." || note.AuthorID != w.id["Ana"] {
			t.Errorf("%v", note)
		}
		// It is gone for Ana; her repeat is still answered as the first time.
		want(t, w.Transfer(w.as("Ana"), away), "a repeat", "")
		want(t, w.Assign(w.as("Ana"), Assignment{Target: w.on(), AssigneeID: w.one("Ana")}), "gone", "NOT_FOUND@ticketId")
		if n := len(w.events()); n != 3 {
			t.Errorf("%d events", n)
		}

		back := w.transfer("SAC", "Reclamação", "Entrega")
		back.Assignee = Choice{Made: true, ID: w.one("Bia")}
		want(t, w.Transfer(w.as("Caio"), back), "back, to somebody", "")
		over := w.transfer("Vendas", "Pagamento", "Boleto")
		over.Assignee = Choice{Made: true, ID: w.one("Davi")}
		want(t, w.Transfer(w.as("Elis"), over), "to who sees both", "")
		want(t, w.Transfer(w.as("Davi"), w.transfer("SAC", "Reclamação", "Troca")), "he keeps it", "")
		if row := w.ticket(); deref(row.AssigneeID) != w.id["Davi"] {
			t.Errorf("%s takes care of it", w.name(row.AssigneeID))
		}
		nobody := w.transfer("SAC", "Reclamação", "Troca")
		nobody.Assignee.Made = true
		want(t, w.Transfer(w.as("Davi"), nobody), "to nobody", "")
		if got := w.told(); got != "TRANSFERRED assignee: Davi → –" {
			t.Error(got)
		}
		note := w.transfer("SAC", "Reclamação", "Troca")
		note.Note = "Fica aqui."
		want(t, w.Transfer(w.as("Davi"), note), "a note alone", "")
		if got := w.told(); got != "NOTE_ADDED notes: – → a note" {
			t.Error(got)
		}
	})
}

// Each choice of a transfer must belong to the one above it; all that is wrong is answered at once.
func TestTransferRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		with := func(x Transfer, to, note string) Transfer {
			x.Assignee, x.Note = Choice{Made: to != "", ID: w.one(to)}, note
			return x
		}
		for _, c := range []struct {
			what  string
			in    Transfer
			fault string
		}{
			{"a subject of another sector", w.transfer("SAC", "Pagamento", "Boleto"), "WRONG_PARENT@occurrenceTypeId"},
			{"a sub-subject of another subject", w.transfer("SAC", "Reclamação", "Boleto"), "WRONG_PARENT@occurrenceId"},
			{"an archived sector", w.transfer("Extinto", "Reclamação", "Entrega"), "ARCHIVED@sectorId WRONG_PARENT@occurrenceTypeId"},
			{"what there is not", w.transfer("sec_none", "oty_none", "occ_none"), "NOT_FOUND@sectorId NOT_FOUND@occurrenceTypeId NOT_FOUND@occurrenceId"},
			{"ids of other kinds", w.transfer("Entrega", "SAC", "Reclamação"), "NOT_FOUND@sectorId NOT_FOUND@occurrenceTypeId NOT_FOUND@occurrenceId"},
			{"to who does not see it there", with(w.transfer("Vendas", "Pagamento", "Boleto"), "Ana", ""), "WRONG_PARENT@assigneeId"},
			{"to who has left", with(w.transfer("SAC", "Reclamação", "Troca"), "Zeca", ""), "ARCHIVED@assigneeId"},
			{"too much to say", with(w.transfer("Vendas", "Pagamento", "Troca"), "", strings.Repeat("é", maxText+1)), "TOO_LONG@note WRONG_PARENT@occurrenceId"},
		} {
			want(t, w.Transfer(w.as("Elis"), c.in), c.what, c.fault)
		}
		ctx := context.Background()
		w.d.Writer.Occurrence.UpdateOneID(w.id["Troca"]).SetArchivedAt(began).ExecX(ctx)
		want(t, w.Transfer(w.as("Ana"), w.transfer("SAC", "Reclamação", "Troca")), "an archived sub-subject", "ARCHIVED@occurrenceId")
		// What the ticket has may stay, though it is archived meanwhile.
		w.d.Writer.Occurrence.UpdateOneID(w.id["Entrega"]).SetArchivedAt(began).ExecX(ctx)
		want(t, w.Transfer(w.as("Ana"), with(w.transfer("SAC", "Reclamação", "Entrega"), "Bia", "")), "where it is", "")
		if n := w.d.Writer.InternalNote.Query().CountX(ctx); n != 0 || len(w.events()) != 1 {
			t.Errorf("%d notes, %d events", n, len(w.events()))
		}
	})
}

// Rule T8: one of the allowed solutions ends a ticket, and it can be reopened.
func TestFinishAndReopen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		finish := func(by, solution string) error {
			return w.Finish(w.as(by), Finish{Target: w.on(), SolutionID: *w.one(solution)})
		}
		want(t, w.Reopen(w.as("Ana"), w.on()), "reopen what is open", "INVALID_STATE@ticketId")
		for solution, fault := range map[string]string{
			"Cupom": "WRONG_PARENT@solutionId", "Trocado": "WRONG_PARENT@solutionId", "Velho": "ARCHIVED@solutionId", "sol_none": "NOT_FOUND@solutionId",
		} {
			want(t, finish("Ana", solution), solution, fault)
		}
		want(t, finish("Caio", "Resolvido"), "by who does not see it", "NOT_FOUND@ticketId")
		want(t, finish("Ana", "Resolvido"), "finish", "")
		if got := w.told(); got != "STATUS_CHANGED status: IN_PROGRESS → FINISHED, solution: – → Resolvido, unread: true → false" {
			t.Error(got)
		}
		want(t, finish("Bia", "Encerrado"), "finish again", "INVALID_STATE@ticketId")
		want(t, w.Transfer(w.as("Bia"), w.transfer("SAC", "Reclamação", "Troca")), "transfer what is finished", "INVALID_STATE@ticketId")
		want(t, w.Assign(w.as("Bia"), Assignment{Target: w.on(), AssigneeID: w.one("Bia")}), "take what is finished", "")
		want(t, w.Reopen(w.as("Bia"), w.on()), "reopen", "")
		if got := w.told(); got != "REOPENED status: FINISHED → IN_PROGRESS, solution: Resolvido → –" {
			t.Error(got)
		}
		// Elsewhere all solutions of the occurrence that are in use are allowed.
		want(t, w.Transfer(w.as("Bia"), w.transfer("SAC", "Reclamação", "Troca")), "transfer", "")
		want(t, finish("Bia", "Resolvido"), "with what was allowed before", "WRONG_PARENT@solutionId")
		want(t, finish("Bia", "Trocado"), "with what is allowed now", "")
		if row := w.ticket(); row.Status != tickets.StatusFINISHED || deref(row.SolutionID) != w.id["Trocado"] {
			t.Errorf("%s, %s", row.Status, w.name(row.SolutionID))
		}
	})
}

// An internal note is kept as it was written, once a key, and the log tells of it without its text.
func TestNote(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, err := w.AddNote(w.as("Bia"), Note{Target: Target{TicketID: w.ticketID, Key: "k"}, Text: "\tLigar amanhã.\r\nCPF conferido. "})
		if err != nil {
			t.Fatal(err)
		}
		note := w.d.Writer.InternalNote.Query().Where(internalnote.ID(id)).OnlyX(context.Background())
		if note.Text != "Ligar amanhã.\nCPF conferido." || note.AuthorID != w.id["Bia"] || note.TicketID != w.ticketID {
			t.Errorf("%v", note)
		}
		if got := w.told(); got != "NOTE_ADDED notes: – → a note" {
			t.Error(got)
		}
		for _, c := range []struct{ what, by, text, key, fault string }{
			{"nothing", "Ana", " \n ", "1", "REQUIRED@text"},
			{"without a key", "Ana", "Oi", "", "REQUIRED@idempotencyKey"},
			{"too much", "Ana", strings.Repeat("é", maxText+1), "2", "TOO_LONG@text"},
			{"just enough", "Ana", strings.Repeat("é", maxText), "3", ""},
			{"a null character", "Ana", "a\x00b", "4", "INVALID@text"},
			{"too long a key", "Ana", "Oi", strings.Repeat("k", 201), "TOO_LONG@idempotencyKey"},
			{"another text under a key", "Bia", "Ligar hoje.", "k", "IDEMPOTENCY_KEY_REUSED@idempotencyKey"},
			{"by who does not see the ticket", "Caio", "Oi", "5", "NOT_FOUND@ticketId"},
		} {
			_, err := w.AddNote(w.as(c.by), Note{Target: Target{TicketID: w.ticketID, Key: c.key}, Text: c.text})
			want(t, err, c.what, c.fault)
		}
		if n := w.d.Writer.InternalNote.Query().CountX(context.Background()); n != 2 {
			t.Errorf("%d notes", n)
		}
		for name, expected := range map[string]int{"Ana": 2, "Caio": 0, "Elis": 2} {
			if n := w.d.Reader.InternalNote.Query().CountX(w.as(name)); n != expected {
				t.Errorf("%s sees %d notes, want %d", name, n, expected)
			}
		}
	})
}

func TestMarkRead(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			unread bool
			told   string
			events int
		}{
			{true, "", 0}, {false, "UPDATED unread: true → false", 1}, {false, "UPDATED unread: true → false", 1}, {true, "UPDATED unread: false → true", 2},
		} {
			want(t, w.MarkRead(w.as("Ana"), Reading{Target: w.on(), Unread: c.unread}), "mark", "")
			if got := w.told(); got != c.told || len(w.events()) != c.events || w.ticket().Unread != c.unread {
				t.Errorf("%q, %d events", got, len(w.events()))
			}
		}
	})
}

// Every verb: who asks must be somebody, see the ticket, and have seen its present version.
func TestEveryVerbLooksFirst(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		verbs := map[Verb]func(ctx context.Context, on Target) error{
			VerbAssign: func(ctx context.Context, on Target) error {
				return w.Assign(ctx, Assignment{Target: on, AssigneeID: w.one("Ana")})
			},
			VerbTransfer: func(ctx context.Context, on Target) error {
				in := w.transfer("SAC", "Reclamação", "Troca")
				in.Target = on
				return w.Transfer(ctx, in)
			},
			VerbFinish: func(ctx context.Context, on Target) error {
				return w.Finish(ctx, Finish{Target: on, SolutionID: w.id["Resolvido"]})
			},
			VerbReopen: w.Reopen,
			VerbAddNote: func(ctx context.Context, on Target) error {
				_, err := w.AddNote(ctx, Note{Target: on, Text: "Oi"})
				return err
			},
			VerbMarkRead: func(ctx context.Context, on Target) error { return w.MarkRead(ctx, Reading{Target: on}) },
		}
		version := 7
		for v, do := range verbs {
			key := string(v)
			want(t, do(context.Background(), Target{TicketID: w.ticketID, Key: key}), key+" by nobody", "UNAUTHENTICATED@")
			want(t, do(identity.System(context.Background()), Target{TicketID: w.ticketID, Key: key}), key+" by the product", "UNAUTHENTICATED@")
			want(t, do(w.as("Ana"), Target{TicketID: "tkt_none", Key: key}), key+" on nothing", "NOT_FOUND@ticketId")
			want(t, do(w.as("Caio"), Target{TicketID: w.ticketID, Version: &version, Key: key}), key+" by another sector", "NOT_FOUND@ticketId")
			want(t, do(w.as("Elis"), Target{TicketID: w.ticketID, Version: &version, Key: key}), key+" on an old version", "CONFLICT@version")
			reason, blocked := Blocked(w.ticket(), v)
			if blocked != (v == VerbReopen) {
				t.Errorf("%s: blocked %t, %v", v, blocked, reason)
			}
		}
		if n := len(w.events()); n != 0 {
			t.Errorf("%d events", n)
		}
	})
}

// Blocked gives sentences, in both languages, for what the verbs refuse.
func TestBlocked(t *testing.T) {
	for _, status := range []tickets.Status{tickets.StatusIN_PROGRESS, tickets.StatusAWAITING_RETURN, tickets.StatusFINISHED} {
		finished := status == tickets.StatusFINISHED
		for v, closed := range map[Verb]bool{
			VerbAssign: false, VerbTransfer: finished, VerbFinish: finished, VerbReopen: !finished, VerbAddNote: false, VerbMarkRead: false,
		} {
			row := &db.Ticket{Status: status}
			reason, blocked := Blocked(row, v)
			if blocked != closed {
				t.Errorf("%s on %s: blocked %t", v, status, blocked)
			}
			if refused := fault.CodeOf(refuse(row, v)) == fault.InvalidState; refused != blocked {
				t.Errorf("%s on %s: the verb refuses %t", v, status, refused)
			}
			for _, s := range []string{reason.PT, reason.EN} {
				if blocked && (!strings.HasSuffix(s, ".") || strings.ToUpper(s[:1]) != s[:1]) {
					t.Errorf("%s on %s: %q is no sentence", v, status, s)
				}
			}
		}
	}
}
