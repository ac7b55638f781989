package upload

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"citrus.cx/channel/server/fault"
)

// problem is an expected failure as the contract's UserError has it, and the request's id where it is ours.
type problem struct {
	Code         fault.Code `json:"code"`
	Field        []string   `json:"field"`
	Message      string     `json:"message"`
	Retryable    bool       `json:"retryable"`
	RetryAfterMs int64      `json:"retryAfterMs,omitempty"`
	RequestID    string     `json:"requestId,omitempty"`
}

// statuses are those that HTTP has a word for; all others are 400.
var statuses = map[fault.Code]int{
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.PayloadTooLarge: http.StatusRequestEntityTooLarge,
	fault.UnsupportedFile: http.StatusUnsupportedMediaType,
	fault.TooManyRequests: http.StatusTooManyRequests,
	fault.Internal:        http.StatusInternalServerError,
}

// refuse writes an error: a fault as what it is, all else as internal, with nothing of it but the request's id.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	id := w.Header().Get("X-Request-Id")
	list, expected := fault.All(err)
	if !expected {
		if r.Context().Err() == nil {
			h.files.Log.ErrorContext(r.Context(), "internal error", "requestId", id, "path", Path, "error", err)
		}
		list = fault.List{fault.New(fault.Internal)}
	}
	language := fault.Preferred(r.Header.Get("Accept-Language"))
	problems := make([]problem, len(list))
	for i, f := range list {
		problems[i] = problem{f.Code, append([]string{}, f.Field...), f.Message(language), f.Retryable(), f.RetryAfter.Milliseconds(), ""}
		if !expected {
			problems[i].RequestID = id
		}
	}
	status, known := statuses[list[0].Code]
	if !known {
		status = http.StatusBadRequest
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if wait := list[0].RetryAfter; wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	write(w, status, map[string][]problem{"errors": problems})
}

func (h *Handler) refuseMethod(w http.ResponseWriter, r *http.Request, one bool) {
	allow := "POST"
	if one {
		allow = "GET, HEAD"
	}
	w.Header().Set("Allow", allow)
	text := fault.Text{PT: "aqui só " + allow, EN: "only " + allow + " is served here"}.In(fault.Preferred(r.Header.Get("Accept-Language")))
	write(w, http.StatusMethodNotAllowed, map[string][]problem{"errors": {{Code: fault.Invalid, Field: []string{}, Message: text}}})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone: nobody to tell
}
