package app

import (
	"bytes"
	"net/http"
	"testing"

	"citrus.cx/channel/server/secret"
)

// An app that sends its header with everything comes back, and leaves, with a token that has run out.
func TestATokenThatHasRunOut(t *testing.T) {
	t.Parallel()
	s := folder(t).with(settings{"MASTER_KEY": secret.NewKey()})
	_, admin := server(t, s)
	credentials := map[string]any{"email": adminEmail, "password": adminPassword}
	begin := func() (refresh string, late *person) {
		out := (&person{t: t, base: admin.base}).must("signIn", credentials, "accessToken refreshToken")
		return out.at("refreshToken").text(), &person{t: t, base: admin.base, token: expired(t, out.at("accessToken").text(), s["MASTER_KEY"])}
	}

	refresh, late := begin()
	if status, answer := late.raw(`{ viewer { id } }`, nil); status != http.StatusUnauthorized || answer.at("errors", 0, "extensions", "code").text() != "UNAUTHENTICATED" {
		t.Errorf("a query: %d %s", status, answer)
	}
	pair := late.must("refreshSession", map[string]any{"refreshToken": refresh}, "accessToken refreshToken viewer { role }")
	if fresh := (&person{t: t, base: admin.base, token: pair.at("accessToken").text()}); fresh.ask(`{ viewer { email } }`, nil).at("viewer", "email").text() != adminEmail {
		t.Error("the new token is not the administrator's")
	}
	for name, token := range map[string]string{"expired": late.token, "garbage": "garbage"} {
		p := &person{t: t, base: admin.base, token: token}
		if out := p.must("signIn", credentials, "accessToken viewer { email }"); out.at("accessToken").null() || out.at("viewer", "email").text() != adminEmail {
			t.Errorf("signing in with a header that is %s: %s", name, out)
		}
		for what, document := range map[string]string{
			"beside something else": `mutation { signOut { errors { code } } createRegion(input: {name: "Norte"}) { errors { code } } }`,
			"a wrong document":      `mutation { signIn }`,
			"no document":           `mutation {`,
		} {
			if status, answer := p.raw(document, nil); status != http.StatusUnauthorized || len(answer.at("errors").list()) != 1 {
				t.Errorf("%s, with a header that is %s: %d %s", what, name, status, answer)
			}
		}
	}

	// Who leaves late has left: the refresh token is worth nothing any more.
	leave := func(p *person) node { return p.ask(`mutation { signOut { errors { code } } }`, nil).at("signOut") }
	wants(t, "signing out late", refusals(leave(late)))
	late.refused("refreshing after it", "refreshSession", map[string]any{"refreshToken": pair.at("refreshToken").text()}, "", "UNAUTHENTICATED")
	if said := leave(&person{t: t, base: admin.base, token: "garbage"}); said.at("errors", 0, "code").text() != "UNAUTHENTICATED" {
		t.Errorf("signing out with garbage: %s", said)
	}
	_, late = begin()
	forged := &person{t: t, base: admin.base, token: expired(t, late.token, secret.NewKey())}
	if said := leave(forged); said.at("errors", 0, "code").text() != "UNAUTHENTICATED" {
		t.Errorf("signing out with a token that another server signed: %s", said)
	}
}

// Ten wrong passwords keep the one who sent them waiting, not the one whose e-mail they were for.
func TestAStrangerLocksNobodyOut(t *testing.T) {
	t.Parallel()
	p, _ := server(t, folder(t))
	from := func(address, password string) string {
		h := http.Header{"Content-Type": {"application/json"}, "X-Forwarded-For": {"192.0.2.99, " + address}}
		_, raw := fetch(t, "POST", p.graphql+"/graphql", h, bytes.NewReader([]byte(
			`{"query": "mutation { signIn(input: {email: \"`+adminEmail+`\", password: \"`+password+`\"}) { accessToken errors { code retryAfterMs } } }"}`)))
		said := decode(t, raw).at("data", "signIn")
		if wait := said.at("errors", 0, "retryAfterMs"); said.at("errors", 0, "code").text() == "TOO_MANY_REQUESTS" && wait.number() <= 0 {
			t.Errorf("it does not say for how long: %s", said)
		}
		return said.at("errors", 0, "code").text()
	}
	for range 10 {
		if code := from("198.51.100.1", "a guess"); code != "INVALID_CREDENTIALS" {
			t.Fatalf("a guess: %s", code)
		}
	}
	if code := from("198.51.100.1", adminPassword); code != "TOO_MANY_REQUESTS" {
		t.Errorf("the eleventh, which is right: %q", code)
	}
	if code := from("203.0.113.5", adminPassword); code != "" {
		t.Errorf("the administrator, from home: %q", code)
	}
}
