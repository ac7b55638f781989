package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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

func newManned(t *testing.T, s settings) *manned {
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

// write gives a ticket to the administrator and takes it back, for ever; a server that is away is asked again.
func (m *manned) write(ctx context.Context, ticket string, rest time.Duration) {
	// What was asked is waited for: else it could still be written when the log is read.
	client := &http.Client{Timeout: patience}
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
		if rest > 0 {
			<-time.After(rest)
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
	who       *person
	filter    map[string]any
	cursor    string
	breaks    bool // cuts its own socket now and then
	cuts      atomic.Int64
	mu        sync.Mutex
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
	_ = conn.WriteJSON(map[string]any{"type": "connection_init", "payload": map[string]any{"Authorization": "Bearer " + r.who.token}})
	_ = conn.WriteJSON(map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{
		"query":     `subscription($f: TicketChangesFilter, $a: Cursor) { ticketChanges(filter: $f, after: $a) { __typename cursor ... on TicketChange { leftFilter } } }`,
		"variables": map[string]any{"f": r.filter, "a": r.cursor},
	}})
	stay := 1 + rand.IntN(60)
	for n := 0; !r.breaks || n < stay; n++ {
		var message map[string]any
		if conn.ReadJSON(&message) != nil {
			break
		}
		r.hear(node{message})
	}
	r.cuts.Add(1)
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

// Rule L2 over real sockets: they are cut and the server is ended, in order and as by a power cut, at random moments
// under 50 events a second, and each reader's updates are the log under his filter: in order, none twice.
func TestCutsAndRestartsMissNothing(t *testing.T) {
	t.Parallel()
	restarts := 3
	if soak() {
		restarts = 50
	}
	eachDatabase(t, func(t *testing.T, s settings) {
		m := newManned(t, s)
		from := m.admin.ask(`{ eventCursor }`, nil).at("eventCursor").text()
		two := m.tickets[:2]
		mine := func(assignee *string) bool { return assignee != nil && *assignee == m.me }
		type listed struct {
			*reader
			takes func(e *db.TicketEvent) (shown, left bool)
		}
		var readers []listed
		add := func(who *person, breaks bool, filter map[string]any, takes func(e *db.TicketEvent) (shown, left bool)) {
			readers = append(readers, listed{&reader{who: who, filter: filter, cursor: from, breaks: breaks, left: map[int64]bool{}}, takes})
		}
		all := func(*db.TicketEvent) (bool, bool) { return true, false }
		for _, breaks := range []bool{false, true} {
			add(m.admin, breaks, nil, all)
			add(m.alice, breaks, nil, all)
			add(m.admin, breaks, map[string]any{"ticketIds": two}, func(e *db.TicketEvent) (bool, bool) { return slices.Contains(two, e.TicketID), false })
			add(m.admin, breaks, map[string]any{"onlyMine": true}, func(e *db.TicketEvent) (bool, bool) {
				left := false
				for _, c := range e.Changes {
					left = left || c.Field == "assignee" && mine(c.Old)
				}
				return mine(e.AssigneeID), left
			})
		}
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		writing, rest := context.WithCancel(ctx)
		var writers, reading sync.WaitGroup
		for _, id := range m.tickets[:5] { // ten a second each
			writers.Go(func() { m.write(writing, id, 90*time.Millisecond) })
		}
		for _, r := range readers {
			reading.Go(func() { r.read(ctx) })
		}
		defer reading.Wait()
		defer stop()
		for n := range restarts {
			<-time.After(500*time.Millisecond + rand.N(time.Second))
			if n%2 == 0 {
				m.p.kill()
			} else {
				m.p.stop()
			}
			m.p = start(t, m.s, "serve")
		}
		<-time.After(time.Second)
		rest()
		writers.Wait()
		log := m.recorded(t, placeOf(from))
		if len(log) < 5*restarts {
			t.Errorf("%d events are few", len(log))
		}
		cuts := int64(0)
		for i, r := range readers {
			var want []int64
			left := map[int64]bool{}
			for _, e := range log {
				if shown, gone := r.takes(e); shown || gone {
					want = append(want, e.Position)
					left[e.Position] = !shown
				}
			}
			eventually(t, fmt.Sprintf("reader %d has as much as the log", i), func() bool { return r.heard() >= len(want) })
			r.mu.Lock()
			if r.odd != "" || !slices.Equal(r.positions, want) {
				t.Errorf("reader %d: %s; got %v\nwant %v", i, r.odd, r.positions, want)
			}
			for _, at := range want {
				if r.left[at] != left[at] {
					t.Errorf("reader %d: at %d left %t", i, at, r.left[at])
				}
			}
			r.mu.Unlock()
			cuts += r.cuts.Load()
		}
		t.Logf("%d events, %d restarts, %d sockets cut", len(log), restarts, cuts)
	})
}

// Rules L2 and L3: whoever loads the list with its cursor and then subscribes misses no change, however fast others
// write. Of a ticket that changed more often than a client reads, it is the last change that counts.
func TestLoadThenSubscribeMissesNothing(t *testing.T) {
	t.Parallel()
	clients := 30
	if soak() {
		clients = 200
	}
	eachDatabase(t, func(t *testing.T, s settings) {
		m := newManned(t, s)
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		writing, rest := context.WithCancel(ctx)
		var writers, reading sync.WaitGroup
		for _, id := range m.tickets[:4] {
			writers.Go(func() { m.write(writing, id, 0) })
		}
		defer reading.Wait()
		defer stop()
		type loaded struct {
			*reader
			from     int64
			versions map[string]int
		}
		var list []loaded
		people := []*person{m.admin, m.alice}
		for i := range clients / 30 { // one user may have 50 sockets
			email := fmt.Sprint("s", i, "@example.com")
			m.admin.must("createUser", map[string]any{
				"email": email, "name": "Sofia", "role": "SUPERVISOR", "password": agentPassword, "idempotencyKey": key(),
			}, "user { id }")
			people = append(people, signIn(t, m.p.graphql, email, agentPassword))
		}
		for i := range clients {
			who := people[i%len(people)]
			data := who.ask(`{ tickets(first: 50) { edges { node { id version } } } eventCursor }`, nil)
			c := loaded{&reader{who: who, cursor: data.at("eventCursor").text(), left: map[int64]bool{}}, placeOf(data.at("eventCursor").text()), map[string]int{}}
			for _, n := range data.at("tickets").nodes() {
				c.versions[n.at("id").text()] = n.at("version").number()
			}
			list = append(list, c)
			reading.Go(func() { c.read(ctx) })
		}
		<-time.After(time.Second)
		rest()
		writers.Wait()
		log := m.recorded(t, 0)
		last, known := map[string]int64{}, map[int64]bool{}
		for _, e := range log {
			last[e.TicketID], known[e.Position] = e.Position, true
		}
		end := log[len(log)-1].Position
		for i, c := range list {
			eventually(t, fmt.Sprintf("client %d is told of the last change", i), func() bool {
				c.mu.Lock()
				defer c.mu.Unlock()
				return c.odd != "" || len(c.positions) > 0 && c.positions[len(c.positions)-1] == end
			})
			c.mu.Lock()
			if c.odd != "" || !slices.IsSorted(c.positions) || len(slices.Compact(slices.Clone(c.positions))) != len(c.positions) {
				t.Errorf("client %d: %s; %v", i, c.odd, c.positions)
			}
			for id, at := range last {
				if at > c.from && !slices.Contains(c.positions, at) {
					t.Errorf("client %d was not told of the last change of %s", i, id)
				}
			}
			for _, e := range log {
				if e.Position <= c.from && c.versions[e.TicketID] > 0 && c.versions[e.TicketID] < e.TicketVersion {
					t.Errorf("client %d: its data of %s is older than its cursor", i, e.TicketID)
				}
			}
			for _, at := range c.positions {
				if !known[at] || at <= c.from {
					t.Errorf("client %d was told of %d", i, at)
				}
			}
			c.mu.Unlock()
		}
		t.Logf("%d events", len(log))
	})
}
