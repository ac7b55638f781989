package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// maxAdminBody caps every body of the admin side.
const maxAdminBody = 256 << 10

// verb is one admin route: it returns the status and the body of success.
type verb func(*http.Request) (int, any, error)

func (s *Server) routeAdmin(mux *http.ServeMux) {
	admin := http.NewServeMux()
	for pattern, do := range map[string]verb{
		"POST /__sandbox/complaints":                      s.adminCreate,
		"GET /__sandbox/complaints":                       s.adminList,
		"GET /__sandbox/complaints/{id}":                  byID(adminNothing, func(id int64, _ *struct{}) (*Ticket, error) { return s.Complaint(id) }),
		"POST /__sandbox/complaints/{id}/replica":         byID(readBody[textBody], func(id int64, b *textBody) (*Ticket, error) { return s.Replica(id, b.Text) }),
		"POST /__sandbox/complaints/{id}/evaluation":      byID(readBody[evaluationBody], s.adminEvaluate),
		"POST /__sandbox/complaints/{id}/private-message": byID(readBody[textBody], func(id int64, b *textBody) (*Ticket, error) { return s.ConsumerMessage(id, b.Text) }),
		"POST /__sandbox/complaints/{id}/deactivate":      byID(readBody[struct{}], func(id int64, _ *struct{}) (*Ticket, error) { return s.Deactivate(id) }),
		"POST /__sandbox/complaints/{id}/company-reply":   byID(readBody[textBody], func(id int64, b *textBody) (*Ticket, error) { return s.CompanyReply(id, b.Text) }),
		"GET /__sandbox/state":                            s.adminState,
		"GET /__sandbox/calls":                            s.adminCalls,
		"PUT /__sandbox/life":                             s.adminLife,
		"POST /__sandbox/happen":                          s.adminHappen,
		"PUT /__sandbox/callback":                         s.adminCallback,
		"PUT /__sandbox/rate":                             s.adminRate,
		"POST /__sandbox/faults":                          s.adminFault,
		"DELETE /__sandbox/faults":                        s.adminClearFaults,
	} {
		admin.HandleFunc(pattern, serveVerb(do))
	}
	admin.HandleFunc("/__sandbox/", serveVerb(func(*http.Request) (int, any, error) { return 0, nil, errNoRoute }))
	// There are no logins here, so a page of another origin in the user's browser must not be able to write.
	mux.Handle("/__sandbox/", http.NewCrossOriginProtection().Handler(admin))
}

var errNoRoute = errors.New("sandbox: no such route or method; see doc.go or GET /")

func serveVerb(do verb) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxAdminBody)
		status, body, err := do(r)
		if err != nil {
			status, body = adminError(err)
		}
		if body == nil {
			w.WriteHeader(status)
			return
		}
		a := ok(body)
		send(w, answer{status: max(status, a.status), body: a.body})
	}
}

// problem is the body of every error of the admin side; Field and Code only where there is one.
type problem struct {
	Field   string `json:"field,omitempty"`
	Code    int    `json:"code,omitempty"`
	Message string `json:"message"`
}

func adminError(err error) (int, problem) {
	var input *InputError
	var refusal *Refusal
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return http.StatusRequestEntityTooLarge, problem{Field: "body", Message: "no máximo 256 KiB"}
	case errors.As(err, &input):
		return http.StatusBadRequest, problem{Field: input.Field, Message: input.Message}
	case errors.As(err, &refusal):
		return http.StatusConflict, problem{Code: refusal.Code, Message: refusal.Message}
	case errors.Is(err, ErrNoComplaint):
		return http.StatusNotFound, problem{Field: "id", Message: "não há reclamação com este id"}
	case errors.Is(err, errNoRoute):
		return http.StatusNotFound, problem{Message: err.Error()}
	}
	return http.StatusServiceUnavailable, problem{Message: "a mudança não pôde ser guardada"}
}

// readBody reads a JSON object; nothing at all is an empty one.
func readBody[T any](r *http.Request) (*T, error) {
	body := new(T)
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(body)
	if errors.Is(err, io.EOF) {
		return body, nil
	}
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return body, nil
		}
		err = errors.Join(err, errors.New("more than one JSON value"))
	}
	var big *http.MaxBytesError
	var wrong *json.UnmarshalTypeError
	switch unknown, found := strings.CutPrefix(err.Error(), "json: unknown field "); {
	case errors.As(err, &big):
		return nil, err
	case errors.As(err, &wrong) && wrong.Field != "":
		return nil, &InputError{wrong.Field, "tipo errado: " + wrong.Value}
	case found:
		return nil, &InputError{strings.Trim(unknown, `"`), "campo desconhecido"}
	}
	return nil, &InputError{"body", "não é um objeto JSON"}
}

func adminNothing(*http.Request) (*struct{}, error) { return nil, nil }

// byID makes a verb of what is done to one complaint.
func byID[T any](read func(*http.Request) (*T, error), do func(int64, *T) (*Ticket, error)) verb {
	return func(r *http.Request) (int, any, error) {
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil {
			return 0, nil, &InputError{"id", "deve ser o id numérico (HugMe) da reclamação"}
		}
		body, err := read(r)
		if err != nil {
			return 0, nil, err
		}
		t, err := do(id, body)
		return http.StatusOK, t, err
	}
}

type textBody struct {
	Text string `json:"text"`
}

type evaluationBody struct {
	Rating            *int    `json:"rating"`
	Resolved          *bool   `json:"resolved"`
	BackDoingBusiness *bool   `json:"backDoingBusiness"`
	Consideration     *string `json:"consideration"`
}

// adminEvaluate fills what was left out: rating 8, and from 6 up resolved and back; words to match.
func (s *Server) adminEvaluate(id int64, b *evaluationBody) (*Ticket, error) {
	e := Evaluation{Rating: or(b.Rating, 8)}
	e.Resolved = or(b.Resolved, e.Rating >= 6)
	e.BackDoingBusiness = or(b.BackDoingBusiness, e.Resolved)
	words := badWords[0]
	if e.Resolved {
		words = goodWords[0]
	}
	e.Consideration = or(b.Consideration, words)
	return s.Evaluate(id, e)
}

func or[T any](given *T, otherwise T) T {
	if given == nil {
		return otherwise
	}
	return *given
}

func (s *Server) adminCreate(r *http.Request) (int, any, error) {
	body, err := readBody[NewComplaint](r)
	if err != nil {
		return 0, nil, err
	}
	t, err := s.CreateComplaint(*body)
	return http.StatusCreated, t, err
}

// limitOf reads ?limit=, from 1 to most.
func limitOf(r *http.Request, otherwise, most int) (int, error) {
	given := r.URL.Query().Get("limit")
	if given == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(given)
	if err != nil || n < 1 || n > most {
		return 0, &InputError{"limit", "deve estar entre 1 e " + strconv.Itoa(most)}
	}
	return n, nil
}

func (s *Server) adminList(r *http.Request) (int, any, error) {
	limit, err := limitOf(r, 50, 10_000)
	if err != nil {
		return 0, nil, err
	}
	all := s.Complaints(0)
	return http.StatusOK, pageBody{all[:min(limit, len(all))], meta{metaPage{1, limit}, len(all)}}, nil
}

func (s *Server) adminState(*http.Request) (int, any, error) { return http.StatusOK, s.Overview(), nil }

func (s *Server) adminCalls(r *http.Request) (int, any, error) {
	limit, err := limitOf(r, maxCalls, maxCalls)
	if err != nil {
		return 0, nil, err
	}
	calls := s.Calls()
	return http.StatusOK, map[string]any{"total": s.calls.count(), "data": calls[max(0, len(calls)-limit):]}, nil
}

func (s *Server) adminLife(r *http.Request) (int, any, error) {
	body, err := readBody[struct {
		On *bool `json:"on"`
	}](r)
	if err == nil && body.On == nil {
		err = &InputError{"on", "é obrigatório"}
	}
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, body, s.setLife(*body.On)
}

func (s *Server) adminHappen(*http.Request) (int, any, error) {
	h, err := s.Happen()
	return http.StatusOK, h, err
}

func (s *Server) adminCallback(r *http.Request) (int, any, error) {
	body, err := readBody[struct {
		URL  *string `json:"url"`
		Body string  `json:"body"`
	}](r)
	if err == nil && body.URL == nil {
		err = &InputError{"url", "é obrigatório"}
	}
	if err == nil {
		err = s.setCallback(*body.URL, body.Body)
	}
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, s.Overview().Callback, nil
}

func (s *Server) adminRate(r *http.Request) (int, any, error) {
	body, err := readBody[struct {
		Rate int `json:"rate"`
	}](r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, body, s.SetRate(body.Rate)
}

func (s *Server) adminFault(r *http.Request) (int, any, error) {
	body, err := readBody[Fault](r)
	if err != nil {
		return 0, nil, err
	}
	if err := s.AddFault(*body); err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, map[string]any{"data": s.Faults()}, nil
}

func (s *Server) adminClearFaults(*http.Request) (int, any, error) {
	s.ClearFaults()
	return http.StatusNoContent, nil, nil
}
