package integration

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/secret"
)

// desk is the service, with all that an integration chooses from, and a Reclame Aqui that answers what a test says.
type desk struct {
	*Service
	d       *database.DB
	admin   context.Context
	whole   Change // all that makes it complete
	answer  func(w http.ResponseWriter, r *http.Request)
	changed int
	budgets *quota.Budgets
}

// RoundTrip answers without a socket.
func (k *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	k.answer(w, r)
	if w.Code == http.StatusTeapot {
		return nil, fmt.Errorf("the line is dead")
	}
	return w.Result(), nil
}

// pages answers the account's pages.
func pages(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/oauth/token") {
		fmt.Fprint(w, `{"access_token":"t","token_type":"bearer","expires_in":3600}`)
		return
	}
	fmt.Fprint(w, `[{"companyId":7,"name":"Loja Aurora"},{"companyId":8,"name":"Aurora Viagens"}]`)
}

func newDesk(t *testing.T, d *database.DB) *desk {
	t.Helper()
	keys, err := secret.NewKeyring(bytes.Repeat([]byte("k"), secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	k := &desk{d: d, answer: pages, budgets: quota.New(d, quota.Options{DefaultLimit: 1000})}
	k.Service = New(d, Options{
		Keys: keys, Budgets: k.budgets, ReclameAquiURL: "http://ra.example.com/api/", PublicURL: "https://channel.example.com/",
		HTTP: &http.Client{Transport: k}, Now: time.Now, Zone: time.UTC, Changed: func() { k.changed++ },
	})
	ctx, c := context.Background(), d.Writer
	u := c.User.Create().SetEmail("ana@example.com").SetEmailFolded("ana@example.com").SetName("Ana").SetNameFolded("ana").
		SetRole(user.RoleADMIN).SetPasswordHash("-").SaveX(ctx)
	kind := c.CustomerType.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	region := c.Region.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	sector := c.Sector.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	subject := c.OccurrenceType.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetSector(sector).SaveX(ctx)
	detail := c.Occurrence.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetOccurrenceType(subject).SaveX(ctx)
	solution := c.Solution.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetOccurrence(detail).SaveX(ctx)
	k.admin = identity.With(ctx, identity.Viewer{UserID: u.ID, Role: user.RoleADMIN})
	k.whole = Change{
		CompanyEmail: given("sac@example.com"), APIUsername: given("client"), APIPassword: given(secret.Text(password)),
		SyncIntervalMinutes: given(10), RetroactiveMonths: given(1), PageID: given("7"), AutoConversion: given(true),
		CustomerTypeID: given(kind.ID), RegionID: given(region.ID), CreatorID: given(u.ID), SectorID: given(sector.ID),
		OccurrenceTypeID: given(subject.ID), OccurrenceID: given(detail.ID), SolutionIDs: given([]string{solution.ID}), DefaultSolutionID: given(solution.ID),
	}
	return k
}

const password = "correct-horse-battery-staple"

func (k *desk) draft(t *testing.T, name string) *db.Integration {
	t.Helper()
	id, err := k.Create(k.admin, Draft{Name: name, Channel: integration.ChannelRECLAME_AQUI, Kind: integration.KindRECLAME_AQUI}, "")
	if err != nil {
		t.Fatal(err)
	}
	k.d.Writer.Integration.UpdateOneID(id).SetAvailablePages([]schema.Page{{ID: 7, Name: "Loja Aurora"}, {ID: 8, Name: "Aurora Viagens"}}).ExecX(k.admin)
	return k.row(id)
}

func (k *desk) row(id string) *db.Integration {
	return k.d.Writer.Integration.GetX(context.Background(), id)
}

func (k *desk) save(t *testing.T, id string, c Change) {
	t.Helper()
	if _, err := k.Update(k.admin, id, k.row(id).Version, c, ""); err != nil {
		t.Fatal(err)
	}
}

// active is an integration that works.
func (k *desk) active(t *testing.T) *db.Integration {
	t.Helper()
	id := k.draft(t, "Loja").ID
	k.save(t, id, k.whole)
	if _, err := k.Activate(k.admin, id, ""); err != nil {
		t.Fatal(err)
	}
	return k.row(id)
}

func wants(t *testing.T, what string, err error, want string) {
	t.Helper()
	list, _ := fault.All(err)
	if got := faults(list); got != want {
		t.Errorf("%s: %q (%v), want %q", what, got, err, want)
	}
}

func each(t *testing.T, run func(t *testing.T, k *desk)) {
	t.Helper()
	databasetest.Each(t, func(t *testing.T, d *database.DB) { run(t, newDesk(t, d)) })
}

// Rule A1: an administrator's work alone; whoever is refused leaves nothing.
func TestOnlyAnAdministrator(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		row := k.draft(t, "Loja")
		for role, want := range map[user.Role]string{"": "UNAUTHENTICATED@", user.RoleAGENT: "FORBIDDEN@", user.RoleSUPERVISOR: "FORBIDDEN@"} {
			ctx := context.Background()
			if role != "" {
				ctx = identity.With(ctx, identity.Viewer{UserID: "usr_1", Role: role})
			}
			for name, verb := range map[string]func() (string, error){
				"create":   func() (string, error) { return k.Create(ctx, Draft{Name: "x"}, "") },
				"update":   func() (string, error) { return k.Update(ctx, row.ID, row.Version, Change{Name: given("x")}, "") },
				"activate": func() (string, error) { return k.Activate(ctx, row.ID, "") },
				"pause":    func() (string, error) { return k.Pause(ctx, row.ID, "") },
				"archive":  func() (string, error) { return k.Archive(ctx, row.ID, "") },
				"restore":  func() (string, error) { return k.Restore(ctx, row.ID, "") },
				"pages":    func() (string, error) { return k.FetchPages(ctx, row.ID, "") },
			} {
				_, err := verb()
				wants(t, name, err, want)
			}
		}
		if got := k.row(row.ID); got.Version != row.Version || got.State != integration.StateDRAFT || k.d.Writer.Integration.Query().CountX(k.admin) != 1 {
			t.Errorf("%v", got)
		}
	})
}

// Rule A12: of two administrators who save at once one wins and the other is told; nothing is lost.
func TestTwoAdministratorsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		row := k.draft(t, "Loja")
		var saving sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			saving.Go(func() {
				_, errs[i] = k.Update(k.admin, row.ID, row.Version, Change{Name: given(fmt.Sprint("Loja ", i))}, "")
			})
		}
		saving.Wait()
		won := -1
		for i, err := range errs {
			switch fault.CodeOf(err) {
			case "":
				if err != nil || won >= 0 {
					t.Errorf("%d: %v, after %d had won", i, err, won)
				}
				won = i
			case fault.Conflict:
			default:
				t.Error(err)
			}
		}
		if got := k.row(row.ID); got.Version != row.Version+1 || got.Name != fmt.Sprint("Loja ", won) {
			t.Errorf("%d won, and there is %s, version %d", won, got.Name, got.Version)
		}
	})
}

// Rule A12b: one integration that is not archived per page, also for those who choose it at once.
func TestAPageIsOneIntegrations(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		rows := []*db.Integration{}
		for i := range 6 {
			rows = append(rows, k.draft(t, fmt.Sprint("Loja ", i)))
		}
		var choosing sync.WaitGroup
		errs := make([]error, len(rows))
		for i, row := range rows {
			choosing.Go(func() { _, errs[i] = k.Update(k.admin, row.ID, row.Version, Change{PageID: given("7")}, "") })
		}
		choosing.Wait()
		winner := slices.Index(errs, nil)
		for i, err := range errs {
			if i != winner {
				wants(t, "another", err, "PAGE_IN_USE@pageId")
			}
		}
		if winner < 0 {
			t.Fatal("nobody has the page")
		}
		other := rows[(winner+1)%len(rows)]
		if _, err := k.Archive(k.admin, rows[winner].ID, ""); err != nil {
			t.Fatal(err)
		}
		k.save(t, other.ID, Change{PageID: given("7")})
		_, err := k.Restore(k.admin, rows[winner].ID, "")
		wants(t, "restored", err, "PAGE_IN_USE@pageId")
		// Another page of the account is free, and choosing fills name and identification (rule A6).
		third := rows[(winner+2)%len(rows)]
		k.save(t, third.ID, Change{PageID: given("8")})
		if got := k.row(third.ID); *got.CompanyName != "Aurora Viagens" || *got.ReclameAquiID != "8" {
			t.Errorf("%v", got)
		}
		_, err = k.Update(k.admin, third.ID, k.row(third.ID).Version, Change{PageID: given("9")}, "")
		wants(t, "a page that was not fetched", err, "NOT_FOUND@pageId")
	})
}

// Rules A9 and A13: activation names what is missing; an active one cannot be made incomplete.
func TestStates(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		draft := k.draft(t, "Nova")
		_, err := k.Activate(k.admin, draft.ID, "")
		if list, _ := fault.All(err); len(list) != len(fieldNames) || list[0].Code != fault.Incomplete {
			t.Errorf("an empty one: %v", err)
		}
		_, err = k.Pause(k.admin, draft.ID, "")
		wants(t, "pausing a draft", err, "INVALID_STATE@id")
		row := k.active(t)
		for field, c := range map[string]Change{
			"companyEmail": {CompanyEmail: Set[string]{Given: true}}, "apiPassword": {APIPassword: Set[secret.Text]{Given: true}},
			"syncIntervalMinutes": {SyncIntervalMinutes: Set[int]{Given: true}}, "autoConversion": {AutoConversion: given(false)},
			"regionId": {RegionID: Set[string]{Given: true}},
		} {
			_, err := k.Update(k.admin, row.ID, row.Version, c, "")
			wants(t, "emptying "+field, err, "INCOMPLETE@"+field)
		}
		_, err = k.Update(k.admin, row.ID, row.Version, Change{PageID: given("8")}, "")
		wants(t, "another page", err, "INVALID_STATE@pageId")
		_, err = k.Update(k.admin, row.ID, row.Version, Change{SectorID: given(k.draftSector())}, "")
		wants(t, "a sector that is not the type's", err, "WRONG_PARENT@occurrenceTypeId")
		_, err = k.Update(k.admin, row.ID, row.Version, Change{SectorID: given("sec_none"), RegionID: given("reg_none")}, "")
		wants(t, "what is not there", err, "NOT_FOUND@regionId NOT_FOUND@sectorId")
		if got := k.row(row.ID); got.Version != row.Version || got.State != integration.StateACTIVE {
			t.Errorf("a refused change left %v", got)
		}
		for _, step := range []struct {
			verb func(context.Context, string, string) (string, error)
			want integration.State
		}{
			{k.Activate, integration.StateACTIVE},
			{k.Pause, integration.StatePAUSED},
			{k.Pause, integration.StatePAUSED},
			{k.Activate, integration.StateACTIVE},
			{k.Archive, integration.StateARCHIVED},
			{k.Restore, integration.StateDRAFT},
			{k.Activate, integration.StateACTIVE},
		} {
			if _, err := step.verb(k.admin, row.ID, ""); err != nil || k.row(row.ID).State != step.want {
				t.Errorf("%s: %s, %v", step.want, k.row(row.ID).State, err)
			}
		}
		if _, err := k.Archive(k.admin, row.ID, ""); err != nil {
			t.Fatal(err)
		}
		_, err = k.Activate(k.admin, row.ID, "")
		wants(t, "activating an archived one", err, "INVALID_STATE@id")
		_, err = k.Update(k.admin, row.ID, k.row(row.ID).Version, Change{Name: given("x")}, "")
		wants(t, "changing an archived one", err, "INVALID_STATE@id")
		_, err = k.Archive(k.admin, "int_none", "")
		wants(t, "what is not there", err, "NOT_FOUND@id")
	})
}

// draftSector registers another sector.
func (k *desk) draftSector() string {
	return k.d.Writer.Sector.Create().SetName("y").SetNameFolded("y").SetCode("y").SetCodeFolded("y").SaveX(context.Background()).ID
}

// Rule A12: raising the months extends the first sync; lowering them changes nothing of what was read.
func TestMonths(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		row := k.active(t)
		state := func() *db.SyncState { return k.d.Writer.SyncState.Query().OnlyX(context.Background()) }
		done := func() {
			k.d.Writer.SyncState.Update().SetBackfillDoneAt(time.Now()).SetBackfillTotal(5).SetFailures(3).SetRetryAt(time.Now()).ExecX(context.Background())
		}
		want := func(what string, months int, finished bool) {
			t.Helper()
			s := state()
			if got := WindowFrom(s.CreatedAt, months, time.UTC); !s.WindowFrom.Equal(got) || (s.BackfillDoneAt != nil) != finished || (s.BackfillTotal != nil) != finished || s.Failures != 0 || s.RetryAt != nil {
				t.Errorf("%s: %v, want from %v", what, s, got)
			}
		}
		done()
		k.save(t, row.ID, Change{RetroactiveMonths: given(0)})
		want("lowered", 1, true)
		k.save(t, row.ID, Change{RetroactiveMonths: given(3)})
		want("raised", 3, false)
		done()
		for _, verb := range []func(context.Context, string, string) (string, error){k.Archive, k.Restore} {
			if _, err := verb(k.admin, row.ID, ""); err != nil {
				t.Fatal(err)
			}
		}
		k.save(t, row.ID, Change{RetroactiveMonths: given(6)})
		if _, err := k.Activate(k.admin, row.ID, ""); err != nil {
			t.Fatal(err)
		}
		want("raised while it was restored", 6, false)
	})
}

// Rule A4: the password is in no stored byte, nor anything that leads to it without the key.
func TestThePasswordIsNowhere(t *testing.T) {
	url := databasetest.SQLite(t)
	k := newDesk(t, databasetest.Open(t, url, database.Options{}))
	id := k.draft(t, "Loja").ID
	if _, err := k.Update(k.admin, id, 1, k.whole, "k"); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Update(k.admin, id, 1, k.whole, "k"); err != nil {
		t.Errorf("a repeat: %v", err)
	}
	again := k.whole
	again.APIPassword = given(secret.Text("another"))
	_, err := k.Update(k.admin, id, 1, again, "k")
	wants(t, "the same key with another password", err, "IDEMPOTENCY_KEY_REUSED@idempotencyKey")
	if _, err := k.FetchPages(k.admin, id, ""); err != nil {
		t.Fatal(err)
	}
	row := k.row(id)
	if plain, err := k.options.Keys.Open(row.APIPassword, "integrations", "api_password", id); err != nil || string(plain) != password || row.APIPasswordSetAt == nil {
		t.Fatalf("%v", err)
	}
	scanned := 0
	files, _ := filepath.Glob(strings.TrimPrefix(url, "sqlite:") + "*")
	for _, file := range files {
		stored, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		scanned += len(stored)
		for _, form := range []string{
			password, password[:12], password[len(password)-12:], hex.EncodeToString([]byte(password)), strings.ToUpper(hex.EncodeToString([]byte(password))),
			base64.StdEncoding.EncodeToString([]byte(password))[:24], base64.StdEncoding.EncodeToString([]byte("client:" + password))[:24],
		} {
			if bytes.Contains(stored, []byte(form)) {
				t.Errorf("%s holds %q", filepath.Base(file), form)
			}
		}
	}
	if len(files) < 2 || scanned < 100_000 {
		t.Errorf("only %d files and %d bytes were looked at", len(files), scanned)
	}
}

// Rule A6: bad credentials, an ended licence, the limit, an outage and an account without a page are five different faults.
func TestFetchPages(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		id := k.draft(t, "Loja").ID
		_, err := k.FetchPages(k.admin, id, "")
		wants(t, "without credentials", err, "REQUIRED@apiUsername REQUIRED@apiPassword")
		_, err = k.FetchPages(k.admin, "int_none", "")
		wants(t, "what is not there", err, "NOT_FOUND@id")
		k.save(t, id, Change{APIUsername: given("client"), APIPassword: given(secret.Text(password))})
		says := func(status int, body string) func(http.ResponseWriter, *http.Request) {
			return func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/oauth/token") {
					pages(w, r)
					return
				}
				w.WriteHeader(status)
				fmt.Fprint(w, body)
			}
		}
		for _, c := range []struct {
			what   string
			answer func(http.ResponseWriter, *http.Request)
			want   string
		}{
			{"bad credentials", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, "UPSTREAM_CREDENTIALS@"},
			{"an ended licence", says(401, `{"message":"Licença expirada","code":4010}`), "UPSTREAM_LICENCE@"},
			{"an outage", says(503, "x"), "UPSTREAM_UNAVAILABLE@"},
			{"a dead line", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }, "UPSTREAM_UNAVAILABLE@"},
			{"an answer that is none", says(200, "<html>"), "UPSTREAM_UNAVAILABLE@"},
			{"no page", says(200, "[]"), "UPSTREAM_NO_COMPANY@"},
			{"a refusal", says(403, `{"message":"Sem permissão","code":4030}`), "UPSTREAM_REFUSED@"},
			{"the limit", says(429, `{"message":"x","code":4290}`), "RATE_LIMITED@"},
		} {
			k.answer = c.answer
			_, err := k.FetchPages(k.admin, id, c.what)
			wants(t, c.what, err, c.want)
			if strings.Contains(fmt.Sprint(err), password) {
				t.Errorf("%s: the error holds the password", c.what)
			}
		}
		k.answer = pages
		ctx, cancel := context.WithTimeout(k.admin, time.Second)
		defer cancel()
		_, err = k.FetchPages(ctx, id, "")
		wants(t, "while the limit holds", err, "RATE_LIMITED@")
		if list, _ := fault.All(err); list[0].RetryAfter <= 0 {
			t.Error("it does not say when to try again")
		}
		// Another user of the API has a budget of its own.
		k.save(t, id, Change{APIUsername: given("second")})
		calls := 0
		k.answer = func(w http.ResponseWriter, r *http.Request) { calls++; pages(w, r) }
		for range 2 {
			if _, err := k.FetchPages(k.admin, id, "the key"); err != nil {
				t.Fatal(err)
			}
		}
		if row := k.row(id); calls != 2 || len(row.AvailablePages) != 2 || row.AvailablePages[1].Name != "Aurora Viagens" || row.PagesFetchedAt == nil {
			t.Errorf("%d calls, %v", calls, row.AvailablePages)
		}
	})
}

// Rule A5, and design rule 8: one draft a key, with a callback address of its own.
func TestCreate(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		in := Draft{Name: "  Loja   Aurora ", Channel: integration.ChannelRECLAME_AQUI, Kind: integration.KindRECLAME_AQUI}
		first, err := k.Create(k.admin, in, "k")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := k.Create(k.admin, in, "k"); err != nil || again != first {
			t.Errorf("a repeat: %s, %v", again, err)
		}
		in.Name = "Outra"
		_, err = k.Create(k.admin, in, "k")
		wants(t, "another name under the key", err, "IDEMPOTENCY_KEY_REUSED@idempotencyKey")
		for name, want := range map[string]string{"": "REQUIRED@name", " \t": "REQUIRED@name", strings.Repeat("a", 121): "TOO_LONG@name", "a\x00": "INVALID@name"} {
			_, err := k.Create(k.admin, Draft{Name: name}, "")
			wants(t, fmt.Sprintf("%.20q", name), err, want)
		}
		row := k.row(first)
		if row.Name != "Loja Aurora" || row.State != integration.StateDRAFT || row.Version != 1 {
			t.Errorf("%v", row)
		}
		if n := k.d.Writer.CallbackToken.Query().CountX(context.Background()); n != 1 {
			t.Errorf("%d callback addresses", n)
		}
	})
}
