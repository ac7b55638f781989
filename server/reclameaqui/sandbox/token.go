package sandbox

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"strings"
	"sync"
	"time"
)

// tokens are the access tokens given out. They live in memory: after a restart every client has to ask again, as it
// must be able to.
type tokens struct {
	mu    sync.Mutex
	known map[string]grant
	sweep int // how many there may be before the ended ones are forgotten
}

type grant struct {
	client string
	ends   time.Time
}

// issue makes a token and now and then forgets the ended ones; only ends the client's others too.
func (k *tokens) issue(client string, now time.Time, lifetime time.Duration, only bool) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if only || len(k.known) >= k.sweep {
		for token, g := range k.known {
			if !now.Before(g.ends) || only && g.client == client {
				delete(k.known, token)
			}
		}
		k.sweep = 2*len(k.known) + 64
	}
	token := rand.Text() + rand.Text()
	k.known[token] = grant{client, now.Add(lifetime)}
	return token
}

// owner is the client of the Bearer token of a request.
func (k *tokens) owner(r *http.Request, now time.Time) (string, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	g, ok := k.known[strings.TrimSpace(token)]
	return g.client, ok && now.Before(g.ends)
}

// basicClient is the client whose id and secret a request carries.
func (s *Server) basicClient(r *http.Request) (string, bool) {
	id, secret, ok := r.BasicAuth()
	sameID := subtle.ConstantTimeCompare([]byte(id), []byte(s.cfg.ClientID)) == 1
	sameSecret := subtle.ConstantTimeCompare([]byte(secret), []byte(s.cfg.ClientSecret)) == 1
	return s.cfg.ClientID, ok && sameID && sameSecret
}

func (k *tokens) revoke() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.known)
}

type tokenBody struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    *int   `json:"expires_in,omitempty"`
	Scope        string `json:"scope"`
	RateLimit    *int   `json:"rate_limit,omitempty"`
	LicenceStart string `json:"license_start_at"`
	LicenceEnd   string `json:"license_end_at"`
}

func (s *Server) serveToken(v *visit) answer {
	if v.URL.Query().Get("grant_type") != "client_credentials" {
		return refused(refuse(4000, "grant_type deve ser client_credentials, na query string."))
	}
	set, lifetime := s.ledger.current(), s.cfg.TokenLifetime
	if v.sw.TokenSeconds > 0 {
		lifetime = time.Duration(v.sw.TokenSeconds) * time.Second
	}
	seconds := int(lifetime / time.Second)
	start, end := set.term(v.at)
	body := tokenBody{
		AccessToken: s.tokens.issue(s.cfg.ClientID, v.at, lifetime, v.sw.NewTokenEndsOld), TokenType: "Bearer",
		ExpiresIn: &seconds, Scope: "read write", RateLimit: &set.Rate, LicenceStart: v.sw.date(start), LicenceEnd: v.sw.date(end),
	}
	if v.sw.ExpiresInAbsent {
		body.ExpiresIn = nil
	}
	if v.sw.RateLimitAbsent {
		body.RateLimit = nil
	}
	if v.sw.TokenTypeLower {
		body.TokenType = "bearer"
	}
	return ok(body)
}
