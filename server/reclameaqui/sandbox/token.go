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
}

type grant struct {
	client string
	ends   time.Time
}

// issue makes a token and forgets the ended ones; only ends the client's others too.
func (k *tokens) issue(client string, now time.Time, lifetime time.Duration, only bool) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	for token, g := range k.known {
		if !now.Before(g.ends) || only && g.client == client {
			delete(k.known, token)
		}
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

type tokenBody struct {
	AccessToken  string  `json:"access_token"`
	TokenType    string  `json:"token_type"`
	ExpiresIn    int     `json:"expires_in"`
	Scope        string  `json:"scope"`
	RateLimit    int     `json:"rate_limit"`
	LicenseStart Instant `json:"license_start_at"`
	LicenseEnd   Instant `json:"license_end_at"`
}

func (s *Server) serveToken(r *http.Request) answer {
	if r.URL.Query().Get("grant_type") != "client_credentials" {
		return refused(refuse(4000, "grant_type deve ser client_credentials, na query string."))
	}
	now := s.cfg.Now().UTC()
	token := s.tokens.issue(s.cfg.ClientID, now, s.cfg.TokenLifetime, s.cfg.Switches.NewTokenEndsOld)
	return ok(tokenBody{
		AccessToken: token, TokenType: "Bearer", ExpiresIn: int(s.cfg.TokenLifetime / time.Second), Scope: "read write",
		RateLimit:    s.ledger.current().Rate,
		LicenseStart: Instant{time.Date(now.Year()-1, time.January, 1, 0, 0, 0, 0, time.UTC)},
		LicenseEnd:   Instant{time.Date(now.Year()+1, time.December, 31, 23, 59, 59, 0, time.UTC)},
	})
}
