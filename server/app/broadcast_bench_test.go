package app

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/identity"
)

const broadcastQuery = `subscription($f: TicketChangesFilter) { ticketChanges(filter: $f) { __typename cursor
	... on TicketChange { kind changedFields ticketId ticket { id protocol status title version unread } } } }`

// One change to as many sockets as the process may open, 10,000 at most, beside a broadcast of the same bytes by gorilla
// alone: when the last has it, the server's processor time a delivery, and resident memory of an idle subscriber.
func BenchmarkBroadcast(b *testing.B) {
	sockets := 10_000
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		b.Fatal(err)
	}
	sockets = min(sockets, int(limit.Cur)/2-500)
	h, people := crowded(b, 1+(sockets+49)/50)
	id := h.anyTicket(b)

	before := resident(b)
	last := audience{URL: h.url + "/graphql", Sockets: sockets, Tokens: people[1:], Query: broadcastQuery}.sit(b).last
	ours := measured{memory: resident(b) - before}
	message := []byte(`{"id":"1","type":"next","payload":{"data":{"ticketChanges":` + h.probed(b, people[0], id) + `}}}`)
	last() // that one

	raw := &broadcast{}
	front := httptest.NewServer(raw)
	b.Cleanup(front.Close)
	b.Cleanup(func() {
		for _, c := range raw.conns {
			c.Close()
		}
	})
	before = resident(b)
	lastRaw := audience{URL: front.URL, Sockets: sockets}.sit(b).last
	reference := measured{memory: resident(b) - before}
	for b.Loop() {
		ours.round(last, func() { h.touch(b, id) })
		reference.round(lastRaw, func() {
			if err := raw.send(message, runtime.GOMAXPROCS(0)); err != nil {
				b.Fatal(err)
			}
		})
	}
	n := float64(b.N) * float64(sockets)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(sockets), "sockets")
	b.ReportMetric(float64(ours.last.Milliseconds())/float64(b.N), "ms/last")
	b.ReportMetric(ours.last.Seconds()/reference.last.Seconds(), "last/raw")
	b.ReportMetric(float64(ours.cpu.Microseconds())/n, "µs-cpu/delivery")
	b.ReportMetric(ours.cpu.Seconds()/reference.cpu.Seconds(), "cpu/raw")
	b.ReportMetric(float64(ours.memory)/1024/float64(sockets), "KiB/idle")
	b.ReportMetric(float64(reference.memory)/1024/float64(sockets), "KiB/idle-raw")
}

// The same change to 1,000 subscribers, who ask 20 different questions, or each another one.
func BenchmarkQuestions(b *testing.B) {
	const sockets = 1000
	for _, distinct := range []int{1, 20, sockets} {
		b.Run(fmt.Sprintf("%d of %d", distinct, sockets), func(b *testing.B) {
			h, people := crowded(b, sockets/50)
			id := h.anyTicket(b)
			filters := make([]map[string]any, distinct)
			for i := range filters {
				filters[i] = map[string]any{"ticketIds": []string{id, fmt.Sprint("tkt_", i)}}
			}
			last := audience{URL: h.url + "/graphql", Sockets: sockets, Tokens: people, Query: broadcastQuery, Filters: filters}.sit(b).last
			var m measured
			m.round(last, func() { h.touch(b, id) })
			m = measured{}
			for b.Loop() {
				m.round(last, func() { h.touch(b, id) })
			}
			b.ReportMetric(float64(m.last.Milliseconds())/float64(b.N), "ms/last")
			b.ReportMetric(float64(m.cpu.Microseconds())/float64(b.N*sockets), "µs-cpu/delivery")
		})
	}
}

// 1,000 subscribers come back at once, as after a restart of the server, each 100 changes late: until the last has them.
func BenchmarkReturn(b *testing.B) {
	const sockets, late = 1000, 100
	h, people := crowded(b, sockets/50)
	id := h.anyTicket(b)
	p := &person{t: b, base: h.url, token: people[0]}
	from := p.ask(`{ eventCursor }`, nil).at("eventCursor").text()
	for range late {
		h.touch(b, id)
	}
	query := strings.Replace(strings.Replace(broadcastQuery, "filter: $f", "filter: $f, after: $a", 1), "Filter)", "Filter, $a: Cursor)", 1)
	var took, used time.Duration
	for b.Loop() {
		began, before := time.Now(), processorTime()
		s := audience{URL: h.url + "/graphql", Sockets: sockets, Tokens: people, Query: query, After: from}.sit(b)
		for range late - 1 {
			s.last()
		}
		took += s.last().Sub(began)
		used += processorTime() - before
		s.leave()
	}
	b.ReportMetric(took.Seconds()/float64(b.N), "s/last")
	b.ReportMetric(float64(used.Microseconds())/float64(b.N*sockets*late), "µs-cpu/delivery")
}

// measured adds up rounds.
type measured struct {
	last, cpu time.Duration
	memory    int64
}

func (m *measured) round(last func() time.Time, send func()) {
	began, used := time.Now(), processorTime()
	send()
	m.last += last().Sub(began)
	m.cpu += processorTime() - used
}

func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail for oneself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident is the process's memory after all that can be given back has been.
func resident(b *testing.B) int64 {
	b.Helper()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc: ", err)
	}
	var kib int64
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			_, _ = fmt.Sscan(rest, &kib) // 0 shows
		}
	}
	return kib * 1024
}

// crowded is the product in process, delivering, with the tokens of so many supervisors.
func crowded(b *testing.B, supervisors int) (h *inside, tokens []string) {
	b.Helper()
	h, _, _ = demoInProcess(b)
	h.deliver(b)
	return h, h.supervisors(b, supervisors)
}

// deliver runs what brings changes to subscribers, until the benchmark ends.
func (h *inside) deliver(b *testing.B) {
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = h.log.Run(ctx) }) // both end with the context
	running.Go(func() { _ = h.graph.Run(ctx) })
	b.Cleanup(func() { stop(); running.Wait() })
}

func (h *inside) supervisors(b *testing.B, n int) (tokens []string) {
	b.Helper()
	system := identity.System(context.Background())
	for i := range n {
		email := fmt.Sprint("s", i, "@bench.test")
		if _, err := h.identity.CreateUser(system, identity.NewUser{Email: email, Name: "S", Role: user.RoleSUPERVISOR, Password: demoPassword}, ""); err != nil {
			b.Fatal(err)
		}
		signed, err := h.identity.SignIn(context.Background(), email, demoPassword)
		if err != nil {
			b.Fatal(err)
		}
		tokens = append(tokens, signed.AccessToken)
	}
	return tokens
}

func (h *inside) anyTicket(b *testing.B) string {
	b.Helper()
	return h.database.Writer.Ticket.Query().FirstIDX(identity.System(context.Background()))
}

// probed touches a ticket and gives what a subscriber is told of it.
func (h *inside) probed(b *testing.B, token, id string) string {
	b.Helper()
	p := &person{t: b, base: h.url, token: token}
	cursor := p.ask(`{ eventCursor }`, nil).at("eventCursor").text()
	s := p.subscribe("ticketChanges", strings.Replace(broadcastQuery, "filter: $f", `filter: $f, after: "`+cursor+`"`, 1), nil)
	defer s.leave()
	h.touch(b, id)
	return s.until("the change", func(node) bool { return true })[0].String()
}
