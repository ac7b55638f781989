package reclameaqui

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// maxBody caps an answer: fifty complaints with long threads stay far below.
const maxBody = 32 << 20

// slowLine is the least speed, in bytes a second, that an upload is given time for: 2 Mbit/s.
const slowLine = 256 << 10

var (
	errTooLong = errors.New("answer longer than 32 MiB")
	errBase    = errors.New("the base address is not usable")
)

// request is one call to RA, before it is an HTTP request.
type request struct {
	op        string
	method    string
	path      string // below the base
	query     url.Values
	body      *payload            // nil = none
	authorize func(*http.Request) // nil = the call needs no token
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
			if g, ok := c.gate.(interface{ Answered() }); ok && a.broken == nil {
				g.Answered()
			}
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

// exchange opens the body, since a file that cannot be opened should cost no call, then asks the Gate, then RA.
func (c *Client) exchange(ctx context.Context, r request) (answer, error) {
	body, err := r.body.open()
	if err != nil {
		return answer{}, &Error{Op: r.op, Kind: KindFile, Cause: err}
	}
	if err := c.gate.Enter(ctx); err != nil {
		_ = body.Close()
		return answer{}, notLetIn(r.op, err)
	}
	return c.exchangeEntered(ctx, r, body)
}

// exchangeEntered makes one HTTP request that the Gate has let in, and reads its answer. It sees to it that the body is closed.
func (c *Client) exchangeEntered(ctx context.Context, r request, body io.ReadCloser) (answer, error) {
	if g, ok := c.gate.(interface{ Over() }); ok {
		defer g.Over()
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience(r))
	defer cancel()
	var t trace
	h, err := c.httpRequest(httptrace.WithClientTrace(ctx, t.hooks()), r, body)
	if err == nil {
		err = ctx.Err() // else a transport without traces could not tell that nothing was sent
	}
	if err != nil {
		_ = body.Close()
		return answer{}, &Error{Op: r.op, Kind: KindUnavailable, Cause: err}
	}
	res, err := c.http.Do(h)
	if err != nil {
		err = withoutAddress(err)
		return answer{}, &Error{Op: r.op, Kind: kindOfFailure(err), Sent: t.sent(err), Cause: err}
	}
	defer func() { _ = res.Body.Close() }()
	a := answer{status: res.StatusCode, header: res.Header}
	a.body, a.broken = io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if len(a.body) > maxBody {
		a.body, a.broken = a.body[:maxBody], errTooLong
	}
	return a, nil
}

// patience is how long one HTTP request may take: the timeout, and the time that its body needs on a slow line.
func (c *Client) patience(r request) time.Duration {
	if r.body == nil {
		return c.timeout
	}
	return c.timeout + time.Duration(r.body.length/slowLine)*time.Second
}

// kindOfFailure tells a file of ours that broke while it was sent from everything else that leaves us without an answer.
func kindOfFailure(err error) Kind {
	var file *fileError
	if errors.As(err, &file) {
		return KindFile
	}
	return KindUnavailable
}

// httpRequest builds the request so that net/http cannot make it twice by itself, unseen by the Gate: a body has no GetBody, and
// each request closes its connection, since only a connection that served before is ever tried again. At some ten calls a minute a
// kept connection would save little, and one that RA had closed meanwhile would make the outcome of a reply unknown for nothing.
func (c *Client) httpRequest(ctx context.Context, r request, body io.ReadCloser) (*http.Request, error) {
	u, err := url.Parse(c.base + r.path)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errBase
	}
	u.RawQuery = r.query.Encode()
	h, err := http.NewRequestWithContext(ctx, r.method, u.String(), nil)
	if err != nil {
		return nil, errBase
	}
	h.Body = body
	if r.body != nil {
		h.ContentLength = r.body.length
		h.Header.Set("Content-Type", r.body.contentType)
	}
	h.Close = true
	h.Header.Set("Accept", "application/json")
	h.Header.Set("User-Agent", "citrus-channel")
	if r.authorize != nil {
		r.authorize(h)
	}
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
