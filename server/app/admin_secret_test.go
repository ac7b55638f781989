package app

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"citrus.cx/channel/server/audit/audittest"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/reclameaqui/sandbox"
	"citrus.cx/channel/server/secret"
)

// witness stands between a person and the product and keeps every answer, with its header.
type witness struct {
	mu   sync.Mutex
	said strings.Builder
	url  string
}

func watch(t testing.TB, base string) *witness {
	t.Helper()
	w := &witness{}
	front := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		req, err := http.NewRequestWithContext(r.Context(), r.Method, base+r.URL.RequestURI(), r.Body)
		if err != nil {
			http.Error(out, err.Error(), http.StatusBadGateway)
			return
		}
		req.Header = r.Header
		req.Header.Del("Accept-Encoding") // what is compressed could not be searched
		res, err := web.Do(req)
		if err != nil {
			http.Error(out, err.Error(), http.StatusBadGateway)
			return
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			http.Error(out, err.Error(), http.StatusBadGateway)
			return
		}
		w.mu.Lock()
		fmt.Fprintf(&w.said, "%d %v\n%s\n", res.StatusCode, res.Header, body)
		w.mu.Unlock()
		out.Header().Set("Content-Type", res.Header.Get("Content-Type"))
		out.WriteHeader(res.StatusCode)
		_, _ = out.Write(body) // the test's own client
	}))
	t.Cleanup(front.Close)
	w.url = front.URL
	return w
}

func (w *witness) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.said.String()
}

// forms are the ways in which a secret could stand somewhere.
func forms(user, secret string) map[string]string {
	quoted, _ := json.Marshal(secret)
	all := map[string]string{
		"plain": secret, "JSON": strings.Trim(string(quoted), `"`), "URL": url.QueryEscape(secret), "hex": hex.EncodeToString([]byte(secret)),
		"basic authentication": base64.StdEncoding.EncodeToString([]byte(user + ":" + secret)),
	}
	for name, encoding := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64 of URLs": base64.RawURLEncoding} {
		all[name] = encoding.EncodeToString([]byte(secret))
	}
	return all
}

// API passwords that occur nowhere else; the quotation mark and the accent are written in several ways.
const (
	theAPIUser     = "client-of-the-test"
	theAPIPassword = `Tr0ub4dor"é-right`
	aWrongPassword = `Tr0ub4dor"é-wrong`
)

// The API password is in no answer, no log, no error, no metric, no audit entry and no byte of the database.
func TestTheAPIPasswordIsNowhere(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, s settings) {
		base := moody(t, sandbox.Config{Complaints: 30, Rate: 600, ClientID: theAPIUser, ClientSecret: theAPIPassword})
		s = s.with(settings{"RECLAME_AQUI_URL": base + "/api", "LOG_LEVEL": "debug", "GRAPHIQL": "true"})
		p, admin := server(t, s)
		seen := watch(t, p.graphql)
		admin.base = seen.url
		o := configure(t, admin, base)
		clumsy(admin, o)
		for _, path := range []string{"/metrics", "/readyz", "/schema.graphql"} {
			fetch(t, "GET", seen.url+path, nil, nil)
		}
		rows := audittest.Dump(t, s.databaseURL())
		p.stop()
		rows["log"], rows["output"], rows["answers"] = p.stderr.String(), p.stdout.String(), seen.String()
		for table, bytes := range audittest.Dump(t, s.databaseURL()) { // what the end of the process has written, too
			rows[table+" in the end"] = bytes
		}
		if len(rows["answers"]) < 20_000 || !strings.Contains(rows["log"], "level=") || !strings.Contains(rows["audit_entries"], "apiPassword") ||
			!strings.Contains(rows["answers"], "go_goroutines") {
			t.Fatal("something was not collected")
		}
		for _, password := range []string{theAPIPassword, aWrongPassword, "Tr0ub4dor"} {
			for how, form := range forms(theAPIUser, password) {
				for where, text := range rows {
					if i := strings.Index(text, form); i >= 0 {
						t.Errorf("%s (%s) stands in %q: …%.200q…", password, how, where, text[max(0, i-80):])
					}
				}
			}
		}
	})
}

// configure does all that an administrator does with an API password.
func configure(t *testing.T, admin *person, ra string) office {
	t.Helper()
	o := admin.register()
	w := world(t, ra)
	admin.edit(o.integration, map[string]any{"apiUsername": theAPIUser, "apiPassword": aWrongPassword})
	admin.steps(o.integration)
	admin.refused("a wrong password", "fetchReclameAquiPages", map[string]any{"id": o.integration}, "pages { id }", "UPSTREAM_CREDENTIALS")
	once := key()
	for range 2 {
		input := admin.over(o.integration, map[string]any{"apiPassword": theAPIPassword, "idempotencyKey": once})
		if refusals := refusals(admin.mutate("updateIntegration", input, "integration { id }")); len(refusals) > 0 && refusals[0] != "IDEMPOTENCY_KEY_REUSED at input.idempotencyKey" {
			t.Fatal(refusals)
		}
	}
	admin.steps(o.integration)
	for _, kind := range []map[string]any{
		{"endpoint": "companies", "kind": "status", "status": 500, "times": 5}, {"endpoint": "companies", "kind": "broken-json", "times": 5}, {"endpoint": "companies", "kind": "drop-before-accept", "times": 5},
	} {
		w.do("POST", "faults", kind)
		admin.mutate("fetchReclameAquiPages", map[string]any{"id": o.integration}, "pages { id }")
		w.do("DELETE", "faults", nil)
	}
	admin.activate(&o)
	admin.mirrored(o.integration)
	admin.must("previewSync", map[string]any{"id": o.integration}, "preview { calls }")
	admin.ask(`{ auditEntries(first: 100) { edges { node { action subjectName changes { field old new } } } } }`, nil)
	notify(t, o.callbackURL, "{}")
	return o
}

// clumsy puts the password where an app with a mistake would: the answer says what is wrong, and does not repeat it.
func clumsy(admin *person, o office) {
	admin.t.Helper()
	version := admin.form(o.integration).at("version").number()
	for what, value := range map[string]any{
		"in a list": []string{theAPIPassword}, "in an object": map[string]any{"value": theAPIPassword}, "as a key": map[string]any{theAPIPassword: 1},
	} {
		_, answer := admin.raw(`mutation($input: UpdateIntegrationInput!) { updateIntegration(input: $input) { errors { code } } }`,
			map[string]any{"input": map[string]any{"id": o.integration, "version": version, "apiPassword": value}})
		if len(answer.at("errors").list()) == 0 {
			admin.t.Errorf("a password %s was taken: %s", what, answer)
		}
	}
	admin.raw(`mutation($input: UpdateIntegrationInput!, $p: Int) { updateIntegration(input: $input) { errors { code } } }`,
		map[string]any{"p": theAPIPassword, "input": map[string]any{"id": o.integration, "version": version}})
	quoted, _ := json.Marshal(theAPIPassword)
	for _, rest := range []string{
		"version: 1, apiPassword: [%s]", "version: 1, apiPassword: {value: %s}", "version: 1, apiPassword %s", "version: %s", "version: 1, autoConversion: %s",
		`version: 1, apiPassword: \"\u%s`, "version: 1} %s",
	} {
		_, answer := admin.raw(fmt.Sprintf(`mutation { updateIntegration(input: {id: %q, `+rest+`}) { errors { code } } }`, o.integration, string(quoted)), nil)
		if answer.at("errors", 0, "message").text() == "" {
			admin.t.Errorf("%s was taken: %s", rest, answer)
		}
	}
	_, answer := admin.raw(`mutation($role: UserRole!) { createUser(input: {email: "a@example.com", name: "A", role: $role, password: "x"}) { errors { code } } }`,
		map[string]any{"role": theAPIPassword})
	if answer.at("errors", 0, "message").text() == "" {
		admin.t.Errorf("a password for a role was taken: %s", answer)
	}
	admin.mutate("updateIntegration", map[string]any{"id": o.integration, "version": 1, "apiPassword": theAPIPassword}, "integration { version }")
	admin.mutate("updateIntegration", map[string]any{"id": o.integration, "version": version, "apiPassword": strings.Repeat(theAPIPassword, 40)}, "integration { version }")
}

// The master key is changed at rest and while the server runs: what was sealed with the old one is then sealed with
// the new one, and the old one is not needed any more.
func TestRotateTheMasterKey(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, s settings) {
		ra := moody(t, sandbox.Config{Complaints: 20, Rate: 1000})
		s["RECLAME_AQUI_URL"] = ra + "/api"
		a, b := secret.NewKey(), secret.NewKey()
		p, admin := server(t, s.with(settings{"MASTER_KEY": a}))
		o := admin.register()
		admin.activate(&o)
		admin.mirrored(o.integration)
		address := p.listen()
		p.stop()
		sealedWith(t, s, a, b)

		// Without the key before nothing is done, and nobody is told that it was.
		forgotten := command(s.with(settings{"MASTER_KEY": b, "LISTEN": "127.0.0.1:0"}), "secret", "rotate")
		if said, err := forgotten.CombinedOutput(); err == nil || !strings.Contains(string(said), "2 credentials stay as they are") {
			t.Errorf("rotated without the previous key: %v, %s", err, said)
		}
		sealedWith(t, s, a, b)

		both := s.with(settings{"MASTER_KEY": b, "MASTER_KEY_PREVIOUS": a, "LISTEN": address})
		p = start(t, both, "serve")
		works(t, p, ra, o, "before the rotation")
		out := run(t, both.with(settings{"LISTEN": "127.0.0.1:0"}), "", "secret", "rotate")
		if !strings.HasPrefix(out, "2 credentials") {
			t.Errorf("rotated: %q", out)
		}
		if again := run(t, both, "", "secret", "rotate"); !strings.HasPrefix(again, "0 credentials") {
			t.Errorf("rotated again: %q", again)
		}
		works(t, p, ra, o, "while the server runs")
		p.stop()
		sealedWith(t, s, b, a)

		p = start(t, s.with(settings{"MASTER_KEY": b, "LISTEN": address}), "serve")
		works(t, p, ra, o, "with the new key alone")
		sealedWith(t, s, b, a)
	})
}

// works says that everything works that needs what is sealed.
func works(t *testing.T, p *program, ra string, o office, when string) {
	t.Helper()
	admin, w := signIn(t, p.graphql, adminEmail, adminPassword), world(t, ra)
	admin.must("fetchReclameAquiPages", map[string]any{"id": o.integration}, "pages { id }")
	if got := admin.form(o.integration).at("callbackUrl").text(); got != o.callbackURL {
		t.Errorf("%s the callback URL is %s, it was %s", when, got, o.callbackURL)
	}
	complaint := w.complain("Reclamação " + when)
	notify(t, o.callbackURL, fmt.Sprintf(`{"id": %q}`, complaint))
	admin.ticketOf(complaint, "")
}

// sealedWith wants all that is sealed to open with one key and not with another.
func sealedWith(t *testing.T, s settings, with, without string) {
	t.Helper()
	ring := func(text string) *secret.Keyring {
		key, err := secret.ParseKey(text)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := secret.NewKeyring(key)
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	yes, no := ring(with), ring(without)
	d := databasetest.Open(t, s.databaseURL(), database.Options{})
	look := func(sealed []byte, table, column, row string) {
		t.Helper()
		if _, err := yes.Open(sealed, table, column, row); err != nil {
			t.Error(err)
		}
		if _, err := no.Open(sealed, table, column, row); err == nil {
			t.Errorf("%s.%s opens with the other key", table, column)
		}
	}
	integrations, err := d.Writer.Integration.Query().All(t.Context())
	if err != nil || len(integrations) != 1 {
		t.Fatal(integrations, err)
	}
	look(integrations[0].APIPassword, "integrations", "api_password", integrations[0].ID)
	tokens, err := d.Writer.CallbackToken.Query().All(t.Context())
	if err != nil || len(tokens) != 1 {
		t.Fatal(tokens, err)
	}
	look(tokens[0].Sealed, "callback_tokens", "sealed", tokens[0].ID)
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
