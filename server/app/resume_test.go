package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
)

// listed is a reader, and what of the log is for him.
type listed struct {
	*reader
	takes func(e *db.TicketEvent) (shown, left bool)
}

// readers are two of each kind, all from the same cursor.
func (m *manned) readers(from string) (list []listed) {
	two := m.tickets[:2]
	mine := func(assignee *string) bool { return assignee != nil && *assignee == m.me }
	all := func(*db.TicketEvent) (bool, bool) { return true, false }
	ofTwo := func(e *db.TicketEvent) (bool, bool) { return slices.Contains(two, e.TicketID), false }
	ofMine := func(e *db.TicketEvent) (bool, bool) {
		left := false
		for _, c := range e.Changes {
			left = left || c.Field == "assignee" && mine(c.Old)
		}
		return mine(e.AssigneeID), left
	}
	for range 2 {
		for _, kind := range []listed{
			{&reader{who: m.admin}, all},
			{&reader{who: m.alice}, all},
			{&reader{who: m.admin, filter: map[string]any{"ticketIds": two}}, ofTwo},
			{&reader{who: m.admin, filter: map[string]any{"onlyMine": true}}, ofMine},
			{&reader{who: m.alice, filter: map[string]any{"assigneeIds": []string{m.me}, "ticketIds": two}}, func(e *db.TicketEvent) (bool, bool) {
				if in, _ := ofTwo(e); !in {
					return false, false
				}
				return ofMine(e)
			}},
		} {
			kind.cursor, kind.left = from, map[int64]bool{}
			list = append(list, kind)
		}
	}
	return list
}

// follows: the reader was told of the log under his filter, in order and of nothing twice.
func (r listed) follows(t *testing.T, name string, log []*db.TicketEvent) {
	t.Helper()
	var want []int64
	left := map[int64]bool{}
	for _, e := range log {
		if shown, gone := r.takes(e); shown || gone {
			want = append(want, e.Position)
			left[e.Position] = !shown
		}
	}
	eventually(t, name+" has as much as the log", func() bool { return r.heard() >= len(want) })
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.odd != "" || !slices.Equal(r.positions, want) {
		t.Errorf("%s: %s; got %v\nwant %v", name, r.odd, r.positions, want)
	}
	for _, at := range want {
		if r.left[at] != left[at] {
			t.Errorf("%s: at %d left %t", name, at, r.left[at])
		}
	}
}

// Rule L2 over real sockets: they are cut and the server is ended, in order and as by a power cut, at random moments
// under 50 events a second, and each reader's updates are the log under his filter: in order, none twice.
func TestCutsAndRestartsMissNothing(t *testing.T) {
	t.Parallel()
	cuts, restarts := 60, 3
	if soak() {
		cuts, restarts = 1000, 50
	}
	eachDatabase(t, func(t *testing.T, s settings) {
		m := newManned(t, s)
		from := m.admin.ask(`{ eventCursor }`, nil).at("eventCursor").text()
		readers := m.readers(from)
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		writing, rest := context.WithCancel(ctx)
		var writers, reading, cutting sync.WaitGroup
		for _, id := range m.tickets[:5] { // ten a second each
			writers.Go(func() { m.write(writing, id, 100*time.Millisecond) })
		}
		for _, r := range readers {
			reading.Go(func() { r.read(ctx) })
		}
		defer reading.Wait()
		defer stop()
		began := time.Now()
		cutting.Go(func() {
			for n := 0; n < cuts && pause(ctx, 0, 120*time.Millisecond); {
				if readers[rand.IntN(len(readers))].cut() {
					n++
				}
			}
		})
		for n := range restarts {
			<-time.After(500*time.Millisecond + rand.N(time.Second))
			if n%2 == 0 {
				m.p.kill()
			} else {
				m.p.stop()
			}
			m.p = start(t, m.s, "serve")
		}
		cutting.Wait()
		<-time.After(time.Second)
		rest()
		writers.Wait()
		log := m.recorded(t, placeOf(from))
		if len(log) < 5*restarts {
			t.Errorf("%d events are few", len(log))
		}
		t.Logf("%d events in %s, %d restarts, %d sockets cut", len(log), time.Since(began).Round(time.Second), restarts, cuts)
		for i, r := range readers {
			r.follows(t, fmt.Sprint("reader ", i), log)
		}
	})
}

// loader is a reader that began with a list.
type loader struct {
	*reader
	from     int64
	versions map[string]int // of its tickets
}

func load(who *person) loader {
	data := who.ask(`{ tickets(first: 50) { edges { node { id version } } } eventCursor }`, nil)
	cursor := data.at("eventCursor").text()
	c := loader{&reader{who: who, cursor: cursor, left: map[int64]bool{}}, placeOf(cursor), map[string]int{}}
	for _, n := range data.at("tickets").nodes() {
		c.versions[n.at("id").text()] = n.at("version").number()
	}
	return c
}

// missesNothing: the loader was told of the last change of each ticket since it loaded, of nothing twice and of nothing else.
func (c loader) missesNothing(t *testing.T, name string, log []*db.TicketEvent) {
	t.Helper()
	last, known := map[string]int64{}, map[int64]bool{}
	for _, e := range log {
		last[e.TicketID], known[e.Position] = e.Position, true
	}
	end := log[len(log)-1].Position
	eventually(t, name+" is told of the last change", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.odd != "" || c.from == end || len(c.positions) > 0 && c.positions[len(c.positions)-1] == end
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.odd != "" || !slices.IsSorted(c.positions) || len(slices.Compact(slices.Clone(c.positions))) != len(c.positions) {
		t.Errorf("%s: %s; %v", name, c.odd, c.positions)
	}
	for id, at := range last {
		if at > c.from && !slices.Contains(c.positions, at) {
			t.Errorf("%s was not told of the last change of %s", name, id)
		}
	}
	for _, e := range log {
		if e.Position <= c.from && c.versions[e.TicketID] > 0 && c.versions[e.TicketID] < e.TicketVersion {
			t.Errorf("%s: its data of %s is older than its cursor", name, e.TicketID)
		}
	}
	for _, at := range c.positions {
		if !known[at] || at <= c.from {
			t.Errorf("%s was told of %d", name, at)
		}
	}
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
		people := []*person{m.admin, m.alice}
		for i := range clients / 30 {
			email := fmt.Sprint("s", i, "@example.com")
			m.admin.must("createUser", map[string]any{
				"email": email, "name": "Sofia", "role": "SUPERVISOR", "password": agentPassword, "idempotencyKey": key(),
			}, "user { id }")
			people = append(people, signIn(t, m.p.graphql, email, agentPassword))
		}
		writing, rest := context.WithCancel(ctx)
		defer rest()
		var writers, loading, reading sync.WaitGroup
		for _, id := range m.tickets[:4] {
			writers.Go(func() { m.write(writing, id, 0) })
		}
		defer reading.Wait()
		defer stop()
		list := make([]loader, clients)
		began := time.Now()
		for i := range list { // all within some seconds, many at a time
			loading.Go(func() {
				<-time.After(rand.N(time.Duration(clients) * 20 * time.Millisecond))
				list[i] = load(people[i%len(people)])
				reading.Go(func() { list[i].read(ctx) })
			})
		}
		loading.Wait()
		if t.Failed() {
			return
		}
		<-time.After(time.Second)
		rest()
		writers.Wait()
		log := m.recorded(t, 0)
		t.Logf("%d events in %s", len(log), time.Since(began).Round(time.Second))
		for i, c := range list {
			c.missesNothing(t, fmt.Sprint("client ", i), log)
		}
	})
}
