package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// run runs a sandbox until the test ends and waits for it.
func run(t *testing.T, s *Server) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// receiver is a callback route that hands over what it gets, and answers with the next of its statuses, the last again.
type receiver struct {
	*httptest.Server
	bodies chan string
}

func receive(t *testing.T, statuses ...int) *receiver {
	r := &receiver{bodies: make(chan string, 1000)}
	var mu sync.Mutex
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		b, err := io.ReadAll(q.Body)
		if err != nil || q.Method != http.MethodPost {
			t.Errorf("callback: %s %v", q.Method, err)
		}
		mu.Lock()
		status := statuses[0]
		if len(statuses) > 1 {
			statuses = statuses[1:]
		}
		mu.Unlock()
		w.WriteHeader(status)
		r.bodies <- string(b)
	}))
	t.Cleanup(r.Close)
	return r
}

// await waits for an event and fails instead of hanging.
func await[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func TestCallbacksRotateBodies(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	r := receive(t, 200)
	admin[any](w, "PUT", "/callback", fmt.Sprintf(`{"url":%q}`, r.URL+"/hook"), 200)
	run(t, w.s)
	start := time.Now()
	id := admin[Ticket](w, "POST", "/complaints", ``, 201).ID
	if got := await(t, r.bodies); got != fmt.Sprintf(`{"id":%d}`, id) {
		t.Errorf("first body %s", got)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("the callback took %s", took)
	}
	w.reply(fmt.Sprint(id), "Olá")
	if got := await(t, r.bodies); got != fmt.Sprintf(`{"ticket_id":%d}`, id) {
		t.Errorf("second body %s", got)
	}
	path := fmt.Sprintf("/complaints/%d/", id)
	admin[any](w, "POST", path+"replica", ``, 200)
	var page pageBody
	if err := json.Unmarshal([]byte(await(t, r.bodies)), &page); err != nil || page.Data[0].ID != id {
		t.Errorf("third body: %v", err)
	}
	admin[any](w, "POST", path+"evaluation", ``, 200)
	var ticket Ticket
	if err := json.Unmarshal([]byte(await(t, r.bodies)), &ticket); err != nil || ticket.RAStatus.ID != 18 {
		t.Errorf("fourth body: %v", err)
	}
	admin[any](w, "POST", path+"deactivate", ``, 200)
	if got := await(t, r.bodies); got != "" {
		t.Errorf("fifth body %q", got)
	}
	admin[any](w, "PUT", "/callback", fmt.Sprintf(`{"url":%q,"body":"id"}`, r.URL), 200)
	for range 2 {
		id := admin[Ticket](w, "POST", "/complaints", ``, 201).ID
		if got := await(t, r.bodies); got != fmt.Sprintf(`{"id":%d}`, id) {
			t.Errorf("chosen body %s", got)
		}
	}
}

// roundTripper answers callbacks in memory, since a synctest bubble has no sockets.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answerWith(statuses ...int) (*http.Client, func() int) {
	var mu sync.Mutex
	n := 0
	return &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			status := statuses[min(n, len(statuses)-1)]
			n++
			return &http.Response{StatusCode: status, Body: http.NoBody}, nil
		})}, func() int {
			mu.Lock()
			defer mu.Unlock()
			return n
		}
}

func TestCallbackRetries(t *testing.T) {
	for _, c := range []struct {
		statuses []int
		want     CallbackStats
	}{
		{[]int{200}, CallbackStats{Delivered: 1}},
		{[]int{500, 404, 204}, CallbackStats{Delivered: 1, Retried: 2}},
		{[]int{302}, CallbackStats{Failed: 1, Retried: 3}},
	} {
		synctest.Test(t, func(t *testing.T) {
			client, _ := answerWith(c.statuses...)
			s, stop := bubble(t, Config{Complaints: -1, HTTPClient: client})
			defer stop()
			s.SetCallback("http://callback.example.com/x")
			if _, err := s.CreateComplaint(NewComplaint{}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute) // the bubble's clock: all attempts are over
			if got := s.Overview().Callback.CallbackStats; got != c.want {
				t.Errorf("%v: %+v, want %+v", c.statuses, got, c.want)
			}
		})
	}
}

// bubble runs a sandbox inside a synctest bubble.
func bubble(t *testing.T, cfg Config) (*Server, func()) {
	t.Helper()
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return s, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestCallbacksUnderWayEndWithRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := answerWith(500)
		s, stop := bubble(t, Config{Complaints: -1, HTTPClient: client})
		s.SetCallback("http://callback.example.com/x")
		for range 100 {
			if _, err := s.CreateComplaint(NewComplaint{}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if s.Run(t.Context()) == nil {
			t.Error("two Runs at once")
		}
		stop() // a bubble that leaves goroutines behind fails
	})
}

func TestLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, stop := bubble(t, Config{Complaints: 60, LifeMin: 10 * time.Second, LifeMax: 20 * time.Second})
		defer stop()
		changes := func() int {
			n := 0
			for _, k := range s.Complaints(0) {
				n += len(k.Interactions)
				if !k.Active {
					n++
				}
			}
			return n
		}
		before := changes()
		time.Sleep(time.Hour)
		if changes() != before {
			t.Error("life before it was switched on")
		}
		s.SetLife(true)
		time.Sleep(time.Hour)
		grown := changes() - before
		if grown < 150 || grown > 370 {
			t.Errorf("%d events in an hour of one every 10 to 20 s", grown)
		}
		s.SetLife(false)
		synctest.Wait()
		rest := changes()
		time.Sleep(time.Hour)
		if changes() != rest {
			t.Error("life after it was switched off")
		}
	})
}

func TestHappenDoesEverything(t *testing.T) {
	w := open(t, Config{Complaints: 200})
	for _, k := range w.s.Complaints(20) {
		_, err := w.s.ledger.change(k.ID, func(a *act) error { return a.companyMessage(staff[0], "x@example.com", "Olá") })
		if err != nil && k.Active {
			t.Fatal(err)
		}
	}
	seen := map[string]int{}
	for range 400 {
		seen[admin[Happened](w, "POST", "/happen", ``, 200).Event]++
	}
	for _, e := range lifeEvents {
		if seen[e.name] == 0 {
			t.Errorf("%s never happened: %v", e.name, seen)
		}
	}
}

// TestEverybodyAtOnce is for the race detector, and for the promise that ids are unique and nothing is lost.
func TestEverybodyAtOnce(t *testing.T) {
	w := open(t, Config{Complaints: 30, Now: time.Now, StateFile: filepath.Join(t.TempDir(), "ra.jsonl")})
	r := receive(t, 200)
	w.s.SetCallback(r.URL)
	run(t, w.s)
	w.signIn()
	const each = 20
	var wg sync.WaitGroup
	var told atomic.Int64 // changes, each of which is called back
	for worker := range 6 {
		wg.Go(func() {
			for i := range each {
				ticket, err := w.s.CreateComplaint(NewComplaint{})
				if err != nil {
					t.Error(err)
					return
				}
				told.Add(1)
				switch r := w.reply(fmt.Sprint(ticket.ID), fmt.Sprintf("Resposta %d de %d", i, worker)); {
				case r.status == 200:
					told.Add(1)
				case !strings.Contains(string(r.body), "4090"): // life may have taken the complaint back already
					t.Errorf("reply: %d %s", r.status, r.body)
				}
				w.list("sort[last_modification_date]=desc&page[size]=5")
				if _, err := w.s.Happen(); err != nil {
					t.Error(err)
				}
				told.Add(1)
				w.s.Overview()
			}
		})
	}
	wg.Wait()
	for range told.Load() {
		await(t, r.bodies)
	}
	ids := map[string]bool{}
	for _, k := range w.s.Complaints(0) {
		for _, in := range k.Interactions {
			if ids[in.ID] {
				t.Fatalf("interaction %s twice", in.ID)
			}
			ids[in.ID] = true
		}
	}
	if n := len(w.s.Calls()); n != 6*each*2+1 {
		t.Errorf("%d calls in the log", n)
	}
}
