package ticket

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/reclameaqui"
)

// Section 4.4: a detail is shown by our word for it, a file beside them, and the consumer's IP nowhere.
func TestDetails(t *testing.T) {
	in := said(200, 9, "", noon, "")
	code := "X"
	in.Details = []reclameaqui.Detail{
		{ID: "1", TypeID: 8, Name: "IP", Value: "203.0.113.9"},
		{ID: "2", TypeID: 15, Value: "a.png"},
		{ID: "3", TypeID: 6, Name: "Nota", Value: "8"},
		{ID: "4", TypeID: 10, Name: "Caso", Value: "C-1", Code: &code},
		{ID: "5", TypeID: 11, Name: "Decisão", Value: "Mantida\r\nassim"},
		{ID: "6", TypeID: 99, Name: "Novo", Value: "v"},
		{ID: "7", TypeID: 99, Name: "Novo", Value: "v"},
	}
	in.Visualized, in.Video = true, "https://files.example.com/v.mp4"
	got := convert(made(1, saying(in)), noon).entries[1].details
	want := []schema.InteractionDetail{
		{TypeID: 6, Kind: "RATING", Label: "Nota", Value: "8"},
		{TypeID: 10, Kind: "MODERATION_CASE", Label: "Caso", Value: "C-1", Code: "X"},
		{TypeID: 11, Kind: "MODERATION_DECISION", Label: "Decisão", Value: "Mantida\nassim"},
		{TypeID: 99, Kind: "OTHER", Label: "Novo", Value: "v"},
	}
	if !slices.Equal(got.List, want) {
		t.Errorf("details %+v", got.List)
	}
	if facts := fmt.Sprint(got.Facts); facts != "[{visualized true} {video https://files.example.com/v.mp4}]" {
		t.Errorf("facts %s", facts)
	}
}

// An attachment that only the complaint lists belongs to what was written with it or before it.
func TestAttachmentsThatNoInteractionCarries(t *testing.T) {
	reply := said(300, 3, company, noon.Add(-30*time.Minute), "segue")
	reply.Details = []reclameaqui.Detail{{ID: "1", TypeID: 33, Value: "nota.pdf"}}
	attached := func(id string, at time.Time, value string) reclameaqui.Attached {
		return reclameaqui.Attached{ID: id, TypeID: 15, Name: "Anexo", Value: value, CreatedAt: at}
	}
	files := func(m mirror) string {
		var list []string
		for _, e := range m.entries {
			for _, f := range e.files {
				list = append(list, fmt.Sprintf("%s:%s %s %t", e.sourceID, f.sourceID, f.name, f.private))
			}
		}
		return strings.Join(list, ", ")
	}
	m := convert(made(1, saying(reply), func(c *reclameaqui.Complaint) {
		c.Attached = []reclameaqui.Attached{
			attached("1", noon, "https://files.example.com/nota.pdf"), attached("2", noon.Add(-45*time.Minute), "foto.png"),
			attached("3", noon, "b.png"), attached("4", time.Time{}, "c.png"),
		}
	}), noon)
	if got := files(m); got != "100:2 foto.png false, 100:4 c.png false, 300:1 nota.pdf true, 300:3 b.png true" {
		t.Errorf("files %s", got)
	}
	if address := m.entries[1].files[0].url; deref(address) != "https://files.example.com/nota.pdf" {
		t.Errorf("the list's address is lost: %s", deref(address))
	}
	alone := convert(made(1, func(c *reclameaqui.Complaint) {
		c.Interactions, c.Attached = nil, []reclameaqui.Attached{attached("5", noon, "d.png")}
	}), noon)
	if got := files(alone); got != "~attached:5 d.png false" || alone.entries[0].kind != interaction.KindOTHER {
		t.Errorf("without a thread: %s", got)
	}
}

// RA repeats itself: what was modified last counts, with the files of both. What has no date comes last.
func TestTheThreadInOrder(t *testing.T) {
	later := noon.Add(-time.Minute)
	moderated, plain := said(200, 2, company, noon.Add(-30*time.Minute), "[moderado]"), said(200, 2, company, noon.Add(-30*time.Minute), "palavrão")
	moderated.ModifiedAt = &later
	plain.Details = []reclameaqui.Detail{{ID: "1", TypeID: 15, Value: "a.png"}}
	undated := said(150, 1, consumer, time.Time{}, "sem data")
	m := convert(made(1, saying(plain, undated, moderated), modified(0)), noon)
	var got []string
	for _, e := range m.entries {
		got = append(got, fmt.Sprintf("%s %s %s %d", e.kind, e.body, e.occurredAt.Format("15:04"), len(e.files)))
	}
	want := []string{
		fmt.Sprintf("COMPLAINT Comprei e não chegou. %s 0", noon.Add(-time.Hour).Format("15:04")),
		fmt.Sprintf("PUBLIC_REPLY [moderado] %s 1", noon.Add(-30*time.Minute).Format("15:04")),
		fmt.Sprintf("REPLICA sem data %s 0", noon.Format("15:04")),
	}
	if !slices.Equal(got, want) {
		t.Errorf("thread %q", got)
	}
}

// The complaint itself stays the complaint when RA stops showing it, and what follows a replica.
func TestTheComplaintStaysTheComplaint(t *testing.T) {
	first := said(200, 1, consumer, noon, "de novo")
	known, thread := standing(made(1, saying(first)), "IN_PROGRESS")
	hidden := convert(made(1, func(c *reclameaqui.Complaint) {
		first.Message = "de novo, por favor"
		c.Interactions = []reclameaqui.Interaction{first, said(201, 2, company, noon, "x")}
	}), noon)
	if d := merge(known, thread, hidden, Defaults{}); d.replaced["itr_1"].kind != interaction.KindREPLICA {
		t.Errorf("the replica became %s", d.replaced["itr_1"].kind)
	}
	another := convert(made(1, func(c *reclameaqui.Complaint) {
		c.Interactions = []reclameaqui.Interaction{said(300, 1, consumer, noon, "outra")}
	}), noon)
	if d := merge(known, thread, another, Defaults{}); d.added[0].kind != interaction.KindREPLICA || !d.unread {
		t.Errorf("a new one is %s, unread %t", d.added[0].kind, d.unread)
	}
}

// Rule S5: what we have no word for is shown as it came, and counted by numbers and names of fields alone.
func TestStrange(t *testing.T) {
	c := made(1, status(99), func(c *reclameaqui.Complaint) {
		c.HugmeStatus.ID = 14
		c.Interactions = append(c.Interactions, said(2, 77, "", noon, "x"), said(3, 77, "", noon, "y"), said(4, 151, "", noon, "z"))
		c.Interactions[0].Details = []reclameaqui.Detail{{TypeID: 99}, {TypeID: 8}, {TypeID: 33}, {TypeID: 40}}
		c.Attached = []reclameaqui.Attached{{ID: "1", TypeID: 50}}
	})
	c.Unknown = map[string]json.RawMessage{
		"nova": []byte(`{"a":1}`), "customer.nickname": []byte(`"Ana"`), "extra.Meu CPF é 529": []byte("1"), "O que é isto?": []byte("2"),
	}
	c.Odd = []string{"closed_date", "interactions", "interactions.details.value", "customer"}
	c.Raw = []byte(`{"closed_date":"ontem","interactions":[5,{"details":[{"value":"203.0.113.9"},{"value":[1]}]}],"customer":"Ana"}`)
	var shown, counted []string
	for _, s := range strangeOf(c) {
		shown = append(shown, s.path+"="+s.text)
		counted = append(counted, string(s.kind)+" "+s.value)
	}
	wantShown := []string{
		"O que é isto?=2", "attached.type_detail_id=50", "closed_date=\"ontem\"", `customer="Ana"`, `customer.nickname="Ana"`,
		"extra.Meu CPF é 529=1", "hugme_status.id=14", "interactions=5", "interactions.details.ticket_detail_type_id=99",
		"interactions.details.value=[1]", "interactions.ticket_interaction_type_id=77", `nova={"a":1}`, "ra_status.id=99",
	}
	if !slices.Equal(shown, wantShown) {
		t.Errorf("shown %q", shown)
	}
	wantCounted := []string{
		"FIELD ?", "DETAIL_TYPE 50", "SHAPE closed_date", "SHAPE customer", "FIELD customer.nickname", "FIELD extra.?",
		"PANEL_STATUS 14", "SHAPE interactions", "DETAIL_TYPE 99", "SHAPE interactions.details.value", "INTERACTION_TYPE 77", "FIELD nova", "COMPLAINT_STATUS 99",
	}
	if !slices.Equal(counted, wantCounted) {
		t.Errorf("counted %q", counted)
	}
	// 11 has a word, is shown as the status, and is counted because it moves no ticket.
	m := convert(made(1, status(11)), noon)
	if len(m.strange) != 1 || len(m.details.Unknown) != 0 {
		t.Errorf("moderation is %+v", m.strange)
	}
}

// RA's arrays and object of unknown shape are facts under its names; its history is sorted; both keys of duplicates count.
func TestWhatHasNoFieldOfItsOwn(t *testing.T) {
	raws := func(texts ...string) (list []json.RawMessage) {
		for _, s := range texts {
			list = append(list, json.RawMessage(s))
		}
		return list
	}
	m := convert(made(1, func(c *reclameaqui.Complaint) {
		c.StickyNotes, c.Autos, c.PersonalizedFields = raws(`"ligar"`, `{"a":1}`), raws(`{"id":12}`), raws(`7`)
		c.ExtraData = map[string]json.RawMessage{"b": []byte(`"x"`), "a": []byte("true")}
		c.DuplicateTicket, c.DuplicateTiqt = raws(`9`, `"10"`, `-1`), raws(`{"id":"10"}`, `{"id":11}`, `{"x":1}`)
		c.RatingTime, c.Counts.Interactions, c.RA.SourceName, c.Customer.RG = "176", 9, "Site", []string{"12.3"}
		answer := "Vamos verificar."
		c.ResponseContent = &answer
		c.Historical = []reclameaqui.HistoryEntry{
			{ID: 3, Type: reclameaqui.Named{ID: 4, Name: "INTERACAO"}, CreatedAt: noon, User: reclameaqui.Named{ID: 7, Name: "Bia"}},
			{ID: 1, Type: reclameaqui.Named{ID: 4}, CreatedAt: noon.Add(-time.Hour)},
			{ID: 2, Type: reclameaqui.Named{ID: 1, Name: "CRIACAO"}, CreatedAt: noon.Add(-time.Hour)},
		}
	}), noon)
	want := "[{ra.source_name Site} {customer.rg 12.3} {rating_time 176} {interactions_count 9} {complaint_response_content Vamos verificar.} " +
		`{sticky_notes ligar} {sticky_notes {"a":1}} {autos {"id":12}} {personalized_fields 7} {extra_data.a true} {extra_data.b x}]`
	if got := fmt.Sprint(m.details.Facts); got != want {
		t.Errorf("facts %s", got)
	}
	if got := m.details.Duplicates; !slices.Equal(got, []string{"9", "10", "11", `{"x":1}`}) {
		t.Errorf("duplicates %q", got)
	}
	if h := m.details.History; len(h) != 3 || h[0].TypeName != "CRIACAO" || h[2].User.Name != "Bia" || h[0].User != nil {
		t.Errorf("history %+v", h)
	}
	if again := convert(made(1, answer, func(c *reclameaqui.Complaint) { a := "Vamos verificar."; c.ResponseContent = &a }), noon); len(again.details.Facts) != 0 {
		t.Errorf("what the thread shows is no fact: %v", again.details.Facts)
	}
}
