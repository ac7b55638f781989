package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"entgo.io/contrib/entgql"
	"github.com/gorilla/websocket"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

// manned is a running server with tickets, an administrator, and an agent of their sector.
type manned struct {
	p            *program
	s            settings
	admin, alice *person
	me           string
	tickets      []string
	log          *database.DB
}

func newManned(t testing.TB, s settings) *manned {
	t.Helper()
	ra := start(t, folder(t).with(settings{"SANDBOX_COMPLAINTS": "30"}), "sandbox")
	p, admin := server(t, s.with(settings{"RECLAME_AQUI_URL": ra.sandbox + "/api"}))
	o := admin.register()
	admin.activate(&o)
	admin.synced()
	m := &manned{
		p: p, admin: admin, alice: signIn(t, p.graphql, "alice@example.com", agentPassword),
		s:   s.with(settings{"RECLAME_AQUI_URL": ra.sandbox + "/api", "LISTEN": p.listen()}),
		log: databasetest.Open(t, s.databaseURL(), database.Options{}),
	}
	m.me = admin.ask(`{ viewer { id } }`, nil).at("viewer", "id").text()
	for _, n := range admin.ask(`{ tickets(first: 20) { edges { node { id } } } }`, nil).at("tickets").nodes() {
		m.tickets = append(m.tickets, n.at("id").text())
	}
	if len(m.tickets) < 10 {
		t.Fatalf("%d tickets", len(m.tickets))
	}
	return m
}

// write gives a ticket to the administrator and takes it back, once every so often or as fast as it goes, until the
// context ends; a server that is away is asked again.
func (m *manned) write(ctx context.Context, ticket string, every time.Duration) {
	// What was asked is waited for: else it could still be written when the log is read.
	client := &http.Client{Timeout: patience}
	ticks := time.NewTicker(max(every, time.Millisecond))
	defer ticks.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		var assignee any
		if n%2 == 0 {
			assignee = m.me
		}
		body, _ := json.Marshal(map[string]any{
			"query":     `mutation($i: AssignTicketInput!) { assignTicket(input: $i) { errors { code } } }`,
			"variables": map[string]any{"i": map[string]any{"ticketId": ticket, "assigneeId": assignee}},
		})
		r, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, m.admin.base+"/graphql", bytes.NewReader(body))
		if err != nil {
			panic(err)
		}
		r.Header = m.admin.header()
		if res, err := client.Do(r); err == nil {
			res.Body.Close()
		}
		if every > 0 {
			<-ticks.C
		}
	}
}

// recorded is the log after a position, once nothing of it waits for its number.
func (m *manned) recorded(t *testing.T, after int64) (log []*db.TicketEvent) {
	t.Helper()
	ctx := context.Background()
	eventually(t, "all events have their position", func() bool {
		return m.log.Writer.TicketEvent.Query().Where(ticketevent.PositionIsNil()).CountX(ctx) == 0
	})
	return m.log.Writer.TicketEvent.Query().Where(ticketevent.PositionGT(after)).Order(ticketevent.ByPosition()).AllX(ctx)
}

// reader is a client that keeps its place over sockets that are cut.
type reader struct {
	who    *person
	filter map[string]any

	mu        sync.Mutex // guards what follows
	conn      *websocket.Conn
	cursor    string
	positions []int64
	left      map[int64]bool
	odd       string
}

func placeOf(cursor string) int64 {
	var c entgql.Cursor[string]
	if err := c.UnmarshalGQL(cursor); err != nil {
		return -1
	}
	n, err := strconv.ParseInt(fmt.Sprint(c.Value), 10, 64)
	if c.Value == nil {
		return 0
	}
	if err != nil {
		return -1
	}
	return n
}

// read goes on from socket to socket until the context ends.
func (r *reader) read(ctx context.Context) {
	for ctx.Err() == nil {
		r.once(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (r *reader) once(ctx context.Context) {
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: 5 * time.Second}
	conn, res, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(r.who.base, "http")+"/graphql", nil)
	if err != nil {
		return
	}
	res.Body.Close()
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	r.mu.Lock()
	r.conn = conn
	after := r.cursor
	r.mu.Unlock()
	_ = conn.WriteJSON(map[string]any{"type": "connection_init", "payload": map[string]any{"Authorization": "Bearer " + r.who.token}})
	_ = conn.WriteJSON(map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{
		"query":     `subscription($f: TicketChangesFilter, $a: Cursor) { ticketChanges(filter: $f, after: $a) { __typename cursor ... on TicketChange { leftFilter } } }`,
		"variables": map[string]any{"f": r.filter, "a": after},
	}}) // a socket that was cut ends the first read
	for {
		var message map[string]any
		if conn.ReadJSON(&message) != nil {
			break
		}
		r.hear(node{message})
	}
	r.mu.Lock()
	r.conn = nil
	r.mu.Unlock()
}

// cut ends the reader's socket wherever it is, in half of the cases so that what is on its way is lost; false when it has none.
func (r *reader) cut() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn == nil {
		return false
	}
	if line, ok := r.conn.NetConn().(*net.TCPConn); ok && rand.IntN(2) == 0 {
		_ = line.SetLinger(0) // it resets
	}
	r.conn.Close()
	r.conn = nil
	return true
}

func (r *reader) hear(m node) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u := m.at("payload", "data", "ticketChanges")
	switch {
	case m.at("type").text() == "next" && u.at("__typename").text() == "TicketChange":
		r.cursor = u.at("cursor").text()
		at := placeOf(r.cursor)
		r.positions = append(r.positions, at)
		r.left[at] = u.at("leftFilter").truth()
	case m.at("type").text() == "next", m.at("type").text() == "error":
		r.odd = m.String()
	}
}

func (r *reader) heard() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.positions)
}
