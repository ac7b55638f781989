package reclameaqui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
)

// maxBody caps an answer: fifty complaints with long threads stay far below.
const maxBody = 32 << 20

var (
	errTooLong = errors.New("answer longer than 32 MiB")
	errBase    = errors.New("the base address is not usable")
)

// request is one call to RA, before it is an HTTP request.
type request struct {
	op          string
	method      string
	path        string // below the base
	query       url.Values
	contentType string
	body        []byte
	authorize   func(*http.Request)
}

// answer is what RA said, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
	broken error // why the body is not whole
}

// call makes a request with a token. A 401 costs one new token and one repetition, also for a write: it is a definite no.
func (c *Client) call(ctx context.Context, r request) (answer, error) {
	for attempt := 1; ; attempt++ {
		token, err := c.token(ctx)
		if err != nil {
			return answer{}, withoutToken(r.op, err)
		}
		r.authorize = func(h *http.Request) { h.Header.Set("Authorization", "Bearer "+token.AccessToken.Reveal()) }
		a, err := c.exchange(ctx, r)
		if err != nil {
			return a, err
		}
		if a.status >= 200 && a.status <= 299 {
			return a, nil
		}
		refusal := c.refusal(r.op, a)
		if attempt > 1 || !refusesToken(refusal) {
			return a, refusal
		}
		c.issue.reject(token)
	}
}

// refusesToken says whether a new token may help.
func refusesToken(e *Error) bool {
	return e.Status == http.StatusUnauthorized || e.Status >= 400 && e.Status <= 499 && e.Code == codeTokenInvalid
}

// exchange asks the Gate, then RA.
func (c *Client) exchange(ctx context.Context, r request) (answer, error) {
	if err := c.gate.Enter(ctx); err != nil {
		return answer{}, notLetIn(r.op, err)
	}
	return c.exchangeEntered(ctx, r)
}

// exchangeEntered makes one HTTP request that the Gate has let in, and reads its answer.
func (c *Client) exchangeEntered(ctx context.Context, r request) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var t trace
	h, err := c.httpRequest(httptrace.WithClientTrace(ctx, t.hooks()), r)
	if err == nil {
		err = ctx.Err() // else a transport without traces could not tell that nothing was sent
	}
	if err != nil {
		return answer{}, &Error{Op: r.op, Kind: KindUnavailable, Cause: err}
	}
	res, err := c.http.Do(h)
	if err != nil {
		err = withoutAddress(err)
		return answer{}, &Error{Op: r.op, Kind: KindUnavailable, Sent: t.sent(err), Cause: err}
	}
	defer func() { _ = res.Body.Close() }()
	a := answer{status: res.StatusCode, header: res.Header}
	a.body, a.broken = io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if len(a.body) > maxBody {
		a.body, a.broken = a.body[:maxBody], errTooLong
	}
	return a, nil
}

// httpRequest builds the request so that net/http cannot make it twice by itself, unseen by the Gate: a body has no GetBody, and
// each request closes its connection, since only a connection that served before is ever tried again. At some ten calls a minute a
// kept connection would save little, and one that RA had closed meanwhile would make the outcome of a reply unknown for nothing.
func (c *Client) httpRequest(ctx context.Context, r request) (*http.Request, error) {
	u, err := url.Parse(c.base + r.path)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errBase
	}
	u.RawQuery = r.query.Encode()
	h, err := http.NewRequestWithContext(ctx, r.method, u.String(), nil)
	if err != nil {
		return nil, errBase
	}
	if len(r.body) > 0 {
		h.Body, h.ContentLength = io.NopCloser(bytes.NewReader(r.body)), int64(len(r.body))
	}
	h.Close = true
	h.Header.Set("Accept", "application/json")
	h.Header.Set("User-Agent", "citrus-channel")
	if r.contentType != "" {
		h.Header.Set("Content-Type", r.contentType)
	}
	r.authorize(h)
	return h, nil
}

// trace follows one HTTP request through its transport.
type trace struct{ asked, connected atomic.Bool }

func (t *trace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { t.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { t.connected.Store(true) },
	}
}

// sent says whether a failed request may have reached RA. From the moment that it has a connection the answer is yes, since
// writing goes on beside us; with a transport that reports nothing, only a failure to connect is a no.
func (t *trace) sent(err error) bool {
	if t.asked.Load() {
		return t.connected.Load()
	}
	var dial *net.OpError
	return !errors.As(err, &dial) || dial.Op != "dial"
}

// withoutAddress unwraps the error of net/http that quotes the address, which holds ids.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// withoutRedirects copies the given client. A redirect is never followed: net/http would repeat a post, and lend our token to whoever
// is at the other end.
func withoutRedirects(given *http.Client) *http.Client {
	client := http.Client{}
	if given != nil {
		client = *given
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}
