package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
)

// endpoint is one route of the contract.
type endpoint struct {
	name   string // what faults and chaos call it
	method string
	paths  []string // below /api
	auth   auth
	serve  func(*Server, *visit) answer
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
	const tickets, companies = "/ticket/v1/tickets", "/companies/v1/companies"
	return []endpoint{
		{"token", "POST", []string{"/auth/oauth/token"}, authBasic, (*Server).serveToken},
		{"availability", "GET", []string{"/auth/availability"}, authNone, (*Server).serveAvailability},
		{"availability", "GET", []string{"/ticket/availability"}, authNone, (*Server).serveTicketAvailability},
		{"list", "GET", []string{tickets, "/v1/tickets"}, authBearer, (*Server).serveList},                              // E1, E2
		{"count", "GET", []string{tickets + "/count"}, authBearer, (*Server).serveCount},                                // E3
		{"attachment", "GET", []string{tickets + "/attachment/{detailId}"}, authBearer, (*Server).serveLink},            // E4
		{"reply", "POST", []string{tickets + "/message/public"}, authBearer, (*Server).serveReply},                      // E5
		{"private", "POST", []string{tickets + "/message/private"}, authBearer, (*Server).servePrivate},                 // E6
		{"end-thread", "POST", []string{tickets + "/message/private/{id}/end"}, authBearer, (*Server).serveEndThread},   // E7
		{"evaluation", "POST", []string{tickets + "/evaluation"}, authBearer, (*Server).serveAskEvaluation},             // E8
		{"moderation", "POST", []string{tickets + "/moderation"}, authBearer, (*Server).serveModeration},                // E9
		{"targets", "GET", []string{tickets + "/moderation/companies"}, authBearer, (*Server).serveTargets},             // E10
		{"companies", "GET", []string{companies + "/organization"}, authBearer, (*Server).serveCompanies},               // E11
		{"reputation", "GET", []string{companies + "/{companyId}/reputation"}, authBearer, (*Server).serveReputation},   // E12
		{"whatsapp", "GET", []string{companies + "/organization/whatsapp/consumption"}, authBearer, (*Server).serveUse}, // E13
		{"file", "GET", []string{"/files/{key}/{name}"}, authNone, (*Server).serveFile},                                 // where E4 points
	}
}

// endpointNames are the names that a fault may be for.
func endpointNames() []string {
	names, seen := []string{"any"}, map[string]bool{}
	for _, e := range endpoints() {
		if !seen[e.name] {
			seen[e.name] = true
			names = append(names, e.name)
		}
	}
	return names
}

// answer is what an endpoint decided, before any fault. A nil body is an empty one.
type answer struct {
	status  int
	body    []byte
	header  http.Header
	refusal *Refusal // set on every error, so that it can be written in another form
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
		return answer{status: http.StatusInternalServerError, body: []byte(err.Error())}
	}
	return answer{status: http.StatusOK, body: b}
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
	a.status, a.refusal = r.Status(), r
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
	return endpoint{auth: a, serve: func(*Server, *visit) answer { return refused(refuse(code, message)) }}
}

func (s *Server) serveAvailability(v *visit) answer {
	if v.sw.AvailabilityEmpty {
		return answer{status: http.StatusOK}
	}
	return ok(envelope{"OK", 200, true})
}

// serveTicketAvailability takes a call with or without a token, since one client sends it and another does not.
func (s *Server) serveTicketAvailability(v *visit) answer {
	if _, known := s.tokens.owner(v.Request, v.at); v.sw.AvailabilityNeedsToken && !known {
		return refused(refuse(4010, "Token inválido ou expirado."))
	}
	return s.serveAvailability(v)
}
