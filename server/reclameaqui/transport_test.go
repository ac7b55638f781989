package reclameaqui

import (
	"io"
	"net/http"
	"strings"
)

// roundTrip is a transport in memory, which reports no traces.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// memory answers every request with a status and a body.
func memory(answer func(*http.Request) (int, string)) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		status, body := answer(r)
		return respond(status, body), nil
	}
}

func respond(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}
