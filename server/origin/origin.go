// Package origin owns which web pages may ask: one rule for every door that a browser's page knocks at.
//
// It refuses to know who is asking: that stands in the Authorization header alone, there are no cookies,
// so a page of another origin can do nothing in a person's name even where it may ask. GraphQL's
// transport and the route of files call it; Reclame Aqui's callback is no page and has no need of it.
package origin

import (
	"net/http"
	"net/url"
	"strings"
)

// Policy is the origins that browsers may come from. The server's own host is always allowed, and so
// is a request without an Origin: it is no browser's.
type Policy struct{ listed map[string]bool }

// New makes a policy of Origin values as "https://app.example.com"; "*" allows any.
func New(allowed []string) Policy {
	listed := make(map[string]bool, len(allowed))
	for _, o := range allowed {
		listed[strings.ToLower(strings.TrimRight(strings.TrimSpace(o), "/"))] = true
	}
	return Policy{listed}
}

// Allows says whether a request may be answered. Browsers do not ask before they open a WebSocket,
// so the server must; for HTTP it saves reasoning about caches, plug-ins and simple requests.
func (p Policy) Allows(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	return origin == "" || p.lists(origin) || sameHost(origin, r.Host)
}

func (p Policy) lists(origin string) bool {
	return p.listed["*"] || p.listed[strings.ToLower(origin)]
}

func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}

// IsPreflight tells a browser's question before a cross-origin request from an OPTIONS of any other kind.
func IsPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions &&
		r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// Write lets the pages of a listed origin read the answer.
func (p Policy) Write(h http.Header, r *http.Request) {
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" || !p.lists(origin) {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "Content-Disposition, Retry-After, X-Request-Id")
	if IsPreflight(r) {
		h.Set("Access-Control-Allow-Methods", "GET, POST")
		h.Set("Access-Control-Allow-Headers", "Accept-Language, Authorization, Content-Type, Last-Event-ID, X-Request-Id")
		h.Set("Access-Control-Max-Age", "600")
	}
}
