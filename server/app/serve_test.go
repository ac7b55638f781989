package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/secret"
)

// From an empty database everything is set up over the API, and then the tickets are there, on either database.
func TestServe(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, s settings) {
		ra := start(t, folder(t), "sandbox")
		s["RECLAME_AQUI_URL"] = ra.sandbox + "/api"
		p, admin := server(t, s)
		o := admin.register()
		admin.activate(&o)
		admin.synced()
		w := world(t, ra.sandbox)
		same(t, "tickets", ticketIDs(admin), sorted(w.complaints()))

		w.do("PUT", "callback", map[string]any{"url": o.callbackURL})
		agent := signIn(t, p.graphql, "alice@example.com", agentPassword)
		live := agent.follow(agent.ask(`{ eventCursor }`, nil).at("eventCursor").text())
		id := w.complain("Cobrança em dobro")
		live.until("the callback's complaint", about(id, "CREATED"))
		agent.findsByIDAndProtocol(id)
		agent.mirrors(w, id)
		agent.readsPages()
		p.stop()
		constantStatements(t, s)
	})
}

const listSelection = `id protocol status title customer { id name emails } sector { id name }
	interactions(first: 20) { edges { node { id kind body author { kind name } attachments { name url } } } }`

// readsPages asks for lists of every size with all that a screen shows.
func (p *person) readsPages() {
	p.t.Helper()
	for _, n := range []int{1, 10, 100} {
		list := p.ask(`query($n: Int) { tickets(first: $n) { edges { node { `+listSelection+` } } } }`, map[string]any{"n": n}).at("tickets").nodes()
		if len(list) != n {
			p.t.Errorf("a page of %d has %d tickets", n, len(list))
		}
		for _, ticket := range list {
			if ticket.at("customer", "name").text() == "" || ticket.at("sector", "name").text() != "Atendimento" || len(ticket.at("interactions").nodes()) == 0 {
				p.t.Errorf("half a ticket: %s", ticket)
			}
		}
	}
}

func (p *person) findsByIDAndProtocol(complaintID string) {
	p.t.Helper()
	ticket := p.ticketOf(complaintID, listSelection)
	byID := p.ask(`query($id: ID!) { ticket(id: $id) { `+listSelection+` } }`, map[string]any{"id": ticket.at("id").text()}).at("ticket")
	byProtocol := p.ask(`query($p: Protocol!) { ticketByProtocol(protocol: $p) { `+listSelection+` } }`,
		map[string]any{"p": ticket.at("protocol").text()}).at("ticketByProtocol")
	if byID.String() != byProtocol.String() || byID.at("id").text() != ticket.at("id").text() {
		p.t.Errorf("by id %s\nby protocol %s", byID, byProtocol)
	}
}

// mirrors compares a ticket with its complaint.
func (p *person) mirrors(w *simulated, complaintID string) {
	p.t.Helper()
	c, ticket := w.complaint(complaintID), p.ticketOf(complaintID, listSelection)
	if ticket.at("title").text() != c.at("complaint_title").text() || ticket.at("customer", "name").text() != c.at("customer", "name").text() {
		p.t.Errorf("ticket %s\ncomplaint %s", ticket, c)
	}
	if got, want := len(ticket.at("interactions").nodes()), len(c.at("interactions").list()); got != want {
		p.t.Errorf("%d interactions, want %d", got, want)
	}
}

// inside is the product in process, on what a stopped server left; its workers do not run.
type inside struct {
	*house
	url string
}

func inProcess(t testing.TB, s settings, o database.Options) *inside {
	t.Helper()
	d := databasetest.Open(t, s.databaseURL(), o)
	p := &process{ctx: t.Context(), log: slog.New(slog.DiscardHandler)}
	h := newHouse(p, d, wired(t, d, s["DATA_DIR"]), false)
	front := httptest.NewServer(h.http.Handler)
	t.Cleanup(func() {
		if err := h.graph.Stop(); err != nil {
			t.Error(err)
		}
		front.Close()
	})
	return &inside{h, front.URL}
}

func wired(t testing.TB, d *database.DB, dir string) *services {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := secret.ParseKey(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := secret.NewKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	s, err := wire(d, keys, Config{DataDir: t.TempDir(), ReclameAquiURL: "http://127.0.0.1:1/api"}, "http://127.0.0.1:1", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// constantStatements: a list costs as many statements for 100 tickets as for one.
func constantStatements(t *testing.T, s settings) {
	t.Helper()
	var statements atomic.Int64
	h := inProcess(t, s, database.Options{OnStatement: func(context.Context, string) { statements.Add(1) }})
	agent := signIn(t, h.url, "alice@example.com", agentPassword)
	for name, selection := range map[string]string{
		"a list": listSelection,
		"a wide list": listSelection + ` assignee { name } creator { name } occurrenceType { name } occurrence { name } solution { name } integration { name }
			availableActions { action allowed reason } reclameAqui { complaintId status { id name } evaluation { rating } }
			sla { state } allowedSolutions { name occurrence { name } } notes(last: 5) { edges { node { text author { name } } } }
			events(first: 5) { edges { node { kind actor { kind user { name } } } } }
			outboundAttempts(last: 1) { edges { node { state author { name } failure { code } } } }`,
	} {
		var first int64
		for _, n := range []int{1, 10, 100} {
			before := statements.Load()
			agent.ask(`query($n: Int) { tickets(first: $n) { edges { node { `+selection+` } } } }`, map[string]any{"n": n})
			used := statements.Load() - before
			t.Logf("%s of %d: %d statements", name, n, used)
			if first == 0 {
				first = used
			}
			if used != first || used == 0 {
				t.Errorf("%s of %d costs %d statements, one of 1 costs %d", name, n, used, first)
			}
		}
	}
}

// A socket and a request under way do not keep the server from ending in order.
func TestServeEndsInOrder(t *testing.T) {
	t.Parallel()
	ra := start(t, folder(t), "sandbox")
	p, admin := server(t, folder(t).with(settings{"RECLAME_AQUI_URL": ra.sandbox + "/api"}))
	o := admin.register()
	admin.activate(&o)
	admin.synced()
	agent := signIn(t, p.graphql, "alice@example.com", agentPassword)
	live := agent.follow(agent.ask(`{ eventCursor }`, nil).at("eventCursor").text())
	w := world(t, ra.sandbox)
	w.do("POST", "faults", map[string]any{"endpoint": "reply", "kind": "delay", "delayMs": 1500})
	ticket := agent.answerable(1)[0]
	answered := make(chan []byte, 1)
	go func() { answered <- replyUnderWay(agent, ticket) }()
	eventually(t, "the answer is on its way", func() bool { return w.posts() == 1 })
	p.stop()
	if out := decode(t, <-answered); out.at("data", "replyPublicly", "reply", "state").text() != "SENT" {
		t.Errorf("a reply under way while the server ends: %s", out)
	}
	for range live.updates { // ends when the server has closed the socket
	}
}

// replyUnderWay answers a ticket from a goroutine of its own, which may not end the test.
func replyUnderWay(p *person, ticket node) []byte {
	body, err := json.Marshal(map[string]any{
		"query": `mutation($input: ReplyPubliclyInput!) { replyPublicly(input: $input) { ` + replySelection + ` errors { code } } }`,
		"variables": map[string]any{"input": map[string]any{
			"ticketId": ticket.at("id").text(), "text": "Até logo", "idempotencyKey": key(),
			"lastSeenInteractionId": ticket.at("interactions").nodes()[0].at("id").text(),
		}},
	})
	if err != nil {
		return []byte(err.Error())
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+"/graphql", bytes.NewReader(body))
	if err != nil {
		return []byte(err.Error())
	}
	r.Header = p.header()
	res, err := web.Do(r)
	if err != nil {
		return []byte(`"` + err.Error() + `"`)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return []byte(`"` + err.Error() + `"`)
	}
	return answer
}
