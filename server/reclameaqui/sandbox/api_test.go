package sandbox

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestTokenAndAuthentication(t *testing.T) {
	c := newClock()
	w := open(t, Config{Now: c.now, Rate: 10, TokenLifetime: 20 * time.Minute})
	for _, header := range []string{"", "Basic bm9ib2R5Om5vdGhpbmc=", "Bearer x"} {
		r := w.do("POST", "/api/auth/oauth/token?grant_type=client_credentials", "", "", "Authorization", header)
		if r.status != 401 || r.code(t) != 4010 {
			t.Errorf("%q: %d %s", header, r.status, r.body)
		}
	}
	if r := w.do("POST", "/api/auth/oauth/token", "", "", "Authorization", basic); r.status != 400 || r.code(t) != 4000 {
		t.Errorf("no grant type: %d %s", r.status, r.body)
	}
	token := w.signIn()
	if token.TokenType != "Bearer" || *token.ExpiresIn != 1200 || *token.RateLimit != 10 || token.Scope == "" ||
		token.LicenceEnd != "2027-12-31T23:59:59.000Z" || token.LicenceStart != "2025-01-01T00:00:00.000Z" {
		t.Errorf("%+v", token)
	}
	if r := w.get("/ticket/v1/tickets/count"); r.status != 200 || r.header.Get("Date") != "Mon, 02 Mar 2026 12:00:00 GMT" {
		t.Errorf("%d, Date %q", r.status, r.header.Get("Date"))
	}
	c.add(20 * time.Minute)
	if r := w.get("/ticket/v1/tickets/count"); r.status != 401 || r.code(t) != 4010 {
		t.Errorf("after its end: %d %s", r.status, r.body)
	}
	for _, path := range []string{"/api/auth/availability", "/api/ticket/availability"} {
		if r := w.do("GET", path, "", ""); r.status != 200 {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	w.signIn()
	if r := w.get("/ticket/v1/tickets/90000001"); r.status != 404 || r.code(t) != 4040 {
		t.Errorf("unknown route: %d %s", r.status, r.body)
	}
	if r := w.api("DELETE", "/ticket/v1/tickets", "", ""); r.status != 405 || r.code(t) != 4050 {
		t.Errorf("unknown method: %d %s", r.status, r.body)
	}
}

func TestListFilters(t *testing.T) {
	w := open(t, Config{Complaints: 120})
	all := w.s.Complaints(0)
	slices.Reverse(all)
	mid := all[60]
	created, modified := mid.Created.Format(instantLayout), mid.Modified.Format(instantLayout)
	for query, match := range map[string]func(*Ticket) bool{
		"":                                        func(*Ticket) bool { return true },
		"id[eq]=90000061":                         func(k *Ticket) bool { return k.ID == 90000061 },
		"id%5Beq%5D=90000061":                     func(k *Ticket) bool { return k.ID == 90000061 },
		"id[in]=90000001,90000003,1":              func(k *Ticket) bool { return k.ID == 90000001 || k.ID == 90000003 },
		"id[gt]=90000100":                         func(k *Ticket) bool { return k.ID > 90000100 },
		"id[lte]=90000100&id[ne]=90000003":        func(k *Ticket) bool { return k.ID <= 90000100 && k.ID != 90000003 },
		"id[eq]=1":                                func(*Ticket) bool { return false },
		"source_external_id[eq]=190000007":        func(k *Ticket) bool { return k.SourceExternalID == "190000007" },
		"company.id[eq]=900002":                   func(*Ticket) bool { return false },
		"source.name[eq]=ReclameAQUI":             func(*Ticket) bool { return true },
		"hugme_status.id[in]=1,16,21":             func(k *Ticket) bool { return slices.Contains([]int64{1, 16, 21}, k.HugmeStatus.ID) },
		"hugme_status.id[nin]=1,16,21":            func(k *Ticket) bool { return !slices.Contains([]int64{1, 16, 21}, k.HugmeStatus.ID) },
		"ra_status.id[in]=18,19":                  func(k *Ticket) bool { return k.RAStatus.ID == 18 || k.RAStatus.ID == 19 },
		"creation_date[gte]=" + created:           func(k *Ticket) bool { return !k.Created.Before(mid.Created.Time) },
		"creation_date[lt]=" + created:            func(k *Ticket) bool { return k.Created.Before(mid.Created.Time) },
		"creation_date[eq]=" + created:            func(k *Ticket) bool { return k.Created == mid.Created },
		"last_modification_date[lte]=" + modified: func(k *Ticket) bool { return !k.Modified.After(mid.Modified.Time) },
		"creation_date[gte]=2025-12-01&creation_date[lt]=2026-01-01T00:00:00.000000Z": func(k *Ticket) bool {
			return k.Created.Format("2006-01") == "2025-12"
		},
	} {
		var want []int64
		for _, k := range all {
			if match(k) {
				want = append(want, k.ID)
			}
		}
		var got []int64
		for page := 1; ; page++ {
			p := w.list(fmt.Sprintf("%s&page[size]=50&page[number]=%d&sort[id]=ASC", query, page))
			if p.Meta.Total != len(want) || p.Meta.Page != (metaPage{page, 50}) {
				t.Fatalf("%s: meta %+v, want %d", query, p.Meta, len(want))
			}
			if len(p.Data) == 0 {
				break
			}
			for _, k := range p.Data {
				got = append(got, k.ID)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d rows, want %d", query, len(got), len(want))
		}
		var count countBody
		w.get("/ticket/v1/tickets/count?"+query).decode(t, &count)
		if count.Data != len(want) {
			t.Errorf("%s: count %d, want %d", query, count.Data, len(want))
		}
	}
}

func TestListPagesAndSorts(t *testing.T) {
	w := open(t, Config{Complaints: 60})
	if p := w.list(""); len(p.Data) != 25 || p.Meta != (meta{metaPage{1, 25}, 60}) {
		t.Errorf("default: %d rows, %+v", len(p.Data), p.Meta)
	}
	if p := w.list("page[size]=500"); len(p.Data) != 50 || p.Meta.Page.Size != 50 {
		t.Errorf("clamp: %d rows, %+v", len(p.Data), p.Meta)
	}
	for _, number := range []string{"3", "9223372036854775807"} {
		r := w.get("/v1/tickets?page[size]=50&page[number]=" + number)
		if r.status != 200 || !strings.HasPrefix(string(r.body), `{"data":[],"meta":`) || len(r.body) >= 100 {
			t.Errorf("past the end: %d %s", r.status, r.body)
		}
	}
	for query, less := range map[string]func(a, b *Ticket) bool{
		"sort[creation_date]=asc":           func(a, b *Ticket) bool { return a.Created.Before(b.Created.Time) },
		"sort[creation_date]=DESC":          func(a, b *Ticket) bool { return a.Created.After(b.Created.Time) },
		"sort[id]=DESC":                     func(a, b *Ticket) bool { return a.ID > b.ID },
		"sort[last_modification_date]=desc": func(a, b *Ticket) bool { return a.Modified.After(b.Modified.Time) },
	} {
		rows := w.list(query + "&page[size]=50").Data
		for i := 1; i < len(rows); i++ {
			if less(rows[i], rows[i-1]) {
				t.Errorf("%s: row %d is out of order", query, i)
			}
		}
	}
	for _, bad := range []string{
		"foo[eq]=1", "foo=1", "id[like]=1", "id[eq]=x", "id[eq]=", "id[in]=1,,2", "creation_date[gte]=ontem", "sort[rating]=asc", "sort[id]=up",
		"page[size]=0", "page[size]=x", "page[number]=0", "page[cursor]=1", "id[eq=1", "%zz=1", "customer.cpf[eq]=1",
	} {
		if r := w.get("/ticket/v1/tickets?" + bad); r.status != 400 || r.code(t) != 4000 {
			t.Errorf("%s: %d %s", bad, r.status, r.body)
		}
	}
}

func TestReplyEncodings(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	const multipart = "--b\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n%d\r\n--b\r\n" +
		"Content-Disposition: form-data; name=\"message\"\r\n\r\nOlá,\nção\r\n--b--\r\n"
	for contentType, body := range map[string]string{
		"multipart/form-data; boundary=b":   multipart,
		"application/x-www-form-urlencoded": "id=%d&message=Ol%%C3%%A1,%%0A%%C3%%A7%%C3%%A3o",
		"application/json":                  `{"id":"%d","message":"Olá,\nção"}`,
		"application/json; charset=utf-8":   `{"id":%d,"message":"Olá,\nção"}`,
	} {
		id := admin[Ticket](w, "POST", "/complaints", ``, 201).ID
		r := w.api("POST", "/ticket/v1/tickets/message/public", contentType, fmt.Sprintf(body, id))
		if r.status != 200 {
			t.Errorf("%s: %d %s", contentType, r.status, r.body)
			continue
		}
		ticket := w.list("id[eq]=" + strconv.FormatInt(id, 10)).Data[0]
		in := ticket.Interactions[1]
		if in.Message != "Olá,\nção" || in.TypeID != 2 || in.CustomerID != nil || *in.ResponsibleID != apiUser.id ||
			*ticket.Response != in.Message || ticket.RAStatus.ID != 6 || ticket.HugmeStatus.ID != 2 || !ticket.MayAskEvaluation {
			t.Errorf("%s: %+v", contentType, in)
		}
	}
}

func TestReplyRefusals(t *testing.T) {
	c := newClock()
	w := open(t, Config{Complaints: -1, Now: c.now})
	ticket := admin[Ticket](w, "POST", "/complaints", ``, 201)
	gone := admin[Ticket](w, "POST", "/complaints", ``, 201)
	id, path := strconv.FormatInt(ticket.ID, 10), fmt.Sprintf("/complaints/%d/", ticket.ID)
	admin[Ticket](w, "POST", fmt.Sprintf("/complaints/%d/deactivate", gone.ID), ``, 200)
	expect := func(id, message string, status, code int) {
		t.Helper()
		if r := w.reply(id, message); r.status != status || r.code(t) != code {
			t.Errorf("reply to %s: %d %s, want %d %d", id, r.status, r.body, status, code)
		}
	}
	expect(ticket.SourceExternalID, "Olá", 404, 4040)
	expect("abc", "Olá", 422, 4220)
	expect(id, " \n", 422, 4220)
	expect(strconv.FormatInt(gone.ID, 10), "Olá", 409, 4090)
	expect(id, "Olá", 200, 200)
	c.add(10*time.Minute - time.Second)
	expect(id, "Olá", 409, 40930)
	c.add(time.Second)
	expect(id, "Olá", 200, 200)
	admin[Ticket](w, "POST", path+"evaluation", `{}`, 200)
	expect(id, "Obrigado pela avaliação.", 200, 200)
	expect(id, "Obrigado pela avaliação.", 409, 40930) // a repetition is told first
	expect(id, "Mais uma coisa.", 409, 40920)
	rated, err := w.s.Complaint(ticket.ID)
	if err != nil || *rated.CompanyWords != "Obrigado pela avaliação." || rated.RAStatus.ID != 18 || rated.HugmeStatus.ID != 3 {
		t.Errorf("after the final consideration: %+v %v", rated, err)
	}
	if r := w.api("POST", "/ticket/v1/tickets/message/public", "text/plain", "x"); r.status != 415 {
		t.Errorf("text/plain: %d", r.status)
	}
	if r := w.api("POST", "/ticket/v1/tickets/message/public", "application/json", "{"); r.code(t) != 4000 {
		t.Errorf("broken JSON: %s", r.body)
	}
	big := `{"id":1,"message":"` + strings.Repeat("a", maxReply) + `"}`
	if r := w.api("POST", "/ticket/v1/tickets/message/public", "application/json", big); r.status != 413 {
		t.Errorf("big body: %d", r.status)
	}
}

func TestCompanies(t *testing.T) {
	w := open(t, Config{})
	if got := string(w.get("/companies/v1/companies/organization").body); got !=
		`[{"companyId":900001,"name":"Loja Aurora"},{"companyId":900002,"name":"Aurora Viagens"}]` {
		t.Error(got)
	}
}

func TestRateWindow(t *testing.T) {
	c := newClock()
	w := open(t, Config{Now: c.now, Rate: 10})
	w.signIn() // the first of the ten
	for i := range 9 {
		c.add(time.Second)
		if r := w.get("/ticket/v1/tickets/count"); r.status != 200 {
			t.Fatalf("call %d: %d", i+2, r.status)
		}
	}
	for range 3 {
		if r := w.get("/ticket/v1/tickets/count"); r.status != 429 || r.code(t) != 4290 {
			t.Fatalf("over the limit: %d %s", r.status, r.body)
		}
	}
	if r := w.do("POST", "/api/auth/oauth/token?grant_type=client_credentials", "", "", "Authorization", basic); r.status != 429 {
		t.Errorf("token over the limit: %d", r.status)
	}
	if r := w.do("GET", "/api/auth/availability", "", ""); r.status != 200 {
		t.Errorf("availability over the limit: %d", r.status)
	}
	c.add(51*time.Second - time.Millisecond) // 59.999 s after the token call
	if r := w.get("/ticket/v1/tickets/count"); r.status != 429 {
		t.Errorf("just before the window ends: %d", r.status)
	}
	c.add(time.Millisecond)
	for _, want := range []int{200, 429} {
		if r := w.get("/ticket/v1/tickets/count"); r.status != want {
			t.Errorf("one slot is free again: %d, want %d", r.status, want)
		}
	}
	admin[any](w, "PUT", "/rate", `{"rate":12}`, 200)
	if r := w.get("/ticket/v1/tickets/count"); r.status != http.StatusOK {
		t.Errorf("after a higher rate: %d", r.status)
	}
	if o := admin[Overview](w, "GET", "/state", "", 200); o.Rate != 12 || o.InWindow["demo-client"] != 11 {
		t.Errorf("state: %+v", o)
	}
	for _, s := range []Switches{{TokenCallsFree: true}, {RefusedCallsCount: true}} {
		w := open(t, Config{Now: newClock().now, Rate: 1, Switches: s})
		w.signIn()
		first := w.get("/ticket/v1/tickets/count").status
		second := w.get("/ticket/v1/tickets/count").status
		used := w.s.Overview().InWindow["demo-client"]
		if s.TokenCallsFree && (first != 200 || second != 429) || s.RefusedCallsCount && used != 3 {
			t.Errorf("%+v: %d %d, %d used", s, first, second, used)
		}
	}
}

func TestCallLogHidesSecrets(t *testing.T) {
	w := open(t, Config{})
	w.do("POST", "/api/auth/oauth/token?grant_type=client_credentials&client_secret=demo-secret", "", "", "Authorization", basic)
	w.get("/ticket/v1/tickets?" + url.QueryEscape("page[size]") + "=1")
	r := w.do("GET", "/__sandbox/calls", "", "")
	if strings.Contains(string(r.body), "demo-secret") || strings.Contains(string(r.body), w.token) {
		t.Errorf("a secret in %s", r.body)
	}
	calls := w.s.Calls()
	last := calls[len(calls)-1]
	if len(calls) != 3 || last.Query != "page[size]=1" || last.Status != 200 || !last.Counted || last.Client != "demo-client" ||
		last.Path != "/api/ticket/v1/tickets" || last.Method != "GET" || last.At.IsZero() {
		t.Errorf("%+v", calls)
	}
	for range maxCalls {
		w.s.calls.begin(httptest.NewRequest("GET", "/api/auth/availability", nil), w.s.cfg.Now())
	}
	if calls := w.s.Calls(); len(calls) != maxCalls || calls[0].Path != "/api/auth/availability" || w.s.Overview().Calls != maxCalls+3 {
		t.Errorf("%d kept of %d", len(calls), w.s.Overview().Calls)
	}
}
