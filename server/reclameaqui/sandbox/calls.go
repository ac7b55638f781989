package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// maxCalls is how many API calls the log keeps.
const maxCalls = 10_000

// Call is one call of the API side, as GET /__sandbox/calls lists it.
type Call struct {
	At     time.Time `json:"at"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Query  string    `json:"query"`
	// Status is 0 where no answer was sent (yet, or because a fault cut the connection).
	Status int `json:"status"`
	// Client is whose limit the call took from; empty for calls that count for nobody.
	Client string `json:"client"`
	// Counted says whether the call took a place in the window of 60 s.
	Counted bool `json:"counted"`
	// Fault is the kind of the fault that met it.
	Fault string `json:"fault,omitempty"`
}

type callLog struct {
	mu    sync.Mutex
	ring  [maxCalls]*Call
	total int
}

// begin notes a call as it arrives; the returned function notes how it ended.
func (l *callLog) begin(r *http.Request, at time.Time) (end func(Call)) {
	c := &Call{At: at.UTC(), Method: r.Method, Path: r.URL.Path, Query: withoutSecrets(r.URL.RawQuery)}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring[l.total%maxCalls] = c
	l.total++
	return func(result Call) {
		l.mu.Lock()
		defer l.mu.Unlock()
		c.Status, c.Client, c.Counted, c.Fault = result.Status, result.Client, result.Counted, result.Fault
	}
}

// all gives the calls kept, oldest first.
func (l *callLog) all() []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]Call, 0, min(l.total, maxCalls))
	for i := max(0, l.total-maxCalls); i < l.total; i++ {
		list = append(list, *l.ring[i%maxCalls])
	}
	return list
}

func (l *callLog) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}

// withoutSecrets hides what a client should not have put in a query, and keeps the rest readable.
func withoutSecrets(raw string) string {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return "<malformed>"
	}
	secret := []string{"client_secret", "password", "access_token", "token"}
	for key := range values {
		if slices.Contains(secret, key) {
			values.Set(key, "redacted")
		}
	}
	s, err := url.QueryUnescape(values.Encode())
	if err != nil {
		return "<malformed>"
	}
	return s
}
