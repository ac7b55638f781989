package reclameaqui

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestErrorsSayNothingPrivate(t *testing.T) {
	const private = "Maria comprou com o CPF 123.456.789-09"
	for name, answer := range map[string]http.HandlerFunc{
		"RA's text":          says(409, `{"message":"`+private+`","code":40920}`),
		"a code that is not": says(409, `{"message":"x","code":"`+private+`"}`),
		"no JSON":            says(502, private),
		"unreadable 200":     says(200, private),
		"dropped":            drops,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, answer)
			_, err := w.client().ReadBySource(t.Context(), "190000001")
			mustFail(t, err)
			for e := err; e != nil; e = errors.Unwrap(e) {
				for _, secret := range []string{"Maria", "123.456", "190000001", "s3cr3t", "token-1", "127.0.0.1"} {
					if strings.Contains(e.Error(), secret) && !(secret == "127.0.0.1" && e != err) {
						t.Errorf("%q says %q", e.Error(), secret)
					}
				}
			}
		})
	}
}

func TestErrorCarriesWhatRASaid(t *testing.T) {
	long := strings.Repeat("ã", 600)
	for name, c := range map[string]struct {
		status              int
		body, code, message string
		text                string
	}{
		"as documented": {409, `{"message":"Ticket fechado\r\nagora","code":40920,"success":false}`, "40920", "Ticket fechado\nagora", "reclame aqui: list: refused (status 409, code 40920)"},
		"code as text":  {409, `{"message":"x","code":"40920"}`, "40920", "x", "reclame aqui: list: refused (status 409, code 40920)"},
		"several texts": {422, `{"message":["id inválido","texto vazio"]}`, "", "id inválido; texto vazio", "reclame aqui: list: refused (status 422)"},
		"OAuth":         {400, `{"error":"invalid_request","error_description":"missing id"}`, "invalid_request", "missing id", "reclame aqui: list: refused (status 400, code invalid_request)"},
		"unknown JSON":  {400, `{"oops":1}`, "", `{"oops":1}`, "reclame aqui: list: refused (status 400)"},
		"no JSON":       {502, "<html>\r\nBad Gateway</html>", "", "<html>\nBad Gateway</html>", "reclame aqui: list: unavailable (status 502)"},
		"no UTF-8":      {500, "a\xffb\x00", "", "a\uFFFDb", "reclame aqui: list: unavailable (status 500)"},
		"long":          {500, long, "", long[:1000], "reclame aqui: list: unavailable (status 500)"},
		"empty":         {500, "", "", "", "reclame aqui: list: unavailable (status 500)"},
		"200 in denial": {200, `{"message":"ops","code":4220}`, "4220", "ops", "reclame aqui: list: malformed (status 200, code 4220)"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, says(c.status, c.body))
			_, err := w.client().List(t.Context(), Query{})
			e := mustFail(t, err)
			equal(t, "status", e.Status, c.status)
			equal(t, "code", e.Code, c.code)
			equal(t, "message", e.Message, c.message)
			equal(t, "text", e.Error(), c.text)
			equal(t, "at most 500 characters", utf8.RuneCountInString(e.Message) <= 500, true)
		})
	}
}

func TestKindIsOfTheStatusFirst(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		want   Kind
	}{
		{400, "", KindRefused},
		{401, "", KindBadCredentials},
		{403, "4030", KindRefused},
		{404, "40930", KindNotFound},
		{405, "", KindRefused},
		{408, "", KindUnavailable},
		{409, "40930", KindDuplicate},
		{409, "40931", KindRefused},
		{409, "4290", KindRateLimited},
		{422, "", KindRefused},
		{429, "5030", KindRateLimited},
		{500, "4290", KindUnavailable},
		{503, "40930", KindUnavailable},
		{304, "", KindUnavailable},
		{101, "", KindUnavailable},
	} {
		equal(t, fmt.Sprint(c.status, " ", c.code), kindOf(opReplyPublicly, c.status, c.code), c.want)
	}
}

func TestThrottlingReachesTheGate(t *testing.T) {
	for name, c := range map[string]struct {
		status             int
		retryAfter, server string
		body               string
		want               []time.Duration
	}{
		"not said":            {429, "", "", "", []time.Duration{0}},
		"seconds":             {429, "42", "", "", []time.Duration{42 * time.Second}},
		"fraction":            {429, "1.5", "", "", []time.Duration{1500 * time.Millisecond}},
		"negative":            {429, "-1", "", "", []time.Duration{0}},
		"no number":           {429, "NaN", "", "", []time.Duration{0}},
		"absurd":              {429, "1e300", "", "", []time.Duration{24 * time.Hour}},
		"words":               {429, "a minute", "", "", []time.Duration{0}},
		"a date, RA's clock":  {429, "Mon, 02 Mar 2026 12:01:00 GMT", "Mon, 02 Mar 2026 12:00:50 GMT", "", []time.Duration{10 * time.Second}},
		"a date that is past": {429, "Mon, 02 Mar 2020 12:01:00 GMT", "", "", []time.Duration{0}},
		"the code alone":      {409, "7", "", `{"code":4290}`, []time.Duration{7 * time.Second}},
		"503 is no throttle":  {503, "9", "", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(res http.ResponseWriter, req *http.Request) {
				if c.retryAfter != "" {
					res.Header().Set("Retry-After", c.retryAfter)
				}
				if c.server != "" {
					res.Header().Set("Date", c.server)
				}
				says(c.status, c.body)(res, req)
			})
			gate := &gateLog{}
			_, err := w.client(WithGate(gate), at(noon)).List(t.Context(), Query{})
			equal(t, "told", fmt.Sprint(gate.throttled), fmt.Sprint(c.want))
			if len(c.want) > 0 {
				equal(t, "retry after", mustFail(t, err).RetryAfter, c.want[0])
				equal(t, "kind", mustFail(t, err).Kind, KindRateLimited)
			} else {
				equal(t, "retry after", mustFail(t, err).RetryAfter, 9*time.Second)
			}
			equal(t, "never tried again", len(w.calls()), 1)
		})
	}
}

func TestThrottledTokenReachesTheGate(t *testing.T) {
	w := newWorld(t, says(200, ""))
	w.token = says(429, "")
	gate := &gateLog{}
	_, err := w.client(WithGate(gate)).Token(t.Context())
	equal(t, "kind", mustFail(t, err).Kind, KindRateLimited)
	equal(t, "told", len(gate.throttled), 1)
}

func TestALicenceKnownToBeOverExplains403(t *testing.T) {
	ended := Token{AccessToken: "a", ExpiresAt: noon.Add(time.Hour), LicenceEnd: noon.Add(-time.Minute)}
	valid := Token{AccessToken: "a", ExpiresAt: noon.Add(time.Hour), LicenceEnd: noon.Add(time.Minute)}
	for name, c := range map[string]struct {
		token Token
		want  Kind
	}{"over": {ended, KindLicenceEnded}, "in force": {valid, KindRefused}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, says(403, `{"message":"not in your license","code":4030}`))
			store := NewMemoryTokens()
			store.Save(t.Context(), c.token)
			_, err := w.client(WithTokens(store), at(noon)).List(t.Context(), Query{})
			equal(t, "kind", mustFail(t, err).Kind, c.want)
		})
	}
}

func TestAnswersThatDoNotArriveWhole(t *testing.T) {
	w := newWorld(t, cut(200))
	_, err := w.client().List(t.Context(), Query{})
	equal(t, "cut", mustFail(t, err).Kind, KindUnavailable)

	huge := newWorld(t, func(res http.ResponseWriter, _ *http.Request) {
		block := []byte(strings.Repeat(" ", 1<<20))
		for range 33 {
			if _, err := res.Write(block); err != nil {
				return
			}
		}
	})
	_, err = huge.client().List(t.Context(), Query{})
	equal(t, "too long", mustFail(t, err).Kind, KindMalformed)
	equal(t, "reason", errors.Is(err, errTooLong), true)
}

func TestOutcomeOfForeignErrors(t *testing.T) {
	equal(t, "no error", Outcome(nil), Accepted)
	equal(t, "not ours", Outcome(errors.New("x")), Unknown)
	equal(t, "wrapped", Outcome(fmt.Errorf("sending: %w", &Error{Kind: KindRefused, Status: 409, Sent: true})), Rejected)
}

func TestSecretNeverShows(t *testing.T) {
	c := Credentials{ClientID: "citrus", ClientSecret: "s3cr3t"}
	asJSON, err := json.Marshal([]any{c, &c, c.ClientSecret, Token{AccessToken: "s3cr3t"}})
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	logger := slog.New(slog.NewTextHandler(&logged, nil))
	logger.Info("x", "secret", c.ClientSecret, "in", c, "at", &c)
	shown := []string{string(asJSON), logged.String(), c.ClientSecret.String(), c.ClientSecret.GoString()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %v"} {
		shown = append(shown, fmt.Sprintf(verb, c.ClientSecret), fmt.Sprintf(verb, c), fmt.Sprintf(verb, &c), fmt.Sprintf(verb, Token{AccessToken: "s3cr3t"}))
	}
	for _, text := range shown {
		for _, leak := range []string{"s3cr3t", "733363723374"} {
			if strings.Contains(strings.ToLower(text), leak) {
				t.Errorf("shown in %q", text)
			}
		}
	}
	equal(t, "on purpose", c.ClientSecret.Reveal(), "s3cr3t")
}
