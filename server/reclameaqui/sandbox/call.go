package sandbox

import (
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"time"
)

// visit is one API call under way: the request, its moment on the sandbox's clock, and what was decided about it.
type visit struct {
	*http.Request
	at time.Time
	sw Switches
	// fault is what the call met; the zero Fault for nothing.
	fault Fault
}

// call takes one API call through its steps: who, how often, what goes wrong, what is answered. It is in the log as it
// ended before its answer is sent, so that whoever has the answer finds it there.
func (s *Server) call(w http.ResponseWriter, r *http.Request, e endpoint) {
	v := &visit{Request: r, at: s.cfg.Now(), sw: s.ledger.current().Switches}
	end := s.calls.begin(r, v.at)
	w.Header().Set("Date", v.at.UTC().Format(http.TimeFormat))
	client, err := s.admit(v, e)
	result := Call{Client: client, Counted: client != "" && (err == nil || v.sw.RefusedCallsCount) && !e.free(v.sw)}
	var a answer
	cut := false
	if err != nil {
		a = refused(err)
	} else {
		v.fault = s.meet(e.name)
		result.Fault = v.fault.name()
		a, cut = s.serveThrough(v, e)
	}
	a = v.sw.dress(a)
	if v.fault.Kind == BrokenJSON && a.status < 400 {
		a.body = a.body[:len(a.body)/2]
	}
	if cut {
		end(result)
		hangUp(w)
		return
	}
	result.Status = a.status
	end(result)
	send(w, a)
}

// meet gives the fault that waits for the endpoint; where none was armed, what chaos draws.
func (s *Server) meet(endpoint string) Fault {
	if f, armed := s.faults.take(endpoint); armed {
		return f
	}
	return s.chaos.draw(endpoint)
}

func (e endpoint) free(sw Switches) bool {
	return e.auth == authNone || e.auth == authBasic && sw.TokenCallsFree
}

// admit says whose call it is ("" for nobody's) and whether it may go on: 4010, 4290, or that the licence is not valid.
func (s *Server) admit(v *visit, e endpoint) (string, error) {
	client, known := "", true
	switch e.auth {
	case authBasic:
		if client, known = s.basicClient(v.Request); !known {
			return "", refuse(4010, "Credenciais inválidas.")
		}
	case authBearer:
		if client, known = s.tokens.owner(v.Request, v.at); !known {
			return "", refuse(4010, "Token inválido ou expirado.")
		}
	}
	if e.free(v.sw) {
		return client, nil
	}
	if !s.window.take(v.sw.whose(client, v.Request), v.at, s.ledger.current().Rate, v.sw.RefusedCallsCount) {
		return client, refuse(4290, "Limite de requisições excedido. Aguarde 1 minuto.")
	}
	return client, s.licence(v)
}

// whose is the name that the limit counts a call under.
func (sw Switches) whose(client string, r *http.Request) string {
	switch sw.RateScope {
	case "token":
		return r.Header.Get("Authorization")
	case "address":
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			return r.RemoteAddr
		}
		return host
	}
	return client
}

// serveThrough serves a call through the fault that it met; cut means that the connection is to be closed without an
// answer.
func (s *Server) serveThrough(v *visit, e endpoint) (a answer, cut bool) {
	f := v.fault
	if f.DelayMs > 0 && !wait(v.Request, time.Duration(f.DelayMs)*time.Millisecond) {
		return answer{}, true
	}
	switch f.Kind {
	case DropBeforeAccept:
		return answer{}, true
	case StatusFault:
		return refusedAs(f.Status, f.Status*10), false
	case CodeFault:
		return refusedAs((&Refusal{Code: f.Code}).Status(), f.Code), false
	}
	a = e.serve(s, v)
	if a.status >= 400 && f.needsSuccess() {
		s.faults.giveBack(f) // nothing was accepted that could be spoilt
		return a, f.chance && f.Kind == DropAfterAccept
	}
	switch f.Kind {
	case DropAfterAccept:
		return answer{}, true
	case WrongTotal:
		a.body = withWrongTotal(a.body)
	}
	return a, false
}

func refusedAs(status, code int) answer {
	a := refused(refuse(code, "Falha injetada."))
	a.status = status
	return a
}

// wait is false when the client went away first.
func wait(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// wrongBy is how far a wrong total is off.
const wrongBy = 7

// withWrongTotal raises meta.total of a page, or the data of a count.
func withWrongTotal(body []byte) []byte {
	var count struct {
		Data *int `json:"data"`
	}
	if json.Unmarshal(body, &count) == nil && count.Data != nil {
		return ok(countBody{*count.Data + wrongBy}).body
	}
	var page struct {
		Data json.RawMessage `json:"data"`
		Meta *meta           `json:"meta"`
	}
	if json.Unmarshal(body, &page) != nil || page.Meta == nil {
		return body
	}
	page.Meta.Total += wrongBy
	return ok(page).body
}

func send(w http.ResponseWriter, a answer) {
	for key, values := range a.header {
		w.Header()[key] = values
	}
	if len(a.body) > 0 && w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	}
	if a.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that went away is its own loss
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the way without a hijack: net/http closes the connection, and logs nothing
	}
	_ = conn.Close()
}
