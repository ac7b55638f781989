package delivery

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

const (
	form = "application/x-www-form-urlencoded"
	js   = "application/json"
)

func TestMask(t *testing.T) {
	tests := []struct{ name, contentType, body, want string }{
		{"empty", "", "", ""},
		{
			"a notification", js, `{"event":"TICKET_UPDATED","data":{"id":90000001,"status":"closed","score":10,"name":"Maria","solved":true,"rest":null}}`,
			`{"event":"TICKET_UPDATED","data":{"id":90000001,"status":"closed","score":10,"name":"•••","solved":true,"rest":null}}`,
		},
		{
			"a ticket", js, `{"source_external_id":"190000001","creation_date":"2026-03-02T09:00:00-03:00","complaint_title":"Caixa quebrada",
				"customer":{"id":80000001,"birth_date":"1980-01-02","date":"2026-01-02","cpf":["529.982.247-25"],"email":"a@b.example","phone":11987654321}}`,
			`{"source_external_id":"190000001","creation_date":"2026-03-02T09:00:00-03:00","complaint_title":"•••","customer":` +
				`{"id":80000001,"birth_date":"•••","date":"•••","cpf":["•••"],"email":"•••","phone":"•••"}}`,
		},
		{"a birthday where a date may be", js, `{"date":"1980-01-02","time":"2026-03-02 09:00:00"}`, `{"date":"•••","time":"2026-03-02 09:00:00"}`},
		{"a CPF for an id", js, `{"id":"52998224725","ticket_id":52998224724,"complaint_id":11987654321}`, `{"id":"•••","ticket_id":"•••","complaint_id":"•••"}`},
		{"a fraction that is a CPF", js, `{"date":"2026-03-02T09:00:00.52998224725Z"}`, `{"date":"•••"}`},
		{"random ids", js, `{"id":"0b7e3c1e-5a00-4000-8000-0000000a000a","event_id":"69000000a000000b00000a01"}`, `{"id":"0b7e3c1e-5a00-4000-8000-0000000a000a","event_id":"69000000a000000b00000a01"}`},
		{"words", js, `{"event":"ticket.updated","type":"TicketCreated","action":"fechado","status":"Maria","state":"new Maria"}`, `{"event":"ticket.updated","type":"TicketCreated","action":"fechado","status":"•••","state":"•••"}`},
		{"words below a person", js, `{"customer":{"status":"new","score":5}}`, `{"customer":{"status":"•••","score":"•••"}}`},
		{"names of fields", js, `{"João":1,"a@b":2,"52998224725":3,"Maria Silva":4,"line2":5,"x":{"52998224725":[true]}}`, `{"•••":"•••","•••":"•••","•••":"•••","•••":"•••","line2":"•••","x":{"•••":[true]}}`},
		{"JSON in a text", js, `{"payload":"{\"id\":5,\"name\":\"Maria\"}"}`, `{"payload":"{\"id\":5,\"name\":\"•••\"}"}`},
		{"several", js, "{\"id\":1}\n{\"id\":2}", "{\"id\":1}\n{\"id\":2}"},
		{"broken", js, `{"id":1,"name":"Mar`, `{"id":1,"name":"…"}…`},
		{"broken at once", js, `{`, `{}…`},
		{"with something behind it", js, `{"id":1}} Maria`, `{"id":1}`},
		{"a number", js, "5", ""},
		{"a list", "", `[1,"Maria",{"id":1}]`, `["•••","•••",{"id":1}]`},
		{"a form", form, "id=5&name=Maria&ticket%5Bid%5D=6&Jo%C3%A3o=1&payload=%7B%22id%22%3A7%2C%22name%22%3A%22Maria%22%7D", "id=5\nname=•••\nticket.id=6\n•••=•••\npayload={\"id\":7,\"name\":\"•••\"}"},
		{"a form of many parts", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"ticket_id\"\r\n\r\n5\r\n--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nMaria\r\n--x--", "ticket_id=5\ntext=•••"},
		{"a text", "text/plain", "Maria ligou", ""},
		{"XML", "application/xml", `<id a="b">5</id>`, ""},
		{"bytes", "application/octet-stream", "\x00\xff", ""},
		{"no UTF-8", js, "{\"id\":5,\"n\":\"Jo\xe3o\",\"\xff\":1}", `{"id":5,"n":"•••","•••":"•••"}`},
		{"nested without end", js, strings.Repeat("[", 100_000), strings.Repeat("[", maxNesting) + `"•••"` + strings.Repeat("]", maxNesting) + more},
	}
	for _, test := range tests {
		if got := Mask(test.contentType, []byte(test.body)); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

// persons are what must never be seen.
var persons = []string{
	"Maria", "da Silva", "529.982.247-25", "52998224725", "11.222.333/0001-81", "11222333000181", "(11) 98765-4321", "11987654321",
	"+5511987654321", "maria@example.com", "189.6.12.7", "https://example.com/x?u=9", "Rua das Flores, 12", "1980-01-02", "02/01/1980",
	"\"},\"id\":5", "MARIA_SILVA", "maria.silva", "Cheguei e o produto estava quebrado",
}

// keys are of every kind, those whose values are shown among them.
var keys = []string{
	"id", "ids", "ticket_id", "status", "event", "date", "created_at", "name", "customer", "data", "ticket", "cpf", "score", "type",
	"interactions", "João", "x", "Maria Silva", "maria@example.com", "52998224725", "a b", "payload",
}

func randomJSON(r *rand.Rand, depth int) any {
	pick := func() string { return persons[r.IntN(len(persons))] }
	switch n := r.IntN(8); {
	case depth > 0 && n < 3:
		o := map[string]any{}
		for range 1 + r.IntN(5) {
			o[keys[r.IntN(len(keys))]] = randomJSON(r, depth-1)
		}
		return o
	case depth > 0 && n < 5:
		return []any{randomJSON(r, depth-1), randomJSON(r, depth-1)}
	case depth > 0 && n == 5:
		inner, _ := json.Marshal(randomJSON(r, depth-1))
		return string(inner)
	case n == 6:
		return 52998224725
	}
	return pick()
}

// Whatever stands under whatever key, at any depth, in JSON, in a form, cut off anywhere: nobody is seen.
func TestNobodyIsSeen(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		body, err := json.Marshal(randomJSON(r, 4))
		if err != nil {
			t.Fatal(err)
		}
		fields := url.Values{}
		for range 4 {
			fields.Add(keys[r.IntN(len(keys))]+[]string{"", "[id]", "[0]", ".status", "[" + persons[r.IntN(10)+1] + "]"}[r.IntN(5)], persons[r.IntN(len(persons))])
		}
		fields.Add("payload", string(body))
		for _, shown := range []string{
			Mask(js, body), Mask("", body[:r.IntN(len(body))+1]), Mask(form, []byte(fields.Encode())), Mask("text/html", body), Mask(form, body[1:]),
		} {
			blank(t, shown)
		}
	}
}

// seen is what a person's data would leave: a long number, an address, a word that is no name of a field and none of an event.
var seen = regexp.MustCompile(`[0-9]{6}|@|(?i:silva|flores|cheguei|example\.com|jo.o)|189\.6|1980|Maria`)

func blank(t *testing.T, shown string) {
	t.Helper()
	if found := seen.FindString(shown); found != "" {
		t.Fatalf("%q is seen in %s", found, shown)
	}
}

func FuzzMask(f *testing.F) {
	for _, body := range []string{
		`{"data":[{"id":1,"x":[[{"id":"2"}]]}],"name":"Maria"}`, `{"payload":"{\"id\":5}"}`, "ticket[id]=5&payload=[{", "\ufeff\"[",
		"--x\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n5\r\n--x--", strings.Repeat("[", 200), `[}{"id":1]`, `{"date":"2026-03-02T09:00:00.5Z","status":"ticket updated"}`,
	} {
		f.Add(form, []byte(body))
		f.Add("multipart/form-data; boundary=x", []byte(body))
		f.Add(js, []byte(body))
	}
	// what a shown value may look like, whatever the body: an id, a time, or words of the list.
	lawful := regexp.MustCompile(`^([0-9]{1,18}|[0-9a-f-]{24,36}|[0-9]{2,4}[-/][0-9]{2}[-/][0-9]{2,4}.{0,26}|•••|…|true|false|null)$`)
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		shown := Mask(contentType, body)
		if strings.Contains(shown, "@") {
			t.Fatalf("an address in %q", shown)
		}
		for _, line := range strings.Split(shown, "\n") {
			check(t, line, lawful)
		}
	})
}

// check looks at every value of a line: of JSON, or of a form's field.
func check(t *testing.T, line string, lawful *regexp.Regexp) {
	t.Helper()
	if _, value, ok := strings.Cut(line, "="); ok && !looksJSON([]byte(line)) {
		line = value
		if !looksJSON([]byte(line)) {
			line = fmt.Sprintf("%q", line)
		}
	}
	tokens := json.NewDecoder(strings.NewReader(strings.TrimSuffix(line, more)))
	tokens.UseNumber()
	for {
		token, err := tokens.Token()
		if err != nil {
			return
		}
		text, ok := scalarText(token)
		switch {
		case !ok, lawful.MatchString(text), isWord(text), maskName(text) == text:
		case looksJSON([]byte(text)):
			check(t, text, lawful)
		default:
			t.Fatalf("%q is shown in %q", text, line)
		}
	}
}

func scalarText(token json.Token) (string, bool) {
	switch v := token.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	}
	return "", false
}
