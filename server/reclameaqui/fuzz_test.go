package reclameaqui

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"testing"
	"time"
)

func seeds(f *testing.F) {
	f.Helper()
	var page struct{ Data []json.RawMessage }
	if err := json.Unmarshal(example(f), &page); err != nil {
		f.Fatal(err)
	}
	for _, row := range page.Data {
		f.Add([]byte(row))
	}
	for _, text := range []string{
		`{"id":1}`, `{"id":"9007199254740993","customer":{"city":[[]],"state":{}}}`, `{"id":-1}`, `[]`, `null`, `{"id":1,"id":2}`,
		`{"id":1,"interactions":[{"details":{}},[],"x",{"creation_date":"02/03/2026"}]}`, `{"id":1e1,"company":[[[{}]]]}`,
		"{\"id\":1,\"complaint_title\":\"\xff\\ud800\\u0000\"}",
	} {
		f.Add([]byte(text))
	}
}

// oracle reads an id the plain way: ok only for those about which there can be no two opinions.
func oracle(raw []byte) (id int64, ok bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return 0, false
	}
	text := fields["id"]
	var s string
	if json.Unmarshal(text, &s) == nil && s != "" {
		text = []byte(s)
	}
	if len(text) == 0 || text[0] < '1' || text[0] > '9' || json.Unmarshal(text, &id) != nil {
		return 0, false
	}
	return id, true
}

// FuzzSplit holds the splitters to encoding/json.
func FuzzSplit(f *testing.F) {
	seeds(f)
	f.Add([]byte(` [ 1 , "a\\"b]" , { } , [ ] , -1.5e3 , null ] `))
	f.Add([]byte(` { "a" : 1 , "\u0061" : [ 2 ] , "" : { "x" : "}" } } `))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var list []json.RawMessage
		if isArray(raw) && json.Unmarshal(raw, &list) == nil {
			same(t, elements(raw), list)
		}
		var fields map[string]json.RawMessage
		if isObject(raw) && json.Unmarshal(raw, &fields) == nil {
			got := members(bytes.TrimSpace(raw))
			if len(got) != len(fields) {
				t.Fatalf("keys %q, want %q", got, fields)
			}
			for key, value := range fields {
				same(t, []json.RawMessage{got[key]}, []json.RawMessage{value})
			}
		}
	})
}

func same(t *testing.T, got, want []json.RawMessage) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func FuzzComplaint(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		c, err := ReadComplaint(raw)
		if !bytes.Equal(c.Raw, before) {
			t.Fatal("raw is not what came")
		}
		if id, ok := oracle(raw); ok && (err != nil || c.ID != id) {
			t.Fatalf("a row with id %d is lost: got %d, %v", id, c.ID, err)
		}
		if err == nil && c.ID <= 0 {
			t.Fatal("accepted without an id")
		}
		if n := len(c.Thread()); n != len(c.Interactions) {
			t.Fatalf("the thread has %d of %d interactions", n, len(c.Interactions))
		}
		for _, i := range c.Interactions {
			_ = i.Author()
		}
		if e := c.Evaluation(); e != nil && (e.Rating < 0 || e.Rating > 10) {
			t.Fatalf("rating %d", e.Rating)
		}
		if err != nil {
			return
		}
		if _, err := json.Marshal(c); err != nil {
			t.Fatalf("cannot be written again: %v", err)
		}
	})
}

func FuzzPage(f *testing.F) {
	seeds(f)
	f.Add(example(f))
	f.Add([]byte(`{"data":[{"id":1},{"id":null},3],"meta":{"page":{"number":"2","size":[]},"total":"x"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		page, err := readPage(body, 1, 50)
		var rows []json.RawMessage
		var envelope map[string]json.RawMessage
		if json.Unmarshal(body, &rows) != nil && json.Unmarshal(body, &envelope) == nil {
			_ = json.Unmarshal(envelope["data"], &rows)
		}
		if err == nil && rows != nil && len(page.Complaints)+len(page.Malformed) != len(rows) {
			t.Fatalf("%d rows gave %d and %d", len(rows), len(page.Complaints), len(page.Malformed))
		}
		var wanted []int64
		for _, row := range rows {
			if id, ok := oracle(row); ok {
				wanted = append(wanted, id)
			}
		}
		if err != nil && len(wanted) > 0 {
			t.Fatalf("a page with rows is refused: %v", err)
		}
		have := map[int64]int{}
		for _, c := range page.Complaints {
			have[c.ID]++
		}
		for _, id := range wanted {
			if have[id]--; have[id] < 0 {
				t.Fatalf("row %d is lost", id)
			}
		}
		_, _ = readCount(body)
		_, _ = readCompanies(body)
		_, _ = readReason(body)
		_, _ = readToken(body, time.Unix(0, 0))
	})
}

// FuzzAnswers holds the readers of single answers to what they promise, whatever comes.
func FuzzAnswers(f *testing.F) {
	seeds(f)
	for _, text := range []string{
		`{"attachmentLink":"https://files.example.com/a.png","attachmentName":"a.png"}`, `{"data":[{"url":"http://x.example"}]}`, `"https://x"`, `https://x`,
		`[{"responseIndex":1,"complaintsCount":"2","period":{"periodKey":"GERAL"},"reputation":{"code":"A"}}]`, `{"GERAL":{"finalGrade":"8,5%"}}`,
		`{"a":1,"b":{"c":[2]},"data":{"a":"x"}}`, `[1,[2]]`, `{"data":{"companies":[{"companyId":1,"name":"A"}],"total":1}}`, `{"data":[{"id":"2"}]}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if link, ok := readAttachmentLink(body); ok {
			u, err := url.Parse(link.URL)
			if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
				t.Fatalf("%q is no link", link.URL)
			}
		}
		list, _ := readReputations(body)
		if _, err := json.Marshal(list); err != nil {
			t.Fatalf("cannot be written again: %v", err)
		}
		for _, r := range list {
			if r.ComplaintsCount != nil && *r.ComplaintsCount < 0 {
				t.Fatalf("%d complaints", *r.ComplaintsCount)
			}
		}
		page, _ := readCompanies(body)
		for _, c := range page.Companies {
			if c.ID <= 0 || page.Total < 0 {
				t.Fatalf("company %d of %d", c.ID, page.Total)
			}
		}
		consumption, err := readConsumption(body)
		var fields map[string]json.RawMessage
		if err == nil && json.Unmarshal(body, &fields) == nil && fields["data"] == nil && len(consumption) < len(fields) {
			t.Fatalf("%d keys gave %d entries", len(fields), len(consumption))
		}
	})
}
