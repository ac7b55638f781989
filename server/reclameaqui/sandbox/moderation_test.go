package sandbox

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

func (w *site) one(id string) *Ticket {
	w.t.Helper()
	return w.list("id[eq]=" + id).Data[0]
}

// value is that of the last interaction's detail of a type.
func (t *Ticket) value(typeID int) string {
	for _, d := range t.Interactions[len(t.Interactions)-1].Details {
		if d.TypeID == typeID {
			return d.Value
		}
	}
	return ""
}

func TestModerationRefused(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	id := strings.TrimPrefix(w.create(), "/complaints/")
	w.reply(id, "Olá")
	if r := w.moderate(id, 5); r.status != 200 {
		t.Fatalf("%s", r.body)
	}
	k := w.one(id)
	if *k.Moderation.Status != "PENDENTE" || *k.Moderation.Reason != 5 || k.Moderation.Requested == nil || k.MayModerate || k.MayAskEvaluation ||
		k.RAStatus.ID != 6 || k.ModerationsCount != 1 || k.Interactions[2].TypeID != 8 || k.value(12) != "5" || k.value(9) == "" {
		t.Errorf("pending: %+v", k.Moderation)
	}
	number := k.value(10)
	w.verb(id, "moderate", `{"accept":false,"why":"Não se enquadra."}`)
	k = w.one(id)
	if *k.Moderation.Status != "NEGADA" || k.Moderation.Responded == nil || !k.MayModerate || !k.MayAskEvaluation || k.Interactions[3].TypeID != 9 ||
		k.value(11) != "Não se enquadra." || k.value(13) != "Não" || k.value(10) != number || k.Interactions[3].ResponsibleID != nil {
		t.Errorf("refused: %+v, %+v", k.Moderation, k.Interactions[3])
	}
	if p := admin[problem](w, "POST", "/complaints/"+id+"/moderate", `{"accept":true}`, 409); p.Code != 4040 {
		t.Errorf("none pending: %+v", p)
	}
	admin[problem](w, "POST", "/complaints/"+id+"/moderate", `{}`, 400)
}

func TestModerationAccepted(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	for _, c := range []struct {
		reason int
		body   string
		check  func(before, k *Ticket) bool
	}{
		{5, `{"accept":true,"text":"Texto limpo.","title":"Título limpo"}`, func(_, k *Ticket) bool {
			return k.Content == "Texto limpo." && k.Title == "Título limpo" && k.Interactions[0].Message == k.Content && k.Active &&
				k.Interactions[0].Modified != nil && k.value(40) == "Título limpo"
		}},
		{5, `{"accept":true}`, func(before, k *Ticket) bool {
			return k.Content != before.Content && strings.Contains(k.Content, "[Editado pelo Reclame Aqui]")
		}},
		{15, `{"accept":true}`, func(_, k *Ticket) bool {
			return !k.Active && k.RAStatus.ID == 13 && k.HugmeStatus.ID == 15 && k.RA.Deactivated != nil
		}},
		{19, `{"accept":true,"effect":"none"}`, func(_, k *Ticket) bool { return k.Active && k.value(13) == "Sim" }},
	} {
		id := strings.TrimPrefix(w.create(), "/complaints/")
		before := w.one(id)
		w.moderate(id, c.reason)
		w.verb(id, "moderate", c.body)
		if k := w.one(id); !c.check(before, k) || *k.Moderation.Status != "ACEITA" {
			t.Errorf("reason %d, %s: %+v", c.reason, c.body, k.Moderation)
		}
	}
}

func TestModerationRedistributes(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	id := strings.TrimPrefix(w.create(), "/complaints/")
	if r := w.moderate(id, 1, "5"); r.code(t) != 4220 {
		t.Errorf("unknown target: %s", r.body)
	}
	if r := w.moderate(id, 1, strconv.FormatInt(SecondCompanyID, 10)); r.status != 200 {
		t.Fatalf("%s", r.body)
	}
	if k := w.one(id); k.value(36) != "900002" {
		t.Errorf("target %q", k.value(36))
	}
	w.verb(id, "moderate", `{"accept":true}`)
	k := w.one(id)
	last := k.Interactions[len(k.Interactions)-1]
	if k.RAStatus.ID != 17 || k.HugmeStatus.ID != 17 || k.Active || k.Redistributions != 1 || k.RedistributedFor == nil || last.TypeID != 10 {
		t.Errorf("redistributed: %+v", k.RAStatus)
	}
	both := w.list("source_external_id[eq]=" + k.SourceExternalID).Data
	if len(both) != 2 || both[1].Company.ID != SecondCompanyID || both[1].Content != k.Content || both[1].RAStatus.ID != 5 {
		t.Errorf("%d complaints of that source id", len(both))
	}
	if r := w.reply(id, "Olá"); r.code(t) != 4090 {
		t.Errorf("reply to the one that went: %s", r.body)
	}
}

func TestModerationLimitPerDayIsOfTheDay(t *testing.T) {
	c := newClock()
	w := open(t, Config{Complaints: -1, Now: c.now, Switches: Switches{ModerationsPerDay: 1, ModerationStatus11: true}})
	one, two := strings.TrimPrefix(w.create(), "/complaints/"), strings.TrimPrefix(w.create(), "/complaints/")
	w.moderate(one, 5)
	if k := w.one(one); k.RAStatus.ID != 11 {
		t.Errorf("status %d while pending", k.RAStatus.ID)
	}
	if r := w.moderate(two, 5); r.code(t) != 4099 {
		t.Errorf("the second of the day: %s", r.body)
	}
	c.add(15 * time.Hour) // 00:00 in Brazil
	w.signIn()
	if r := w.moderate(two, 5); r.status != 200 {
		t.Errorf("the next day: %s", r.body)
	}
	if k := w.verb(two, "moderate", `{"accept":false}`); k.RAStatus.ID != 5 {
		t.Errorf("status %d afterwards", k.RAStatus.ID)
	}
}

// TestFlagsAgree holds what the flags of a complaint promise against what the API then does, for the starting data.
func TestFlagsAgree(t *testing.T) {
	w := open(t, Config{Complaints: 250, Switches: Switches{ModerationsPerDay: 10_000}})
	for _, k := range w.s.Complaints(0) {
		id := strconv.FormatInt(k.ID, 10)
		if got := w.ask(id).status == 200; got != k.MayAskEvaluation {
			t.Errorf("%d, %s: evaluation %v, flag %v", k.ID, k.RAStatus.Name, got, k.MayAskEvaluation)
		}
		if got := w.moderate(id, 5).status == 200; got != k.MayModerate {
			t.Errorf("%d, %s: moderation %v, flag %v", k.ID, k.RAStatus.Name, got, k.MayModerate)
		}
	}
}

func TestPrivateThread(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	id := strings.TrimPrefix(w.create(), "/complaints/")
	w.private(id, "Olá", nil)
	for _, want := range []int{200, 40925} {
		if r := w.end(id); r.code(t) != want {
			t.Errorf("end: %s, want %d", r.body, want)
		}
	}
	w.verb(id, "private-message", `{"text":"Ainda estou aqui."}`) // opens it again
	if r := w.end(id); r.status != 200 {
		t.Errorf("end of the second: %s", r.body)
	}
	w.settings("/switches", `{"endedThreadStays":true}`)
	admin[problem](w, "POST", "/complaints/"+id+"/private-message", `{"text":"E agora?"}`, 409)
	if r := w.private(id, "Oi", nil); r.code(t) != 40925 {
		t.Errorf("message to an ended thread: %s", r.body)
	}
	if r := w.private(id, "Oi", nil); w.one(id).HugmeStatus.ID != 1 || r.status == 200 {
		t.Errorf("status after the consumer's: %+v", w.one(id).HugmeStatus)
	}
}

func TestVerbsOfEverybody(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	id := strings.TrimPrefix(w.create(), "/complaints/")
	k := w.verb(id, "comment", `{"text":"Comigo também."}`)
	if k.CommentsCount != 1 || !k.Commentary || k.Interactions[1].TypeID != 7 || k.RAStatus.ID != 5 {
		t.Errorf("comment: %+v", k.Interactions[1])
	}
	w.verb(id, "company-reply", `{"text":"Ligue para 11900000000."}`)
	w.verb(id, "company-message", `{"text":"Qual o pedido?"}`)
	w.verb(id, "ask-evaluation", ``)
	if k = w.verb(id, "end-thread", ``); k.HugmeStatus.ID != 22 || k.FavorableAssessment.ID != 1 || k.Whatsapp == nil {
		t.Errorf("asked: %+v", k.HugmeStatus)
	}
	k = w.verb(id, "edit", `{"interactionId":"`+k.Interactions[2].ID+`","text":"Ligue para ***."}`)
	if k.Interactions[2].Message != "Ligue para ***." || *k.Response != "Ligue para ***." || k.Interactions[2].Modified == nil {
		t.Errorf("edit: %+v", k.Interactions[2])
	}
	w.verb(id, "evaluation", `{"rating":10}`)
	if k = w.verb(id, "consideration", `{"text":"Pensando melhor, ótimo."}`); *k.ConsumerWords != "Pensando melhor, ótimo." || !k.Whatsapp.Evaluated {
		t.Errorf("consideration: %v", *k.ConsumerWords)
	}
	k = w.verb(id, "desk", `{"tag":"vip","note":"Ligar amanhã","category":"Entrega","assign":true,"filed":true}`)
	if len(k.Tags) != 1 || len(k.StickyNotes) != 1 || k.Categories[0].Description != "Entrega" || !k.Filed || k.User.ID == -1 {
		t.Errorf("desk: %+v", k)
	}
	auto := strings.TrimPrefix(w.create(), "/complaints/")
	if k := w.verb(auto, "auto-moderate", ``); k.Interactions[1].TypeID != 151 || !strings.Contains(k.Content, "[Editado") {
		t.Errorf("auto: %q", k.Content)
	}
	twin := w.verb(auto, "duplicate", ``)
	if k := w.one(auto); len(k.DuplicateTicket) != 1 || len(twin.DuplicateTicket) != 1 || twin.Content != k.Content || twin.Customer.ID != k.Customer.ID {
		t.Errorf("duplicate: %s", k.DuplicateTicket)
	}
	if k := w.verb(auto, "redistribute", ``); k.RAStatus.ID != 17 || k.value(36) == "" {
		t.Errorf("redistribute: %+v", k.RAStatus)
	}
	twinID := strconv.FormatInt(twin.ID, 10)
	if k := w.verb(twinID, "freeze", ``); !k.Frozen {
		t.Error("not frozen")
	}
	if k := w.verb(twinID, "inactivate", ``); k.RAStatus.ID != 13 || k.Active {
		t.Errorf("inactivate: %+v", k.RAStatus)
	}
	admin[any](w, "PUT", "/complaints/"+twinID+"/hidden", `{"on":true}`, 200)
	if p := w.list("id[eq]=" + twinID); p.Meta.Total != 0 {
		t.Error("a hidden complaint is listed")
	}
	admin[any](w, "PUT", "/complaints/"+twinID+"/hidden", `{"on":false}`, 200)
	if p := w.list("id[eq]=" + twinID); p.Meta.Total != 1 {
		t.Error("not listed again")
	}
	asked := strings.TrimPrefix(w.create(), "/complaints/")
	if k := w.verb(asked, "ask-moderation", `{"reason":1,"companyId":910001}`); k.Moderation.Requested == nil {
		t.Errorf("%+v", k.Moderation)
	}
	admin[problem](w, "POST", "/complaints/"+asked+"/ask-moderation", `{"reason":1}`, 400)
}
