package integration

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/secret"
)

// What an administrator is told of a Reclame Aqui that let him in before: the token at hand is an hour old, and says nothing
// of a licence that ended meanwhile.
func TestTheAccountChangesUnderAToken(t *testing.T) {
	k := newDesk(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
	const inForce, over, early = `"2020-01-01","license_end_at":"2099-12-31"`, `"2020-01-01","license_end_at":"2021-12-31"`, `"2098-01-01","license_end_at":"2099-12-31"`
	for i, c := range []struct {
		what, licence string
		token         int    // the status of the next token
		status        int    // of the question
		says          string // in the question's body, or the token's where that is refused
		want          string
		tokens        int // that were asked for
	}{
		{"all is well", inForce, 200, 200, `[{"companyId":7,"name":"x"}]`, "", 0},
		{"the licence is over", over, 200, 403, `{"code":4030,"message":"Acesso negado"}`, "UPSTREAM_LICENCE@", 1},
		{"the licence has not begun", early, 200, 403, `{"code":4030,"message":"Acesso negado"}`, "UPSTREAM_LICENCE@", 1},
		{"the licence is over, in words", inForce, 200, 403, `{"message":"A licença terminou"}`, "UPSTREAM_LICENCE@", 0},
		{"no right to it", inForce, 200, 403, `{"code":4030,"message":"Acesso negado"}`, "UPSTREAM_REFUSED@", 1},
		{"the password was changed", inForce, 401, 401, `{"error":"invalid_client"}`, "UPSTREAM_CREDENTIALS@", 1},
		{"the account was closed", inForce, 400, 401, `{"error":"invalid_grant"}`, "UPSTREAM_CREDENTIALS@", 1},
		{"the limit, without a time", inForce, 200, 429, `{"message":"aguarde um minuto"}`, "RATE_LIMITED@", 0},
	} {
		id := k.draft(t, c.what).ID
		k.save(t, id, Change{APIUsername: given(fmt.Sprint("client", i)), APIPassword: given(secret.Text("x"))})
		asked := 0
		licence, token, status, says := inForce, 200, 200, `[{"companyId":7,"name":"x"}]`
		k.answer = func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/oauth/token") {
				w.WriteHeader(status)
				fmt.Fprint(w, says)
				return
			}
			asked++
			w.WriteHeader(token)
			if token != 200 {
				fmt.Fprint(w, says)
				return
			}
			fmt.Fprintf(w, `{"access_token":"t%d","token_type":"bearer","expires_in":3600,"rate_limit":1000,"license_start_at":%s}`, asked, licence)
		}
		if _, err := k.FetchPages(k.admin, id, ""); err != nil {
			t.Fatal(err)
		}
		asked = 0
		licence, token, status, says = c.licence, c.token, c.status, c.says
		_, err := k.FetchPages(k.admin, id, "")
		wants(t, c.what, err, c.want)
		if asked != c.tokens {
			t.Errorf("%s: %d tokens were asked for, want %d", c.what, asked, c.tokens)
		}
		if list, _ := fault.All(err); c.status == 429 && (len(list) == 0 || list[0].RetryAfter <= 0) {
			t.Errorf("%s: it does not say when it frees: %v", c.what, err)
		}
	}
}
