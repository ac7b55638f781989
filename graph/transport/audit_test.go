package transport

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// audit is one check of GraphQL over HTTP: a request and what its answer must be.
// The ids are those of the official audit (npm graphql-http, serverAudits), so that
// a run of it against a living server can be laid beside this table.
type audit struct {
	id     string
	method string            // POST unless given
	accept string            // no header when ""
	ctype  string            // of the body; application/json unless given
	body   string            // of a POST
	query  map[string]string // of a GET

	status  [2]int // inclusive; 200 unless given
	media   string // the answer's content type contains it
	clean   bool   // the body has no errors
	noData  bool   // the body has no data
	lenient bool   // any 2xx, 4xx, 5xx: what a broken body may get in application/json
}

const typename = `{ __typename }`

func ask(query string, more ...string) string {
	m := map[string]json.RawMessage{}
	q, _ := json.Marshal(query)
	m["query"] = q
	for i := 0; i+1 < len(more); i += 2 {
		m[more[i]] = json.RawMessage(more[i+1])
	}
	b, _ := json.Marshal(m)
	return string(b)
}

func audits() []audit {
	const jsonType, response = mediaJSON, mediaResponse
	bad := [2]int{400, 400}
	refused := [2]int{400, 499}
	failed := [2]int{400, 599}
	byName := `query Type($name: String!) { __type(name: $name) { name } }`
	coerce := ask(`query CoerceFailure($id: ID!){ __typename }`, "variables", `{"id":null}`)
	unknown := ask(`{ 8f31403dfe404bccbb0e835f2629c6a7 }`)
	get := func(q string, more map[string]string) map[string]string {
		m := map[string]string{"query": q}
		for k, v := range more {
			m[k] = v
		}
		return m
	}
	list := []audit{
		{id: "22EB", accept: response, body: ask(typename), media: response},
		{id: "4655", accept: jsonType, body: ask(typename), media: jsonType},
		{id: "47DE", accept: "*/*", body: ask(typename), media: jsonType},
		{id: "80D8", body: ask(typename), media: jsonType},
		{id: "82A3", body: ask(typename)}, // UTF-8 is checked of every answer
		{id: "BF61", ctype: jsonType + "; charset=utf-8", body: ask(`{ __type(name: "Run🏃Swim🏊") { name } }`)},
		{id: "78D5", body: ask(typename)},
		{id: "2C94", body: ask(typename)},
		{id: "5A70", method: "GET", query: get(typename, nil)},
		{id: "9C48", method: "GET", accept: response, query: get(`mutation { __typename }`, nil), status: refused},
		{id: "9ABE", ctype: "text/plain;charset=UTF-8", body: ask(typename), status: refused},
		{id: "03D4", body: ask(typename)},
		{id: "A5BF", body: "", status: bad},
		{id: "423L", accept: response, body: `{"notquery":"{ __typename }"}`, status: bad},
		{id: "34A2", accept: response, body: ask(typename)},
		{id: "13EE", accept: jsonType, body: ask(typename), clean: true},
		{id: "8161", accept: response, body: ask(`query Query { __typename }`, "operationName", `"Query"`)},
		{id: "B8B3", accept: jsonType, body: ask(`query Query { __typename }`, "operationName", `"Query"`), clean: true},
		{id: "2EA1", accept: response, body: ask(byName, "variables", `{"name":"sometype"}`)},
		{id: "28B9", accept: jsonType, body: ask(byName, "variables", `{"name":"sometype"}`), clean: true},
		{id: "D6D5", method: "GET", accept: response, query: get(byName, map[string]string{"variables": `{"name":"sometype"}`}), clean: true},
		{id: "6A70", method: "GET", accept: jsonType, query: get(byName, map[string]string{"variables": `{"name":"sometype"}`}), clean: true},
		{id: "428F", accept: response, body: ask(typename, "extensions", `{"some":"value"}`)},
		{id: "1B7A", accept: jsonType, body: ask(typename, "extensions", `{"some":"value"}`), clean: true},
		{id: "B6DC", accept: jsonType, body: `{ "not a JSON`, lenient: true},
		{id: "BCF8", accept: jsonType, body: `{ "not a JSON`, status: bad},
		{id: "B7N8", accept: response, body: `{ "not a JSON`, status: bad},
		{id: "8764", body: `{"qeury":"{ __typename }"}`, status: failed},
		{id: "3E3A", body: `{"qeury":"{ __typename }"}`, status: bad},
		{id: "572B", accept: jsonType, body: ask("{")},
		{id: "FDE2", accept: jsonType, body: unknown},
		{id: "7B9B", accept: jsonType, body: coerce},
		{id: "865D", accept: response, body: ask("{"), status: failed},
		{id: "556A", accept: response, body: ask("{"), status: bad},
		{id: "D586", accept: response, body: ask("{"), status: bad, noData: true},
		{id: "51FE", accept: response, body: unknown, status: failed},
		{id: "74FF", accept: response, body: unknown, status: bad},
		{id: "5E5B", accept: response, body: unknown, status: bad, noData: true},
		{id: "86EE", accept: response, body: coerce, status: bad},
	}
	return append(list, parameterAudits(bad)...)
}

// parameterAudits are the audits that the official list makes in loops.
func parameterAudits(bad [2]int) (list []audit) {
	notStrings := []string{`{"obj":"ect"}`, `0`, `false`, `["array"]`}
	notObjects := []string{`"string"`, `0`, `false`, `["array"]`}
	for i := range 4 {
		list = append(list,
			audit{id: fmt.Sprintf("LKJ%d", i), body: `{"query":` + notStrings[i] + `}`, status: bad},
			audit{id: fmt.Sprintf("6C0%d", i), body: ask(typename, "operationName", notStrings[i]), status: bad},
			audit{id: fmt.Sprintf("476%d", i), body: ask(typename, "variables", notObjects[i]), status: bad},
			audit{id: fmt.Sprintf("58B%d", i), body: ask(typename, "extensions", notObjects[i]), status: bad},
		)
	}
	for i, name := range []string{"variables", "operationName", "extensions"} {
		list = append(list,
			audit{id: fmt.Sprintf("94B%d", i), accept: mediaResponse, body: ask(typename, name, "null"), clean: true},
			audit{id: fmt.Sprintf("022%d", i), accept: mediaJSON, body: ask(typename, name, "null"), clean: true},
		)
	}
	return list
}

func TestOfficialAudit(t *testing.T) {
	h := open(t, nil)
	list := audits()
	seen := map[string]bool{}
	for _, a := range list {
		seen[a.id] = true
		t.Run(a.id, func(t *testing.T) { a.run(t, h.url) })
	}
	if len(list) != 61 || len(seen) != 61 {
		t.Fatalf("the official list has 61 audits, this one %d (%d ids)", len(list), len(seen))
	}
}

func (a audit) request(t *testing.T, base string) *http.Request {
	t.Helper()
	method, target := http.MethodPost, base
	if a.method != "" {
		method = a.method
		values := url.Values{}
		for k, v := range a.query {
			values.Set(k, v)
		}
		target += "/?" + values.Encode()
	}
	r, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case method == http.MethodGet:
	case a.ctype != "":
		r.Header.Set("Content-Type", a.ctype)
	default:
		r.Header.Set("Content-Type", mediaJSON)
	}
	if a.accept != "" {
		r.Header.Set("Accept", a.accept)
	}
	return r
}

func (a audit) run(t *testing.T, base string) {
	res, err := http.DefaultClient.Do(a.request(t, base))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	lo, hi := a.status[0], a.status[1]
	if lo == 0 {
		lo, hi = 200, 200
	}
	if a.lenient {
		lo, hi = 200, 599
	}
	if res.StatusCode < lo || res.StatusCode > hi || (a.lenient && res.StatusCode/100 == 3) {
		t.Errorf("status %d, want %d to %d; body %s", res.StatusCode, lo, hi, body)
	}
	if !strings.Contains(res.Header.Get("Content-Type"), a.media) {
		t.Errorf("content type %q, want %q", res.Header.Get("Content-Type"), a.media)
	}
	var members map[string]json.RawMessage
	if !utf8.Valid(body) || json.Unmarshal(body, &members) != nil {
		t.Fatalf("the body is not JSON in UTF-8: %q", body)
	}
	if _, has := members["errors"]; a.clean && has {
		t.Errorf("errors in %s", body)
	}
	if _, has := members["data"]; a.noData && has {
		t.Errorf("data in %s", body)
	}
}
