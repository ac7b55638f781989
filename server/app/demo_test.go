package app

import (
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"citrus.cx/channel/graph"
)

// soak in the environment lets the tests run that wait for whole minutes.
func soak() bool { return os.Getenv("CITRUS_SOAK") != "" }

// The demo starts with one command, at once, and reads all complaints without passing the limit.
func TestDemo(t *testing.T) {
	t.Parallel()
	t.Run("100 calls a minute", func(t *testing.T) { demo(t, 100) })
	t.Run("10 calls a minute", func(t *testing.T) {
		if !soak() {
			t.Skip("takes more than a minute: set CITRUS_SOAK")
		}
		demo(t, 10)
	})
}

func demo(t *testing.T, rate int) {
	began := time.Now()
	s := folder(t).with(settings{"SANDBOX_RATE": strconv.Itoa(rate)})
	p := start(t, s, "demo")
	eventually(t, "ready", func() bool {
		status, _ := fetch(t, "GET", p.graphql+"/readyz", nil, nil)
		return status == http.StatusOK
	})
	t.Logf("ready after %s", time.Since(began))
	if limit := 15 * time.Second; time.Since(began) > limit {
		t.Errorf("ready after more than %s", limit)
	}
	agent := signIn(t, p.graphql, "agent@demo.test", demoPassword)
	count := func() int {
		return agent.ask(`{ tickets(first: 1) { totalCount } }`, nil).at("tickets", "totalCount").number()
	}
	within(t, 15*time.Second, "the first tickets are there", func() bool { return count() > 0 })
	t.Logf("first tickets after %s", time.Since(began))
	within(t, 90*time.Second, "all complaints are tickets", func() bool { return count() >= 250 })
	t.Logf("all tickets after %s", time.Since(began))

	admin := quiet(t, p)
	w := world(t, p.sandbox)
	keepsTo(t, w.calls(), rate)
	eventually(t, "tickets are exactly the complaints", func() bool { return len(ticketIDs(admin)) == len(w.complaints()) })
	same(t, "tickets", ticketIDs(admin), sorted(w.complaints()))
	doors(t, p)

	// A second start goes on with what is there, and asks Reclame Aqui for nothing that it knows.
	before := len(ticketIDs(admin))
	p.stop()
	again := start(t, s, "demo")
	if got := len(ticketIDs(signIn(t, again.graphql, "supervisor@demo.test", demoPassword))); got != before {
		t.Errorf("after a restart %d tickets, want %d", got, before)
	}
}

// ticketIDs are Reclame Aqui's ids of all tickets, page by page.
func ticketIDs(p *person) (ids []string) {
	p.t.Helper()
	after := any(nil)
	for {
		page := p.ask(`query($after: Cursor) { tickets(first: 100, after: $after) {
			pageInfo { hasNextPage endCursor } edges { node { reclameAqui { complaintId } } } } }`, map[string]any{"after": after}).at("tickets")
		for _, n := range page.nodes() {
			ids = append(ids, n.at("reclameAqui", "complaintId").text())
		}
		if !page.at("pageInfo", "hasNextPage").truth() {
			return ids
		}
		after = page.at("pageInfo", "endCursor").text()
	}
}

// doors tries the routes that need no sign-in.
func doors(t *testing.T, p *program) {
	t.Helper()
	for path, want := range map[string]int{
		"/healthz": http.StatusOK, "/readyz": http.StatusOK, "/metrics": http.StatusOK, "/graphiql": http.StatusOK,
		"/callbacks/reclame-aqui/wrong": http.StatusNotFound, "/nothing-here": http.StatusNotFound,
	} {
		if status, _ := fetch(t, "GET", p.graphql+path, nil, nil); status != want {
			t.Errorf("GET %s: %d, want %d", path, status, want)
		}
	}
	if _, contract := fetch(t, "GET", p.graphql+"/schema.graphql", nil, nil); string(contract) != graph.Contract() {
		t.Error("/schema.graphql is not the contract")
	}
}

// The demo's passwords are public: it must not be reachable from outside.
func TestDemoRefusesToBeReachable(t *testing.T) {
	t.Parallel()
	for _, s := range []settings{{"LISTEN": "0.0.0.0:0"}, {"SANDBOX_LISTEN": "0.0.0.0:0"}} {
		cmd := command(folder(t).with(s), "demo")
		if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() != 1 {
			t.Errorf("demo with %v: %v, want exit code 1", s, err)
		}
	}
}
