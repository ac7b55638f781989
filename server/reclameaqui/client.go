package reclameaqui

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// DefaultTimeout bounds one HTTP call, from the moment the Gate let it in; known clients use 15 or 30 seconds.
const DefaultTimeout = 15 * time.Second

// Gate is the call budget. It is asked before every HTTP request, token requests included, and told what RA says about the limit.
// One that has a method Answered() is also told of every call but tokens' that succeeded, one that has Over()
// of every request that it let in when that is over, answered or not.
type Gate interface {
	// Enter blocks until one request may leave, or fails; its error reaches the caller wrapped.
	Enter(ctx context.Context) error
	// TokenIssued tells what RA's token answer said about limit and licence.
	TokenIssued(token Token)
	// Throttled tells that RA answered 429; retryAfter is 0 when RA did not say how long.
	Throttled(retryAfter time.Duration)
}

// openGate is the Gate of a Client that was given none.
type openGate struct{}

func (openGate) Enter(context.Context) error { return nil }
func (openGate) TokenIssued(Token)           {}
func (openGate) Throttled(time.Duration)     {}

// Client speaks to one RA with one credential. It is safe for concurrent use and starts no goroutine of its own.
type Client struct {
	base    string
	cred    Credentials
	gate    Gate
	tokens  TokenStore
	issue   *issue
	http    *http.Client
	now     func() time.Time
	timeout time.Duration

	publicMessages Encoding
}

// Option changes a Client under construction.
type Option func(*Client)

// WithGate puts a call budget before every request.
func WithGate(gate Gate) Option { return func(c *Client) { c.gate = gate } }

// WithTokens shares tokens with other Clients of the same credential.
func WithTokens(store TokenStore) Option { return func(c *Client) { c.tokens = store } }

// WithHTTPClient sets the client whose transport is used. Its redirect policy is not: a redirect is never followed.
func WithHTTPClient(client *http.Client) Option { return func(c *Client) { c.http = client } }

// WithClock sets the clock that tells when a token has expired.
func WithClock(now func() time.Time) Option { return func(c *Client) { c.now = now } }

// WithTimeout sets how long one HTTP call may take, from the moment that the Gate let it in; 0 and less leave DefaultTimeout.
func WithTimeout(d time.Duration) Option {
	return func(c *Client) {
		if d > 0 {
			c.timeout = d
		}
	}
}

// New makes a Client of the API at baseURL, such as https://app.hugme.com.br/api. It does not call it: a bad address
// shows at the first call.
func New(baseURL string, cred Credentials, opts ...Option) *Client {
	c := &Client{
		base:    strings.TrimRight(strings.TrimSpace(baseURL), "/"),
		cred:    cred,
		gate:    openGate{},
		now:     time.Now,
		timeout: DefaultTimeout,
	}
	for _, opt := range opts {
		opt(c)
	}
	if c.tokens == nil {
		c.tokens = NewMemoryTokens()
	}
	c.issue = issueOf(c.tokens)
	c.http = withoutRedirects(c.http)
	return c
}
