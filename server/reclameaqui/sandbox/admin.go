package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// maxAdminBody caps every body of the admin side; maxAdminFiles those that may carry files, as base64.
const (
	maxAdminBody  = 256 << 10
	maxAdminFiles = 64 << 20
)

// verb is one admin route: it returns the status and the body of success.
type verb func(*http.Request) (int, any, error)

func (s *Server) routeAdmin(mux *http.ServeMux) {
	admin := http.NewServeMux()
	for pattern, do := range s.settingVerbs() {
		admin.HandleFunc(pattern, serveVerb(do, maxAdminBody))
	}
	for pattern, do := range s.complaintVerbs() {
		admin.HandleFunc(pattern, serveVerb(do, maxAdminBody))
	}
	for pattern, do := range s.fileVerbs() {
		admin.HandleFunc(pattern, serveVerb(do, maxAdminFiles))
	}
	admin.HandleFunc("GET /__sandbox/attachments/{detailId}", s.adminAttachment)
	admin.HandleFunc("/__sandbox/", serveVerb(func(*http.Request) (int, any, error) { return 0, nil, errNoRoute }, maxAdminBody))
	// There are no logins here, so a page of another origin in the user's browser must not be able to write.
	mux.Handle("/__sandbox/", http.NewCrossOriginProtection().Handler(admin))
}

// adminAttachment serves the content of an attachment without a link, for the page and for checkers.
func (s *Server) adminAttachment(w http.ResponseWriter, r *http.Request) {
	name, content, err := s.attachment(r.PathValue("detailId"))
	if err != nil {
		send(w, refused(err))
		return
	}
	send(w, served(name, content))
}

var errNoRoute = errors.New("sandbox: no such route or method; see doc.go or GET /")

func serveVerb(do verb, limit int64) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, limit)
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
		return http.StatusRequestEntityTooLarge, problem{Field: "body", Message: fmt.Sprintf("no máximo %d KiB", big.Limit>>10)}
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
	return body, readInto(r, body)
}

// readInto changes only what the body names.
func readInto(r *http.Request, body any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(body)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		err = errors.Join(err, errors.New("more than one JSON value"))
	}
	var big *http.MaxBytesError
	var wrong *json.UnmarshalTypeError
	switch unknown, found := strings.CutPrefix(err.Error(), "json: unknown field "); {
	case errors.As(err, &big):
		return err
	case errors.As(err, &wrong) && wrong.Field != "":
		return &InputError{strings.TrimPrefix(wrong.Field, "View."), "tipo errado: " + wrong.Value}
	case found:
		return &InputError{strings.Trim(unknown, `"`), "campo desconhecido"}
	}
	return &InputError{"body", "não é um objeto JSON"}
}

// byID makes a verb of what is done to one complaint.
func byID[T any](do func(int64, *T) (*Ticket, error)) verb {
	return func(r *http.Request) (int, any, error) {
		id, err := idOf(r)
		if err != nil {
			return 0, nil, err
		}
		body, err := readBody[T](r)
		if err != nil {
			return 0, nil, err
		}
		t, err := do(id, body)
		return http.StatusOK, t, err
	}
}

func idOf(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, &InputError{"id", "deve ser o id numérico (HugMe) da reclamação"}
	}
	return id, nil
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

func or[T any](given *T, otherwise T) T {
	if given == nil {
		return otherwise
	}
	return *given
}
