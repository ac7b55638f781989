package reclameaqui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func readExample(t testing.TB) []Complaint {
	t.Helper()
	page, err := readPage(example(t), 1, 50)
	if err != nil || len(page.Complaints) != 2 || len(page.Malformed) != 0 || page.Total != 2 {
		t.Fatalf("got %d complaints, %d malformed, total %d, error %v", len(page.Complaints), len(page.Malformed), page.Total, err)
	}
	return page.Complaints
}

func TestTheExampleIsReadWhole(t *testing.T) {
	for _, c := range readExample(t) {
		if len(c.Odd) > 0 || c.Unknown != nil {
			t.Errorf("%d: odd %v, unknown %v", c.ID, c.Odd, c.Unknown)
		}
		if !bytes.Contains(example(t), c.Raw) {
			t.Errorf("%d: raw is not RA's own bytes", c.ID)
		}
	}
}

func TestTheFreshComplaint(t *testing.T) {
	c := readExample(t)[0]
	equal(t, "id", c.ID, 90000001)
	equal(t, "source id", c.SourceID, "190000001")
	equal(t, "storage id", c.StorageID, "69a580ad0000000000000001")
	equal(t, "company", c.Company, Named{900001, "Empresa Exemplo"})
	equal(t, "RA status", c.RAStatus, Named{5, "Não respondido"})
	equal(t, "HugMe status", c.HugmeStatus, Named{21, "Novo"})
	equal(t, "assessment", c.FavorableAssessment, Assessment{0, "Não Solicitado"})
	equal(t, "last feeling", c.LastFeeling, Named{})
	equal(t, "user", c.User, User{})
	equal(t, "created", c.CreatedAt, time.Date(2026, 3, 2, 12, 18, 30, 0, time.UTC))
	equal(t, "modified", c.ModifiedAt, time.Date(2026, 3, 2, 12, 20, 49, 0, time.UTC))
	equal(t, "closed", c.ClosedAt, nil)
	equal(t, "title", c.Title, "Produto de teste não entregue")
	equal(t, "content", c.Content, "Comprei um produto de teste e ele não chegou no prazo combinado. \nPedido de exemplo 0001. Aguardo retorno.")
	equal(t, "reason", c.Reason, "Atraso na entrega")
	equal(t, "may be moderated", c.RequestModeration, true)
	equal(t, "may be evaluated", c.RequestEvaluation, false)
	equal(t, "active", c.Active, true)
	equal(t, "rule", c.RuleID, 9001)
	equal(t, "moderation", c.Moderation, Moderation{})
	equal(t, "counts", c.Counts, Counts{Interactions: 1, InteractionsUnread: 8, CustomerInteractions: 8})
	equal(t, "whatsapp", c.WhatsApp, nil)
	equal(t, "attached", fmt.Sprint(c.Attached), "[{700000707 15 Anexo https://files.example.com/complain_00000000-0000-4000-8000-000000000001.png false 2026-03-02 12:18:30 +0000 UTC}]")
	equal(t, "history", len(c.Historical), 2)
	equal(t, "first of the history", c.Historical[0].Type, Named{4, "INTERACAO"})
	if _, rated := c.Rating(); rated || c.Evaluation() != nil {
		t.Error("a fresh complaint looks rated")
	}
	want := Customer{
		ID: 80000001, Name: "Consumidora Exemplo Um", Type: "Private Person", Emails: []string{"consumidora.um@example.com"},
		Phones: []string{"11900000001", "11900000002"}, CPF: []string{"12345678909"}, Genders: []string{"Feminino"},
		Birthday: "1990-01-01", City: "Cidade Exemplo", State: "São Paulo", StateCode: "SP",
	}
	if !reflect.DeepEqual(c.Customer, want) {
		t.Errorf("customer %+v, want %+v", c.Customer, want)
	}
}

func TestTheRatedComplaint(t *testing.T) {
	c := readExample(t)[1]
	rated := time.Date(2026, 2, 18, 1, 33, 8, 0, time.UTC)
	e := c.Evaluation()
	if e == nil || *e != (Evaluation{Rating: 8, At: rated, Resolved: true, WouldReturn: true}) {
		t.Errorf("evaluation %+v", e)
	}
	equal(t, "consideration", *c.ConsumerConsideration, "Problema resolvido após a réplica.")
	equal(t, "of the consumer at", *c.ConsumerConsiderationAt, rated)
	equal(t, "consideration of the company", c.CompanyConsideration, nil)
	equal(t, "closed", *c.ClosedAt, rated)
	equal(t, "response", strings.HasPrefix(*c.ResponseContent, "Olá, recebemos"), true)
	equal(t, "user", c.User.Name, "Atendente Exemplo")
	equal(t, "whatsapp", *c.WhatsApp, WhatsApp{Sent: true})
	equal(t, "category", c.Categories[0].Description, "Categoria Exemplo")
	equal(t, "replicas", c.RA.ReplicasCount, 1)
	equal(t, "span", c.RatingTime, "176")
	equal(t, "history's user", c.Historical[2].UserEmail, "atendente@example.com")

	var authors []string
	for _, i := range c.Thread() {
		authors = append(authors, fmt.Sprint(i.ID[6:], " ", i.TypeID, " ", i.Author(), " ", i.Privacy))
	}
	want := []string{
		"101 1 consumer false", "102 2 company false", "103 2 consumer false", "104 3 company true",
		"105 6 consumer true", "106 2 company false", "107 11 consumer false",
	}
	if !slices.Equal(authors, want) {
		t.Errorf("thread %q, want %q", authors, want)
	}
	equal(t, "responsible", c.Interactions[1].ResponsibleID, "700001")
	equal(t, "detail", c.Interactions[6].Details[2].Value, "8")
	equal(t, "detail's type", c.Interactions[6].Details[2].TypeID, 6)
}

// with reads a complaint of one more key.
func with(t *testing.T, field string) Complaint {
	t.Helper()
	c, err := ReadComplaint([]byte(`{"id":1,` + field + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOddShapesSpoilNothing(t *testing.T) {
	for field, want := range map[string]string{
		`"closed_date":"yesterday"`:                          "[closed_date]",
		`"closed_date":{}`:                                   "[]",
		`"closed_date":{"a":1}`:                              "[closed_date]",
		`"creation_date":1772453910000`:                      "[creation_date]",
		`"creation_date":"9999-12-31T23:59:59-05:00"`:        "[creation_date]",
		`"company":7`:                                        "[]",
		`"company":"Empresa"`:                                "[]",
		`"company":null`:                                     "[]",
		`"company":[{"id":7,"name":"E"}]`:                    "[]",
		`"company":[7]`:                                      "[company]",
		`"company":{"id":"x","name":["E"]}`:                  "[company.id company.name]",
		`"moderation":null`:                                  "[]",
		`"moderation":"PENDENTE"`:                            "[moderation]",
		`"customer":[]`:                                      "[]",
		`"customer":3`:                                       "[customer]",
		`"interactions":null`:                                "[]",
		`"interactions":"none"`:                              "[interactions]",
		`"interactions":[null,3,{}]`:                         "[interactions]",
		`"interactions":[{"details":7},{"details":8}]`:       "[interactions.details]",
		`"interactions":[{"details":[{"privacy":{"a":1}}]}]`: "[interactions.details.privacy]",
		`"rating":"great"`:                                   "[rating]",
		`"rating":11`:                                        "[rating]",
		`"frozen":"maybe"`:                                   "[frozen]",
		`"rule_id":99999999999999999999`:                     "[rule_id]",
		`"interactions_count":9e99`:                          "[interactions_count]",
		`"customer":{"birthday":"?"}`:                        "[customer.birthday]",
		`"interactions_count":1.5`:                           "[interactions_count]",
		`"tags":["a",{"name":"b"},{"x":1}]`:                  "[tags]",
		`"extra_data":[]`:                                    "[]",
		`"sticky_notes":"x"`:                                 "[sticky_notes]",
		`"customer":{"city":7,"state":[[]],"cpf":[{}]}`:      "[customer.cpf]",
	} {
		t.Run(field, func(t *testing.T) {
			c := with(t, field)
			slices.Sort(c.Odd)
			equal(t, "odd", fmt.Sprint(c.Odd), want)
			equal(t, "id", c.ID, 1)
			equal(t, "raw", string(c.Raw), `{"id":1,`+field+`}`)
		})
	}
}

func TestWhatIsNoComplaint(t *testing.T) {
	for _, text := range []string{``, `null`, `7`, `[]`, `{}`, `{"id":0}`, `{"id":"abc"}`, `{"id":1`, `{"id":1}{"id":2}`} {
		c, err := ReadComplaint([]byte(text))
		if err == nil {
			t.Errorf("%q is read as complaint %d", text, c.ID)
		}
		equal(t, text+" is kept", string(c.Raw), text)
	}
}

func TestUnknownKeysAreKept(t *testing.T) {
	c := with(t, `"novo":{"a":[1, 2]},"ID":5,"active":true`)
	equal(t, "keys", len(c.Unknown), 2)
	equal(t, "bytes", string(c.Unknown["novo"]), `{"a":[1, 2]}`)
	equal(t, "keys are told apart by case", string(c.Unknown["ID"]), "5")
}

func TestTolerantFields(t *testing.T) {
	equal(t, "company by id alone", with(t, `"company":7`).Company, Named{ID: 7})
	equal(t, "company by name alone", with(t, `"company":"E"`).Company, Named{Name: "E"})
	equal(t, "company in an array", with(t, `"company":[{"id":"7","name":"E"}]`).Company, Named{7, "E"})
	equal(t, "no company", with(t, `"company":{"id":-1,"name":null}`).Company, Named{})
	equal(t, "source id as a number", with(t, `"source_external_id":9007199254740993`).SourceID, "9007199254740993")
	equal(t, "moderation reason as a number", *with(t, `"moderation":{"reason":15}`).Moderation.Reason, "15")
	equal(t, "moderation reason -1", with(t, `"moderation":{"reason":-1}`).Moderation.Reason, nil)
	equal(t, "empty consideration", with(t, `"consumer_consideration":""`).ConsumerConsideration, nil)
	equal(t, "NUL", with(t, `"complaint_title":"a\u0000b"`).Title, "ab")
	equal(t, "line breaks", *with(t, `"company_consideration":"a\rb"`).CompanyConsideration, "a\nb")
	equal(t, "tags", fmt.Sprint(with(t, `"tags":["a",{"id":1,"name":"b"},7]`).Tags), "[a b 7]")
	for value, want := range map[string]bool{`true`: true, `"1"`: true, `null`: true, `"false"`: false, `0`: false, `{"x":1}`: true} {
		equal(t, "active "+value, with(t, `"active":`+value).Active, want)
	}
	equal(t, "active absent", with(t, `"x":1`).Active, true)
}

func TestPlacesAndNames(t *testing.T) {
	for field, want := range map[string]string{
		`"city":"Santos","state":"SP"`:                                           "Santos/SP/SP",
		`"city":{"id":1,"name":"Santos"},"state":{"name":"São Paulo","fs":"sp"}`: "Santos/São Paulo/SP",
		`"city":["Santos"],"state":[{"id":26,"name":"São Paulo","fs":"SP"},{}]`:  "Santos/São Paulo/SP",
		`"city":[],"state":null`:                                                 "//",
		`"city":[{}],"state":[null]`:                                             "//",
		`"company_name":"[]"`:                                                    "//",
		`"company_name":"[\"Loja\", \"Filial\"]"`:                                "//Loja, Filial",
		`"company_name":"[Loja"`:                                                 "//[Loja",
		`"company_name":["Loja"]`:                                                "//",
		`"company_name":"Loja"`:                                                  "//Loja",
	} {
		c := with(t, `"customer":{`+field+`}`).Customer
		got := c.City + "/" + c.State + "/" + c.StateCode + c.CompanyName
		equal(t, field, got, want)
	}
	c := with(t, `"customer":{"email":"a@example.com","phone_numbers":[11900000001,null," 11 "],"birthday":"1990-01-01"}`).Customer
	equal(t, "lists", fmt.Sprint(c.Emails, c.Phones, " ", c.Birthday), "[a@example.com] [11900000001 11] 1990-01-01")
}

func TestRating(t *testing.T) {
	for value, want := range map[string]int{
		`"-1"`: -1, `null`: -1, `""`: -1, `-1`: -1, `"0"`: 0, `0`: 0, `"10"`: 10, `7`: 7, `"8.0"`: 8, `8.5`: -1, `"11"`: -1, `" 9 "`: 9, `[]`: -1, `true`: -1,
	} {
		c := with(t, `"rating":`+value+`,"resolved_issue":true`)
		got, ok := c.Rating()
		equal(t, value+" rated", ok, want >= 0)
		equal(t, value+" evaluation", c.Evaluation() != nil, want >= 0)
		if ok {
			equal(t, value, got, want)
		}
	}
}

func TestAuthor(t *testing.T) {
	for _, c := range []struct {
		customer, responsible string
		kind                  int
		want                  AuthorKind
	}{
		{`"8"`, `null`, 2, AuthorConsumer},
		{`8`, `-1`, 2, AuthorConsumer},
		{`null`, `7`, 1, AuthorCompany},
		{`"8"`, `"7"`, 2, AuthorCompany},
		{`"-1"`, `"0"`, 2, AuthorCompany},
		{`null`, `null`, 1, AuthorConsumer},
		{`null`, `null`, 3, AuthorCompany},
		{`null`, `""`, 6, AuthorConsumer},
		{`null`, `null`, 8, AuthorCompany},
		{`null`, `null`, 9, AuthorSystem},
		{`null`, `null`, 10, AuthorCompany},
		{`null`, `null`, 11, AuthorConsumer},
		{`null`, `null`, 151, AuthorSystem},
		{`null`, `null`, 999, AuthorSystem},
	} {
		field := fmt.Sprintf(`{"customer_id":%s,"responsible_id":%s,"ticket_interaction_type_id":"%d"}`, c.customer, c.responsible, c.kind)
		got := with(t, `"interactions":[`+field+`]`).Interactions[0]
		equal(t, field, got.Author(), c.want)
	}
}

func TestThreadOrder(t *testing.T) {
	c := with(t, `"interactions":[
		{"ticket_interaction_id":"x"},
		{"ticket_interaction_id":"100","creation_date":"2026-01-02T00:00:00.000Z"},
		{"ticket_interaction_id":"99","creation_date":"2026-01-02T00:00:00.000Z"},
		{"ticket_interaction_id":"101","creation_date":"2026-01-01T00:00:00.000Z"}]`)
	var got []string
	for _, i := range c.Thread() {
		got = append(got, i.ID)
	}
	equal(t, "order", strings.Join(got, " "), "101 99 100 x")
	equal(t, "the complaint keeps RA's order", c.Interactions[0].ID, "x")
}

func TestTheExampleSurvivesARoundTrip(t *testing.T) {
	for _, c := range readExample(t) {
		var compact bytes.Buffer
		if err := json.Compact(&compact, c.Raw); err != nil {
			t.Fatal(err)
		}
		again, err := ReadComplaint(compact.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		again.Raw = c.Raw
		if !reflect.DeepEqual(c, again) {
			t.Errorf("%d: read again from its own bytes it differs", c.ID)
		}
	}
}

func BenchmarkReadPage(b *testing.B) {
	body := example(b)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readPage(body, 1, 50); err != nil {
			b.Fatal(err)
		}
	}
}
