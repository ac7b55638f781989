package reclameaqui

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestListSendsItsQuery(t *testing.T) {
	w := newWorld(t, func(res http.ResponseWriter, _ *http.Request) {
		res.Header().Set("Date", "Mon, 02 Mar 2026 12:00:01 GMT")
		_, _ = io.WriteString(res, rows(120, 5, 6))
	})
	from := time.Date(2026, 3, 2, 0, 0, 0, 1500000, brasilia)
	page := must[Page](t)(w.client().List(t.Context(), Query{
		Page: 2, Size: 20, CompanyID: 900001, Sort: SortIDAsc,
		CreatedFrom: from, CreatedTo: from.Add(time.Hour), ModifiedFrom: from, ModifiedTo: from.Add(time.Minute),
	}))
	r := w.calls()[0]
	equal(t, "path", r.path, "/api/ticket/v1/tickets")
	equal(t, "method", r.method, "GET")
	equal(t, "body", r.body, "")
	equal(t, "accept", r.header.Get("Accept"), "application/json")
	for key, want := range map[string]string{
		"page[number]": "2", "page[size]": "20", "company.id[eq]": "900001", "sort[id]": "ASC",
		"creation_date[gte]": "2026-03-02T03:00:00.001Z", "creation_date[lte]": "2026-03-02T04:00:00.001Z",
		"last_modification_date[gte]": "2026-03-02T03:00:00.001Z", "last_modification_date[lte]": "2026-03-02T03:01:00.001Z",
	} {
		equal(t, key, r.query.Get(key), want)
	}
	equal(t, "parameters", len(r.query), 8)
	equal(t, "total", page.Total, 120)
	equal(t, "server time", page.ServerTime, time.Date(2026, 3, 2, 12, 0, 1, 0, time.UTC))
}

func TestQueryDefaults(t *testing.T) {
	for name, c := range map[string]struct {
		query Query
		want  string
	}{
		"nothing said": {Query{}, "page[number]=1&page[size]=50"},
		"too much":     {Query{Page: -1, Size: 51}, "page[number]=1&page[size]=50"},
		"one id":       {Query{IDs: []int64{7}}, "id[eq]=7&page[number]=1&page[size]=50"},
		"ids":          {Query{IDs: []int64{7, 9007199254740993}, Size: 1}, "id[in]=7,9007199254740993&page[number]=1&page[size]=1"},
		"newest":       {Query{Sort: SortCreatedDesc}, "page[number]=1&page[size]=50&sort[creation_date]=desc"},
		"oldest":       {Query{Sort: SortCreatedAsc}, "page[number]=1&page[size]=50&sort[creation_date]=asc"},
	} {
		got := strings.NewReplacer("%5B", "[", "%5D", "]", "%2C", ",").Replace(c.query.values().Encode())
		equal(t, name, got, c.want)
	}
}

func TestReadPageShapes(t *testing.T) {
	for name, c := range map[string]struct {
		body                string
		ids                 []int64
		malformed           int
		total, number, size int
		bad                 bool
	}{
		"as seen":           {body: rows(9, 1, 2), ids: []int64{1, 2}, total: 9, number: 1, size: 50},
		"ids as text":       {body: `{"data":[{"id":"123"},{"id":" 124 "}],"meta":{"total":2}}`, ids: []int64{123, 124}, total: 2, number: 3, size: 2},
		"total as text":     {body: `{"data":[],"meta":{"page":{"number":"4","size":"10"},"total":"31"}}`, total: 31, number: 4, size: 10},
		"past the end":      {body: `{"data":[],"meta":{"page":{"number":9,"size":2},"total":3}}`, total: 3, number: 9, size: 2},
		"data null":         {body: `{"data":null,"meta":{"total":0}}`, total: 0, number: 3, size: 2},
		"data one object":   {body: `{"data":{"id":5}}`, ids: []int64{5}, total: 5, number: 3, size: 2},
		"bare array":        {body: `[{"id":5},{"id":6}]`, ids: []int64{5, 6}, total: 7, number: 3, size: 2},
		"no meta":           {body: `{"data":[{"id":5}]}`, ids: []int64{5}, total: 5, number: 3, size: 2},
		"meta null":         {body: `{"data":[{"id":5}],"meta":null}`, ids: []int64{5}, total: 5, number: 3, size: 2},
		"total null":        {body: `{"data":[{"id":5}],"meta":{"total":null}}`, ids: []int64{5}, total: 5, number: 3, size: 2},
		"total negative":    {body: `{"data":[{"id":5}],"meta":{"total":-1}}`, ids: []int64{5}, total: 5, number: 3, size: 2},
		"total beside":      {body: `{"data":[{"id":5}],"total":44}`, ids: []int64{5}, total: 44, number: 3, size: 2},
		"byte order mark":   {body: "\uFEFF" + `{"data":[{"id":5}],"meta":{"total":1}}`, ids: []int64{5}, total: 1, number: 3, size: 2},
		"bad rows between":  {body: `{"data":[{"id":1},7,null,{"id":-1},{"id":null},{"id":{}},{"x":1},{"id":2}],"meta":{"total":8}}`, ids: []int64{1, 2}, malformed: 6, total: 8, number: 3, size: 2},
		"an error as 200":   {body: `{"message":"ops","code":4220,"success":false}`, bad: true},
		"data a text":       {body: `{"data":"x"}`, bad: true},
		"empty":             {body: ``, bad: true},
		"HTML":              {body: `<html>`, bad: true},
		"cut":               {body: `{"data":[{"id":1},{"id"`, bad: true},
		"two values":        {body: `{"data":[]} {"data":[]}`, bad: true},
		"deep beyond limit": {body: strings.Repeat("[", 20000) + strings.Repeat("]", 20000), bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			page, err := readPage([]byte(c.body), 3, 2)
			if (err != nil) != c.bad {
				t.Fatalf("error %v, want one: %v", err, c.bad)
			}
			if err != nil {
				return
			}
			if !slices.Equal(ids(page.Complaints), c.ids) {
				t.Errorf("ids %v, want %v", ids(page.Complaints), c.ids)
			}
			equal(t, "malformed", len(page.Malformed), c.malformed)
			equal(t, "total", page.Total, c.total)
			equal(t, "number", page.Number, c.number)
			equal(t, "size", page.Size, c.size)
		})
	}
}

func TestMalformedRowsKeepTheirPlaceAndBytes(t *testing.T) {
	page, err := readPage([]byte(`{"data":[{"id":1}, {"id": "x", "complaint_title":"A"} ]}`), 1, 50)
	if err != nil || len(page.Malformed) != 1 {
		t.Fatalf("got %v, %v", page, err)
	}
	m := page.Malformed[0]
	equal(t, "index", m.Index, 1)
	equal(t, "raw", string(m.Raw), `{"id": "x", "complaint_title":"A"}`)
	if m.Err == nil {
		t.Error("no reason is given")
	}
}

func TestCount(t *testing.T) {
	for body, want := range map[string]int{
		`{"data":12}`: 12, `{"data":"12"}`: 12, `12`: 12, `"12"`: 12, `{"data":0}`: 0, `{"data":{"count":3}}`: 3,
		`{"total":4}`: 4, `{"count":"5"}`: 5, `{"data":12.0}`: 12,
		`{"data":null}`: -1, `{"data":-1}`: -1, `{"data":[]}`: -1, `{}`: -1, ``: -1, `{"data":1.5}`: -1, `<html>`: -1, `{"data":true}`: -1,
	} {
		t.Run(body, func(t *testing.T) {
			w := newWorld(t, says(200, body))
			got, err := w.client().Count(t.Context(), Query{CompanyID: 3, Page: 9, Size: 9, Sort: SortIDAsc})
			if want < 0 {
				equal(t, "kind", mustFail(t, err).Kind, KindMalformed)
				return
			}
			equal(t, "total", must[Count](t)(got, err).Total, want)
			equal(t, "server time is known", got.ServerTime.IsZero(), false)
			equal(t, "path", w.calls()[0].path, "/api/ticket/v1/tickets/count")
			equal(t, "only the filter is sent", w.calls()[0].query.Encode(), "company.id%5Beq%5D=3")
		})
	}
}

// register is a world that knows complaints by id, and filters as RA may or may not.
func register(known []int64, idIn http.HandlerFunc) http.HandlerFunc {
	return func(res http.ResponseWriter, req *http.Request) {
		q := req.URL.Query()
		if q.Has("id[in]") && idIn != nil {
			idIn(res, req)
			return
		}
		var found []int64
		for text := range strings.SplitSeq(q.Get("id[in]")+q.Get("id[eq]"), ",") {
			if id, _ := strconv.ParseInt(text, 10, 64); slices.Contains(known, id) {
				found = append(found, id)
			}
		}
		_, _ = io.WriteString(res, rows(len(found), found...))
	}
}

func sequence(n int) []int64 {
	list := make([]int64, n)
	for i := range list {
		list[i] = int64(i + 1)
	}
	return list
}

func TestReadAsksFiftyAtATime(t *testing.T) {
	w := newWorld(t, register(sequence(200), nil))
	wanted := append(sequence(120), 120, 1, 999)
	page := must[Page](t)(w.client().Read(t.Context(), wanted...))
	if !slices.Equal(ids(page.Complaints), sequence(120)) {
		t.Errorf("got %v", ids(page.Complaints))
	}
	equal(t, "calls", len(w.calls()), 3)
	equal(t, "total", page.Total, 120)
	equal(t, "size", w.calls()[0].query.Get("page[size]"), "50")
	equal(t, "ids of the last call", strings.Count(w.calls()[2].query.Get("id[in]"), ","), 20)
	equal(t, "server time is known", page.ServerTime.IsZero(), false)
}

func TestReadOfOneUsesEquality(t *testing.T) {
	w := newWorld(t, register([]int64{9007199254740993}, nil))
	page := must[Page](t)(w.client().Read(t.Context(), 9007199254740993))
	equal(t, "id", page.Complaints[0].ID, 9007199254740993)
	equal(t, "filter", w.calls()[0].query.Get("id[eq]"), "9007199254740993")
	page = must[Page](t)(w.client().Read(t.Context(), 4))
	equal(t, "an unknown id is absent", len(page.Complaints), 0)
	must[Page](t)(w.client().Read(t.Context()))
	equal(t, "no ids, no call", len(w.calls()), 2)
}

func TestReadRefusesWhatIsNoID(t *testing.T) {
	w := newWorld(t, says(500, ""))
	_, err := w.client().Read(t.Context(), 3, -1)
	equal(t, "kind", mustFail(t, err).Kind, KindRefused)
	equal(t, "sent", mustFail(t, err).Sent, false)
	equal(t, "calls", len(w.seen), 0)
}

func TestReadFallsBackWhereRATakesNoList(t *testing.T) {
	for name, idIn := range map[string]http.HandlerFunc{
		"400": says(400, `{"code":4000}`), "404": says(404, ""), "405": says(405, ""), "422": says(422, `{"code":4220}`),
		"ignored":             says(200, rows(900, 900, 901)),
		"ignored, some asked": says(200, rows(900, 1, 901)),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, register(sequence(10), idIn))
			page := must[Page](t)(w.client().Read(t.Context(), 1, 2, 3))
			if !slices.Equal(ids(page.Complaints), []int64{1, 2, 3}) {
				t.Errorf("got %v", ids(page.Complaints))
			}
			equal(t, "calls", len(w.calls()), 4)
			must[Page](t)(w.client().Read(t.Context(), 4, 5))
			equal(t, "calls of the next read, by another Client", len(w.calls())-4, 2)
		})
	}
}

func TestReadDoesNotFallBackForOtherReasons(t *testing.T) {
	for _, status := range []int{401, 403, 409, 429, 500, 502, 503} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			fails := says(status, "")
			w := newWorld(t, register(sequence(10), turns(fails, fails, register(sequence(10), nil))))
			c := w.client()
			if _, err := c.Read(t.Context(), 1, 2); mustFail(t, err).Status != status {
				t.Fatalf("got %v", err)
			}
			for range 2 {
				_, _ = c.Read(t.Context(), 1, 2)
			}
			last := w.calls()[len(w.calls())-1]
			equal(t, "still asks for a list", last.query.Get("id[in]"), "1,2")
		})
	}
}

func TestReadDropsWhatItDidNotAskFor(t *testing.T) {
	w := newWorld(t, says(200, rows(2, 7, 8)))
	page := must[Page](t)(w.client().Read(t.Context(), 7))
	if !slices.Equal(ids(page.Complaints), []int64{7}) {
		t.Errorf("got %v", ids(page.Complaints))
	}
}

func TestReadFollowsPagesThatRACutShort(t *testing.T) {
	w := newWorld(t, func(res http.ResponseWriter, req *http.Request) {
		n, _ := strconv.ParseInt(req.URL.Query().Get("page[number]"), 10, 64)
		list := []int64{2*n - 1, 2 * n}
		if n == 3 {
			list = list[:1]
		}
		_, _ = io.WriteString(res, rows(5, list...))
	})
	page := must[Page](t)(w.client().Read(t.Context(), sequence(5)...))
	if !slices.Equal(ids(page.Complaints), sequence(5)) {
		t.Errorf("got %v", ids(page.Complaints))
	}
	equal(t, "calls", len(w.calls()), 3)
}

func TestReadEndsWhereRALiesAboutTheTotal(t *testing.T) {
	w := newWorld(t, says(200, rows(99, 1)))
	must[Page](t)(w.client().Read(t.Context(), 1, 2, 3))
	equal(t, "calls", len(w.calls()), 3)
}

func TestReadKeepsWhatItHadOnAnError(t *testing.T) {
	w := newWorld(t, register(sequence(10), says(405, "")))
	gate := &gateLog{failFrom: 5, fail: errors.New("budget spent")}
	page, err := w.client(WithGate(gate)).Read(t.Context(), 1, 2, 3, 4)
	if !errors.Is(err, gate.fail) {
		t.Fatalf("got %v", err)
	}
	if !slices.Equal(ids(page.Complaints), []int64{1, 2}) {
		t.Errorf("got %v", ids(page.Complaints))
	}
}

func TestReadBySource(t *testing.T) {
	w := newWorld(t, says(200, `{"data":[{"id":1,"source_external_id":"77"},{"id":2,"source_external_id":78},{"id":3,"source_external_id":77}]}`))
	page := must[Page](t)(w.client().ReadBySource(t.Context(), "77"))
	if !slices.Equal(ids(page.Complaints), []int64{1, 3}) {
		t.Errorf("got %v", ids(page.Complaints))
	}
	equal(t, "filter", w.calls()[0].query.Get("source_external_id[eq]"), "77")
}

func TestCompanies(t *testing.T) {
	for name, c := range map[string]struct {
		body, want string
		bad        bool
	}{
		"bare array":     {body: `[{"companyId":1,"name":"Um"},{"companyId":"2","name":"Dois"}]`, want: "[{1 Um} {2 Dois}]"},
		"data":           {body: `{"data":[{"id":3,"name":"Três"}]}`, want: "[{3 Três}]"},
		"one object":     {body: `{"data":{"companyId":4,"name":"Quatro"}}`, want: "[{4 Quatro}]"},
		"none":           {body: `[]`, want: "[]"},
		"one unreadable": {body: `[{"companyId":1,"name":"Um"},{"name":"?"},7]`, want: "[{1 Um}]"},
		"all unreadable": {body: `[{"name":"?"}]`, bad: true},
		"no list":        {body: `{"message":"x"}`, bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, says(200, c.body))
			got, err := w.client().Companies(t.Context())
			if c.bad {
				equal(t, "kind", mustFail(t, err).Kind, KindMalformed)
				return
			}
			equal(t, "companies", fmt.Sprint(must[[]Company](t)(got, err)), c.want)
			equal(t, "path", w.calls()[0].path, "/api/companies/v1/companies/organization")
		})
	}
}

// What an answer does not show is absent only where the answer is whole.
func TestReadSaysWhatItDoesNotProve(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		ids    []int64
		short  bool
		found  int
	}{
		"whole":                         {says(200, rows(1, 1)), []int64{1, 2}, false, 1},
		"nothing":                       {says(200, rows(0)), []int64{1}, false, 0},
		"counted more":                  {turns(says(200, rows(2, 1)), says(200, rows(2))), []int64{1, 2}, true, 1},
		"counted more, one":             {says(200, rows(7)), []int64{1}, true, 0},
		"404 each, the others are read": {turns(says(400, ""), says(404, ""), says(200, rows(1, 2))), []int64{1, 2}, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.answer)
			page := must[Page](t)(w.client().Read(t.Context(), c.ids...))
			equal(t, "short", page.Short, c.short)
			equal(t, "found", len(page.Complaints), c.found)
		})
	}
}
