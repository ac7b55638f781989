package callback

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"citrus.cx/channel/ent/db/hint"
)

const (
	form = "application/x-www-form-urlencoded"
	js   = "application/json"
)

func TestExtract(t *testing.T) {
	tests := []struct {
		name, contentType, body string
		want                    string // labels, separated by spaces
	}{
		{"empty", "", "", "POLL"},
		{"white space", js, " \n\t", "POLL"},
		{"empty object", js, "{}", "POLL"},
		{"id", js, `{"id":90000001}`, "COMPLAINT:90000001"},
		{"id as text", js, `{"id":"90000001"}`, "COMPLAINT:90000001"},
		{"ticket_id", js, `{"ticket_id":90000001}`, "COMPLAINT:90000001"},
		{"ticketId", js, `{"ticketId":"90000001"}`, "COMPLAINT:90000001"},
		{"complaint_id, hugme_id", js, `{"complaint_id":1,"hugme_id":2}`, "COMPLAINT:1 COMPLAINT:2"},
		{"id and ticket_id", js, `{"id":7,"ticket_id":90000001}`, "COMPLAINT:90000001 COMPLAINT:7"},
		{"a page of tickets", js, `{"data":[{"id":1},{"id":2}],"meta":{"total":2}}`, "COMPLAINT:1 COMPLAINT:2"},
		{"a list of tickets", js, `[{"id":1},{"id":2},{"id":1}]`, "COMPLAINT:1 COMPLAINT:2"},
		{"tickets, items, complaints", js, `{"tickets":[{"id":1}],"items":[{"id":2}],"complaints":[{"id":3}]}`, "COMPLAINT:1 COMPLAINT:2 COMPLAINT:3"},
		{"wrapped", js, `{"event":"updated","payload":{"ticket":{"id":5}}}`, "COMPLAINT:5"},
		{"wrapped deeply", js, `{"a":{"b":[{"c":{"resource":{"id":5}}}]}}`, "COMPLAINT:5"},
		{"envelope with its own id", js, `{"id":77,"data":{"id":5}}`, "COMPLAINT:77 COMPLAINT:5"},
		{"envelope with a UUID", js, `{"id":"0b7e3c1e-0000-4000-8000-000000000001","data":{"id":5}}`, "COMPLAINT:5"},
		{"source alone", js, `{"source_external_id":"190000001"}`, "SOURCE:190000001"},
		{"id and source", js, `{"source_external_id":"190000001","id":90000001}`, "COMPLAINT:90000001"},
		{
			"another system's worker", js,
			`{"id":"0b7e3c1e-0000-4000-8000-000000000001","id_ra":190000001,"id_user":"x","protocol":"2026-1",
			  "user":{"id":4},"interactions":[{"id":6,"ticket_interaction_id":"8","creation_date":"2026-03-02 09:00:00","message":"{\"id\":99}"}],
			  "attached":[{"id":"3","creation_date":null}]}`,
			"SOURCE:190000001",
		},
		{"idRa", js, `{"idRa":"190000001"}`, "SOURCE:190000001"},
		{"marked deep inside", js, `{"x":{"y":{"ra_status":{"id":5},"id":90000001,"customer":{"id":80000001}}}}`, "COMPLAINT:90000001"},
		{"only a marker", js, `{"x":{"complaint_title":"t","id":3}}`, "COMPLAINT:3"},
		{"ids of parts are none", js, `{"ticket_id":1,"customer":{"id":2},"interactions":[{"id":3,"creation_date":"x"}]}`, "COMPLAINT:1"},
		{"named inside of a ticket", js, `{"id":1,"related":[{"ticket_id":2,"id":3}]}`, "COMPLAINT:1 COMPLAINT:2"},
		{"loose", js, `{"event":{"thing":{"id":5}},"who":{"id":"6"}}`, "COMPLAINT:5 COMPLAINT:6"},
		{"no digits", js, `{"id":"abc","ticket_id":"12a","hugme_id":null,"complaint_id":true}`, "POLL"},
		{"not positive", js, `{"id":0,"ticket_id":-1,"hugme_id":"000"}`, "POLL"},
		{"not whole", js, `{"id":1.5,"ticket_id":1e-3,"hugme_id":1e400,"complaint_id":1e17}`, "POLL"},
		{"whole numbers of languages without them", js, `{"id":90000001.0,"ticket_id":9.0000002E7,"hugme_id":1e3}`, "COMPLAINT:90000002 COMPLAINT:1000 COMPLAINT:90000001"},
		{"a key that stands there twice", js, `{"id":1,"id":2}`, "COMPLAINT:1 COMPLAINT:2"},
		{"a source twice", js, `{"source_external_id":1,"source_external_id":2}`, "SOURCE:1 SOURCE:2"},
		{"lists of ids", js, `{"ids":[1,"2"],"ticket_ids":[[3],[[4]]],"ticketIds":"5","x":{"ids":[6]}}`, "COMPLAINT:3 COMPLAINT:4 COMPLAINT:5 COMPLAINT:1 COMPLAINT:2"},
		{"a ticket that is a number", js, `{"event":{"ticket":90000001},"complaints":["2",3]}`, "COMPLAINT:2 COMPLAINT:3 COMPLAINT:90000001"},
		{"lists of lists of tickets", js, `[[[{"id":1}],[[{"id":2}]]]]`, "COMPLAINT:1 COMPLAINT:2"},
		{"no UTF-8", js, "{\"name\":\"Jo\xe3o\",\"\xff\":1,\"ticket_id\":5}", "COMPLAINT:5"},
		{"no JSON behind it", js, `{"id":5}}}]garbage`, "COMPLAINT:5"},
		{"exact beyond a float", js, `{"id":900719925474099301}`, "COMPLAINT:900719925474099301"},
		{"too many digits", js, `{"id":1234567890123456789}`, "POLL"},
		{"leading zeros and blanks", js, `{"ticket_id":" 0012 ","source_external_id":"0012"}`, "COMPLAINT:12"},
		{"zeros of a source stay", js, `{"source_external_id":"0012"}`, "SOURCE:0012"},
		{"_id is not id", js, `{"_id":"690000000000000000000001"}`, "POLL"},
		{"other case", js, `{"Ticket_ID":4}`, "COMPLAINT:4"},
		{"broken at once", js, `{"id":`, "POLL"},
		{"broken later", js, `{"data":[{"id":1},{"id":2},{"id`, "COMPLAINT:1 COMPLAINT:2"},
		{"several documents", js, "{\"id\":1}\n{\"id\":2}\n", "COMPLAINT:1 COMPLAINT:2"},
		{"JSON in a text", js, `"{\"id\":5}"`, "COMPLAINT:5"},
		{"JSON in JSON", js, `{"payload":"{\"id\":5}"}`, "COMPLAINT:5"},
		{"byte order mark", js, "\ufeff{\"id\":5}", "COMPLAINT:5"},
		{"JSON called a form", form, `{"id":5}`, "COMPLAINT:5"},
		{"JSON without a type", "", `{"id":5}`, "COMPLAINT:5"},
		{"form", form, "id=5&status=6", "COMPLAINT:5"},
		{"form, id and source", form, "source_external_id=190000001&id=5", "COMPLAINT:5"},
		{"form, named", form, "x=1&ticketId=5", "COMPLAINT:5"},
		{"form, brackets", form, "ticket%5Bid%5D=5&data[0][id]=6&customer[id]=7", "COMPLAINT:5 COMPLAINT:6"},
		{"form, lists", form, "ticket_ids[]=5&ticket_ids[1]=6&tickets[0]=7&data.ids.0=8", "COMPLAINT:5 COMPLAINT:6 COMPLAINT:7 COMPLAINT:8"},
		{"form, dots", form, "ticket.id=5", "COMPLAINT:5"},
		{"form, loose", form, "thing[id]=5", "COMPLAINT:5"},
		{"form, JSON in a field", form, "payload=%7B%22id%22%3A5%7D", "COMPLAINT:5"},
		{"form without a type", "", "ticket_id=5", "COMPLAINT:5"},
		{"broken form", form, "id=%zz&&=&ticket_id=5&%", "COMPLAINT:5"},
		{"text", "text/plain", "something changed", "POLL"},
		{"number alone", js, "5", "POLL"},
		{"XML", "application/xml", `<ticket id="5"><id>6</id></ticket>`, "POLL"},
		{"bytes", "application/octet-stream", "\x00\xff\xfe{", "POLL"},
		{"nested without end", js, strings.Repeat("[", 1<<19), "POLL"},
		{"objects nested without end", js, strings.Repeat(`{"id":`, 1<<17), "POLL"},
		{"multipart without a boundary", "multipart/form-data", "--x\r\n", "POLL"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := strings.Join(labels(Extract(test.contentType, []byte(test.body))), " ")
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestExtractMultipart(t *testing.T) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, f := range [][2]string{{"note", "x"}, {"ticket_id", "5"}, {"payload", `{"id":6}`}} {
		if err := w.WriteField(f[0], f[1]); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	got := labels(Extract(w.FormDataContentType(), body.Bytes()))
	if want := []string{"COMPLAINT:5", "COMPLAINT:6"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// page is an answer of RA's with two whole tickets.
func page(t testing.TB) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "page.json"))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// A whole ticket has dozens of ids that are none of a complaint; its own stands in the middle of it.
func TestExtractFromWholeTickets(t *testing.T) {
	page := page(t)
	var whole struct{ Data []json.RawMessage }
	if err := json.Unmarshal(page, &whole); err != nil {
		t.Fatal(err)
	}
	want := []string{"COMPLAINT:90000001", "COMPLAINT:90000002"}
	if got := labels(Extract(js, page)); !slices.Equal(got, want) {
		t.Errorf("page: got %v", got)
	}
	for i, ticket := range whole.Data {
		if got := labels(Extract(js, ticket)); !slices.Equal(got, want[i:i+1]) {
			t.Errorf("ticket %d: got %v", i, got)
		}
		wrapped := fmt.Sprintf(`{"event":"TICKET_UPDATED","at":{"deep":[{"thing":%s}]}}`, ticket)
		if got := labels(Extract(js, []byte(wrapped))); !slices.Equal(got, want[i:i+1]) {
			t.Errorf("ticket %d wrapped: got %v", i, got)
		}
	}
}

func TestExtractBounds(t *testing.T) {
	var many []string
	for i := range 200 {
		many = append(many, fmt.Sprintf(`{"id":%d}`, i+1))
	}
	got := Extract(js, []byte("["+strings.Join(many, ",")+"]"))
	if len(got) != maxReferences || got[maxReferences-1].Kind != hint.KindPOLL || got[maxReferences-2].Value != "49" {
		t.Errorf("200 tickets gave %d references, the last %v", len(got), got[len(got)-1])
	}
	exactly := Extract(js, []byte("["+strings.Join(many[:maxReferences], ",")+"]"))
	if len(exactly) != maxReferences || exactly[maxReferences-1].Value != "50" {
		t.Errorf("50 tickets gave %d references, the last %v", len(exactly), exactly[len(exactly)-1])
	}
	nest := func(depth int) []byte {
		return []byte(strings.Repeat(`{"a":`, depth) + `{"ticket_id":5}` + strings.Repeat("}", depth))
	}
	if got := labels(Extract(js, nest(maxDepth-1))); got[0] != "COMPLAINT:5" {
		t.Errorf("at the last depth: %v", got)
	}
	if got := labels(Extract(js, nest(maxDepth))); got[0] != "POLL" {
		t.Errorf("too deep: %v", got)
	}
	after := fmt.Sprintf(`{"x":%s,"ticket_id":6}`, nest(100))
	if got := labels(Extract(js, []byte(after))); got[0] != "COMPLAINT:6" {
		t.Errorf("after what is too deep: %v", got)
	}
	if got := labels(Extract(js, append([]byte(`{"id":5}`), make([]byte, maxBody)...))); got[0] != "POLL" {
		t.Errorf("over the cap: %v", got)
	}
}

func FuzzExtract(f *testing.F) {
	for _, body := range []string{
		`{"data":[{"id":1,"x":[[{"id":"2"}]]}]}`, `{"payload":"{\"id\":5}"}`, "ticket[id]=5&payload=[{", "\ufeff\"[",
		"--x\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n5\r\n--x--", strings.Repeat("[", 200), `[}{"id":1]`,
	} {
		f.Add(form, []byte(body))
		f.Add("multipart/form-data; boundary=x", []byte(body))
	}
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		refs := Extract(contentType, body)
		if len(refs) == 0 || len(refs) > maxReferences {
			t.Fatalf("%d references", len(refs))
		}
		for i, r := range refs {
			valid := r.Value != "" && digits(r.Value) == r.Value
			if r.Kind == hint.KindPOLL {
				valid = r.Value == "" && i == len(refs)-1
			}
			if !valid || slices.Index(refs, r) != i {
				t.Fatalf("reference %d is %v", i, r)
			}
		}
	})
}
