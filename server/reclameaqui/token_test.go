package reclameaqui

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func at(t time.Time) Option { return WithClock(func() time.Time { return t }) }

func TestTokenRequest(t *testing.T) {
	w := newWorld(t, says(200, "{}"))
	w.token = says(200, `{"access_token":"abc","token_type":"BEARER","expires_in":600,"scope":"x","rate_limit":"12",
		"license_start_at":"2026-01-01","license_end_at":"31/12/2026"}`)
	gate := &gateLog{}
	got := must[Token](t)(w.client(WithGate(gate), at(noon)).Token(t.Context()))

	r := w.seen[0]
	equal(t, "method", r.method, "POST")
	equal(t, "grant type", r.query.Get("grant_type"), "client_credentials")
	equal(t, "body", r.body, "")
	equal(t, "body length", r.length, 0)
	equal(t, "authorization", r.header.Get("Authorization"), "Basic Y2l0cnVzOnMzY3IzdA==")
	equal(t, "access token", got.AccessToken.Reveal(), "abc")
	equal(t, "use until", got.ExpiresAt, noon.Add(540*time.Second))
	equal(t, "rate limit", got.RateLimit, 12)
	equal(t, "licence start", got.LicenceStart, time.Date(2026, 1, 1, 3, 0, 0, 0, time.UTC))
	equal(t, "licence end", got.LicenceEnd, time.Date(2027, 1, 1, 2, 59, 59, 0, time.UTC))
	equal(t, "gate entered", gate.entered, 1)
	if len(gate.tokens) != 1 || gate.tokens[0] != got {
		t.Errorf("the gate was told %v, want %v once", gate.tokens, got)
	}
}

func TestReadToken(t *testing.T) {
	for name, c := range map[string]struct {
		body  string
		until time.Duration
		limit int
		end   time.Time
		bad   bool
	}{
		"no lifetime":       {body: `{"access_token":"a"}`, until: 270 * time.Second},
		"text lifetime":     {body: `{"access_token":"a","expires_in":"100"}`, until: 90 * time.Second},
		"tiny lifetime":     {body: `{"access_token":"a","expires_in":1}`, until: 900 * time.Millisecond},
		"long lifetime":     {body: `{"access_token":"a","expires_in":86400}`, until: 86340 * time.Second},
		"absurd lifetime":   {body: `{"access_token":"a","expires_in":1e300}`, until: 365*24*time.Hour - time.Minute},
		"negative lifetime": {body: `{"access_token":"a","expires_in":-5}`, until: 270 * time.Second},
		"number limit":      {body: `{"access_token":"a","rate_limit":10}`, until: 270 * time.Second, limit: 10},
		"odd limit":         {body: `{"access_token":"a","rate_limit":"ten"}`, until: 270 * time.Second},
		"negative limit":    {body: `{"access_token":"a","rate_limit":-1}`, until: 270 * time.Second},
		"ISO end":           {body: `{"access_token":"a","license_end_at":"2026-05-01T00:00:00.000Z"}`, until: 270 * time.Second, end: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)},
		"unreadable end":    {body: `{"access_token":"a","license_end_at":"soon"}`, until: 270 * time.Second},
		"other type":        {body: `{"access_token":"a","token_type":"mac"}`, bad: true},
		"no token":          {body: `{"token_type":"bearer"}`, bad: true},
		"null token":        {body: `{"access_token":null}`, bad: true},
		"token with CRLF":   {body: `{"access_token":"a\r\nX: y"}`, bad: true},
		"no object":         {body: `["a"]`, bad: true},
		"HTML":              {body: `<html>`, bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readToken([]byte(c.body), noon)
			if (err != nil) != c.bad {
				t.Fatalf("error %v, want one: %v", err, c.bad)
			}
			if err != nil {
				return
			}
			equal(t, "use until", got.ExpiresAt.Sub(noon), c.until)
			equal(t, "limit", got.RateLimit, c.limit)
			equal(t, "licence end", got.LicenceEnd, c.end)
		})
	}
}

func TestTokenIsKeptUntilItExpires(t *testing.T) {
	now := noon
	w := newWorld(t, says(200, `{"data":1}`))
	store := NewMemoryTokens()
	clock := WithClock(func() time.Time { return now })
	one, other := w.client(WithTokens(store), clock), w.client(WithTokens(store), clock)
	for _, c := range []*Client{one, other, one} {
		must[Count](t)(c.Count(t.Context(), Query{}))
	}
	equal(t, "tokens", w.issued(), 1)
	now = now.Add(3600*time.Second - 61*time.Second)
	must[Count](t)(other.Count(t.Context(), Query{}))
	equal(t, "tokens just before the margin", w.issued(), 1)
	now = now.Add(time.Second)
	must[Count](t)(one.Count(t.Context(), Query{}))
	equal(t, "tokens at the margin", w.issued(), 2)
}

// shelf is a TokenStore of another hand.
type shelf struct{ kept *Token }

func (s shelf) Load(context.Context) (Token, bool)  { return *s.kept, s.kept.AccessToken != "" }
func (s shelf) Save(_ context.Context, token Token) { *s.kept = token }

func TestTokensOfAnotherStore(t *testing.T) {
	w := newWorld(t, turns(says(200, `{"data":1}`), says(401, ``), says(200, `{"data":1}`)))
	kept := &Token{AccessToken: "kept", ExpiresAt: noon.Add(time.Hour)}
	for range 2 {
		must[Count](t)(w.client(WithTokens(shelf{kept}), at(noon)).Count(t.Context(), Query{}))
	}
	var used []string
	for _, call := range w.calls() {
		used = append(used, call.header.Get("Authorization"))
	}
	equal(t, "tokens", strings.Join(used, ", "), "Bearer kept, Bearer kept, Bearer token-1")
	equal(t, "saved", kept.AccessToken.Reveal(), "token-1")
}

func TestConcurrentCallersShareATokenRequest(t *testing.T) {
	w := newWorld(t, says(200, `{"data":1}`))
	store, gate := NewMemoryTokens(), &gateLog{}
	release := make(chan struct{})
	w.token = func(res http.ResponseWriter, req *http.Request) {
		<-release
		says(200, `{"access_token":"a","expires_in":3600}`)(res, req)
	}
	var wait sync.WaitGroup
	var started atomic.Int32
	ready := make(chan struct{})
	for range 20 {
		c := w.client(WithTokens(store), WithGate(gate))
		wait.Go(func() {
			if started.Add(1) == 20 {
				close(ready)
			}
			if _, err := c.Token(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	<-ready
	close(release)
	wait.Wait()
	equal(t, "token requests", w.issued(), 1)
	equal(t, "passes through the gate", gate.entered, 1)
}

// lane is a Gate in which one caller stays in the queue until it gives up or is let in.
type lane struct {
	gateLog
	queued chan struct{}
	open   chan struct{}
}

func (l *lane) Enter(ctx context.Context) error {
	close(l.queued)
	select {
	case <-l.open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestAnAgentDoesNotWaitBehindABackfillForTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemoryTokens()
		ra := &http.Client{Transport: memory(func(*http.Request) (int, string) {
			return 200, `{"access_token":"a","expires_in":3600}`
		})}
		slow := &lane{queued: make(chan struct{}), open: make(chan struct{})}
		backfill := New("http://ra.example", Credentials{}, WithTokens(store), WithHTTPClient(ra), WithGate(slow))
		agent := New("http://ra.example", Credentials{}, WithTokens(store), WithHTTPClient(ra))
		done := make(chan error)
		go func() {
			_, err := backfill.Token(t.Context())
			done <- err
		}()
		<-slow.queued
		start := time.Now()
		must[Token](t)(agent.Token(t.Context()))
		equal(t, "the agent waited", time.Since(start), queueGrace)
		if err := <-done; err != nil {
			t.Errorf("the backfill, never let in, shares the token: got %v", err)
		}
	})
}

func TestALeaderWhoGivesUpDoesNotFailTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemoryTokens()
		asked := make(chan struct{}, 2)
		first := true
		ra := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			asked <- struct{}{}
			if first {
				first = false
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return respond(200, `{"access_token":"a"}`), nil
		})}
		ctx, cancel := context.WithCancel(t.Context())
		client := New("http://ra.example", Credentials{}, WithTokens(store), WithHTTPClient(ra))
		left, stayed := make(chan error), make(chan error)
		go func() { _, err := client.Token(ctx); left <- err }()
		<-asked
		go func() { _, err := client.Token(t.Context()); stayed <- err }()
		synctest.Wait()
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("the leader got %v, want its own cancellation", err)
		}
		if err := <-stayed; err != nil {
			t.Errorf("the other got %v, want a token", err)
		}
	})
}

func TestARoundThatNobodyPassedIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ra := &http.Client{Transport: memory(func(*http.Request) (int, string) { return 200, `{"access_token":"a"}` })}
		gate := &gateLog{failFrom: 1, fail: errors.New("full")}
		client := New("http://ra.example", Credentials{}, WithGate(gate), WithHTTPClient(ra))
		_, err := client.Token(t.Context())
		if !errors.Is(err, gate.fail) {
			t.Fatalf("got %v, want the gate's error", err)
		}
		gate.fail = nil
		start := time.Now()
		must[Token](t)(client.Token(t.Context()))
		equal(t, "the next caller waited", time.Since(start), 0)
	})
}

func TestTokenRefusals(t *testing.T) {
	over := Token{AccessToken: "old", ExpiresAt: noon.Add(-time.Hour), LicenceEnd: noon.Add(-time.Hour)}
	early := Token{AccessToken: "old", ExpiresAt: noon.Add(-time.Hour), LicenceStart: noon.Add(time.Hour)}
	for name, c := range map[string]struct {
		status int
		body   string
		known  Token
		want   Kind
	}{
		"401":                   {401, `{"message":"Unauthorized","code":4010}`, Token{}, KindBadCredentials},
		"401 empty":             {401, ``, Token{}, KindBadCredentials},
		"403":                   {403, `{"message":"Forbidden"}`, Token{}, KindBadCredentials},
		"400 OAuth":             {400, `{"error":"invalid_client"}`, Token{}, KindBadCredentials},
		"400":                   {400, `{"message":"bad request","code":4000}`, Token{}, KindRefused},
		"401 with RA's words":   {401, `{"message":"Licença expirada"}`, Token{}, KindLicenceEnded},
		"403 with RA's words":   {403, `{"message":"License has ended"}`, Token{}, KindLicenceEnded},
		"401 after licence end": {401, `{"message":"Unauthorized"}`, over, KindLicenceEnded},
		"403 before its start":  {403, ``, early, KindLicenceEnded},
		"500 after licence end": {500, ``, over, KindUnavailable},
		"404":                   {404, `not here`, Token{}, KindNotFound},
		"429":                   {429, `{"code":4290}`, Token{}, KindRateLimited},
		"502 that is no JSON":   {502, `<html>Bad Gateway</html>`, Token{}, KindUnavailable},
		"200 that is no JSON":   {200, `<html>Maintenance</html>`, Token{}, KindMalformed},
		"302 to a sign-in page": {302, ``, Token{}, KindUnavailable},
		"409 of a message":      {409, `{"code":40930}`, Token{}, KindRefused},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, says(200, `{"data":1}`))
			w.token = says(c.status, c.body)
			store := NewMemoryTokens()
			store.Save(t.Context(), c.known)
			client := w.client(WithTokens(store), at(noon))
			_, err := client.Token(t.Context())
			e := mustFail(t, err)
			equal(t, "kind", e.Kind, c.want)
			equal(t, "status", e.Status, c.status)
			// For the post that needed the token, it was never sent.
			err = client.ReplyPublicly(t.Context(), 1, "Olá")
			equal(t, "sent", mustFail(t, err).Sent, false)
			equal(t, "op", mustFail(t, err).Op, "reply publicly")
			equal(t, "outcome", Outcome(err), Rejected)
			equal(t, "calls", len(w.calls()), 0)
		})
	}
}

func TestALicenceThatEndedDoesNotStopACall(t *testing.T) {
	w := newWorld(t, says(200, `{"data":7}`))
	w.token = says(200, `{"access_token":"a","expires_in":3600,"license_end_at":"2020-01-01"}`)
	got := must[Count](t)(w.client().Count(t.Context(), Query{}))
	equal(t, "count", got.Total, 7)
}

func TestUnauthorizedCostsOneNewToken(t *testing.T) {
	no := says(401, `{"message":"token expired","code":4010,"success":false}`)
	t.Run("once", func(t *testing.T) {
		w := newWorld(t, turns(no, says(200, `{}`)))
		gate := &gateLog{}
		if err := w.client(WithGate(gate)).ReplyPublicly(t.Context(), 1, "Olá"); err != nil {
			t.Fatal(err)
		}
		calls := w.calls()
		equal(t, "calls", len(calls), 2)
		equal(t, "first", calls[0].header.Get("Authorization"), "Bearer token-1")
		equal(t, "second", calls[1].header.Get("Authorization"), "Bearer token-2")
		equal(t, "same form again", calls[0].body, calls[1].body)
		equal(t, "passes through the gate", gate.entered, 4)
		equal(t, "of them over", gate.over, 4)
	})
	t.Run("always", func(t *testing.T) {
		w := newWorld(t, no)
		err := w.client().ReplyPublicly(t.Context(), 1, "Olá")
		equal(t, "kind", mustFail(t, err).Kind, KindBadCredentials)
		equal(t, "outcome", Outcome(err), Rejected)
		equal(t, "calls", len(w.calls()), 2)
		equal(t, "tokens", w.issued(), 2)
	})
	t.Run("code without the status", func(t *testing.T) {
		w := newWorld(t, turns(says(403, `{"code":"4010"}`), says(200, `{"data":3}`)))
		equal(t, "count", must[Count](t)(w.client().Count(t.Context(), Query{})).Total, 3)
	})
	t.Run("no second token", func(t *testing.T) {
		w := newWorld(t, no)
		w.token = turns(says(200, `{"access_token":"a"}`), says(503, ``))
		err := w.client().ReplyPublicly(t.Context(), 1, "Olá")
		equal(t, "kind", mustFail(t, err).Kind, KindUnavailable)
		equal(t, "outcome: the 401 was a definite no", Outcome(err), Rejected)
	})
	t.Run("the same token again", func(t *testing.T) {
		w := newWorld(t, turns(no, says(200, `{"data":3}`)))
		w.token = says(200, `{"access_token":"same"}`)
		c := w.client()
		for range 2 {
			must[Count](t)(c.Count(t.Context(), Query{}))
		}
		equal(t, "tokens", w.issued(), 2)
	})
}
