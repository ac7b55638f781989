package identity

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"citrus.cx/channel/ent/db/session"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
)

func TestSignIn(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		north, south := b.sector("norte"), b.sector("sul")
		id := b.user("Ana@Example.com", user.RoleAGENT, south, north)
		gone := b.user("gone@example.com", user.RoleAGENT)
		b.user("boss@example.com", user.RoleADMIN)
		if err := b.ArchiveUser(b.ctx, gone, nil, ""); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name, email, password string
			want                  []string
		}{
			{"right", "ana@example.com", password, nil},
			{"right, other case and spaces", " ANA@example.COM ", password, nil},
			{"wrong password", "ana@example.com", password + "!", []string{"INVALID_CREDENTIALS"}},
			{"wrong e-mail", "bia@example.com", password, []string{"INVALID_CREDENTIALS"}},
			{"archived", "gone@example.com", password, []string{"INVALID_CREDENTIALS"}},
			{"no e-mail", "ana\x00", password, []string{"INVALID_CREDENTIALS"}},
			{"nothing", " ", "", []string{"REQUIRED@email", "REQUIRED@password"}},
		} {
			_, err := b.SignIn(context.Background(), c.email, c.password)
			want(t, err, c.name, c.want...)
		}

		tokens := b.signIn("ana@example.com")
		if ends := b.clock().Truncate(time.Second).Add(DefaultAccessLifetime); tokens.UserID != id || !tokens.ExpiresAt.Equal(ends) {
			t.Errorf("tokens are %s until %v, want %s until %v", tokens.UserID, tokens.ExpiresAt, id, ends)
		}
		ctx := b.as(tokens)
		v, ok := From(ctx)
		if !ok || v.UserID != id || v.Name != "Ana Souza" || v.Email != "Ana@Example.com" || v.Role != user.RoleAGENT || v.SessionID == "" {
			t.Errorf("the viewer is %+v", v)
		}
		if len(v.SectorIDs) != 2 || v.SectorIDs[0] != min(north, south) || v.SectorIDs[1] != max(north, south) {
			t.Errorf("sectors are %v, want %s and %s", v.SectorIDs, north, south)
		}
		if at, ok := ExpiresAt(ctx); !ok || !at.Equal(tokens.ExpiresAt) {
			t.Errorf("the context ends at %v, %v", at, ok)
		}
	})
}

func TestSignInSlowsGuessing(t *testing.T) {
	b := newBench(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
	b.user("ana@example.com", user.RoleADMIN)
	b.user("bia@example.com", user.RoleAGENT)
	for range maxGuesses - 1 {
		_, err := b.SignIn(context.Background(), "ana@example.com", "wrong")
		want(t, err, "a guess", "INVALID_CREDENTIALS")
	}
	b.signIn("ana@example.com") // which wipes the slate
	for range maxGuesses {
		_, err := b.SignIn(context.Background(), "ANA@example.com", "wrong")
		want(t, err, "a guess", "INVALID_CREDENTIALS")
	}
	_, err := b.SignIn(context.Background(), "ana@example.com", password)
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.TooManyRequests || f.RetryAfter != guessWindow {
		t.Fatalf("the eleventh gave %v", err)
	}
	b.signIn("bia@example.com")
	b.pass(guessWindow)
	b.signIn("ana@example.com")
}

func TestSignInRehashes(t *testing.T) {
	b := newBench(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
	id := b.user("ana@example.com", user.RoleADMIN)
	dear := costs{memory: 128, time: 1, threads: 1}
	b.passwords = newHasher(dear)
	first := b.signIn("ana@example.com")
	if phc := b.db.Writer.User.GetX(b.ctx, id).PasswordHash; needsRehash(phc, dear) {
		t.Errorf("the hash is still %s", phc)
	}
	b.signIn("ana@example.com")
	b.as(first) // a new hash of the same password ends nothing
}

func TestSignInAgainstAChangeOfPassword(t *testing.T) {
	b := newBench(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
	id := b.user("ana@example.com", user.RoleADMIN)
	old := b.db.Writer.User.GetX(b.ctx, id).PasswordHash
	next := "another password"
	if _, err := b.UpdateUser(b.ctx, id, 1, UserChange{Password: &next}, ""); err != nil {
		t.Fatal(err)
	}
	// The sign-in found the old password right before the change was written.
	_, err := b.begin(context.Background(), id, old, password)
	want(t, err, "a session of the old password", "INVALID_CREDENTIALS")
}

func TestPastSessionsAreSweptUp(t *testing.T) {
	b := newBench(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
	b.user("ana@example.com", user.RoleADMIN)
	b.signIn("ana@example.com")
	b.pass(DefaultRefreshLifetime)
	b.signIn("ana@example.com")
	b.signIn("ana@example.com")
	if n := b.db.Writer.Session.Query().CountX(b.ctx); n != 2 {
		t.Errorf("%d sessions are kept, want 2", n)
	}
}

func TestAuthenticateRefuses(t *testing.T) {
	b := newBench(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
	b.user("ana@example.com", user.RoleADMIN)
	tokens := b.signIn("ana@example.com")
	v, _ := From(b.as(tokens))

	ctx, err := b.Authenticate(context.Background(), "")
	if _, ok := From(ctx); ok || err != nil {
		t.Errorf("without a token: %v, %v", ok, err)
	}
	sign := func(method jwt.SigningMethod, key any, change func(*claims)) string {
		c := claims{SessionID: v.SessionID, RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: v.UserID,
			ExpiresAt: jwt.NewNumericDate(b.clock().Add(time.Minute)),
		}}
		change(&c)
		token, err := jwt.NewWithClaims(method, c).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + token
	}
	same := func(*claims) {}
	if _, err := b.Authenticate(context.Background(), sign(jwt.SigningMethodHS256, b.key, same)); err != nil {
		t.Fatalf("the token that the others are made from: %v", err)
	}
	if _, err := b.Authenticate(context.Background(), "bearer  "+tokens.AccessToken); err != nil {
		t.Errorf("a small bearer: %v", err)
	}
	parts := strings.Split(tokens.AccessToken, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	for name, authorization := range map[string]string{
		"a space":          " ",
		"another scheme":   "Basic " + tokens.AccessToken,
		"no scheme":        tokens.AccessToken,
		"no token":         "Bearer",
		"no JWT":           "Bearer x",
		"a refresh token":  "Bearer " + tokens.RefreshToken,
		"alg none":         "Bearer " + none + "." + parts[1] + ".",
		"alg none, signed": sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, same),
		"another method":   sign(jwt.SigningMethodHS512, b.key, same),
		"another key":      sign(jwt.SigningMethodHS256, bytes.Repeat([]byte("x"), 32), same),
		"another issuer":   sign(jwt.SigningMethodHS256, b.key, func(c *claims) { c.Issuer = "other" }),
		"another audience": sign(jwt.SigningMethodHS256, b.key, func(c *claims) { c.Audience = jwt.ClaimStrings{"other"} }),
		"no audience":      sign(jwt.SigningMethodHS256, b.key, func(c *claims) { c.Audience = nil }),
		"no expiry":        sign(jwt.SigningMethodHS256, b.key, func(c *claims) { c.ExpiresAt = nil }),
		"expired":          sign(jwt.SigningMethodHS256, b.key, func(c *claims) { c.ExpiresAt = jwt.NewNumericDate(b.clock()) }),
		"no subject":       sign(jwt.SigningMethodHS256, b.key, func(c *claims) { c.Subject = "" }),
		"no session":       sign(jwt.SigningMethodHS256, b.key, func(c *claims) { c.SessionID = "" }),
		"another session":  sign(jwt.SigningMethodHS256, b.key, func(c *claims) { c.SessionID = "ses_0" }),
		"another user":     sign(jwt.SigningMethodHS256, b.key, func(c *claims) { c.Subject = "usr_0" }),
	} {
		ctx, err := b.Authenticate(context.Background(), authorization)
		want(t, err, name, "UNAUTHENTICATED")
		if _, ok := From(ctx); ok {
			t.Errorf("%s: the context has a viewer", name)
		}
		if err != nil && len(parts[2]) > 0 && strings.Contains(err.Error(), parts[1]) {
			t.Errorf("%s: the error repeats the token", name)
		}
	}
	b.pass(DefaultAccessLifetime)
	b.refused(tokens, "after its lifetime")
}

func TestSessionsEnd(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		b.user("boss@example.com", user.RoleADMIN)
		id := b.user("ana@example.com", user.RoleAGENT)
		next, role, name := "another password", user.RoleSUPERVISOR, "Ana Maria"
		version := 1
		update := func(c UserChange) error {
			_, err := b.UpdateUser(b.ctx, id, version, c, "")
			version++
			return err
		}
		kept := b.signIn("ana@example.com")
		if err := update(UserChange{Name: &name}); err != nil {
			t.Fatal(err)
		}
		if v, _ := From(b.as(kept)); v.Name != name {
			t.Errorf("the viewer is still %s", v.Name)
		}
		for _, c := range []struct {
			name string
			end  func(Tokens) error
		}{
			{"signed out", func(tokens Tokens) error { return b.SignOut(b.as(tokens)) }},
			{"new role", func(Tokens) error { return update(UserChange{Role: &role}) }},
			{"archived", func(Tokens) error { version++; return b.ArchiveUser(b.ctx, id, nil, "") }},
			{"restored after that", func(Tokens) error {
				version += 2
				return errors.Join(b.ArchiveUser(b.ctx, id, nil, ""), b.RestoreUser(b.ctx, id, nil, ""))
			}},
			{"new password", func(Tokens) error { return update(UserChange{Password: &next}) }},
		} {
			if u := d.Writer.User.GetX(b.ctx, id); u.ArchivedAt != nil {
				version++
				if err := b.RestoreUser(b.ctx, id, nil, ""); err != nil {
					t.Fatal(err)
				}
			}
			tokens := b.signIn("ana@example.com")
			if err := c.end(tokens); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			b.refused(tokens, c.name)
			_, err := b.Refresh(context.Background(), tokens.RefreshToken)
			want(t, err, c.name+": refresh", "UNAUTHENTICATED")
		}
		want(t, b.SignOut(context.Background()), "nobody signs out", "UNAUTHENTICATED")
	})
}

// However a user came to be archived, his session is no use.
func TestAnArchivedUserIsRefused(t *testing.T) {
	b := newBench(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
	id := b.user("ana@example.com", user.RoleADMIN)
	tokens := b.signIn("ana@example.com")
	b.db.Writer.User.UpdateOneID(id).SetArchivedAt(b.clock()).ExecX(b.ctx)
	b.refused(tokens, "archived")
	_, err := b.Refresh(context.Background(), tokens.RefreshToken)
	want(t, err, "refresh", "UNAUTHENTICATED")
	b.db.Writer.User.UpdateOneID(id).ClearArchivedAt().ExecX(b.ctx)
	b.refused(tokens, "restored, after its refresh was refused")
}

func TestRefreshRotates(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		id := b.user("ana@example.com", user.RoleADMIN)
		tokens := b.signIn("ana@example.com")
		other := b.signIn("ana@example.com")
		for range 3 {
			b.pass(DefaultRefreshLifetime - time.Second)
			next, err := b.Refresh(context.Background(), tokens.RefreshToken)
			if err != nil {
				t.Fatal(err)
			}
			if next.RefreshToken == tokens.RefreshToken || next.UserID != id {
				t.Errorf("the refresh gave %+v", next)
			}
			b.as(next)
			tokens = next
		}
		stored := d.Writer.Session.Query().Where(session.EndedAtIsNil(), session.ExpiresAtGT(b.clock())).OnlyX(b.ctx)
		if stored.RefreshHash != hashRefresh(tokens.RefreshToken) || strings.Contains(tokens.RefreshToken, stored.RefreshHash) {
			t.Errorf("the row holds %s", stored.RefreshHash)
		}
		_, err := b.Refresh(context.Background(), other.RefreshToken)
		want(t, err, "a session that was left alone too long", "UNAUTHENTICATED")
		b.pass(DefaultRefreshLifetime)
		_, err = b.Refresh(context.Background(), tokens.RefreshToken)
		want(t, err, "on the last day", "UNAUTHENTICATED")
	})
}

func TestRefreshOfAStolenTokenEndsTheSession(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		b.user("ana@example.com", user.RoleADMIN)
		for _, c := range []struct {
			name      string
			rotations int
		}{{"the previous token", 1}, {"a token of long ago", 3}} {
			first := b.signIn("ana@example.com")
			bystander := b.signIn("ana@example.com")
			thief := first
			for range c.rotations {
				var err error
				if thief, err = b.Refresh(context.Background(), thief.RefreshToken); err != nil {
					t.Fatal(err)
				}
			}
			_, err := b.Refresh(context.Background(), first.RefreshToken)
			want(t, err, c.name, "UNAUTHENTICATED")
			b.refused(thief, c.name+": the thief's access token")
			_, err = b.Refresh(context.Background(), thief.RefreshToken)
			want(t, err, c.name+": the thief's refresh token", "UNAUTHENTICATED")
			b.as(bystander)
		}
	})
}

func TestRefreshRefusesRubbish(t *testing.T) {
	b := newBench(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
	b.user("ana@example.com", user.RoleADMIN)
	tokens := b.signIn("ana@example.com")
	for _, token := range []string{"x", ".", "ses_0.", "ses_0.AAAA", "\x00.AAAA", tokens.RefreshToken + "!", "x" + tokens.RefreshToken, tokens.AccessToken} {
		_, err := b.Refresh(context.Background(), token)
		want(t, err, token, "UNAUTHENTICATED")
	}
	_, err := b.Refresh(context.Background(), "")
	want(t, err, "nothing", "REQUIRED@refreshToken")
	if _, err := b.Refresh(context.Background(), tokens.RefreshToken); err != nil {
		t.Errorf("rubbish ended the session: %v", err)
	}
}

func TestOneOfManyRefreshesWins(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		b.user("ana@example.com", user.RoleADMIN)
		tokens := b.signIn("ana@example.com")
		var wins, losses int
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				_, err := b.Refresh(context.Background(), tokens.RefreshToken)
				mu.Lock()
				defer mu.Unlock()
				switch fault.CodeOf(err) {
				case fault.Unauthenticated:
					losses++
				default:
					wins++
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if wins != 1 || losses != 7 {
			t.Errorf("%d won and %d lost", wins, losses)
		}
	})
}

func TestAuthenticateIsOneStatement(t *testing.T) {
	statements := 0
	d := databasetest.Open(t, databasetest.SQLite(t), database.Options{
		OnStatement: func(context.Context, string) { statements++ },
	})
	b := newBench(t, d)
	b.user("boss@example.com", user.RoleADMIN)
	b.user("ana@example.com", user.RoleAGENT, b.sector("a"), b.sector("b"), b.sector("c"))
	for _, email := range []string{"boss@example.com", "ana@example.com"} {
		tokens := b.signIn(email)
		statements = 0
		b.as(tokens)
		if statements != 1 {
			t.Errorf("%s took %d statements", email, statements)
		}
	}
}
