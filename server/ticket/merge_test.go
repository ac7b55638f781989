package ticket

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/reclameaqui"
)

const defaultSolution = "sol_default"

// standing is a ticket as it would have been stored after a read, with its thread.
func standing(c reclameaqui.Complaint, now ticket.Status) (*db.Ticket, []*db.Interaction) {
	m := convert(c, noon)
	create := db.NewClient().Ticket.Create()
	m.into(create.Mutation())
	columns := map[string]any{}
	for _, name := range create.Mutation().Fields() {
		columns[name], _ = create.Mutation().Field(name)
	}
	row, err := json.Marshal(columns)
	if err != nil {
		panic(err)
	}
	t := &db.Ticket{ID: "tkt_1", ComplaintID: m.complaintID, Status: now}
	if err := json.Unmarshal(row, t); err != nil {
		panic(err)
	}
	if now == ticket.StatusFINISHED {
		chosen := "sol_chosen"
		t.SolutionID = &chosen
	}
	t.Edges.RawComplaint = &db.Complaint{Details: m.details}
	var thread []*db.Interaction
	for i, e := range m.entries {
		in := &db.Interaction{
			ID: fmt.Sprint("itr_", i), TicketID: t.ID, SourceID: e.sourceID, TypeID: e.typeID, TypeName: e.typeName, Kind: e.kind,
			AuthorKind: e.author, AuthorName: e.authorName, Body: e.body, Private: e.private, OccurredAt: e.occurredAt,
			ModifiedAt: e.modifiedAt, Details: e.details,
		}
		for _, f := range e.files {
			in.Edges.Attachments = append(in.Edges.Attachments, &db.Attachment{SourceID: f.sourceID, Name: f.name, URL: f.url, Private: f.private})
		}
		thread = append(thread, in)
	}
	return t, thread
}

func fieldsOf(d decision) string {
	var fields []string
	for _, c := range d.changes {
		if !slices.Contains(fields, c.Field) {
			fields = append(fields, c.Field)
		}
	}
	return strings.Join(fields, " ")
}

var (
	replica       = saying(said(201, 2, consumer, noon, "Ainda não chegou."))
	private       = saying(said(202, 6, consumer, noon, "Meu telefone mudou."))
	answer        = saying(said(203, 2, company, noon, "Vamos verificar."))
	evaluated     = saying(said(204, 11, consumer, noon, "Resolvido."))
	redistributed = saying(said(206, 10, company, noon, "Outra marca."))
	considered    = func(c *reclameaqui.Complaint) { words := "Obrigada."; c.ConsumerConsideration = &words }
)

// Rule T3: the status moves when RA's moves; an agent's finish or reopen stands until then; a
// consumer's replica or private message reopens, an evaluation or consideration never.
func TestMergeStatus(t *testing.T) {
	type change = func(*reclameaqui.Complaint)
	for _, c := range []struct {
		what     string
		was      int64 // RA's status when last read
		now      ticket.Status
		changes  []change
		want     ticket.Status
		kind     ticketevent.Kind
		solution string
		unread   bool
	}{
		{"RA says answered", 5, ticket.StatusIN_PROGRESS, []change{status(6), answer}, ticket.StatusAWAITING_RETURN, ticketevent.KindINTERACTION_ADDED, "", false},
		{"RA moves and nobody spoke", 5, ticket.StatusIN_PROGRESS, []change{status(10)}, ticket.StatusFINISHED, ticketevent.KindSTATUS_CHANGED, defaultSolution, false},
		{"RA closes by an evaluation", 6, ticket.StatusAWAITING_RETURN, []change{status(18), evaluated}, ticket.StatusFINISHED, ticketevent.KindINTERACTION_ADDED, defaultSolution, false},
		{"replica", 6, ticket.StatusAWAITING_RETURN, []change{status(7), replica}, ticket.StatusIN_PROGRESS, ticketevent.KindINTERACTION_ADDED, "", true},
		{"our answer counts before RA's status moves", 5, ticket.StatusAWAITING_RETURN, []change{answer}, ticket.StatusAWAITING_RETURN, ticketevent.KindINTERACTION_ADDED, "", false},
		{"an agent's finish stands", 6, ticket.StatusFINISHED, []change{answer}, ticket.StatusFINISHED, ticketevent.KindINTERACTION_ADDED, "sol_chosen", false},
		{"an agent's reopen stands", 18, ticket.StatusIN_PROGRESS, []change{considered}, ticket.StatusIN_PROGRESS, ticketevent.KindUPDATED, "", false},
		{"until RA moves", 6, ticket.StatusFINISHED, []change{status(8)}, ticket.StatusAWAITING_RETURN, ticketevent.KindSTATUS_CHANGED, "", false},
		{"RA closes what an agent finished: his solution stays", 6, ticket.StatusFINISHED, []change{status(18), evaluated}, ticket.StatusFINISHED, ticketevent.KindINTERACTION_ADDED, "sol_chosen", false},
		{"replica on a finished one", 6, ticket.StatusFINISHED, []change{status(7), replica}, ticket.StatusIN_PROGRESS, ticketevent.KindREOPENED, "", true},
		{"replica whose status RA does not move", 7, ticket.StatusFINISHED, []change{replica}, ticket.StatusIN_PROGRESS, ticketevent.KindREOPENED, "", true},
		{"private message on a finished one", 18, ticket.StatusFINISHED, []change{private}, ticket.StatusIN_PROGRESS, ticketevent.KindREOPENED, "", true},
		{"private message of the company", 18, ticket.StatusFINISHED, []change{saying(said(205, 3, company, noon, "x"))}, ticket.StatusFINISHED, ticketevent.KindINTERACTION_ADDED, "sol_chosen", false},
		{"evaluation on a finished one", 6, ticket.StatusFINISHED, []change{evaluated}, ticket.StatusFINISHED, ticketevent.KindINTERACTION_ADDED, "sol_chosen", false},
		{"consideration on a finished one", 18, ticket.StatusFINISHED, []change{considered}, ticket.StatusFINISHED, ticketevent.KindUPDATED, "sol_chosen", false},
		{"moderation leaves it", 6, ticket.StatusAWAITING_RETURN, []change{status(11)}, ticket.StatusAWAITING_RETURN, ticketevent.KindUPDATED, "", false},
		{"a status that nobody knows leaves it", 6, ticket.StatusFINISHED, []change{status(99)}, ticket.StatusFINISHED, ticketevent.KindUPDATED, "sol_chosen", false},
		{"a reply to a complaint under moderation reopens", 11, ticket.StatusFINISHED, []change{replica}, ticket.StatusIN_PROGRESS, ticketevent.KindREOPENED, "", true},
		{"back from moderation", 11, ticket.StatusIN_PROGRESS, []change{status(6)}, ticket.StatusAWAITING_RETURN, ticketevent.KindSTATUS_CHANGED, "", false},
		{"RA redistributes it", 5, ticket.StatusIN_PROGRESS, []change{status(17), redistributed}, ticket.StatusFINISHED, ticketevent.KindINTERACTION_ADDED, defaultSolution, false},
		{"a replica after that reopens it", 17, ticket.StatusFINISHED, []change{replica}, ticket.StatusIN_PROGRESS, ticketevent.KindREOPENED, "", true},
		{"rated after a replica, both since the last read", 6, ticket.StatusFINISHED, []change{status(18), replica, evaluated}, ticket.StatusFINISHED, ticketevent.KindINTERACTION_ADDED, "sol_chosen", true},
		{"a read that does not tell the status", 6, ticket.StatusFINISHED, []change{status(0)}, ticket.StatusFINISHED, ticketevent.KindUPDATED, "sol_chosen", false},
		{"another number of the same meaning", 7, ticket.StatusIN_PROGRESS, []change{status(20)}, ticket.StatusIN_PROGRESS, ticketevent.KindUPDATED, "", false},
	} {
		before := made(1, status(c.was))
		known, thread := standing(before, c.now)
		d := merge(known, thread, convert(made(1, append([]change{status(c.was)}, c.changes...)...), noon).keeping(known), Defaults{DefaultSolutionID: defaultSolution})
		if d.status != c.want || d.kind != c.kind || deref(d.solution) != c.solution || d.unread != c.unread {
			t.Errorf("%s: %s, %s, solution %q, unread %t", c.what, d.status, d.kind, deref(d.solution), d.unread)
		}
		if strings.Contains(fieldsOf(d), "status ") != (c.want != c.now) && strings.HasSuffix(fieldsOf(d), "status") != (c.want != c.now) && c.want != c.now {
			t.Errorf("%s: the event does not say so: %s", c.what, fieldsOf(d))
		}
	}
}

func TestMergeOfTheSameChangesNothing(t *testing.T) {
	for _, now := range []ticket.Status{ticket.StatusIN_PROGRESS, ticket.StatusAWAITING_RETURN, ticket.StatusFINISHED} {
		c := made(1, status(8), answer, replica, considered)
		known, thread := standing(c, now)
		if d := merge(known, thread, convert(c, noon), Defaults{DefaultSolutionID: defaultSolution}); !d.unchanged() || d.status != now {
			t.Errorf("%s became %s with %v", now, d.status, d.changes)
		}
	}
}

// Rule T11: what changed, from what, to what, by the names of the contract.
func TestMergeNamesTheChangedFields(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(*reclameaqui.Complaint)
	}{
		{"title", func(c *reclameaqui.Complaint) { c.Title = "x" }},
		{"description", func(c *reclameaqui.Complaint) { c.Content = "x" }},
		{"reclameAqui.sourceId", func(c *reclameaqui.Complaint) { c.SourceID = "1" }},
		{"reclameAqui.status", func(c *reclameaqui.Complaint) { c.RAStatus.Name = "Outro nome" }},
		{"reclameAqui.frozen", func(c *reclameaqui.Complaint) { c.Frozen = true }},
		{"reclameAqui.active", func(c *reclameaqui.Complaint) { c.Active = false }},
		{"availableActions", func(c *reclameaqui.Complaint) { c.RequestEvaluation = true }},
		{"reclameAqui.evaluation", func(c *reclameaqui.Complaint) { c.RatingText = "0" }},
		{"reclameAqui.consumerConsideration", considered},
		{"reclameAqui.companyConsideration", func(c *reclameaqui.Complaint) { c.CompanyConsideration = &c.Title }},
		{"reclameAqui.consumerConsideration", func(c *reclameaqui.Complaint) { c.ConsumerConsiderationAt = &noon }},
		{"reclameAqui.panelStatus", func(c *reclameaqui.Complaint) { c.HugmeStatus.ID = 21 }},
		{"reclameAqui.closedAt", func(c *reclameaqui.Complaint) { c.ClosedAt = &noon }},
		{"reclameAqui.firstAnsweredAt", func(c *reclameaqui.Complaint) { c.ResponseAt = &noon }},
		{"reclameAqui.lastReplicaAt", func(c *reclameaqui.Complaint) { c.LastReplicaAt = &noon }},
		{"reclameAqui.reason", func(c *reclameaqui.Complaint) { c.Reason = "Atraso" }},
		{"reclameAqui.feeling", func(c *reclameaqui.Complaint) { c.Feeling = "Raiva" }},
		{"reclameAqui.deactivation", func(c *reclameaqui.Complaint) { c.RA.DeactivationReason = "x" }},
		{"reclameAqui.evaluationRequest", func(c *reclameaqui.Complaint) { c.FavorableAssessment.ID = 1 }},
		{"reclameAqui.tags", func(c *reclameaqui.Complaint) { c.Tags = []string{"vip"} }},
		{"reclameAqui.categories", func(c *reclameaqui.Complaint) { c.Categories = []reclameaqui.Category{{ID: 1, Description: "x"}} }},
		{"reclameAqui.responsible", func(c *reclameaqui.Complaint) { c.User = reclameaqui.User{ID: 7, Name: "Bia"} }},
		{"reclameAqui.duplicates", func(c *reclameaqui.Complaint) { c.DuplicateTicket = []json.RawMessage{[]byte("7")} }},
		{"reclameAqui.whatsApp", func(c *reclameaqui.Complaint) { c.WhatsApp = &reclameaqui.WhatsApp{} }},
		{"reclameAqui.history", func(c *reclameaqui.Complaint) { c.Historical = []reclameaqui.HistoryEntry{{ID: 1}} }},
		{"reclameAqui.unknownFields", func(c *reclameaqui.Complaint) { c.Unknown = map[string]json.RawMessage{"x": []byte("1")} }},
		{"reclameAqui.formAnswers interactions.details", func(c *reclameaqui.Complaint) {
			c.Interactions[0].Details = []reclameaqui.Detail{{ID: "1", TypeID: 7, Name: "Pedido?", Value: "1"}}
		}},
		{"interactions.attachments", func(c *reclameaqui.Complaint) { c.Attached = []reclameaqui.Attached{{ID: "9", Value: "a.png"}} }},
		{"interactions.modifiedAt", func(c *reclameaqui.Complaint) { c.Interactions[0].ModifiedAt = &noon }},
		// What Reclame Aqui counts and measures is no news.
		{"", func(c *reclameaqui.Complaint) {
			c.Counts.Interactions, c.RatingTime, c.Interactions[0].Read = 9, "4", true
		}},
		// What it leaves out, or sends in a shape that cannot be read, is not taken back.
		{"", func(c *reclameaqui.Complaint) { c.RAStatus = reclameaqui.Named{} }},
		{"", func(c *reclameaqui.Complaint) { c.ModifiedAt = time.Time{} }},
		{"reclameAqui.unknownFields", func(c *reclameaqui.Complaint) { c.Title, c.Odd = "", []string{"complaint_title"} }},
		{"reclameAqui.moderation", func(c *reclameaqui.Complaint) { c.Moderation.RequestedAt = &noon }},
		{"reclameAqui.modifiedAt", modified(0)},
		{"reclameAqui.firstAnsweredAt interactions", answer},
		{"interactions unread", replica},
	} {
		known, thread := standing(made(1), ticket.StatusIN_PROGRESS)
		if got := fieldsOf(merge(known, thread, convert(made(1, c.change), noon).keeping(known), Defaults{})); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// Rule S5: what RA alters is taken over, and the event keeps what it was.
func TestMergeOfAnAlteredText(t *testing.T) {
	known, thread := standing(made(1, answer), ticket.StatusAWAITING_RETURN)
	d := merge(known, thread, convert(made(1, saying(said(203, 2, company, noon, "[editado]"))), noon), Defaults{})
	if len(d.added) != 0 || len(d.replaced) != 1 || d.replaced["itr_1"].body != "[editado]" || d.kind != ticketevent.KindUPDATED {
		t.Fatalf("added %v, replaced %v, %s", d.added, d.replaced, d.kind)
	}
	if c := d.changes[len(d.changes)-1]; c.Field != "interactions" || deref(c.Old) != "Vamos verificar." || deref(c.New) != "[editado]" {
		t.Errorf("the event says %+v", c)
	}
	more := said(203, 2, company, noon, "Vamos verificar.")
	more.Details = []reclameaqui.Detail{{ID: "1", TypeID: 15, Value: "a.png"}}
	if d := merge(known, thread, convert(made(1, saying(more)), noon), Defaults{}); len(d.replaced) != 1 {
		t.Error("a file that came later is not taken over")
	}
	// What RA does not show any more stays here.
	if d := merge(known, thread, convert(made(1), noon), Defaults{}); len(d.replaced) != 0 || len(d.added) != 0 {
		t.Errorf("after a vanished entry: %+v", d)
	}
	if thread[0].Kind != interaction.KindCOMPLAINT {
		t.Error("the first entry is the complaint")
	}
}

// A ticket that waits for an agent's eyes stays unread, and an answer of our own does not make it unread.
func TestMergeUnread(t *testing.T) {
	known, thread := standing(made(1), ticket.StatusIN_PROGRESS)
	known.Unread = true
	if d := merge(known, thread, convert(made(1, replica), noon), Defaults{}); !d.unread || strings.Contains(fieldsOf(d), "unread") {
		t.Errorf("unread %t, %s", d.unread, fieldsOf(d))
	}
	if d := merge(known, thread, convert(made(1, answer), noon), Defaults{}); !d.unread {
		t.Error("the company's own answer hides that somebody still has to read")
	}
}

// The SLA ends with the first public answer: a later one does not move it, nor that RA stops showing it. What only RA's own
// field says counts where the thread shows none.
func TestTheFirstAnswerStaysTheFirst(t *testing.T) {
	first := noon.Add(-30 * time.Minute)
	early := said(203, 2, company, first, "Vamos verificar.")
	known, thread := standing(made(1, saying(early)), ticket.StatusAWAITING_RETURN)
	for what, change := range map[string]func(*reclameaqui.Complaint){
		"a second one": saying(early, said(204, 2, company, noon, "Resolvido.")),
		"not shown":    saying(said(204, 2, company, noon, "Resolvido.")),
		"RA's latest":  func(c *reclameaqui.Complaint) { c.ResponseAt = &noon },
		"in private":   saying(said(205, 3, company, first.Add(-time.Minute), "x")),
	} {
		if m := convert(made(1, change), noon).keeping(known); !m.firstAnsweredAt.Equal(first) || strings.Contains(fieldsOf(merge(known, thread, m, Defaults{})), "firstAnswered") {
			t.Errorf("%s moves the first answer to %v", what, m.firstAnsweredAt)
		}
	}
	if m := convert(made(1, func(c *reclameaqui.Complaint) { c.ResponseAt = &first }), noon); !m.firstAnsweredAt.Equal(first) {
		t.Errorf("RA's own word gives %v", m.firstAnsweredAt)
	}
}
