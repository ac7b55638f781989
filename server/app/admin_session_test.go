package app

import (
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
