package sandbox

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestTransitions walks the table of section 7: after each event, what the ticket says.
func TestTransitions(t *testing.T) {
	c := newClock()
	w := open(t, Config{Complaints: -1, Now: c.now})
	id := admin[Ticket](w, "POST", "/complaints", ``, 201).ID
	last := c.now()
	for _, step := range []struct {
		verb, body   string
		ra, hugme    int64
		ask          bool
		interactions int
	}{
		{"company-reply", `{"text":"Vamos verificar."}`, 6, 2, true, 2},
		{"replica", `{"text":"Nada ainda."}`, 7, 1, false, 3},
		{"company-reply", `{"text":"Foi enviado."}`, 8, 2, true, 4},
		{"private-message", `{"text":"Minha conta é outra."}`, 8, 1, true, 5},
		{"replica", ``, 7, 1, false, 6},
		{"evaluation", `{"rating":3,"consideration":"Demorou."}`, 19, 3, false, 7},
	} {
		c.add(90 * time.Minute)
		ticket := admin[Ticket](w, "POST", fmt.Sprintf("/complaints/%d/%s", id, step.verb), step.body, 200)
		if ticket.RAStatus.ID != step.ra || ticket.HugmeStatus.ID != step.hugme || ticket.MayAskEvaluation != step.ask ||
			len(ticket.Interactions) != step.interactions || !ticket.Modified.After(last) {
			t.Errorf("%s: ra %d, hugme %d, ask %v, %d interactions", step.verb, ticket.RAStatus.ID, ticket.HugmeStatus.ID,
				ticket.MayAskEvaluation, len(ticket.Interactions))
		}
		last = ticket.Modified.Time
	}
	ticket, err := w.s.Complaint(id)
	if err != nil {
		t.Fatal(err)
	}
	if ticket.Rating != "3" || ticket.ResolvedIssue || ticket.BackDoingBusiness || *ticket.ConsumerWords != "Demorou." || ticket.RA.Replicas != 2 ||
		*ticket.RatingTime != "9" || *ticket.PublicTime != "1" || ticket.MessagesCount != 1 || *ticket.Response != "Vamos verificar." {
		t.Errorf("%+v", ticket)
	}
	if d := ticket.Interactions[6].Details; d[0].Value != "Não" || d[1].Value != "Não" || d[2].Value != "3" || d[2].TypeID != 6 {
		t.Errorf("details of the evaluation: %+v", d)
	}
	if r := ticket.Interactions[2]; r.TypeID != 2 || r.CustomerID == nil || r.ResponsibleID != nil {
		t.Errorf("replica: %+v", r)
	}
	// Rows as the contract's second example counts them: details, at least one an interaction.
	if want := len(ticket.Interactions[0].Details) + 1 + 1 + 1 + 3; ticket.CustomerRows != want || ticket.CompanyRows != 2 {
		t.Errorf("rows %d and %d, want %d and 2", ticket.CustomerRows, ticket.CompanyRows, want)
	}
}

func TestWhatConsumersMayNotDo(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	fresh, rated, gone := w.create(), w.create(), w.create()
	admin[any](w, "POST", rated+"/evaluation", `{"rating":0}`, 200)
	admin[any](w, "POST", gone+"/deactivate", ``, 200)
	for _, c := range []struct {
		path string
		code int
	}{
		{fresh + "/replica", 4094},
		{rated + "/evaluation", 4095},
		{rated + "/replica", 4095},
		{gone + "/replica", 4090},
		{gone + "/private-message", 4090},
		{gone + "/deactivate", 4090},
	} {
		if p := admin[problem](w, "POST", c.path, ``, 409); p.Code != c.code {
			t.Errorf("%s: %+v, want %d", c.path, p, c.code)
		}
	}
	ticket := admin[Ticket](w, "GET", rated, ``, 200)
	if !ticket.RatedUnanswered || ticket.RAStatus.ID != 19 || ticket.Closed == nil {
		t.Errorf("rated without an answer: %+v", ticket.RAStatus)
	}
	ticket = admin[Ticket](w, "GET", gone, ``, 200)
	if ticket.Active || ticket.RAStatus.ID != 12 || ticket.HugmeStatus.ID != 15 || ticket.RA.Deactivated == nil || ticket.MayModerate {
		t.Errorf("deactivated: %+v", ticket.RA)
	}
}

func (w *site) create() string {
	w.t.Helper()
	return fmt.Sprintf("/complaints/%d", admin[Ticket](w, "POST", "/complaints", ``, 201).ID)
}

func TestSwitchesOfCoding(t *testing.T) {
	w := open(t, Config{Complaints: -1, Switches: Switches{
		ReplicaAsComplaint: true, ReplicaStatus20: true, EvaluatedStatus9: true, EmptySuccess: true, PageSizeError: true, NewTokenEndsOld: true,
	}})
	path := w.create()
	if r := w.reply(strings.TrimPrefix(path, "/complaints/"), "Olá"); r.status != 200 || len(r.body) != 0 {
		t.Errorf("empty success: %d %q", r.status, r.body)
	}
	ticket := admin[Ticket](w, "POST", path+"/replica", ``, 200)
	if ticket.RAStatus.ID != 20 || ticket.Interactions[2].TypeID != 1 {
		t.Errorf("replica: %+v", ticket.RAStatus)
	}
	if ticket := admin[Ticket](w, "POST", path+"/evaluation", ``, 200); ticket.RAStatus.ID != 9 {
		t.Errorf("evaluation: %+v", ticket.RAStatus)
	}
	if r := w.get("/ticket/v1/tickets?page[size]=51"); r.status != 400 {
		t.Errorf("page size 51: %d", r.status)
	}
	old := w.token
	w.signIn()
	if r := w.do("GET", "/api/ticket/v1/tickets", "", "", "Authorization", "Bearer "+old); r.status != 401 {
		t.Errorf("the old token: %d", r.status)
	}
}

func TestClockGoingBack(t *testing.T) {
	c := newClock()
	w := open(t, Config{Complaints: -1, Now: c.now})
	first, err := w.s.CreateComplaint(NewComplaint{})
	if err != nil {
		t.Fatal(err)
	}
	c.add(-time.Hour)
	second, err := w.s.CreateComplaint(NewComplaint{})
	if err != nil || second.Modified.Before(first.Modified.Time) {
		t.Errorf("%v after %v, %v", second, first.Modified, err)
	}
}

func TestCreateForCustomer(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	one := admin[Ticket](w, "POST", "/complaints", `{"title":"T","text":"X","companyId":900002,
		"customer":{"name":"Zilda Teste","email":"zilda@example.com","cpf":"529.982.247-25","phone":"(11) 90000-0001"}}`, 201)
	c := one.Customer
	if one.Title != "T" || one.Content != "X" || one.Company.Name != "Aurora Viagens" || c.Name != "Zilda Teste" ||
		c.Email[0] != "zilda@example.com" || c.CPF[0] != "52998224725" || c.Phones[0] != "11900000001" {
		t.Errorf("%+v", one)
	}
	two := admin[Ticket](w, "POST", "/complaints", `{"customer":{"email":"zilda@example.com"}}`, 201)
	if two.Customer.ID != c.ID || two.Customer.Name != c.Name {
		t.Errorf("the same e-mail is another customer: %+v", two.Customer)
	}
	if other := admin[Ticket](w, "POST", "/complaints", `{"customer":{"cpf":"11144477735"}}`, 201); other.Customer.ID == c.ID {
		t.Error("another CPF is the same customer")
	}
}

func TestAdminBadInput(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	path := w.create()
	for _, c := range []struct{ method, path, body, field string }{
		{"POST", "/complaints", `{"companyId":1}`, "companyId"},
		{"POST", "/complaints", `{"title":7}`, "title"},
		{"POST", "/complaints", `{"titulo":"x"}`, "titulo"},
		{"POST", "/complaints", `{`, "body"},
		{"POST", "/complaints", `{} {}`, "body"},
		{"POST", "/complaints", `[]`, "body"},
		{"POST", "/complaints", `{"title":"` + strings.Repeat("ã", 201) + `"}`, "title"},
		{"POST", "/complaints", `{"customer":{"email":"x"}}`, "customer.email"},
		{"POST", "/complaints", `{"customer":{"cpf":"12345678900"}}`, "customer.cpf"},
		{"POST", "/complaints", `{"customer":{"phone":"12"}}`, "customer.phone"},
		{"POST", "/complaints/abc/replica", ``, "id"},
		{"POST", path + "/evaluation", `{"rating":11}`, "rating"},
		{"POST", path + "/evaluation", `{"rating":"dez"}`, "rating"},
		{"POST", path + "/company-reply", ``, "text"},
		{"GET", "/complaints?limit=x", ``, "limit"},
		{"PUT", "/life", `{}`, "on"},
		{"PUT", "/life", `{"on":"yes"}`, "on"},
		{"PUT", "/callback", `{}`, "url"},
		{"PUT", "/callback", `{"url":"ftp://example.com"}`, "url"},
		{"PUT", "/callback", `{"url":"","body":"xml"}`, "body"},
		{"PUT", "/rate", `{"rate":0}`, "rate"},
		{"POST", "/faults", `{"endpoint":"x","kind":"delay"}`, "endpoint"},
		{"POST", "/faults", `{"endpoint":"any","kind":"x"}`, "kind"},
		{"POST", "/faults", `{"endpoint":"any","kind":"status","status":200}`, "status"},
		{"POST", "/faults", `{"endpoint":"any","kind":"delay"}`, "delayMs"},
		{"POST", "/faults", `{"endpoint":"any","kind":"drop-after-accept","times":-1}`, "times"},
	} {
		if p := admin[problem](w, c.method, c.path, c.body, 400); p.Field != c.field || p.Message == "" {
			t.Errorf("%s %s %s: %+v, want field %s", c.method, c.path, c.body, p, c.field)
		}
	}
	if n := len(w.s.Complaints(0)); n != 1 {
		t.Errorf("bad input made complaints: %d", n)
	}
	admin[problem](w, "POST", "/complaints/1/replica", ``, 404)
	admin[problem](w, "GET", "/nothing", ``, 404)
	admin[problem](w, "POST", "/complaints", `{"text":"`+strings.Repeat("a", maxAdminBody)+`"}`, 413)
	if r := w.do("POST", "/__sandbox/complaints", "text/plain", `{}`, "Sec-Fetch-Site", "cross-site"); r.status != 403 {
		t.Errorf("another origin: %d", r.status)
	}
	if p := admin[pageBody](w, "GET", "/complaints?limit=10", ``, 200); len(p.Data) != 1 || p.Meta.Total != 1 {
		t.Errorf("%+v", p.Meta)
	}
	if r := w.do("GET", "/", "", ""); r.status != 200 || !strings.Contains(string(r.body), "<!doctype html>") {
		t.Errorf("page: %d", r.status)
	}
}
