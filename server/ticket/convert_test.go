package ticket

import (
	"slices"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/server/reclameaqui"
)

// Section 4.3 of the wire contract: who wrote it comes from the ids first and from the type only without them.
func TestKindsAndAuthors(t *testing.T) {
	const nobody = ""
	for _, c := range []struct {
		what    string
		typeID  int
		by      string
		privacy bool
		kind    interaction.Kind
		author  interaction.AuthorKind
		private bool
	}{
		{"another manifestation is a replica", 1, consumer, false, interaction.KindREPLICA, interaction.AuthorKindCONSUMER, false},
		{"a manifestation of nobody", 1, nobody, false, interaction.KindREPLICA, interaction.AuthorKindCONSUMER, false},
		{"a manifestation that the company entered", 1, company, false, interaction.KindCOMPLAINT, interaction.AuthorKindCOMPANY, false},
		{"answer", 2, company, false, interaction.KindPUBLIC_REPLY, interaction.AuthorKindCOMPANY, false},
		{"answer without ids", 2, nobody, false, interaction.KindPUBLIC_REPLY, interaction.AuthorKindCOMPANY, false},
		{"replica coded as an answer", 2, consumer, false, interaction.KindREPLICA, interaction.AuthorKindCONSUMER, false},
		{"private answer", 2, company, true, interaction.KindPRIVATE_MESSAGE, interaction.AuthorKindCOMPANY, true},
		{"private message of the company", 3, company, false, interaction.KindPRIVATE_MESSAGE, interaction.AuthorKindCOMPANY, true},
		{"the same without ids", 3, nobody, false, interaction.KindPRIVATE_MESSAGE, interaction.AuthorKindCOMPANY, true},
		{"private message of the consumer", 6, consumer, true, interaction.KindPRIVATE_MESSAGE, interaction.AuthorKindCONSUMER, true},
		{"the same without ids", 6, nobody, false, interaction.KindPRIVATE_MESSAGE, interaction.AuthorKindCONSUMER, true},
		{"tweet", 4, nobody, false, interaction.KindOTHER, interaction.AuthorKindSYSTEM, false},
		{"comment of a third party", 7, nobody, false, interaction.KindOTHER, interaction.AuthorKindCONSUMER, false},
		{"moderation asked", 8, nobody, false, interaction.KindMODERATION, interaction.AuthorKindCOMPANY, false},
		{"moderation answered", 9, nobody, false, interaction.KindMODERATION, interaction.AuthorKindSYSTEM, false},
		{"automatic moderation", 151, nobody, false, interaction.KindMODERATION, interaction.AuthorKindSYSTEM, false},
		{"redistribution", 10, nobody, false, interaction.KindREDISTRIBUTION, interaction.AuthorKindCOMPANY, false},
		{"evaluation", 11, consumer, false, interaction.KindEVALUATION, interaction.AuthorKindCONSUMER, false},
		{"a type that nobody knows", 77, nobody, false, interaction.KindOTHER, interaction.AuthorKindSYSTEM, false},
	} {
		in := said(200, c.typeID, c.by, noon, "x")
		in.Privacy = c.privacy
		m := convert(made(1, saying(in)), noon)
		if len(m.entries) != 2 || m.entries[0].kind != interaction.KindCOMPLAINT {
			t.Fatalf("%s: the thread is %+v", c.what, m.entries)
		}
		if e := m.entries[1]; e.kind != c.kind || e.author != c.author || e.private != c.private || e.typeID != c.typeID {
			t.Errorf("%s: %s by %s, private %t, type %d", c.what, e.kind, e.author, e.private, e.typeID)
		}
	}
}

// Section 4.4: details 15 and 33 carry a file; RA's own name of it is the label "Anexo".
func TestFiles(t *testing.T) {
	in := said(200, 3, company, noon, "segue")
	in.Details = []reclameaqui.Detail{
		{ID: "1", TypeID: 8, Name: "IP", Value: "203.0.113.9"},
		{ID: "2", TypeID: 15, Name: "Anexo", Value: "https://files.example.com/a/nota%20fiscal.pdf?sig=abc/def"},
		{ID: "3", TypeID: 33, Name: "Anexo", Value: "foto.png"},
		{ID: "4", TypeID: 15, Name: "Anexo", Value: ""},
		{ID: "5", TypeID: 15, Name: "Anexo", Value: "https://files.example.com/"},
		{ID: "6", TypeID: 15, Name: "Anexo", Value: "javascript:alert(1)"},
		{ID: "7", TypeID: 15, Name: "Anexo", Value: "https://files.example.com/nota%20fiscal.pdf?v=2", Privacy: true},
	}
	files := convert(made(1, saying(in)), noon).entries[1].files
	want := []struct{ id, name, url string }{
		{"2", "nota fiscal.pdf", ""}, // signed, so it ends: a fresh one is asked for
		{"3", "foto.png", ""},
		{"4", "Anexo", ""},
		{"5", "Anexo", "https://files.example.com/"},
		{"6", "javascript:alert(1)", ""},
		{"7", "nota fiscal.pdf", "https://files.example.com/nota%20fiscal.pdf?v=2"},
	}
	if len(files) != len(want) {
		t.Fatalf("%d files: %+v", len(files), files)
	}
	for i, f := range files {
		if !f.private { // all of them are in the private thread
			t.Errorf("file %d is public", i)
		}
		if f.sourceID != want[i].id || f.name != want[i].name || deref(f.url) != want[i].url {
			t.Errorf("file %d is %q %q %q", i, f.sourceID, f.name, deref(f.url))
		}
	}
}

// Rule S5: what RA repeats, or sends without an id, costs neither the complaint nor the entry.
func TestRepeatedAndNamelessEntriesAreKept(t *testing.T) {
	nameless := func(message string) reclameaqui.Interaction {
		in := said(0, 2, company, noon, message)
		in.ID = ""
		return in
	}
	twice := said(200, 2, company, noon, "b")
	twice.Details = []reclameaqui.Detail{{ID: "9", TypeID: 15, Value: "a.png"}, {ID: "9", TypeID: 15, Value: "a.png"}, {TypeID: 15, Value: "b.png"}, {TypeID: 15, Value: "c.png"}}
	thread := saying(nameless("x"), nameless("y"), nameless("x"), twice, twice)
	first, again := convert(made(1, thread), noon), convert(made(1, thread), noon.Add(time.Hour))
	ids := func(m mirror) (list []string) {
		for _, e := range m.entries {
			if slices.Contains(list, e.sourceID) || e.sourceID == "" || len(e.sourceID) > 40 {
				t.Errorf("the id %q cannot be kept", e.sourceID)
			}
			list = append(list, e.sourceID)
		}
		return list
	}
	if got := ids(first); len(got) != 4 || !slices.Equal(got, ids(again)) {
		t.Errorf("entries %v, and read again %v", got, ids(again))
	}
	files := first.entries[slices.IndexFunc(first.entries, func(e entry) bool { return e.sourceID == "200" })].files
	if len(files) != 3 || files[1].sourceID == files[2].sourceID {
		t.Errorf("files %+v", files)
	}
}

// An absent evaluation is absent: RA's false before a rating is no answer.
func TestAbsentEvaluation(t *testing.T) {
	for _, rating := range []string{"", "-1", "11", "x"} {
		m := convert(made(1, func(c *reclameaqui.Complaint) { c.RatingText = rating }), noon)
		if m.rating != nil || m.resolved != nil || m.wouldReturn != nil || m.ratedAt != nil {
			t.Errorf("rating %q gave %v %v %v", rating, m.rating, m.resolved, m.wouldReturn)
		}
	}
	at := noon.Add(-time.Minute)
	m := convert(made(1, func(c *reclameaqui.Complaint) {
		c.RatingText, c.RatedAt, c.ResolvedIssue = "0", &at, true
	}), noon)
	if m.rating == nil || *m.rating != 0 || !*m.resolved || *m.wouldReturn || !m.ratedAt.Equal(at) {
		t.Errorf("a rating of 0 gave %+v", m)
	}
}

// Section 8: RA's line ends become LF (by the client), and what a database cannot hold is cleaned.
func TestTextsAreClean(t *testing.T) {
	c, err := reclameaqui.ReadComplaint([]byte(`{"id":1,"complaint_title":"a\u0000b","complaint_content":"um\n\rdois\r\ntrês\rquatro",
		"interactions":[{"ticket_interaction_id":"7","ticket_interaction_type_id":1,"message":"x\n\ry\u0000"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	m := convert(c, noon)
	if m.title != "ab" || m.description != "um\ndois\ntrês\nquatro" || m.entries[0].body != "x\ny" {
		t.Errorf("got %q, %q, %q", m.title, m.description, m.entries[0].body)
	}
	if !m.occurredAt.Equal(noon) || !m.modifiedAt.Equal(noon) || !m.entries[0].occurredAt.Equal(noon) {
		t.Errorf("absent times became %v, %v, %v", m.occurredAt, m.modifiedAt, m.entries[0].occurredAt)
	}
	if m.person.name != "Consumidor 0" {
		t.Errorf("nobody is called %q", m.person.name)
	}
	long := convert(made(1, func(c *reclameaqui.Complaint) { c.RAStatus.Name = strings.Repeat("é", 150) }), noon)
	if long.raStatusName != strings.Repeat("é", 100) {
		t.Errorf("a long name became %d bytes", len(long.raStatusName))
	}
}

// Rule T3.
func TestStatusOf(t *testing.T) {
	want := map[int]ticket.Status{
		5: ticket.StatusIN_PROGRESS, 7: ticket.StatusIN_PROGRESS, 20: ticket.StatusIN_PROGRESS,
		6: ticket.StatusAWAITING_RETURN, 8: ticket.StatusAWAITING_RETURN,
	}
	for _, id := range []int{9, 10, 12, 13, 17, 18, 19} {
		want[id] = ticket.StatusFINISHED
	}
	for id := -1; id <= 200; id++ {
		got, ok := statusOf(id)
		if got != want[id] || ok != (want[id] != "") {
			t.Errorf("%d is %q, %t, want %q", id, got, ok, want[id])
		}
	}
}
