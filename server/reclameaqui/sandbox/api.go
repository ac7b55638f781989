package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// endpoint is one route of the contract.
type endpoint struct {
	name   string // what faults call it
	method string
	paths  []string // below /api
	auth   auth
	serve  func(*Server, *http.Request) answer
}

// auth is what an endpoint asks for. Calls that need none are never counted.
type auth int

const (
	authNone auth = iota
	authBasic
	authBearer
)

// endpoints is the API side on one screen; E numbers are those of the contract's table.
func endpoints() []endpoint {
	tickets := []string{"/ticket/v1/tickets", "/v1/tickets"}
	return []endpoint{
		{"token", "POST", []string{"/auth/oauth/token"}, authBasic, (*Server).serveToken},
		{"availability", "GET", []string{"/auth/availability", "/ticket/availability"}, authNone, (*Server).serveAvailability},
		{"list", "GET", tickets, authBearer, (*Server).serveList},                                                    // E1, E2
		{"count", "GET", []string{"/ticket/v1/tickets/count"}, authBearer, (*Server).serveCount},                     // E3
		{"reply", "POST", []string{"/ticket/v1/tickets/message/public"}, authBearer, (*Server).serveReply},           // E5
		{"companies", "GET", []string{"/companies/v1/companies/organization"}, authBearer, (*Server).serveCompanies}, // E11
	}
}

// endpointNames are the names that a fault may be for.
func endpointNames() []string {
	names := []string{"any"}
	for _, e := range endpoints() {
		names = append(names, e.name)
	}
	return names
}

// answer is what an endpoint decided, before any fault. A nil body is an empty one.
type answer struct {
	status int
	body   []byte
}

// envelope is the contract's body of errors and of accepted writes.
type envelope struct {
	Message string `json:"message"`
	Code    int    `json:"code"`
	Success bool   `json:"success"`
}

func ok(body any) answer {
	b, err := encode(body)
	if err != nil {
		return answer{http.StatusInternalServerError, []byte(err.Error())}
	}
	return answer{http.StatusOK, b}
}

// encode writes accents and angle brackets as they are, like the real API.
func encode(body any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(body)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}

// refused turns an error into the contract's answer.
func refused(err error) answer {
	var r *Refusal
	switch {
	case errors.As(err, &r):
	case errors.Is(err, ErrNoComplaint):
		r = &Refusal{4040, "Ticket não encontrado."}
	default:
		r = &Refusal{5030, "Serviço indisponível."}
	}
	a := ok(envelope{r.Message, r.Code, false})
	a.status = r.Status()
	return a
}

func (s *Server) routeAPI(mux *http.ServeMux) {
	byPath := map[string]map[string]endpoint{}
	for _, e := range endpoints() {
		for _, path := range e.paths {
			if byPath[path] == nil {
				byPath[path] = map[string]endpoint{}
			}
			byPath[path][e.method] = e
		}
	}
	for path, methods := range byPath {
		mux.HandleFunc("/api"+path, func(w http.ResponseWriter, r *http.Request) {
			e, known := methods[r.Method]
			if !known {
				e = notServed(authNone, 4050, "Método não permitido.")
			}
			s.call(w, r, e)
		})
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		s.call(w, r, notServed(authBearer, 4040, "Recurso não encontrado."))
	})
}

func notServed(a auth, code int, message string) endpoint {
	return endpoint{auth: a, serve: func(*Server, *http.Request) answer { return refused(refuse(code, message)) }}
}

// call takes one API call through its steps: who, how often, what goes wrong, what is answered.
func (s *Server) call(w http.ResponseWriter, r *http.Request, e endpoint) {
	now := s.cfg.Now()
	end := s.calls.begin(r, now)
	result := Call{}
	defer func() { end(result) }()
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	client, err := s.admit(r, e, now)
	result.Client = client
	result.Counted = client != "" && (err == nil || s.cfg.Switches.RefusedCallsCount) && !s.free(e)
	if err != nil {
		a := refused(err)
		result.Status = a.status
		send(w, a)
		return
	}
	fault, met := s.faults.take(e.name)
	if met {
		result.Fault = fault.Kind
	}
	a, cut := s.serveThrough(r, e, fault)
	if cut {
		hangUp(w)
		return
	}
	result.Status = a.status
	send(w, a)
}

func (s *Server) free(e endpoint) bool {
	return e.auth == authNone || e.auth == authBasic && s.cfg.Switches.TokenCallsFree
}

// admit says whose call it is ("" for nobody's) and whether it may go on: 4010 or 4290.
func (s *Server) admit(r *http.Request, e endpoint, now time.Time) (string, error) {
	client, known := "", true
	switch e.auth {
	case authBasic:
		if client, known = s.basicClient(r); !known {
			return "", refuse(4010, "Credenciais inválidas.")
		}
	case authBearer:
		if client, known = s.tokens.owner(r, now); !known {
			return "", refuse(4010, "Token inválido ou expirado.")
		}
	}
	if s.free(e) {
		return client, nil
	}
	if !s.window.take(client, now, s.ledger.current().Rate, s.cfg.Switches.RefusedCallsCount) {
		return client, refuse(4290, "Limite de requisições excedido. Aguarde 1 minuto.")
	}
	return client, nil
}

// serveThrough serves a call through the fault that it met (the zero Fault for none); cut means that the connection is
// to be closed without an answer.
func (s *Server) serveThrough(r *http.Request, e endpoint, f Fault) (a answer, cut bool) {
	if f.DelayMs > 0 && !wait(r, time.Duration(f.DelayMs)*time.Millisecond) {
		return answer{}, true
	}
	switch f.Kind {
	case DropBeforeAccept:
		return answer{}, true
	case StatusFault:
		a = ok(envelope{"Falha injetada.", f.Status * 10, false})
		a.status = f.Status
		return a, false
	}
	a = e.serve(s, r)
	if a.status >= 400 && f.Kind != "" && f.Kind != Delay {
		s.faults.giveBack(f) // nothing was accepted that could be spoilt
		return a, false
	}
	switch f.Kind {
	case DropAfterAccept:
		return answer{}, true
	case BrokenJSON:
		a.body = a.body[:len(a.body)/2]
	case WrongTotal:
		a.body = withWrongTotal(a.body)
	}
	return a, false
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
	if len(a.body) > 0 {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
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
