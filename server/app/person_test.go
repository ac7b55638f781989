package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// node is a value somewhere in an answer.
type node struct{ value any }

func decode(t testing.TB, raw []byte) node {
	t.Helper()
	var n node
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&n.value); err != nil {
		t.Fatalf("no JSON: %v in %.500s", err, raw)
	}
	return n
}

// at follows names and indexes; what is not there is null.
func (n node) at(path ...any) node {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := n.value.(map[string]any)
			n = node{m[step]}
		case int:
			l, _ := n.value.([]any)
			if step >= len(l) {
				return node{}
			}
			n = node{l[step]}
		}
	}
	return n
}

func (n node) list() []node {
	l, _ := n.value.([]any)
	out := make([]node, len(l))
	for i, v := range l {
		out[i] = node{v}
	}
	return out
}

// nodes are the entries of a connection.
func (n node) nodes() []node {
	edges := n.at("edges").list()
	for i, e := range edges {
		edges[i] = e.at("node")
	}
	return edges
}

// text is a string, or a number's digits.
func (n node) text() string {
	if n.value == nil {
		return ""
	}
	return fmt.Sprint(n.value)
}

func (n node) number() int {
	i, _ := strconv.Atoi(n.text())
	return i
}

func (n node) truth() bool { return n.value == true }

func (n node) null() bool { return n.value == nil }

func (n node) String() string {
	raw, _ := json.Marshal(n.value)
	return string(raw)
}

// person is somebody who uses the API.
type person struct {
	t     testing.TB
	base  string
	token string
}

func signIn(t testing.TB, base, email, password string) *person {
	t.Helper()
	p := &person{t: t, base: base}
	out := p.must("signIn", map[string]any{"email": email, "password": password}, "accessToken viewer { id }")
	p.token = out.at("accessToken").text()
	if p.token == "" || out.at("viewer", "id").null() {
		t.Fatalf("signed in without token or viewer: %s", out)
	}
	return p
}

func (p *person) header() http.Header {
	h := http.Header{"Content-Type": {"application/json"}, "Accept-Language": {"en"}}
	if p.token != "" {
		h.Set("Authorization", "Bearer "+p.token)
	}
	return h
}

// raw sends an operation and gives status and answer as they come.
func (p *person) raw(query string, variables map[string]any) (status int, answer node) {
	p.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		p.t.Fatal(err)
	}
	status, raw := fetch(p.t, "POST", p.base+"/graphql", p.header(), bytes.NewReader(body))
	return status, decode(p.t, raw)
}

// ask gives the data of an operation that must succeed.
func (p *person) ask(query string, variables map[string]any) node {
	p.t.Helper()
	status, answer := p.raw(query, variables)
	if status != http.StatusOK || len(answer.at("errors").list()) > 0 {
		p.t.Fatalf("%s\nanswered %d %s", query, status, answer)
	}
	return answer.at("data")
}

// mutate gives the payload of a mutation, whatever it says.
func (p *person) mutate(field string, input map[string]any, selection string) node {
	p.t.Helper()
	kind := strings.ToUpper(field[:1]) + field[1:] + "Input"
	query := "mutation($input: " + kind + "!) { " + field + "(input: $input) { " + selection +
		" errors { code field message retryable retryAfterMs upstreamCode } } }"
	return p.ask(query, map[string]any{"input": input}).at(field)
}

// must gives the payload of a mutation that must succeed.
func (p *person) must(field string, input map[string]any, selection string) node {
	p.t.Helper()
	out := p.mutate(field, input, selection)
	if len(out.at("errors").list()) > 0 {
		p.t.Fatalf("%s(%v): %s", field, input, out.at("errors"))
	}
	return out
}

// synced waits until the first sync is over, and the look at what changed meanwhile, which follows at once.
func (p *person) synced() {
	p.t.Helper()
	eventually(p.t, "the first sync is over", func() bool {
		row := p.ask(`{ integrations(first: 1) { edges { node { lastSync nextSync backfill { finishedAt } } } } }`, nil).at("integrations").nodes()
		if len(row) == 0 || row[0].at("backfill", "finishedAt").null() {
			return false
		}
		next, err := time.Parse(time.RFC3339, row[0].at("nextSync").text())
		return err == nil && time.Until(next) > time.Minute
	})
}

// ticketOf waits for the ticket of a complaint.
func (p *person) ticketOf(complaintID, selection string) (ticket node) {
	p.t.Helper()
	eventually(p.t, "complaint "+complaintID+" is a ticket", func() bool {
		found := p.ask(`query($id: String!) { tickets(first: 1, filter: {search: $id}) { edges { node { id protocol status `+selection+
			` reclameAqui { complaintId } } } } }`, map[string]any{"id": complaintID}).at("tickets").nodes()
		if len(found) == 0 || found[0].at("reclameAqui", "complaintId").text() != complaintID {
			return false
		}
		ticket = found[0]
		return true
	})
	return ticket
}

// stream is one subscription on a socket of its own.
type stream struct {
	t       testing.TB
	conn    *websocket.Conn
	field   string
	updates chan node
}

const changeSelection = `{ __typename cursor ... on TicketChange { kind cause occurredAt changedFields actor { kind } ticket { id status reclameAqui { complaintId } } } }`

// follow subscribes to changes of tickets after a cursor.
func (p *person) follow(after string) *stream {
	p.t.Helper()
	return p.subscribe("ticketChanges", "subscription($after: Cursor) { ticketChanges(after: $after) "+changeSelection+" }", map[string]any{"after": after})
}

// subscribe subscribes to a field in the protocol graphql-transport-ws.
func (p *person) subscribe(field, query string, variables map[string]any) *stream {
	p.t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: patience}
	conn, res, err := dialer.DialContext(p.t.Context(), "ws"+strings.TrimPrefix(p.base, "http")+"/graphql", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	res.Body.Close()
	s := &stream{t: p.t, conn: conn, field: field, updates: make(chan node, 10_000)}
	p.t.Cleanup(s.leave)
	s.say(map[string]any{"type": "connection_init", "payload": map[string]any{"Authorization": "Bearer " + p.token}})
	if ack := s.read(); ack.at("type").text() != "connection_ack" {
		p.t.Fatalf("no acknowledgement: %s", ack)
	}
	s.say(map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{"query": query, "variables": variables}})
	go s.listen()
	return s
}

func (s *stream) say(message map[string]any) {
	s.t.Helper()
	if err := s.conn.WriteJSON(message); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stream) read() node {
	s.t.Helper()
	_, raw, err := s.conn.ReadMessage()
	if err != nil {
		s.t.Fatal(err)
	}
	return decode(s.t, raw)
}

// listen hands over what comes until the socket ends.
func (s *stream) listen() {
	defer close(s.updates)
	for {
		var message map[string]any
		if err := s.conn.ReadJSON(&message); err != nil {
			return
		}
		switch message["type"] {
		case "next":
			s.updates <- node{message}.at("payload", "data", s.field)
		case "error", "complete":
			s.updates <- node{message}
		case "ping":
			_ = s.conn.WriteJSON(map[string]string{"type": "pong"}) // a socket that is gone ends the next read
		}
	}
}

// leave ends the socket without a good-bye.
func (s *stream) leave() { _ = s.conn.Close() }

// until gives what comes up to and with the first update that satisfies a test.
func (s *stream) until(what string, last func(node) bool) (seen []node) {
	s.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case u, open := <-s.updates:
			if !open {
				s.t.Fatalf("the socket ended before: %s; seen %v", what, seen)
			}
			if kind := u.at("type"); !kind.null() {
				s.t.Fatalf("before %s the subscription ended: %s", what, u)
			}
			if seen = append(seen, u); last(u) {
				return seen
			}
		case <-timer.C:
			s.t.Fatalf("not pushed: %s; seen %v", what, seen)
		}
	}
}

// about says whether an update is about a complaint, and of a kind, if one is given.
func about(complaintID, kind string) func(node) bool {
	return func(u node) bool {
		return u.at("ticket", "reclameAqui", "complaintId").text() == complaintID && (kind == "" || u.at("kind").text() == kind)
	}
}
