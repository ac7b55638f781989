package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

const (
	// latencySockets listen, in latencyGroups that ask for different tickets.
	latencySockets, latencyGroups = 1000, 20
	// latencyPace is one event; each is for one group.
	latencyPace = 10 * time.Millisecond
	// latencyTurn is how many events the product has before the reference has its turn: a busy machine is busy for both.
	latencyTurn = 100
	// latencyTurns make one run.
	latencyTurns = 10
)

// BenchmarkCommitToClient: 100 changes a second, each for one in twenty of 1,000 subscribers, half of whom follow an
// assignee and half a ticket. From when the commit has returned to when a client has the frame; beside a loop that
// writes the same bytes to as many sockets of gorilla at the same pace, from when it begins with the first of them. How
// long the commits themselves take tells what of a late frame is the database's.
func BenchmarkCommitToClient(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { commitToClient(b, folder(b)) })
	b.Run("postgres", func(b *testing.B) {
		commitToClient(b, folder(b).with(settings{"DATABASE_URL": databasetest.Postgres(b)}))
	})
}

func commitToClient(b *testing.B, s settings) {
	m := newManned(b, s)
	filters := m.latencyFilters(b)
	m.p.stop()
	if err := m.log.Close(); err != nil { // its checkpoints are the product's now
		b.Fatal(err)
	}
	h := inProcess(b, m.s, database.Options{})
	h.deliver(b)
	people := h.supervisors(b, 1+latencySockets/50)
	message := []byte(`{"id":"1","type":"next","payload":{"data":{"ticketChanges":` + h.probed(b, people[0], m.tickets[0]) + `}}}`)
	ours := audience{URL: h.url + "/graphql", Sockets: latencySockets, Tokens: people[1:], Query: broadcastQuery, Filters: filters}.sit(b)
	groups, url := rawGroups(b)
	reference := audience{URL: url, Sockets: latencySockets}.sit(b)

	var took, tookRaw, commits []time.Duration
	var mu sync.Mutex // of commits
	for b.Loop() {
		for range latencyTurns {
			took = append(took, paced(ours, func(g int) time.Time {
				began := time.Now()
				h.touch(b, m.tickets[g])
				now := time.Now()
				mu.Lock()
				defer mu.Unlock()
				commits = append(commits, now.Sub(began))
				return now
			})...)
			tookRaw = append(tookRaw, paced(reference, func(g int) time.Time {
				began := time.Now()
				if err := groups[g].send(message, 1); err != nil {
					b.Fatal(err)
				}
				return began
			})...)
		}
	}
	b.ReportMetric(0, "ns/op")
	for _, part := range []struct {
		name string
		of   float64
	}{{"median", 0.5}, {"p99", 0.99}} {
		mine, raw := quantile(took, part.of), quantile(tookRaw, part.of)
		b.ReportMetric(mine.Seconds()*1000, "ms-"+part.name)
		b.ReportMetric(raw.Seconds()*1000, "ms-"+part.name+"-raw")
		b.ReportMetric(mine.Seconds()/raw.Seconds(), part.name+"/raw")
		b.ReportMetric(quantile(commits, part.of).Seconds()*1000, "ms-"+part.name+"-commit")
	}
}

// latencyFilters are for one ticket each: by its number, or by its assignee, who has no other.
func (m *manned) latencyFilters(b *testing.B) []map[string]any {
	b.Helper()
	filters := make([]map[string]any, latencyGroups)
	for g := range filters {
		filters[g] = map[string]any{"ticketIds": []string{m.tickets[g]}}
		if g%2 == 0 {
			continue
		}
		id := m.admin.must("createUser", map[string]any{
			"email": fmt.Sprint("a", g, "@example.com"), "name": "Bia", "role": "SUPERVISOR", "password": agentPassword, "idempotencyKey": key(),
		}, "user { id }").at("user", "id").text()
		m.admin.must("assignTicket", map[string]any{"ticketId": m.tickets[g], "assigneeId": id}, "ticket { id }")
		filters[g] = map[string]any{"assigneeIds": []string{id}}
	}
	return filters
}

// rawGroups take the sockets of an audience as the product's filters take them.
func rawGroups(b *testing.B) (groups []*broadcast, url string) {
	b.Helper()
	for range latencyGroups {
		groups = append(groups, &broadcast{})
	}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seat, err := strconv.Atoi(r.FormValue("seat"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		groups[seat%latencyGroups].ServeHTTP(w, r)
	}))
	b.Cleanup(front.Close)
	b.Cleanup(func() {
		for _, g := range groups {
			for _, c := range g.conns {
				c.Close()
			}
		}
	})
	return groups, front.URL
}

// paced lets the groups have an event in turn, and gives how long after it each of their clients had it. Whether one
// takes long or not, the next comes in its time.
func paced(s *seats, happen func(group int) time.Time) (took []time.Duration) {
	const writers = 4 // of a group it is always the same
	var events [latencyGroups][]time.Time
	began := time.Now()
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for n := w; n < latencyTurn; n += writers {
				<-time.After(time.Until(began.Add(time.Duration(n) * latencyPace)))
				g := n % latencyGroups
				events[g] = append(events[g], happen(g))
			}
		})
	}
	all.Wait()
	for range latencyTurn / latencyGroups { // a twentieth of the audience each
		s.last()
	}
	for i, times := range s.times(latencySockets) {
		of := events[i%latencyGroups]
		if len(times) != len(of) {
			s.b.Fatalf("client %d has %d messages, want %d", i, len(times), len(of))
		}
		for n := range times {
			took = append(took, times[n].Sub(of[n]))
		}
	}
	return took
}

func quantile(list []time.Duration, of float64) time.Duration {
	slices.Sort(list)
	return list[min(len(list)-1, int(of*float64(len(list))))]
}
