package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	w := open(t, Config{Complaints: 20})
	for _, c := range []struct {
		fault, path string
		check       func(reply, error) bool
	}{
		{`{"endpoint":"list","kind":"status"}`, "/ticket/v1/tickets", func(r reply, _ error) bool { return r.status == 500 && r.code(t) == 5000 }},
		{`{"endpoint":"any","kind":"status","status":503}`, "/ticket/v1/tickets/count", func(r reply, _ error) bool { return r.status == 503 }},
		{`{"endpoint":"companies","kind":"broken-json"}`, "/companies/v1/companies/organization", func(r reply, _ error) bool {
			return r.status == 200 && !json.Valid(r.body)
		}},
		{`{"endpoint":"list","kind":"wrong-total"}`, "/ticket/v1/tickets", func(r reply, _ error) bool {
			var p pageBody
			r.decode(t, &p)
			return p.Meta.Total == 27 && len(p.Data) == 20
		}},
		{`{"endpoint":"count","kind":"wrong-total"}`, "/ticket/v1/tickets/count", func(r reply, _ error) bool { return string(r.body) == `{"data":27}` }},
		{`{"endpoint":"count","kind":"drop-before-accept"}`, "/ticket/v1/tickets/count", func(_ reply, err error) bool { return err != nil }},
		{`{"endpoint":"list","kind":"delay","delayMs":30}`, "/ticket/v1/tickets", func(r reply, _ error) bool { return r.status == 200 }},
	} {
		w.get("/companies/v1/companies/organization") // another endpoint, and a token
		admin[any](w, "POST", "/faults", c.fault, 201)
		http.DefaultClient.CloseIdleConnections() // Go repeats a GET by itself when a connection that it had kept is cut
		start := time.Now()
		r, err := w.tryAPI("GET", c.path, "", "")
		if !c.check(r, err) || len(w.s.Faults()) != 0 {
			t.Errorf("%s: %d %s %v, %v left", c.fault, r.status, r.body, err, w.s.Faults())
		}
		if strings.Contains(c.fault, "delayMs") && time.Since(start) < 30*time.Millisecond {
			t.Errorf("%s: came too soon", c.fault)
		}
		if r := w.get(c.path); r.status != 200 || !json.Valid(r.body) {
			t.Errorf("%s: afterwards %d", c.fault, r.status)
		}
	}
	admin[any](w, "POST", "/faults", `{"endpoint":"list","kind":"status","times":3}`, 201)
	w.get("/ticket/v1/tickets")
	if f := w.s.Faults(); len(f) != 1 || f[0].Times != 2 {
		t.Errorf("after one of three: %+v", f)
	}
	admin[any](w, "DELETE", "/faults", ``, 204)
	if r := w.get("/ticket/v1/tickets"); r.status != 200 || len(w.s.Faults()) != 0 {
		t.Errorf("after DELETE: %d", r.status)
	}
}

func TestDropAfterAccept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ra.jsonl")
	w := open(t, Config{Complaints: -1, StateFile: path})
	id := strings.TrimPrefix(w.create(), "/complaints/")
	admin[any](w, "POST", "/faults", `{"endpoint":"reply","kind":"drop-after-accept"}`, 201)
	if r := w.reply("1", "Olá"); r.status != 404 || len(w.s.Faults()) != 1 {
		t.Errorf("a refused call: %d, %v left", r.status, w.s.Faults())
	}
	_, err := w.tryAPI("POST", "/ticket/v1/tickets/message/public", "application/json", `{"id":`+id+`,"message":"Olá"}`)
	if err == nil {
		t.Fatal("the connection was answered")
	}
	ticket := w.list("id[eq]=" + id).Data[0]
	if len(ticket.Interactions) != 2 || ticket.Interactions[1].Message != "Olá" {
		t.Errorf("not accepted: %+v", ticket.Interactions)
	}
	b, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(b), `"message":"Olá"`) {
		t.Errorf("not in the journal: %v", err)
	}
	if r := w.reply(id, "Olá"); r.status != 409 || r.code(t) != 40930 {
		t.Errorf("again: %d %s", r.status, r.body)
	}
	calls := w.s.Calls()
	if dropped := calls[len(calls)-3]; dropped.Status != 0 || dropped.Fault != DropAfterAccept || !dropped.Counted {
		t.Errorf("in the log: %+v", dropped)
	}
}

// TestKilled leaves a sandbox as kill -9 would (nothing is closed), half a line at the end, and starts another one on its file.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "ra.jsonl")
	c := newClock()
	killed, err := New(Config{Complaints: 30, StateFile: path, Now: c.now, Rate: 7})
	if err != nil || killed.Restored() {
		t.Fatal(err, killed.Restored())
	}
	created, err := killed.CreateComplaint(NewComplaint{Text: "Não <chegou> & pronto\n\r."})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		c.add(time.Minute)
		if _, err := killed.CompanyReply(created.ID, fmt.Sprint("Resposta ", i)); err != nil {
			t.Fatal(err)
		}
	}
	killed.SetLife(true)
	killed.SetCallback("http://callback.example.com/hook")
	if err := killed.SetRate(99); err != nil {
		t.Fatal(err)
	}
	addToFile(t, path, `{"complaint":{"id":90000001,"compl`)
	want := killed.Complaints(0)

	again, err := New(Config{Complaints: 30, StateFile: path, Now: c.now, Rate: 7})
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, again)
	if got := again.Complaints(0); !reflect.DeepEqual(got, want) {
		t.Errorf("%d complaints came back, %d were there", len(got), len(want))
	}
	if o := again.Overview(); !o.Life || o.Callback.URL != "http://callback.example.com/hook" || o.Rate != 99 || !again.Restored() {
		t.Errorf("settings: %+v", o)
	}
	b, err := os.ReadFile(path)
	if err != nil || strings.Count(string(b), "\n") != len(want)+1 {
		t.Errorf("compacted to %d lines, %v", strings.Count(string(b), "\n"), err)
	}
	next, err := again.CreateComplaint(NewComplaint{})
	if err != nil || next.ID != created.ID+1 || next.Interactions[0].ID <= want[0].Interactions[5].ID || next.Modified.Before(want[0].Modified.Time) {
		t.Errorf("the next complaint: %d %v", next.ID, err)
	}
	closeIt(t, killed)
}

func TestChangedRateWinsOverKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ra.jsonl")
	for _, c := range []struct{ configured, set, want int }{{10, 50, 50}, {10, 0, 50}, {20, 0, 20}} {
		s, err := New(Config{Complaints: -1, StateFile: path, Rate: c.configured})
		if err != nil {
			t.Fatal(err)
		}
		if c.set > 0 {
			err = s.SetRate(c.set)
		}
		if got := s.Overview().Rate; got != c.want || err != nil {
			t.Errorf("configured %d: %d, want %d, %v", c.configured, got, c.want, err)
		}
		closeIt(t, s)
	}
}

func TestBrokenStateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ra.jsonl")
	addToFile(t, path, "{\"settings\":{}}\nnonsense\n{\"settings\":{}}\n")
	if _, err := New(Config{StateFile: path}); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v", err)
	}
}

func TestChangeThatCannotBeKept(t *testing.T) {
	w := open(t, Config{Complaints: -1, StateFile: filepath.Join(t.TempDir(), "ra.jsonl")})
	id := strings.TrimPrefix(w.create(), "/complaints/")
	if err := w.s.ledger.journal.file.Close(); err != nil {
		t.Fatal(err)
	}
	if r := w.reply(id, "Olá"); r.status != 503 {
		t.Errorf("reply: %d %s", r.status, r.body)
	}
	admin[problem](w, "POST", "/complaints", ``, 503)
	if all := w.s.Complaints(0); len(all) != 1 || len(all[0].Interactions) != 1 {
		t.Errorf("a change that was not kept is seen: %d", len(all))
	}
	w.s.ledger.journal = nil // already closed
}

func TestConfigRefused(t *testing.T) {
	for _, cfg := range []Config{{Rate: -1}, {LifeMin: time.Minute, LifeMax: time.Second}, {TokenLifetime: time.Millisecond}} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
}

func addToFile(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func closeIt(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
