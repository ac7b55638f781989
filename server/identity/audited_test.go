package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/audit/audittest"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

func TestTheAuditOfUsers(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		north, south := b.sector("norte"), b.sector("sul")
		trail := audittest.Follow(t, d)
		boss := b.user("boss@example.com", user.RoleADMIN)
		trail.Left("the system's creation", "CREATED USER "+boss+" Ana Souza by the system: "+
			"email - → boss@example.com, name - → Ana Souza, role - → ADMIN, password - → •••")

		admin := With(context.Background(), Viewer{UserID: boss, Role: user.RoleADMIN})
		in := NewUser{Email: " Bia@example.com", Name: " Bia  Lima ", Role: user.RoleAGENT, SectorIDs: []string{south, north, south}, Password: password}
		id, err := b.CreateUser(admin, in, "a")
		if err != nil {
			t.Fatal(err)
		}
		both := []string{north, south}
		slices.Sort(both)
		trail.Left("creation", fmt.Sprintf("CREATED USER %s Bia Lima by %s: email - → Bia@example.com, name - → Bia Lima, "+
			"role - → AGENT, sectorIds - → %s, password - → •••", id, boss, strings.Join(both, ", ")))

		version := 0
		change := func(what string, c UserChange, changes string) {
			t.Helper()
			version++
			if _, err := b.UpdateUser(admin, id, version, c, ""); err != nil {
				t.Fatal(err)
			}
			if changes == "" {
				trail.Left(what)
				return
			}
			trail.Left(what, "UPDATED USER "+id+" "+d.Writer.User.GetX(b.ctx, id).Name+" by "+boss+": "+changes)
		}
		same, sectors := password, []string{south, north}
		change("nothing", UserChange{}, "")
		change("what he is already", UserChange{Name: &[]string{"Bia Lima"}[0], SectorIDs: &sectors}, "")
		change("a name", UserChange{Name: &[]string{"Bia"}[0]}, "name Bia Lima → Bia")
		change("sectors", UserChange{SectorIDs: &[]string{north}}, "sectorIds "+strings.Join(both, ", ")+" → "+north)
		change("no sector", UserChange{SectorIDs: &[]string{}}, "sectorIds "+north+" → -")
		change("a password", UserChange{Password: &same}, "password ••• → •••")
		email, role := "bia@example.com", user.RoleSUPERVISOR
		change("two fields", UserChange{Email: &email, Role: &role}, "email Bia@example.com → bia@example.com, role AGENT → SUPERVISOR")

		b.pass(time.Hour)
		if err := b.ArchiveUser(admin, id, nil, ""); err != nil {
			t.Fatal(err)
		}
		left := trail.Next()
		if len(left) != 1 || audittest.Line(left[0]) != "ARCHIVED USER "+id+" Bia by "+boss+": archivedAt - → <time>" ||
			!left[0].OccurredAt.Equal(b.clock()) || *left[0].Changes[0].New != b.clock().Format(time.RFC3339Nano) {
			t.Errorf("archiving left %v", left)
		}
		if err := b.RestoreUser(admin, id, nil, ""); err != nil {
			t.Fatal(err)
		}
		trail.Left("restoring", "RESTORED USER "+id+" Bia by "+boss+": archivedAt <time> → -")
	})
}

// What is refused, repeated, or done already leaves nothing.
func TestWhatLeavesNoAuditOfUsers(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		boss := b.user("boss@example.com", user.RoleADMIN)
		admin := With(context.Background(), Viewer{UserID: boss, Role: user.RoleADMIN})
		in := NewUser{Email: "bia@example.com", Name: "Bia", Role: user.RoleAGENT, Password: password}
		id, err := b.CreateUser(admin, in, "a")
		if err != nil {
			t.Fatal(err)
		}
		name, short, agent := "Bia Lima", "short", user.RoleAGENT
		if _, err := b.UpdateUser(admin, id, 1, UserChange{Name: &name}, "b"); err != nil {
			t.Fatal(err)
		}
		if err := b.ArchiveUser(admin, id, nil, "c"); err != nil {
			t.Fatal(err)
		}
		trail := audittest.Follow(t, d)

		_, err = b.CreateUser(admin, in, "a")
		want(t, err, "the same creation")
		_, err = b.UpdateUser(admin, id, 1, UserChange{Name: &name}, "b")
		want(t, err, "the same update")
		want(t, b.ArchiveUser(admin, id, nil, "c"), "the same archiving")
		want(t, b.ArchiveUser(admin, id, nil, ""), "archiving him again")
		want(t, b.RestoreUser(admin, boss, nil, ""), "restoring who is active")

		_, err = b.CreateUser(admin, in, "")
		want(t, err, "a taken e-mail", "ALREADY_EXISTS@email")
		_, err = b.UpdateUser(admin, id, 1, UserChange{Name: &name}, "")
		want(t, err, "a stale version", "CONFLICT@version")
		_, err = b.UpdateUser(admin, id, 3, UserChange{Name: &name, Password: &short}, "")
		want(t, err, "a short password", "INVALID@password")
		_, err = b.UpdateUser(admin, boss, 1, UserChange{Role: &agent}, "")
		want(t, err, "the last administrator's role", "INVALID_STATE@role")
		want(t, b.ArchiveUser(admin, boss, nil, ""), "himself", "INVALID_STATE@id")
		_, err = b.UpdateUser(With(admin, Viewer{UserID: id, Role: user.RoleSUPERVISOR}), boss, 1, UserChange{Name: &name}, "")
		want(t, err, "a supervisor", "FORBIDDEN")
		trail.Left("none of these")

		// The transaction fails after the user was written, and the entry goes with him: nobody is called so.
		ghost := With(context.Background(), Viewer{UserID: "usr_0", Role: user.RoleADMIN})
		if err := b.RestoreUser(ghost, id, nil, ""); err == nil {
			t.Error("somebody who does not exist changed a user")
		}
		trail.Left("a change that was rolled back")
		if u := d.Writer.User.GetX(b.ctx, id); u.ArchivedAt == nil {
			t.Error("the change stayed without its entry")
		}
	})
}

func TestOneEntryForAKeySentAtOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		trail := audittest.Follow(t, d)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				in := NewUser{Email: "bia@example.com", Name: "Bia", Role: user.RoleAGENT, Password: password}
				if _, err := b.CreateUser(b.ctx, in, "k"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if left := trail.Next(); len(left) != 1 {
			t.Errorf("%d entries", len(left))
		}
	})
}

// The password is nowhere, its hash and those of sessions are not in the audit.
func TestNoSecretOfAUserIsKept(t *testing.T) {
	databasetest.EachURL(t, func(t *testing.T, url string) {
		d := databasetest.Open(t, url, database.Options{})
		b := newBench(t, d)
		b.user("boss@example.com", user.RoleADMIN)
		id, err := b.CreateUser(b.ctx, NewUser{Email: "bia@example.com", Name: "Bia", Role: user.RoleAGENT, Password: password}, schema.NewID("key"))
		if err != nil {
			t.Fatal(err)
		}
		tokens := b.signIn("bia@example.com")
		hidden := hashes(b, id)
		next := "another horse battery"
		if _, err := b.UpdateUser(b.ctx, id, 1, UserChange{Password: &next}, schema.NewID("key")); err != nil {
			t.Fatal(err)
		}
		hidden = append(hidden, hashes(b, id)...)
		dump := audittest.Dump(t, url)
		if !strings.Contains(dump["audit_entries"], "•••") || !strings.Contains(dump["users"], hidden[len(hidden)-2]) {
			t.Fatal("the search finds nothing at all")
		}
		for table, content := range dump {
			for _, secret := range []string{password, next, tokens.AccessToken, tokens.RefreshToken} {
				if strings.Contains(content, secret) {
					t.Errorf("%q holds a secret", table)
				}
			}
		}
		for _, hash := range hidden {
			if strings.Contains(dump["audit_entries"], hash) {
				t.Error("the audit holds a hash")
			}
		}
	})
}

// hashes are what is kept of a user's secrets: the password's hash, and a session's at the end.
func hashes(b *bench, id string) []string {
	b.t.Helper()
	u := b.db.Writer.User.Query().Where(user.ID(id)).WithSessions(func(q *db.SessionQuery) { q.Limit(1) }).OnlyX(b.ctx)
	return []string{u.PasswordHash, u.Edges.Sessions[0].RefreshHash}
}
