package sandbox

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// writings are the switches of how things are written: what is set, what is asked, and what the answer then has.
var writings = []struct {
	set, path string
	want      string // part of the answer
	never     string // no part of it
}{
	{`{"privacyText":true}`, "/ticket/v1/tickets", `"privacy":"false"`, `"privacy":false`},
	{`{"placeText":true}`, "/ticket/v1/tickets", `"state":"`, `"city":[`},
	{`{"moderationNull":true}`, "/ticket/v1/tickets?id[eq]=%s", `"moderation":null`, ``},
	{`{"attachedAbsent":true}`, "/ticket/v1/tickets?id[eq]=%s", ``, `"attached"`},
	{`{"whatsappAbsent":true}`, "/ticket/v1/tickets?id[eq]=%s", ``, `"whatsapp"`},
	{`{"ratingNull":true}`, "/ticket/v1/tickets?id[eq]=%s", `"rating":null`, ``},
	{`{"idText":true}`, "/ticket/v1/tickets?id[eq]=%s", `"ticket_interaction_type_id":"1"`, `"id":9000`},
	{`{"unknownFields":true}`, "/ticket/v1/tickets?id[eq]=%s", `"new_field":`, ``},
	{`{"unknownIds":true}`, "/ticket/v1/tickets", `"ticket_interaction_type_id":99`, ``},
	{`{"interactionOrder":"newest"}`, "/ticket/v1/tickets", `"interactions":`, ``},
	{`{"interactionOrder":"mixed"}`, "/ticket/v1/tickets", `"interactions":`, ``},
	{`{"textsHtml":true}`, "/ticket/v1/tickets", `"message":"<p>`, ``},
	{`{"reasonText":true}`, "/ticket/v1/tickets?page[size]=50", `"reason":"15"`, `"reason":15`},
	{`{"systemTextNull":true}`, "/ticket/v1/tickets?page[size]=50", `"message":null`, ``},
	{`{"plainNames":true}`, "/ticket/v1/tickets?id[eq]=%s", `"NAO RESPONDIDO"`, ``},
	{`{"ruleAbsent":true}`, "/ticket/v1/tickets?id[eq]=%s", `"rule_id":-1`, ``},
	{`{"reputationWrapped":true}`, "/companies/v1/companies/900001/reputation", `{"data":[{`, ``},
	{`{"reputationWords":"portuguese"}`, "/companies/v1/companies/900002/reputation", `"code":"SEM_INDICE"`, ``},
	{`{"usageBody":"months"}`, "/companies/v1/companies/organization/whatsapp/consumption", `{`, `900001`},
	{`{"availabilityEmpty":true}`, "/ticket/availability", ``, `OK`},
	{`{"companiesWrapped":true}`, "/companies/v1/companies/organization", `{"data":[`, ``},
	{`{"targetsBody":"array"}`, "/ticket/v1/tickets/moderation/companies", `[{"companyId":910001`, `"data"`},
	{`{"targetsBody":"content"}`, "/ticket/v1/tickets/moderation/companies", `{"content":[{"id":910001`, ``},
	{`{"countText":true}`, "/ticket/v1/tickets/count", `{"data":"`, ``},
	{`{"metaSizeReturned":true}`, "/ticket/v1/tickets?id[eq]=%s", `"size":1}`, ``},
	{`{"pastEndRefused":true}`, "/ticket/v1/tickets?page[number]=99", `"code":4040`, ``},
	{`{"pageSizeError":true}`, "/ticket/v1/tickets?page[size]=51", `"code":4000`, ``},
	{`{"unknownFilterIgnored":true}`, "/ticket/v1/tickets?foo[eq]=1&id[eq]=%s", `"total":1`, ``},
	{`{"unknownFilterIgnored":true}`, "/ticket/v1/tickets?id[eq]=x", `"code":4000`, ``},
	{`{"noModifiedSort":true}`, "/ticket/v1/tickets?sort[last_modification_date]=asc", `"code":4000`, ``},
	{`{"errorForm":"bare"}`, "/ticket/v1/tickets?foo=1", `"code":4000`, `success`},
	{`{"errorForm":"oauth"}`, "/ticket/v1/tickets?foo=1", `"error":"invalid_request"`, `"code"`},
	{`{"errorForm":"text"}`, "/ticket/v1/tickets?foo=1", `Parâmetro desconhecido`, `{`},
}

func TestSwitchesOfWriting(t *testing.T) {
	w := open(t, Config{Complaints: 49})
	id := fmt.Sprint(admin[Ticket](w, "POST", "/complaints", `{"files":[]}`, 201).ID)
	for _, c := range writings {
		path := c.path
		if strings.Contains(path, "%s") {
			path = fmt.Sprintf(path, id)
		}
		plain := string(w.get(path).body)
		w.settings("/switches", c.set)
		body := string(w.get(path).body)
		if body == plain && !strings.Contains(c.set, "unknownFilter") || !strings.Contains(body, c.want) || c.never != "" && strings.Contains(body, c.never) {
			t.Errorf("%s: %s", c.set, body[:min(len(body), 400)])
		}
		admin[any](w, "DELETE", "/switches", "", 204)
	}
	if w.s.Switches() != (Switches{}) {
		t.Error("a switch stayed")
	}
}

func TestSwitchesOfTokens(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	for _, c := range []struct{ set, want, never string }{
		{`{"expiresInAbsent":true}`, `"access_token"`, `expires_in`},
		{`{"rateLimitAbsent":true}`, `"access_token"`, `rate_limit`},
		{`{"tokenSeconds":30}`, `"expires_in":30`, ``},
		{`{"tokenTypeLower":true}`, `"bearer"`, `Bearer`},
		{`{"licenceDates":"day"}`, `"license_end_at":"2027-12-31"`, ``},
		{`{"licenceDates":"brazil"}`, `"license_end_at":"31/12/2027"`, ``},
	} {
		w.settings("/switches", c.set)
		body := string(w.do("POST", "/api/auth/oauth/token?grant_type=client_credentials", "", "", "Authorization", basic).body)
		if !strings.Contains(body, c.want) || c.never != "" && strings.Contains(body, c.never) {
			t.Errorf("%s: %s", c.set, body)
		}
		admin[any](w, "DELETE", "/switches", "", 204)
	}
	w.settings("/switches", `{"availabilityNeedsToken":true}`)
	for header, want := range map[string]int{"": 401, "Bearer " + w.signIn().AccessToken: 200} {
		if r := w.do("GET", "/api/ticket/availability", "", "", "Authorization", header); r.status != want {
			t.Errorf("availability with %q: %d", header, r.status)
		}
	}
	w.settings("/switches", `{"rateScope":"token","retryAfter":true,"html5xx":true}`)
	w.settings("/rate", `{"rate":2}`)
	w.signIn()
	first := w.get("/ticket/v1/tickets/count")
	w.get("/ticket/v1/tickets/count")
	second := w.get("/ticket/v1/tickets/count")
	w.signIn() // the second of its credentials; it would be refused if the limit were the client's
	if first.status != 200 || second.status != 429 || second.header.Get("Retry-After") != "60" || w.get("/ticket/v1/tickets/count").status != 200 {
		t.Errorf("limit by token: %d %d", first.status, second.status)
	}
	admin[any](w, "POST", "/faults", `{"endpoint":"availability","kind":"status","status":502}`, 201)
	if r := w.do("GET", "/api/auth/availability", "", ""); r.status != 502 || !strings.HasPrefix(string(r.body), "<html>") {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestSwitchesOfWrites(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	id := strings.TrimPrefix(w.create(), "/complaints/")
	for _, c := range []struct {
		set    string
		text   string
		status int
	}{
		{`{"noContentSuccess":true}`, "Um", 204},
		{`{"emptySuccess":true}`, "Dois", 200},
		{`{"messageEncoding":"multipart"}`, "Três", 415},
		{`{"messageEncoding":"urlencoded"}`, "Três", 200},
		{`{"maxMessage":3}`, "Quatro", 422},
		{`{"repeatsTaken":true}`, "Três", 200},
		{`{"duplicateLoose":true,"businessStatus":400}`, "  TRÊS ", 400},
		{`{"responseLatest":true,"authorsAbsent":true}`, "Cinco", 200},
	} {
		w.settings("/switches", c.set)
		if r := w.reply(id, c.text); r.status != c.status {
			t.Errorf("%s: %d %s", c.set, r.status, r.body)
		}
		admin[any](w, "DELETE", "/switches", "", 204)
	}
	k := w.one(id)
	last := k.Interactions[len(k.Interactions)-1]
	if *k.Response != "Cinco" || last.ResponsibleID != nil || last.CustomerID != nil || !k.MayAskEvaluation {
		t.Errorf("%+v", last)
	}
	w.settings("/switches", `{"frozenKeepsStatus":true,"timesInMinutes":true}`)
	frozen := strings.TrimPrefix(w.create(), "/complaints/")
	w.settings("/clock", `{"advance":7200}`)
	w.signIn()
	w.reply(frozen, "Olá")
	if k := w.verb(frozen, "freeze", ""); k.RAStatus.ID != 6 || !k.Frozen || len(*k.PublicTime) != 3 {
		t.Errorf("frozen: %+v, %s", k.RAStatus, *k.PublicTime)
	}
	w.settings("/switches", `{"yesNo":"number","moderationWords":"english"}`)
	if k := w.verb(id, "evaluation", `{"rating":9}`); k.value(detailResolved) != "1" {
		t.Errorf("%+v", k.Interactions)
	}
	w.moderate(id, 5)
	if k := w.one(id); *k.Moderation.Status != "PENDING" {
		t.Errorf("%v", *k.Moderation.Status)
	}
}

func TestSwitchesAreNamedAndKept(t *testing.T) {
	path := t.TempDir() + "/ra.jsonl"
	w := open(t, Config{Complaints: -1, StateFile: path})
	for body, field := range map[string]string{
		`{"nothing":true}`: "nothing", `{"errorForm":"xml"}`: "errorForm", `{"linkSeconds":-1}`: "linkSeconds", `{"privacyText":"x"}`: "privacyText", `{"tooBigCode":5}`: "tooBigCode",
	} {
		if p := admin[problem](w, "PUT", "/switches", body, 400); p.Field != field {
			t.Errorf("%s: %+v", body, p)
		}
	}
	w.settings("/switches", `{"idText":true,"errorForm":"oauth"}`)
	w.settings("/switches", `{"countText":true}`)
	want := Switches{CountText: true, View: View{IDText: true, ErrorForm: "oauth"}}
	if got := w.s.Switches(); got != want {
		t.Errorf("%+v", got)
	}
	w.settings("/clock", `{"advance":3600}`)
	again, err := New(Config{Complaints: -1, StateFile: path, Now: newClock().now})
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, again)
	if again.Switches() != want || again.Now().Hour() != 13 {
		t.Errorf("after a restart: %+v, %v", again.Switches(), again.Now())
	}
	names := map[string]bool{}
	Switches{}.each(func(name string, _ reflect.Value, _ []string) { names[name] = true })
	var state struct{ Switches map[string]json.RawMessage }
	w.do("GET", "/__sandbox/state", "", "").decode(t, &state)
	if len(names) < 40 || len(state.Switches) != len(names) {
		t.Errorf("%d switches, state tells %d", len(names), len(state.Switches))
	}
}
