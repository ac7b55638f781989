package reclameaqui

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
)

// lifetimeUnsaid is how long a token is used when RA does not say how long it lives; known clients use the same.
const lifetimeUnsaid = 300 * time.Second

// lifetimeCap keeps an absurd expires_in from overflowing.
const lifetimeCap = 365 * 24 * time.Hour

// Token is RA's answer to the credentials.
type Token struct {
	AccessToken Secret
	// ExpiresAt is when to stop using it: RA's own end less a margin of a tenth of its life, 60 s at most.
	ExpiresAt time.Time
	// RateLimit is how many calls a minute the licence allows; 0 = RA did not say.
	RateLimit int
	// LicenceStart and LicenceEnd are zero when RA did not say, or not readably. A plain date begins at 00:00 and ends with its
	// last second in America/Sao_Paulo. They are news for people: RA alone decides whether a call succeeds.
	LicenceStart, LicenceEnd time.Time
}

// TokenStore shares tokens between Clients of one credential. It decides nothing: a Client judges what it loads.
type TokenStore interface {
	// Load returns the last token saved, also an expired one.
	Load(ctx context.Context) (Token, bool)
	Save(ctx context.Context, token Token)
}

// MemoryTokens is a TokenStore for one process. Clients that share one also share a token request under way.
type MemoryTokens struct {
	mu    sync.Mutex
	token Token
	has   bool
	issue issue
}

// NewMemoryTokens makes an empty store.
func NewMemoryTokens() *MemoryTokens { return &MemoryTokens{} }

// Load returns the last token saved.
func (m *MemoryTokens) Load(context.Context) (Token, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.token, m.has
}

// Save keeps a token in place of the one before.
func (m *MemoryTokens) Save(_ context.Context, token Token) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.token, m.has = token, true
}

// Token returns a token that is good by our clock, asking RA for one if there is none.
func (c *Client) Token(ctx context.Context) (Token, error) {
	return c.token(ctx)
}

// requestToken asks RA. The Gate has let it in already.
func (c *Client) requestToken(ctx context.Context) (Token, error) {
	asked := c.now()
	a, err := c.exchangeEntered(ctx, request{
		op:     opToken,
		method: http.MethodPost,
		path:   "/auth/oauth/token",
		query:  map[string][]string{"grant_type": {"client_credentials"}},
		authorize: func(r *http.Request) {
			r.SetBasicAuth(c.cred.ClientID, c.cred.ClientSecret.Reveal())
		},
	}, http.NoBody)
	if err != nil {
		return Token{}, err
	}
	if a.status < 200 || a.status > 299 {
		return Token{}, c.refusedToken(a)
	}
	if a.broken != nil {
		return Token{}, brokenAnswer(opToken, a)
	}
	token, err := readToken(a.body, asked)
	if err != nil {
		return Token{}, &Error{Op: opToken, Status: a.status, Kind: KindMalformed, Sent: true, Cause: err}
	}
	c.gate.TokenIssued(token)
	c.tokens.Save(ctx, token)
	return token, nil
}

// refusedToken judges a refusal of the token endpoint, where "no" is about the credentials or the licence.
func (c *Client) refusedToken(a answer) *Error {
	e := c.refusal(opToken, a)
	switch {
	case e.Kind != KindRefused:
	case a.status == http.StatusForbidden && mentionsLicence(e.Message):
		e.Kind = KindLicenceEnded
	case a.status == http.StatusForbidden, e.Code == "invalid_client", e.Code == "unauthorized_client":
		e.Kind = KindBadCredentials
	}
	return e
}

// readToken reads a token answer that was asked for at that time.
func readToken(body []byte, asked time.Time) (Token, error) {
	o, err := readObject(body)
	if err != nil {
		return Token{}, err
	}
	access := o.text("access_token")
	if access == "" || strings.ContainsFunc(access, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return Token{}, errors.New("no usable access_token")
	}
	if kind := o.text("token_type"); kind != "" && !strings.EqualFold(kind, "bearer") {
		return Token{}, errors.New("token_type is not bearer")
	}
	life := lifetime(o.take("expires_in"))
	return Token{
		AccessToken:  Secret(access),
		ExpiresAt:    asked.Add(life - min(time.Minute, life/10)).UTC().Truncate(time.Microsecond),
		RateLimit:    max(o.count("rate_limit"), 0),
		LicenceStart: licenceDate(o.text("license_start_at"), false),
		LicenceEnd:   licenceDate(o.text("license_end_at"), true),
	}, nil
}

// lifetime reads expires_in. Zero and less say nothing useful: a token that turns out dead is replaced after its first 401.
func lifetime(raw json.RawMessage) time.Duration {
	seconds, ok := readFloat(raw)
	if !ok || seconds <= 0 {
		return lifetimeUnsaid
	}
	if seconds >= lifetimeCap.Seconds() {
		return lifetimeCap
	}
	return time.Duration(seconds * float64(time.Second))
}

// brasilia is America/Sao_Paulo as it has been since 2019: without daylight saving.
var brasilia = time.FixedZone("BRT", -3*60*60)

// licenceDate reads a date of RA's licence; one without a time of day covers its whole day in Brazil.
func licenceDate(text string, end bool) time.Time {
	t, dateOnly, ok := parseTime(text)
	if !ok || !dateOnly {
		return t
	}
	t = time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, brasilia)
	if end {
		t = t.AddDate(0, 0, 1).Add(-time.Second)
	}
	return t.UTC()
}
