package app

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// simulated is Reclame Aqui as its simulator's admin side shows it.
type simulated struct {
	t    testing.TB
	base string
}

func world(t testing.TB, base string) *simulated { return &simulated{t, base} }

// do makes something happen; it must be allowed.
func (s *simulated) do(method, path string, body any) node {
	s.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	if body == nil {
		raw = nil
	}
	status, answer := fetch(s.t, method, s.base+"/__sandbox/"+path, http.Header{"Content-Type": {"application/json"}}, bytes.NewReader(raw))
	if status > 299 {
		s.t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	if len(answer) == 0 {
		return node{}
	}
	return decode(s.t, answer)
}

func (s *simulated) state() node { s.t.Helper(); return s.do("GET", "state", nil) }

// complain makes a complaint and gives its id.
func (s *simulated) complain(title string) string {
	s.t.Helper()
	return s.do("POST", "complaints", map[string]any{"title": title}).at("id").text()
}

func (s *simulated) complaint(id string) node {
	s.t.Helper()
	return s.do("GET", "complaints/"+id, nil)
}

// complaints are all of them, by id.
func (s *simulated) complaints() map[string]node {
	s.t.Helper()
	all := map[string]node{}
	for _, c := range s.do("GET", "complaints?limit=10000", nil).at("data").list() {
		all[c.at("id").text()] = c
	}
	return all
}

// answers counts the company's public messages with a text.
func (s *simulated) answers(id, text string) (n int) {
	s.t.Helper()
	for _, i := range s.complaint(id).at("interactions").list() {
		if i.at("ticket_interaction_type_id").number() == 2 && !i.at("responsible_id").null() && i.at("message").text() == text {
			n++
		}
	}
	return n
}

// call is one call that Reclame Aqui has seen.
type call struct {
	At      time.Time
	Method  string
	Path    string
	Query   string
	Status  int
	Counted bool
}

func (s *simulated) calls() []call {
	s.t.Helper()
	status, raw := fetch(s.t, "GET", s.base+"/__sandbox/calls", nil, nil)
	var out struct{ Data []call }
	if err := json.Unmarshal(raw, &out); err != nil || status != http.StatusOK {
		s.t.Fatal(status, err)
	}
	return out.Data
}

// posts counts the public replies that were asked for, whatever became of them.
func (s *simulated) posts() int {
	s.t.Helper()
	return len(slices.DeleteFunc(s.calls(), func(c call) bool { return !strings.HasSuffix(c.Path, "/message/public") }))
}

// keepsTo proves that no window of 60 s held more calls than a limit, and that none was refused for it.
func keepsTo(t testing.TB, calls []call, limit int) {
	t.Helper()
	var times []time.Time
	for _, c := range calls {
		if c.Status == http.StatusTooManyRequests {
			t.Errorf("%s %s was refused: the limit was passed", c.Method, c.Path)
		}
		if c.Counted {
			times = append(times, c.At)
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	for i := limit; i < len(times); i++ {
		if gap := times[i].Sub(times[i-limit]); gap < time.Minute {
			t.Fatalf("%d calls within %s, allowed are %d a minute", limit+1, gap, limit)
		}
	}
}

// same compares two sets of ids.
func same(t testing.TB, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %d, want %d\nmissing %q\ntoo many or twice %q", what, len(got), len(want), few(without(want, got)), few(without(got, want)))
	}
}

// few is the beginning of a list.
func few(list []string) []string { return list[:min(len(list), 5)] }

// without gives what a holds more often than b.
func without(a, b []string) (rest []string) {
	count := map[string]int{}
	for _, id := range b {
		count[id]++
	}
	for _, id := range a {
		if count[id]--; count[id] < 0 {
			rest = append(rest, id)
		}
	}
	return rest
}
