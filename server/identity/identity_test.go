package identity

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
)

// cheap costs keep the tests fast; what is hashed with them is as right.
var cheap = costs{memory: 64, time: 1, threads: 1}

const password = "correct horse battery"

// bench is a service on a database, with a clock that tests move.
type bench struct {
	*Service
	t   *testing.T
	mu  sync.Mutex
	at  time.Time
	db  *database.DB
	ctx context.Context // the system's
}

func newBench(t *testing.T, d *database.DB) *bench {
	t.Helper()
	Guard(d.Reader)
	b := &bench{t: t, at: time.Date(2026, 3, 2, 12, 0, 0, 500_000_000, time.UTC), db: d, ctx: System(context.Background())}
	s, err := New(d, Options{SigningKey: bytes.Repeat([]byte("k"), 32), Now: b.clock})
	if err != nil {
		t.Fatal(err)
	}
	s.passwords = newHasher(cheap)
	b.Service = s
	return b
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at = b.at.Add(d)
}

// user registers a user with the password of the tests.
func (b *bench) user(email string, role user.Role, sectorIDs ...string) (id string) {
	b.t.Helper()
	id, err := b.CreateUser(b.ctx, NewUser{Email: email, Name: "Ana Souza", Role: role, SectorIDs: sectorIDs, Password: password}, "")
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

func (b *bench) sector(name string) (id string) {
	b.t.Helper()
	s, err := b.db.Writer.Sector.Create().SetName(name).SetNameFolded(name).SetCode(name).SetCodeFolded(name).Save(b.ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	return s.ID
}

func (b *bench) signIn(email string) Tokens {
	b.t.Helper()
	tokens, err := b.SignIn(context.Background(), email, password)
	if err != nil {
		b.t.Fatal(err)
	}
	return tokens
}

// as gives the context that a token authenticates.
func (b *bench) as(tokens Tokens) context.Context {
	b.t.Helper()
	ctx, err := b.Authenticate(context.Background(), "Bearer "+tokens.AccessToken)
	if err != nil {
		b.t.Fatal(err)
	}
	return ctx
}

// refused expects a token to be good for nothing.
func (b *bench) refused(tokens Tokens, why string) {
	b.t.Helper()
	_, err := b.Authenticate(context.Background(), "Bearer "+tokens.AccessToken)
	want(b.t, err, why, "UNAUTHENTICATED")
}

// want expects exactly these faults, each written as its code, or as code@field.
func want(t *testing.T, err error, what string, faults ...string) {
	t.Helper()
	var got []string
	list, ok := fault.All(err)
	if err != nil && !ok {
		t.Errorf("%s: got %v, want %v", what, err, faults)
		return
	}
	for _, f := range list {
		s := string(f.Code)
		if len(f.Field) > 0 {
			s += "@" + strings.Join(f.Field, ".")
		}
		got = append(got, s)
	}
	slices.Sort(got)
	slices.Sort(faults)
	if !slices.Equal(got, faults) {
		t.Errorf("%s: got %v, want %v", what, got, faults)
	}
}

func TestRequire(t *testing.T) {
	agent := With(context.Background(), Viewer{UserID: "usr_1", Role: user.RoleAGENT})
	admin := With(context.Background(), Viewer{UserID: "usr_2", Role: user.RoleADMIN})
	for _, c := range []struct {
		name  string
		ctx   context.Context
		roles []user.Role
		want  fault.Code
	}{
		{"nobody", context.Background(), nil, fault.Unauthenticated},
		{"nobody, of a role", context.Background(), []user.Role{user.RoleADMIN}, fault.Unauthenticated},
		{"anybody", agent, nil, ""},
		{"the role", admin, []user.Role{user.RoleADMIN}, ""},
		{"one of the roles", agent, []user.Role{user.RoleADMIN, user.RoleAGENT}, ""},
		{"another role", agent, []user.Role{user.RoleADMIN, user.RoleSUPERVISOR}, fault.Forbidden},
		{"the system", System(context.Background()), []user.Role{user.RoleADMIN}, ""},
		{"the system instead of a viewer", System(agent), []user.Role{user.RoleADMIN}, ""},
		{"a viewer instead of the system", With(System(agent), Viewer{Role: user.RoleAGENT}), []user.Role{user.RoleADMIN}, fault.Forbidden},
	} {
		if _, err := Require(c.ctx, c.roles...); fault.CodeOf(err) != c.want {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	if v, ok := From(admin); !ok || v.UserID != "usr_2" {
		t.Errorf("From gave %v, %v", v, ok)
	}
	if v, ok := From(System(admin)); ok || v.UserID != "" {
		t.Errorf("the system passes for the viewer %v", v)
	}
}

func TestNewRefusesAShortKey(t *testing.T) {
	if _, err := New(nil, Options{SigningKey: make([]byte, 31)}); err == nil {
		t.Error("a key of 31 bytes was taken")
	}
}

func TestIsEmail(t *testing.T) {
	for email, ok := range map[string]bool{
		"ana@example.com":              true,
		"ana.souza+ra@mail.example.br": true,
		"joão@example.com":             true,
		"admin@demo.test":              true,
		"":                             false,
		"ana":                          false,
		"ana@":                         false,
		"@example.com":                 false,
		"ana@localhost":                false,
		"ana@example.":                 false,
		"ana@.example":                 false,
		"ana@ex..com":                  false,
		"ana@-example.com":             false,
		"ana souza@example.com":        false,
		`"ana souza"@example.com`:      false,
		"Ana <ana@example.com>":        false,
		"<ana@example.com>":            false,
		"ana@[127.0.0.1]":              false,
		"a@b@example.com":              false,
		"ana@example.com, b@c.de":      false,
		"ana@example.com\x00":          false,
		"ana@exam\nple.com":            false,
	} {
		if isEmail(email) != ok {
			t.Errorf("isEmail(%q) = %v", email, !ok)
		}
	}
}

func TestGuesses(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	g := newGuesses(func() time.Time { return at }, 6)
	home, away := FromAddress(context.Background(), "192.0.2.1"), FromAddress(context.Background(), "192.0.2.2")
	for i := range maxGuesses {
		if err := g.try(away, "a"); err != nil {
			t.Fatalf("try %d: %v", i+1, err)
		}
		at = at.Add(time.Minute)
	}
	var refused *fault.Error
	if err := g.try(away, "a"); !errors.As(err, &refused) || refused.Code != fault.TooManyRequests || refused.RetryAfter != 5*time.Minute {
		t.Fatalf("try 11 gave %v", err)
	}
	if err := g.try(away, "b"); err != nil {
		t.Errorf("another e-mail suffers: %v", err)
	}
	if err := g.try(home, "a"); err != nil {
		t.Errorf("another address suffers: %v", err)
	}
	g.forget(home, "a")
	if err := g.try(away, "a"); fault.CodeOf(err) != fault.TooManyRequests {
		t.Errorf("a right password from elsewhere frees who guesses: %v", err)
	}
	at = at.Add(refused.RetryAfter)
	if err := g.try(away, "a"); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	if err := g.try(away, "a"); fault.CodeOf(err) != fault.TooManyRequests {
		t.Errorf("the wait freed more than the first try: %v", err)
	}
	g.forget(away, "a")
	if err := g.try(away, "a"); err != nil {
		t.Errorf("after a right password: %v", err)
	}
	for range maxGuesses {
		_ = g.try(away, "busy")
	}
	for _, email := range []string{"c", "d", "busy", "e", "f"} {
		_ = g.try(away, email)
	}
	if err := g.try(away, "busy"); fault.CodeOf(err) != fault.TooManyRequests {
		t.Errorf("an e-mail that is being guessed at was forgotten before one that is not: %v", err)
	}
	if len(g.byKey) != 6 || g.order.Len() != 6 {
		t.Errorf("%d and %d counts are kept, want 6", len(g.byKey), g.order.Len())
	}
}

// Many addresses together get a hundred tries for an e-mail; who signs in rightly all the time uses none of them up.
func TestACrowdGuesses(t *testing.T) {
	g := newGuesses(func() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }, maxGuessed)
	owner := FromAddress(context.Background(), "192.0.2.1")
	for i := range 3 * maxOfEmail {
		if err := g.try(owner, "a"); err != nil {
			t.Fatalf("the owner's sign-in %d: %v", i, err)
		}
		g.forget(owner, "a")
	}
	done := 0
	for i := range 3 * maxOfEmail {
		if g.try(FromAddress(context.Background(), fmt.Sprint(i)), "a") == nil {
			done++
		}
	}
	if done != maxOfEmail {
		t.Errorf("a crowd tried %d times, want %d", done, maxOfEmail)
	}
}
