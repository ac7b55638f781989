package identity

import (
	"context"
	"strings"
	"sync"
	"testing"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
)

func TestOnlyAnAdministratorKeepsUsers(t *testing.T) {
	s, err := New(nil, Options{SigningKey: make([]byte, 32)}) // whoever is refused reaches no database
	if err != nil {
		t.Fatal(err)
	}
	for code, ctx := range map[string]context.Context{
		"UNAUTHENTICATED": context.Background(),
		"FORBIDDEN":       With(context.Background(), Viewer{UserID: "usr_1", Role: user.RoleSUPERVISOR}),
	} {
		_, err := s.CreateUser(ctx, NewUser{}, "")
		want(t, err, "create", code)
		_, err = s.UpdateUser(ctx, "usr_1", 1, UserChange{}, "")
		want(t, err, "update", code)
		want(t, s.ArchiveUser(ctx, "usr_1", nil, ""), "archive", code)
		want(t, s.RestoreUser(ctx, "usr_1", nil, ""), "restore", code)
	}
}

func TestCreateUser(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		open, closed := b.sector("norte"), b.sector("sul")
		d.Writer.Sector.UpdateOneID(closed).SetArchivedAt(b.clock()).ExecX(b.ctx)
		good := NewUser{Email: " Ana@Example.com ", Name: "  Ana   Souza ", Role: user.RoleAGENT, SectorIDs: []string{open, open}, Password: password}
		id, err := b.CreateUser(b.ctx, good, "")
		if err != nil {
			t.Fatal(err)
		}
		u := d.Reader.User.Query().Where(user.ID(id)).WithSectors().OnlyX(b.ctx)
		if u.Email != "Ana@Example.com" || u.Name != "Ana Souza" || u.NameFolded != "ana souza" || u.Role != user.RoleAGENT || u.Version != 1 {
			t.Errorf("the user is %v", u)
		}
		if len(u.Edges.Sectors) != 1 || u.Edges.Sectors[0].ID != open {
			t.Errorf("the sectors are %v", u.Edges.Sectors)
		}
		if strings.Contains(u.PasswordHash, password) || !strings.HasPrefix(u.PasswordHash, "$argon2id$") {
			t.Errorf("the password is kept as %s", u.PasswordHash)
		}
		for _, c := range []struct {
			name string
			edit func(*NewUser)
			want []string
		}{
			{"same e-mail in other case", func(n *NewUser) { n.Email = "ANA@example.COM" }, []string{"ALREADY_EXISTS@email"}},
			{"no e-mail", func(n *NewUser) { n.Email = " " }, []string{"REQUIRED@email"}},
			{"bad e-mail", func(n *NewUser) { n.Email = "ana@localhost" }, []string{"INVALID@email"}},
			{"long e-mail", func(n *NewUser) { n.Email = strings.Repeat("a", 243) + "@example.com" }, []string{"TOO_LONG@email"}},
			{"no name", func(n *NewUser) { n.Name = "\t\u200b" }, []string{"REQUIRED@name"}},
			{"long name", func(n *NewUser) { n.Name = strings.Repeat("a", 121) }, []string{"TOO_LONG@name"}},
			{"name that folds to too much", func(n *NewUser) { n.Name = strings.Repeat("ﷺ", 30) }, []string{"TOO_LONG@name"}},
			{"NUL in the name", func(n *NewUser) { n.Name = "a\x00b" }, []string{"INVALID@name"}},
			{"no role", func(n *NewUser) { n.Role = "" }, []string{"INVALID@role"}},
			{"no password", func(n *NewUser) { n.Password = "" }, []string{"REQUIRED@password"}},
			{"short password", func(n *NewUser) { n.Password = "ááááááááá" }, []string{"INVALID@password"}},
			{"long password", func(n *NewUser) { n.Password = strings.Repeat("a", 201) }, []string{"INVALID@password"}},
			{"unknown sector", func(n *NewUser) { n.SectorIDs = []string{open, "sec_0"} }, []string{"NOT_FOUND@sectorIds"}},
			{"archived sector", func(n *NewUser) { n.SectorIDs = []string{closed} }, []string{"ARCHIVED@sectorIds"}},
			{"everything", func(n *NewUser) {
				*n = NewUser{Email: "ana@example.com", Role: "BOSS", Password: "short", SectorIDs: []string{"sec_0", closed}}
			}, []string{"ALREADY_EXISTS@email", "REQUIRED@name", "INVALID@role", "INVALID@password", "NOT_FOUND@sectorIds", "ARCHIVED@sectorIds"}},
		} {
			n := good
			n.Email = "bia@example.com"
			c.edit(&n)
			_, err := b.CreateUser(b.ctx, n, "key of "+c.name)
			want(t, err, c.name, c.want...)
		}
		for _, email := range []string{strings.Repeat("a", 242) + "@example.com", "min@example.com"} {
			n := NewUser{Email: email, Name: strings.Repeat("a", 120), Role: user.RoleADMIN, Password: "áéíóúáéíóú"}
			if _, err := b.CreateUser(b.ctx, n, ""); err != nil {
				t.Errorf("at the limits: %v", err)
			}
		}
		if n := d.Writer.User.Query().CountX(b.ctx); n != 3 {
			t.Errorf("%d users are there, want 3", n)
		}
	})
}

func TestCreateUserOnceForAKey(t *testing.T) {
	b := newBench(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
	n := NewUser{Email: "ana@example.com", Name: "Ana", Role: user.RoleADMIN, Password: password}
	first, err := b.CreateUser(b.ctx, n, "k")
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.CreateUser(b.ctx, n, "k")
	if err != nil || again != first {
		t.Errorf("the repeat gave %s, %v, want %s", again, err, first)
	}
	n.Password += "!"
	_, err = b.CreateUser(b.ctx, n, "k")
	want(t, err, "the key with another password", "IDEMPOTENCY_KEY_REUSED@idempotencyKey")
}

func TestUpdateUser(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		north, south := b.sector("norte"), b.sector("sul")
		b.user("boss@example.com", user.RoleADMIN)
		id := b.user("ana@example.com", user.RoleAGENT, north)
		name, email, role, next := "Ana Maria", "Ana.Maria@example.com", user.RoleSUPERVISOR, "another password"
		sectors := []string{south}
		version := 0
		update := func(c UserChange) *db.User {
			t.Helper()
			version++
			if _, err := b.UpdateUser(b.ctx, id, version, c, ""); err != nil {
				t.Fatal(err)
			}
			return d.Reader.User.Query().Where(user.ID(id)).WithSectors().OnlyX(b.ctx)
		}
		before := update(UserChange{})
		if u := update(UserChange{Name: &name}); u.Name != name || u.NameFolded != "ana maria" || u.Email != before.Email || u.Role != before.Role ||
			len(u.Edges.Sectors) != 1 || u.PasswordHash != before.PasswordHash || u.Version != 3 {
			t.Errorf("after a new name: %v", u)
		}
		// A sector archived meanwhile may stay.
		d.Writer.Sector.UpdateOneID(north).SetArchivedAt(b.clock()).ExecX(b.ctx)
		both := []string{north, south}
		if u := update(UserChange{SectorIDs: &both}); len(u.Edges.Sectors) != 2 {
			t.Errorf("after two sectors: %v", u.Edges.Sectors)
		}
		u := update(UserChange{Email: &email, Role: &role, SectorIDs: &sectors, Password: &next})
		if u.Email != email || u.Role != role || len(u.Edges.Sectors) != 1 || u.Edges.Sectors[0].ID != south {
			t.Errorf("after all of it: %v", u)
		}
		if _, err := b.SignIn(context.Background(), email, next); err != nil {
			t.Errorf("the new password: %v", err)
		}
		none := []string{}
		if u := update(UserChange{SectorIDs: &none}); len(u.Edges.Sectors) != 0 {
			t.Errorf("after no sector: %v", u.Edges.Sectors)
		}

		taken, bad, short := "BOSS@example.com", user.Role("BOSS"), "short"
		_, err := b.UpdateUser(b.ctx, id, version+1, UserChange{Email: &taken, Name: &short, Role: &bad, SectorIDs: &both, Password: &short}, "")
		want(t, err, "all wrong", "ALREADY_EXISTS@email", "INVALID@role", "INVALID@password", "ARCHIVED@sectorIds")
		_, err = b.UpdateUser(b.ctx, id, version, UserChange{Name: &name}, "")
		want(t, err, "a stale version", "CONFLICT@version")
		_, err = b.UpdateUser(b.ctx, "usr_0", 1, UserChange{Name: &name}, "")
		want(t, err, "nobody", "NOT_FOUND@id")
	})
}

func TestAdministratorsRemain(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		ana, bia := b.user("ana@example.com", user.RoleADMIN), b.user("bia@example.com", user.RoleADMIN)
		agent := user.RoleAGENT
		asAna := With(context.Background(), Viewer{UserID: ana, Role: user.RoleADMIN})
		want(t, b.ArchiveUser(asAna, ana, nil, ""), "herself", "INVALID_STATE@id")
		if err := b.ArchiveUser(asAna, bia, nil, ""); err != nil {
			t.Fatal(err)
		}
		want(t, b.ArchiveUser(b.ctx, ana, nil, ""), "the last one", "INVALID_STATE@id")
		_, err := b.UpdateUser(asAna, ana, 1, UserChange{Role: &agent}, "")
		want(t, err, "the last one's role", "INVALID_STATE@role")
		if err := b.RestoreUser(asAna, bia, nil, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := b.UpdateUser(asAna, ana, 1, UserChange{Role: &agent}, ""); err != nil {
			t.Errorf("one of two: %v", err)
		}
	})
}

func TestAdministratorsCannotRemoveEachOther(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		ids := []string{b.user("a@example.com", user.RoleADMIN), b.user("b@example.com", user.RoleADMIN)}
		for range 5 {
			var all sync.WaitGroup
			errs := make([]error, 2)
			for i := range ids {
				all.Go(func() {
					ctx := With(context.Background(), Viewer{UserID: ids[i], Role: user.RoleADMIN})
					errs[i] = b.ArchiveUser(ctx, ids[1-i], nil, "")
				})
			}
			all.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("they got %v", errs)
			}
			for i, err := range errs {
				if err != nil {
					want(t, err, "the slower one", "INVALID_STATE@id")
				} else if err := b.RestoreUser(b.ctx, ids[1-i], nil, ""); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func TestArchiveUserTwice(t *testing.T) {
	b := newBench(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
	b.user("boss@example.com", user.RoleADMIN)
	id := b.user("ana@example.com", user.RoleAGENT)
	one, two, three := 1, 2, 3
	want(t, b.ArchiveUser(b.ctx, id, &two, ""), "a stale version", "CONFLICT@version")
	for _, step := range []struct {
		name string
		err  error
	}{
		{"archive", b.ArchiveUser(b.ctx, id, &one, "")},
		{"archive again", b.ArchiveUser(b.ctx, id, &two, "")},
		{"restore", b.RestoreUser(b.ctx, id, &two, "")},
		{"restore again", b.RestoreUser(b.ctx, id, &three, "")},
	} {
		want(t, step.err, step.name)
	}
	if u := b.db.Writer.User.GetX(b.ctx, id); u.Version != 3 || u.ArchivedAt != nil {
		t.Errorf("the user is %v", u)
	}
	want(t, b.ArchiveUser(b.ctx, "usr_0", nil, ""), "nobody", "NOT_FOUND@id")
	want(t, b.RestoreUser(b.ctx, "usr_0", nil, ""), "nobody", "NOT_FOUND@id")
}

func TestOneOfTwoCreatorsOfAUserWins(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		var all sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			all.Go(func() {
				n := NewUser{Email: "ana@example.com", Name: "Ana", Role: user.RoleADMIN, Password: password}
				_, errs[i] = b.CreateUser(b.ctx, n, schema.NewID("key"))
			})
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				want(t, err, "a loser", "ALREADY_EXISTS@email")
			}
		}
		if won != 1 {
			t.Errorf("%d won", won)
		}
	})
}

// A transaction that the check cannot see holds the e-mail: the index decides.
func TestTheIndexDecidesOnTheEmail(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		id := b.user("ana@example.com", user.RoleADMIN)
		err := d.Write(b.ctx, func(ctx context.Context, tx *db.Tx) error {
			email := "ana@example.com"
			u := tx.User.Create().SetEmail("x@example.com").SetEmailFolded("x@example.com").SetName("X").SetNameFolded("x").
				SetRole(user.RoleADMIN).SetPasswordHash("x").SaveX(ctx)
			return refusal(write(ctx, tx, u, UserChange{Email: &email}, ""))
		})
		if fault.CodeOf(err) != fault.AlreadyExists {
			t.Errorf("got %v", err)
		}
		if n := d.Writer.User.Query().OnlyX(b.ctx); n.ID != id {
			t.Errorf("the row is %v", n)
		}
	})
}
