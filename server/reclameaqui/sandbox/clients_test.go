package sandbox

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The five public clients of the contract, re-created as far as their way of calling goes: what they encode, what they
// read of an answer, and what they take as its end. Each makes every call that it makes against the real API.

// caller sends with a token, as one of the clients would.
func (w *site) caller(method, path, contentType, body, token string) map[string]json.RawMessage {
	w.t.Helper()
	r := w.do(method, "/api"+path, contentType, body, "Authorization", "Bearer "+token, "Accept", "application/json")
	if r.status/100 != 2 {
		w.t.Fatalf("%s %s: %d %s", method, path, r.status, r.body)
	}
	var object map[string]json.RawMessage
	if len(r.body) > 0 && r.body[0] == '{' {
		r.decode(w.t, &object)
	}
	return object
}

// TestClientS1 is of TypeScript: multipart for all messages, page[size]=50, codes read from the body.
func TestClientS1(t *testing.T) {
	w := open(t, Config{Complaints: 60})
	if r := w.do("GET", "/api/ticket/availability", "", ""); r.status != 200 {
		t.Fatalf("before authenticating: %d", r.status)
	}
	token := w.signIn().AccessToken
	if string(w.caller("GET", "/ticket/v1/tickets/count?last_modification_date[gte]=2020-01-01T00:00:00.000Z", "", "", token)["data"]) != "60" {
		t.Error("count")
	}
	var rows []Ticket
	for page, total := 1, 1; len(rows) < total; page++ {
		var p pageBody
		w.do("GET", fmt.Sprintf("/api/ticket/v1/tickets?last_modification_date%%5Bgte%%5D=2020-01-01T00%%3A00%%3A00.000Z&page%%5Bsize%%5D=50&page%%5Bnumber%%5D=%d", page),
			"", "", "Authorization", "Bearer "+token).decode(t, &p)
		for _, k := range p.Data {
			rows = append(rows, *k)
		}
		total = p.Meta.Total
	}
	id := strings.TrimPrefix(w.create(), "/complaints/")
	send := func(path string, fields map[string]string, files map[string]int) {
		contentType, body := sent{fields, files}.encode(t)
		w.caller("POST", path, contentType, body, token)
	}
	send("/ticket/v1/tickets/message/public", map[string]string{"id": id, "message": "Olá"}, nil)
	send("/ticket/v1/tickets/message/private", map[string]string{"id": id, "message": "Olá", "email": "consumidor@example.com"}, map[string]int{"a.pdf": 10})
	w.caller("POST", "/ticket/v1/tickets/message/private/"+id+"/end", "", "", token)
	w.caller("POST", "/ticket/v1/tickets/evaluation", "application/json", `{"id":"`+id+`"}`, token)
	w.caller("GET", "/ticket/v1/tickets/moderation/companies?companyName=m%C3%B3veis&page=1&limit=15", "", "", token)
	other := strings.TrimPrefix(w.create(), "/complaints/")
	send("/ticket/v1/tickets/moderation", map[string]string{"id": other, "reason": "1", "message": "Não é nossa.", "migrateTO": "910002"}, map[string]int{"a.png": 10})
	attached := w.one(id).Attached
	w.caller("GET", "/ticket/v1/tickets/attachment/"+attached[len(attached)-1].ID, "", "", token)
	w.caller("GET", "/companies/v1/companies/organization", "", "", token)
	w.caller("GET", "/companies/v1/companies/900001/reputation", "", "", token)
	w.caller("GET", "/companies/v1/companies/organization/whatsapp/consumption", "", "", token)
}

// TestClientS2 is of Python: urlencoded public messages, id[eq], sizes as floats, microseconds, upper-case sorts.
func TestClientS2(t *testing.T) {
	w := open(t, Config{Complaints: 60})
	token := w.signIn().AccessToken
	w.caller("GET", "/auth/availability", "", "", token)
	w.caller("GET", "/ticket/availability", "", "", token)
	since := url.Values{"last_modification_date[gte]": {"2020-01-01T00:00:00.000000Z"}}
	total, err := strconv.ParseFloat(string(w.caller("GET", "/ticket/v1/tickets/count?"+since.Encode(), "", "", token)["data"]), 64)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for page := range int(math.Ceil(total / 50)) {
		since.Set("page[size]", "50.0")
		since.Set("page[number]", fmt.Sprintf("%d.0", page+1))
		since.Set("sort[creation_date]", "ASC")
		var rows []Ticket
		if err := json.Unmarshal(w.caller("GET", "/ticket/v1/tickets?"+since.Encode(), "", "", token)["data"], &rows); err != nil {
			t.Fatal(err)
		}
		seen += len(rows)
	}
	if seen != 60 {
		t.Errorf("%d of 60", seen)
	}
	id := strings.TrimPrefix(w.create(), "/complaints/")
	w.caller("GET", "/ticket/v1/tickets?"+url.Values{"id[eq]": {id}}.Encode(), "", "", token)
	const urlencoded = "application/x-www-form-urlencoded"
	w.caller("POST", "/ticket/v1/tickets/message/public", urlencoded, url.Values{"id": {id}, "message": {"Olá, ção"}}.Encode(), token)
	contentType, body := sent{map[string]string{"id": id, "message": "Segue", "email": "c@example.com"}, map[string]int{"1.png": 5, "2.png": 6}}.encode(t)
	w.caller("POST", "/ticket/v1/tickets/message/private", contentType, body, token)
	if got := w.one(id); got.Interactions[1].Message != "Olá, ção" || len(got.Interactions[2].Details) != 3 {
		t.Errorf("%+v", got.Interactions)
	}
	w.caller("POST", "/ticket/v1/tickets/message/private/"+id+"/end", urlencoded, "", token)
	w.caller("POST", "/ticket/v1/tickets/evaluation", "application/json", `{"id": "`+id+`"}`, token)
	w.caller("POST", "/ticket/v1/tickets/moderation", urlencoded, url.Values{"id": {id}, "reason": {"5"}, "message": {"Ofensivo"}}.Encode(), token)
	w.caller("GET", "/ticket/v1/tickets/moderation/companies?companyName=banco&page=1&limit=15", "", "", token)
	for _, path := range []string{"", "/organization", "/organization/whatsapp/consumption", "/900001/reputation"} {
		if path != "" {
			w.caller("GET", "/companies/v1/companies"+path, "", "", token)
		}
	}
}

// TestClientS3 is of PHP: a new token before every call, and those that need work by hugme_status.
func TestClientS3(t *testing.T) {
	w := open(t, Config{Complaints: 60})
	call := func(method, path, contentType, body string) map[string]json.RawMessage {
		token := w.do("POST", "/api/auth/oauth/token?grant_type=client_credentials", "application/json", "", "Authorization", basic)
		var grant struct {
			AccessToken string `json:"access_token"`
		}
		token.decode(t, &grant)
		return w.caller(method, path, contentType, body, grant.AccessToken)
	}
	var rows []Ticket
	if err := json.Unmarshal(call("GET", "/ticket/v1/tickets?hugme_status.id[in]=1,16,21&page[size]=50&sort[creation_date]=desc", "", "")["data"], &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		t.Fatal("nothing needs work")
	}
	id := strings.TrimPrefix(w.create(), "/complaints/")
	call("GET", "/ticket/v1/tickets?id[eq]="+id, "", "")
	contentType, body := sent{map[string]string{"id": id, "message": "Olá"}, nil}.encode(t)
	call("POST", "/ticket/v1/tickets/message/public", contentType, body)
	contentType, body = sent{map[string]string{"id": id, "message": "Olá", "email": "sac@loja.example.com"}, nil}.encode(t)
	call("POST", "/ticket/v1/tickets/message/private", contentType, body)
	contentType, body = sent{map[string]string{"id": id, "message": "Ofensivo", "reason": "5"}, nil}.encode(t)
	call("POST", "/ticket/v1/tickets/moderation", contentType, body)
}

// TestClientS4 is of Java, behind a gateway: one complaint by its site's id, its last interaction, its attachments.
func TestClientS4(t *testing.T) {
	w := open(t, Config{Complaints: 10})
	token := w.signIn().AccessToken
	id := strings.TrimPrefix(w.create(), "/complaints/")
	source := w.one(id).SourceExternalID
	w.private(id, "Segue.", map[string]int{"nota.pdf": 12})
	query := url.Values{"source_external_id[eq]": {source}, "company.id[eq]": {"900001"}, "source.name[eq]": {"ReclameAQUI"}, "sort[id]": {"ASC"}, "page[size]": {"1"}}
	var rows []Ticket
	if err := json.Unmarshal(w.caller("GET", "/ticket/v1/tickets?"+query.Encode(), "", "", token)["data"], &rows); err != nil || len(rows) != 1 {
		t.Fatal(len(rows), err)
	}
	last := rows[0].Interactions[len(rows[0].Interactions)-1]
	if last.Message != "Segue." {
		t.Errorf("the newest is not last: %+v", last)
	}
	link := w.caller("GET", "/ticket/v1/tickets/attachment/"+rows[0].Attached[len(rows[0].Attached)-1].ID, "", "", token)
	var address, name string
	if json.Unmarshal(link["attachmentLink"], &address) != nil || json.Unmarshal(link["attachmentName"], &name) != nil || name != "nota.pdf" {
		t.Fatalf("%s", link)
	}
	if r := w.follow(address); len(r.body) != 12 {
		t.Errorf("%d bytes", len(r.body))
	}
	contentType, body := sent{map[string]string{"id": id, "message": "Olá"}, nil}.encode(t)
	w.caller("POST", "/ticket/v1/tickets/message/public", contentType, body, token)
}

// TestClientS5 is a shell script: plain days, raw brackets, the older path, a page every 7 s until a body is short.
func TestClientS5(t *testing.T) {
	c := newClock()
	w := open(t, Config{Complaints: 250, Rate: 10, Now: c.now})
	token := w.signIn().AccessToken
	pages := 0
	for number := 1; ; number++ {
		c.add(7 * time.Second)
		path := fmt.Sprintf("/api/v1/tickets?creation_date[gte]=2020-01-01&creation_date[lte]=2030-12-31&sort[creation_date]=asc&page[size]=50&page[number]=%d", number)
		r := w.do("GET", path, "", "", "Authorization", "Bearer "+token)
		if r.status != 200 {
			t.Fatalf("page %d: %d %s", number, r.status, r.body)
		}
		if len(r.body) < 100 {
			break
		}
		pages++
	}
	if pages != 5 {
		t.Errorf("%d pages of 250 complaints", pages)
	}
}
