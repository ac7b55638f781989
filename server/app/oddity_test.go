package app

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
)

// oddRA is a Reclame Aqui that answers every question for complaints with the same page: one that has every oddity of
// section 3 of the wire contract. Change replaces texts in it.
type oddRA struct {
	*httptest.Server
	mu   sync.Mutex
	page []byte
}

func newOddRA(t *testing.T) *oddRA {
	t.Helper()
	page, err := os.ReadFile("../ticket/testdata/every-oddity.json")
	if err != nil {
		t.Fatal(err)
	}
	o := &oddRA{page: page}
	o.change("⟦bytes⟧", "\xff\xfe", "⟦long⟧", strings.Repeat("á", 100_000))
	mux := http.NewServeMux()
	mux.HandleFunc("POST /auth/oauth/token", func(w http.ResponseWriter, _ *http.Request) {
		answerOther(w, http.StatusOK, map[string]any{"access_token": "x", "expires_in": 3600, "rate_limit": 600})
	})
	mux.HandleFunc("GET /companies/v1/companies/organization", func(w http.ResponseWriter, _ *http.Request) {
		answerOther(w, http.StatusOK, []map[string]any{{"name": "Casa Verde", "companyId": otherCompany}})
	})
	mux.HandleFunc("GET /ticket/v1/tickets/count", func(w http.ResponseWriter, _ *http.Request) {
		answerOther(w, http.StatusOK, map[string]any{"data": 6})
	})
	mux.HandleFunc("GET /ticket/v1/tickets", func(w http.ResponseWriter, _ *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(o.page) // a client that is gone asks again
	})
	o.Server = httptest.NewServer(mux)
	t.Cleanup(o.Close)
	return o
}

func (o *oddRA) change(oldNew ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := 0; i < len(oldNew); i += 2 {
		o.page = bytes.ReplaceAll(o.page, []byte(oldNew[i]), []byte(oldNew[i+1]))
	}
}

// oddFields is all that the contract shows of a complaint, its customer and its thread.
const oddFields = `
	title description occurredAt dueAt
	customer { name emails phones documents asSent { emails phones documents } companyName birthDate gender city state possibleDuplicates { id } }
	interactions(first: 50) { edges { node {
		kind author { kind name } body private occurredAt modifiedAt type { id name }
		details { kind typeId label value code } facts { name value } attachments { name private url }
	} } }
	reclameAqui {
		complaintId sourceId status { id name } panelStatus { id name } reason feeling
		evaluation { rating ratedAt resolved wouldReturn ratedUnanswered consumerConsideration companyConsideration }
		consumerConsideration { text at } companyConsideration { text at } evaluationRequest { id name } whatsApp { sent evaluated }
		moderation { status reason reasonId requestedBy { id name email } requestedAt answeredAt }
		insertedAt modifiedAt firstAnsweredAt lastReplicaAt closedAt frozen active deactivatedAt deactivationReason
		responsible { id name email } responsibleSince formAnswers { question answer } tags categories { code name at } duplicates
		history { at type { id name } user { id name email } automation } facts { name value } unknownFields { path value }
	}`

// wants compares values of an answer with what they should be, by path.
func (n node) wants(t *testing.T, wants map[string]string) {
	t.Helper()
	for path, want := range wants {
		at := n
		for _, step := range strings.Split(path, ".") {
			if i := (node{step}).number(); step == fmt.Sprint(i) {
				at = at.at(i)
			} else {
				at = at.at(step)
			}
		}
		got := at.text()
		if _, isText := at.value.(string); !isText && !at.null() {
			got = at.String()
		}
		if got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}

// fieldsOf gives a list of pairs as one map; values of one name are joined.
func fieldsOf(list node, name string) map[string]string {
	fields := map[string]string{}
	for _, f := range list.list() {
		key := f.at(name).text()
		if fields[key] != "" {
			fields[key] += " | "
		}
		fields[key] += f.at("value").text()
	}
	return fields
}

// A complaint with every oddity round-trips: it is parsed, stored and shown, on both databases, and nothing in the page is lost.
func TestEveryOddityIsShown(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, s settings) {
		ra := newOddRA(t)
		p, admin := server(t, s.with(settings{"RECLAME_AQUI_URL": ra.URL}))
		o := admin.register()
		admin.activate(&o)
		eventually(t, "the complaints are tickets", func() bool { return len(ticketIDs(admin)) == 4 })
		same(t, "tickets", ticketIDs(admin), []string{"90000002", "90000003", "90000004", "90000005"})
		agent := signIn(t, p.graphql, "alice@example.com", agentPassword)

		odd := agent.ticketOf("90000002", oddFields)
		odd.wants(t, oddWants)
		oddThread(t, odd.at("interactions").nodes())
		oddFacts(t, odd.at("reclameAqui"))
		if strings.Contains(odd.String(), "203.0.113.") {
			t.Error("the consumer's IP is shown")
		}
		agent.ticketOf("90000003", oddFields).wants(t, nothingWants)
		agent.ticketOf("90000004", oddFields).wants(t, map[string]string{"title": "", "reclameAqui.status.id": "5", "reclameAqui.active": "true"})
		wrong := agent.ticketOf("90000005", oddFields)
		wrong.wants(t, map[string]string{"title": "", "reclameAqui.active": "true", "reclameAqui.tags": `["única"]`, "reclameAqui.evaluation": ""})
		if u := fieldsOf(wrong.at("reclameAqui", "unknownFields"), "path"); u["creation_date"] != `"amanhã"` || u["complaint_title"] == "" || u["rating"] != `"onze"` ||
			strings.Contains(wrong.String(), "203.0.113.") {
			t.Errorf("what could not be read is shown as %v", u)
		}
		unknownsAreCounted(t, admin, o.integration)
		wordsAreModerated(t, ra, agent, o.callbackURL)
	})
}

var oddWants = map[string]string{
	"title":         "Cobrança de teste 😀 em duplicidade",
	"description":   "Fui cobrada duas vezes.\nPedido 0002.\nAguardo.\nObrigada.\n\n" + strings.Repeat("á", 100_000),
	"occurredAt":    "2026-02-10T17:05:12.123456Z",
	"customer.name": "Consumidora", "customer.emails": `["consumidora.dois@example.com"]`, "customer.phones": `["21900000003","2130000004"]`,
	"customer.documents":            `["11122233396","12ABC34501DE35"]`,
	"customer.asSent.emails":        `["Consumidora.Dois@Example.com","sem e-mail","@"]`,
	"customer.asSent.phones":        `["+55 (21) 90000-0003","0xx"]`,
	"customer.asSent.documents":     `["111.222.333-96","12345678900","111.111.111-11","12.abc.345/01de-35"]`,
	"customer.companyName":          "Padaria Exemplo",
	"customer.birthDate":            "1990-01-01",
	"customer.gender":               "Feminino",
	"customer.city":                 "Outra Cidade Exemplo",
	"customer.state":                "RJ",
	"reclameAqui.sourceId":          "190000002",
	"reclameAqui.status":            `{"id":99,"name":"Em análise especial"}`,
	"reclameAqui.panelStatus":       `{"id":77,"name":"Triagem"}`,
	"reclameAqui.reason":            "Cobrança indevida",
	"reclameAqui.feeling":           "Decepcionada",
	"reclameAqui.evaluation.rating": "8", "reclameAqui.evaluation.resolved": "true", "reclameAqui.evaluation.wouldReturn": "false",
	"reclameAqui.evaluation.ratedAt":         "2026-02-18T01:33:08Z",
	"reclameAqui.consumerConsideration.text": "Problema resolvido após a réplica. \uFFFD\uFFFD",
	"reclameAqui.companyConsideration":       `{"at":"2026-02-19T00:00:00Z","text":"Agradecemos.\nConte conosco."}`,
	"reclameAqui.evaluationRequest":          `{"id":1,"name":"Solicitado"}`,
	"reclameAqui.whatsApp":                   `{"evaluated":false,"sent":true}`,
	"reclameAqui.moderation.reason":          "Improper content", "reclameAqui.moderation.reasonId": "5", "reclameAqui.moderation.status": "EM ANÁLISE",
	"reclameAqui.moderation.requestedBy.name": "Atendente Exemplo", "reclameAqui.moderation.requestedAt": "2026-02-17T13:00:00Z", "reclameAqui.moderation.answeredAt": "",
	"reclameAqui.insertedAt": "2026-02-10T17:07:40Z", "reclameAqui.modifiedAt": "2026-02-18T01:33:08Z", "reclameAqui.closedAt": "2026-02-18T01:33:08.5Z",
	"reclameAqui.firstAnsweredAt": "2026-02-11T13:30:00Z", "reclameAqui.lastReplicaAt": "2026-02-12T21:44:03Z",
	"reclameAqui.frozen": "false", "reclameAqui.active": "true", "reclameAqui.deactivatedAt": "2026-02-20T08:30:00Z",
	"reclameAqui.deactivationReason": "Pedido do consumidor\nporque resolveu",
	"reclameAqui.responsible.name":   "Atendente Exemplo", "reclameAqui.responsibleSince": "2026-02-11T12:00:00Z",
	"reclameAqui.formAnswers":         `[{"answer":"0002","question":"Qual o número do pedido?"}]`,
	"reclameAqui.tags":                `["vip","troca","7"]`,
	"reclameAqui.categories.1":        `{"at":null,"code":"11","name":"Outra"}`,
	"reclameAqui.duplicates":          `["90000009","90000010","90000011","{\"unknown\":\"shape\"}"]`,
	"reclameAqui.history.0.type.name": "CRIACAO", "reclameAqui.history.8.type.id": "88", "reclameAqui.history.8.automation": "Regra 12",
	"reclameAqui.history.2.user.email": "atendente@example.com",
}

// nothingWants are RA's four ways to say nothing, in every key.
var nothingWants = map[string]string{
	"title": "", "dueAt": "2026-02-25T12:00:00Z", "customer.name": "Consumidor 0", "customer.emails": "[]", "customer.companyName": "", "customer.asSent.documents": "[]",
	"reclameAqui.evaluation": "", "reclameAqui.moderation": "", "reclameAqui.panelStatus": "", "reclameAqui.whatsApp": "", "reclameAqui.consumerConsideration": "",
	"reclameAqui.evaluationRequest": "", "reclameAqui.closedAt": "", "reclameAqui.firstAnsweredAt": "", "reclameAqui.active": "true", "reclameAqui.responsible": "",
	"reclameAqui.tags": "[]", "reclameAqui.facts": "[]", "reclameAqui.unknownFields": "[]", "interactions.edges": "[]",
}

func oddThread(t *testing.T, thread []node) {
	t.Helper()
	var got []string
	for _, e := range thread {
		line := fmt.Sprintf("%s %s %d %q", e.at("kind").text(), e.at("author", "kind").text(), e.at("type", "id").number(), e.at("body").text())
		if e.at("private").truth() {
			line += " private"
		}
		for _, a := range e.at("attachments").list() {
			line += fmt.Sprintf(" [%s %t %s]", a.at("name").text(), a.at("private").truth(), a.at("url").text())
		}
		got = append(got, line)
	}
	want := []string{
		`COMPLAINT CONSUMER 1 "Fui cobrada duas vezes.\nPedido 0002." [sem-numero.doc true ]`,
		`PUBLIC_REPLY COMPANY 2 "Olá, recebemos a sua reclamação de teste e já estamos verificando a cobrança."`,
		`REPLICA CONSUMER 2 "Ainda não recebi o estorno da cobrança de teste." [so-na-lista.png false https://files.example.com/so-na-lista.png]`,
		`PRIVATE_MESSAGE COMPANY 3 "Enviamos em anexo o comprovante sintético do estorno." private [comprovante-exemplo.pdf true ]`,
		`PRIVATE_MESSAGE CONSUMER 6 "Recebi o comprovante, obrigada." private`,
		`PUBLIC_REPLY COMPANY 2 "O estorno foi concluído. Caso esteja satisfeita, pedimos a sua avaliação."`,
		`EVALUATION CONSUMER 11 "Problema resolvido após a réplica."`,
		`OTHER SYSTEM 177 "Algo novo"`,
		`MODERATION SYSTEM 9 "" [parecer final.pdf false ]`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the thread is\n%s", strings.Join(got, "\n"))
	}
	node{map[string]any{"a": thread[6].value, "m": thread[8].value, "r": thread[1].value, "n": thread[7].value, "c": thread[0].value}}.wants(t, map[string]string{
		"a.details.2":      `{"code":null,"kind":"RATING","label":"Nota","typeId":6,"value":"8"}`,
		"a.details.3":      `{"code":"C1","kind":"OTHER","label":"Detalhe novo","typeId":99,"value":"valor"}`,
		"m.details.0.kind": "MODERATION_CASE", "m.details.1.kind": "MODERATION_DECISION", "m.details.1.value": "Texto\nmantido", "m.details.2.kind": "ACCEPTED",
		"r.modifiedAt": "2026-02-11T14:00:00Z", "r.author.name": "Atendente Exemplo", "n.type.name": "Novidade",
		"c.facts.3": `{"name":"video","value":"https://files.example.com/v.mp4"}`,
	})
}

func oddFacts(t *testing.T, complaint node) {
	t.Helper()
	facts := fieldsOf(complaint.at("facts"), "name")
	for name, want := range map[string]string{
		"source": "1", "ra.blackfriday": "true", "ra.internal_process": "true", "filed": "true", "commentary": "true", "contact_us": "sim",
		"redistributions_reason": "Outra marca", "rating_time": "176", "rafone.status_name": "Ativo", "rafone.expiration_date": "2026-02-20T10:00:00Z",
		"sticky_notes": `ligar amanhã | {`, "extra_data.channel": "app", "customer.rg": "12.345.678-9", "customer.pending_tickets_count": "2", "interactions_count": "7",
	} {
		if got := facts[name]; got != want && !(strings.HasSuffix(want, "{") && strings.HasPrefix(got, want)) {
			t.Errorf("the fact %s is %q, want %q", name, got, want)
		}
	}
	unknown := fieldsOf(complaint.at("unknownFields"), "path")
	for path, want := range map[string]string{
		"sentiment_score": "0.25", "zz_nothing": "null", "ra_status.id": "99", "hugme_status.id": "77", "interactions.ticket_interaction_type_id": "177",
		"interactions.details.ticket_detail_type_id": "99", "attached.type_detail_id": "55", "customer.nickname": `"Dois"`, "categories.weight": "0.5",
		"interactions.reaction": `"like"`, "interactions.details.size": "1234", "interactions.delivered": `"x"`, "interactions.creation_date": `"ontem"`,
		"information_source.flavour": `"vanilla"`,
	} {
		if got := unknown[path]; got != want && !strings.Contains(got, want) {
			t.Errorf("the unknown %s is %q, want %q", path, got, want)
		}
	}
}

// unknownsAreCounted: the administrator sees them by numbers and names, and nothing that a consumer wrote.
func unknownsAreCounted(t *testing.T, admin *person, integration string) {
	t.Helper()
	counts := map[string]int{}
	values := admin.ask(`query($id: ID!) { integration(id: $id) { unknownValues { kind value count firstSeenAt lastSeenAt } } }`, map[string]any{"id": integration})
	for _, v := range values.at("integration", "unknownValues").list() {
		counts[v.at("kind").text()+" "+v.at("value").text()] = v.at("count").number()
	}
	for _, value := range []string{
		"COMPLAINT_STATUS 99", "PANEL_STATUS 77", "INTERACTION_TYPE 177", "DETAIL_TYPE 99", "DETAIL_TYPE 55", "FIELD sentiment_score",
		"FIELD customer.nickname", "SHAPE complaint_title", "SHAPE interactions.creation_date",
	} {
		if counts[value] != 1 {
			t.Errorf("%s is counted %d times: %v", value, counts[value], counts)
		}
	}
}

// wordsAreModerated: a text that RA changes later is changed, the old one stands in the history, and what it stops showing stays.
func wordsAreModerated(t *testing.T, ra *oddRA, agent *person, callback string) {
	t.Helper()
	ra.change(
		"Ainda não recebi o estorno da cobrança de teste.", "[moderado]",
		`"last_modification_date": "2026-02-18T01:33:08"`, `"last_modification_date": "2026-02-21T00:00:00Z"`,
		"Cobrança de teste 😀 em\\u0000 duplicidade", "Cobrança", "so-na-lista.png", "outra.png", "700000899", "700000900",
	)
	notify(t, callback, `{"id": 90000002}`)
	var changes node
	eventually(t, "the change arrives", func() bool {
		events := agent.ticketOf("90000002", "title events(last: 1) { edges { node { kind changes { field old new } } } }").at("events").nodes()
		changes = events[0].at("changes")
		return events[0].at("kind").text() == "UPDATED"
	})
	old := map[string]string{}
	for _, c := range changes.list() {
		old[c.at("field").text()] = c.at("old").text() + " → " + c.at("new").text()
	}
	for field, want := range map[string]string{
		"title": "Cobrança de teste 😀 em duplicidade → Cobrança", "interactions": "Ainda não recebi o estorno da cobrança de teste. → [moderado]",
		"interactions.attachments": " → outra.png",
	} {
		if old[field] != want {
			t.Errorf("the history says of %s %q, want %q", field, old[field], want)
		}
	}
	replica := agent.ticketOf("90000002", oddFields).at("interactions").nodes()[2]
	if files := replica.at("attachments").list(); replica.at("body").text() != "[moderado]" || len(files) != 2 || files[0].at("name").text() != "so-na-lista.png" {
		t.Errorf("the replica is %s", replica)
	}
}
