package transport

import (
	"net/http"
	"net/url"
	"strings"
)

func originSet(list []string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, o := range list {
		set[strings.ToLower(strings.TrimRight(strings.TrimSpace(o), "/"))] = true
	}
	return set
}

// originAllowed applies one rule to every door. Browsers do not ask before they
// open a WebSocket, so the server must; for HTTP it saves reasoning about caches,
// plug-ins and simple requests.
func (s *Server) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	return origin == "" || s.originListed(origin) || sameHost(origin, r.Host)
}

func (s *Server) originListed(origin string) bool {
	return s.origins["*"] || s.origins[strings.ToLower(origin)]
}

func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}

// isPreflight tells a browser's question before a cross-origin request from an OPTIONS of any other kind.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions &&
		r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// writeCORS lets the pages of a listed origin read the answer. There are no
// cookies to allow: who is asking stands in the Authorization header alone.
func (s *Server) writeCORS(h http.Header, r *http.Request) {
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" || !s.originListed(origin) {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id")
	if isPreflight(r) {
		h.Set("Access-Control-Allow-Methods", "GET, POST")
		h.Set("Access-Control-Allow-Headers", "Accept-Language, Authorization, Content-Type, Last-Event-ID, X-Request-Id")
		h.Set("Access-Control-Max-Age", "600")
	}
}
