package reclameaqui

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestReplySendsAForm(t *testing.T) {
	w := newWorld(t, says(200, ""))
	const text = "Olá, Consumidora!\nO estorno foi concluído: R$ 10 — \"ok\"."
	if err := w.client().ReplyPublicly(t.Context(), 90000001, text); err != nil {
		t.Fatal(err)
	}
	r := w.calls()[0]
	equal(t, "method", r.method, "POST")
	equal(t, "path", r.path, "/api/ticket/v1/tickets/message/public")
	equal(t, "length is declared", r.length, int64(len(r.body)))
	kind, params, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	equal(t, "content type", kind, "multipart/form-data")
	form, err := multipart.NewReader(strings.NewReader(r.body), params["boundary"]).ReadForm(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "id", form.Value["id"][0], "90000001")
	equal(t, "message", form.Value["message"][0], text)
	equal(t, "parts", len(form.Value)+len(form.File), 2)
}

func TestReplyOutcomes(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   PostOutcome
		kind   Kind
	}{
		"200 empty":           {says(200, ""), Accepted, ""},
		"200 with a body":     {says(200, `{"message":"ok","code":200,"success":true}`), Accepted, ""},
		"200 of unknown body": {says(200, `<html>`), Accepted, ""},
		"201":                 {says(201, ""), Accepted, ""},
		"204":                 {says(204, ""), Accepted, ""},
		"200, body cut":       {cut(200), Accepted, ""},
		"duplicate":           {says(409, `{"message":"Mensagem duplicada","code":40930}`), Accepted, KindDuplicate},
		"duplicate as text":   {says(400, `{"code":"40930"}`), Accepted, KindDuplicate},
		"closed":              {says(409, `{"message":"fechado","code":40920}`), Rejected, KindRefused},
		"no permission":       {says(403, `{"code":4030}`), Rejected, KindRefused},
		"not found":           {says(404, `{"code":4040}`), Rejected, KindNotFound},
		"too fast":            {says(429, `{"code":4290}`), Rejected, KindRateLimited},
		"400, body cut":       {cut(400), Rejected, KindRefused},
		"history not kept":    {says(409, `{"code":4097}`), Unknown, KindRefused},
		"408":                 {says(408, ""), Unknown, KindUnavailable},
		"500":                 {says(500, `{"code":5000}`), Unknown, KindUnavailable},
		"500 that says 40930": {says(500, `{"code":40930}`), Unknown, KindUnavailable},
		"502 that is no JSON": {says(502, "<html>Bad Gateway</html>"), Unknown, KindUnavailable},
		"503":                 {says(503, `{"code":5030}`), Unknown, KindUnavailable},
		"redirect":            {redirect, Unknown, KindUnavailable},
		"dropped":             {drops, Unknown, KindUnavailable},
		"no HTTP":             {garbage, Unknown, KindUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.answer)
			err := w.client().ReplyPublicly(t.Context(), 1, "Olá")
			equal(t, "outcome", Outcome(err), c.want)
			equal(t, "posts", len(w.calls()), 1)
			if err != nil {
				equal(t, "kind", mustFail(t, err).Kind, c.kind)
				equal(t, "sent", mustFail(t, err).Sent, true)
			} else if c.kind != "" {
				t.Error("no error")
			}
		})
	}
}

// cut promises more body than it sends.
func cut(status int) http.HandlerFunc {
	return func(res http.ResponseWriter, req *http.Request) {
		res.Header().Set("Content-Length", "100")
		res.WriteHeader(status)
		_, _ = io.WriteString(res, `{"data":[`)
		_ = http.NewResponseController(res).Flush()
		drops(res, req)
	}
}

func redirect(res http.ResponseWriter, req *http.Request) {
	http.Redirect(res, req, "/api/elsewhere", http.StatusTemporaryRedirect)
}

func garbage(res http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(res).Hijack()
	if err == nil {
		_, _ = io.WriteString(conn, "SMTP ready\r\n\r\n")
		_ = conn.Close()
	}
}

func TestReplyThatTimesOutIsUnknown(t *testing.T) {
	leave := make(chan struct{})
	w := newWorld(t, func(http.ResponseWriter, *http.Request) { <-leave })
	defer close(leave)
	tokens := NewMemoryTokens()
	must[Token](t)(w.client(WithTokens(tokens)).Token(t.Context()))
	err := w.client(WithTokens(tokens), WithTimeout(50*time.Millisecond)).ReplyPublicly(t.Context(), 1, "Olá")
	equal(t, "outcome", Outcome(err), Unknown)
	equal(t, "is a deadline", errors.Is(err, context.DeadlineExceeded), true)
}

func TestReplyThatIsCancelledUnderWayIsUnknown(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	leave := make(chan struct{})
	w := newWorld(t, func(http.ResponseWriter, *http.Request) { cancel(); <-leave })
	defer close(leave)
	err := w.client().ReplyPublicly(ctx, 1, "Olá")
	equal(t, "outcome", Outcome(err), Unknown)
	equal(t, "is a cancellation", errors.Is(err, context.Canceled), true)
}

func TestReplyThatNeverLeftIsRejected(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	_ = listener.Close()
	tokens := NewMemoryTokens()
	tokens.Save(t.Context(), Token{AccessToken: "a", ExpiresAt: time.Now().Add(time.Hour)})
	full := errors.New("no call left")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	silent := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
	})}
	for name, c := range map[string]struct {
		ctx  context.Context
		base string
		opts []Option
		kind Kind
		is   error
	}{
		"nobody listens":       {t.Context(), closed, nil, KindUnavailable, nil},
		"plain HTTP to no TLS": {t.Context(), strings.Replace(newWorld(t, says(200, "")).URL, "http:", "https:", 1), nil, KindUnavailable, nil},
		"no such scheme":       {t.Context(), "gopher://ra.example", nil, KindUnavailable, errBase},
		"no address":           {t.Context(), "", nil, KindUnavailable, errBase},
		"bad address":          {t.Context(), "http://ra.example:port", nil, KindUnavailable, errBase},
		"no call left":         {t.Context(), closed, []Option{WithGate(&gateLog{failFrom: 1, fail: full})}, KindRateLimited, full},
		"waited too long":      {t.Context(), closed, []Option{WithGate(&gateLog{failFrom: 1, fail: context.DeadlineExceeded})}, KindRateLimited, context.DeadlineExceeded},
		"caller gone":          {cancelled, closed, nil, KindUnavailable, context.Canceled},
		"caller gone, waiting": {t.Context(), closed, []Option{WithGate(&gateLog{failFrom: 1, fail: context.Canceled})}, KindUnavailable, context.Canceled},
		"caller gone, silent":  {cancelled, closed, []Option{WithHTTPClient(silent)}, KindUnavailable, context.Canceled},
		"silent, no dial":      {t.Context(), closed, []Option{WithHTTPClient(silent)}, KindUnavailable, nil},
	} {
		t.Run(name, func(t *testing.T) {
			err := New(c.base, Credentials{}, append(c.opts, WithTokens(tokens))...).ReplyPublicly(c.ctx, 1, "Olá")
			e := mustFail(t, err)
			equal(t, "sent", e.Sent, false)
			equal(t, "outcome", Outcome(err), Rejected)
			equal(t, "kind", e.Kind, c.kind)
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%v does not wrap %v", err, c.is)
			}
		})
	}
	t.Run("no id", func(t *testing.T) {
		err := New(closed, Credentials{}).ReplyPublicly(t.Context(), 0, "Olá")
		equal(t, "outcome", Outcome(err), Rejected)
	})
}

func TestASilentTransportIsAssumedToHaveSent(t *testing.T) {
	ra := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/token") {
			return respond(200, `{"access_token":"a"}`), nil
		}
		return nil, io.ErrUnexpectedEOF
	})}
	err := New("http://ra.example", Credentials{}, WithHTTPClient(ra)).ReplyPublicly(t.Context(), 1, "Olá")
	equal(t, "outcome", Outcome(err), Unknown)
}

// TestAPostIsNeverMadeTwice lets RA close a connection at the worst moments, on a transport whose kept-alive connections are warm, and
// counts what reached it.
func TestAPostIsNeverMadeTwice(t *testing.T) {
	posts := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		if req.Method == http.MethodPost {
			posts <- string(body)
			drops(res, req)
		}
	}))
	defer server.Close()
	tokens := NewMemoryTokens()
	tokens.Save(t.Context(), Token{AccessToken: "a", ExpiresAt: time.Now().Add(time.Hour)})
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	shared := &http.Client{Transport: transport}
	for range 20 {
		warm, err := shared.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, warm.Body)
		_ = warm.Body.Close()
		gate := &gateLog{}
		err = New(server.URL, Credentials{}, WithTokens(tokens), WithHTTPClient(shared), WithGate(gate)).ReplyPublicly(t.Context(), 1, "Olá")
		equal(t, "outcome", Outcome(err), Unknown)
		equal(t, "passes through the gate", gate.entered, 1)
	}
	equal(t, "posts that reached RA", len(posts), 20)
}

// TestAClosedIdleConnectionCostsNoReply lets RA close kept-alive connections behind our back: the reply arrives once, or never left.
func TestAClosedIdleConnectionCostsNoReply(t *testing.T) {
	w := newWorld(t, says(200, "{}"))
	c := w.client()
	must[Token](t)(c.Token(t.Context()))
	for range 20 {
		w.CloseClientConnections()
		if err := c.ReplyPublicly(t.Context(), 1, "Olá"); err != nil {
			t.Fatalf("got %v, cause %v", err, errors.Unwrap(err))
		}
	}
	equal(t, "posts", len(w.calls()), 20)
}

func TestRequestsCannotBeReplayed(t *testing.T) {
	var seen []*http.Request
	ra := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		seen = append(seen, r)
		return respond(200, `{"access_token":"a","data":[]}`), nil
	})}
	c := New("http://ra.example", Credentials{}, WithHTTPClient(ra))
	if err := c.ReplyPublicly(t.Context(), 1, "Olá"); err != nil {
		t.Fatal(err)
	}
	must[Page](t)(c.List(t.Context(), Query{}))
	equal(t, "requests", len(seen), 3)
	for _, r := range seen {
		equal(t, r.Method+" closes its connection", r.Close, true)
		equal(t, r.Method+" has a GetBody", r.GetBody != nil, false)
		equal(t, r.Method+" has an idempotency key", r.Header.Get("Idempotency-Key")+r.Header.Get("X-Idempotency-Key"), "")
	}
}
