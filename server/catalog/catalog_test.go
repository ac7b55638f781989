package catalog_test

import (
	"context"
	"strings"
	"testing"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/catalog"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

func TestOnlyAnAdministratorKeepsLists(t *testing.T) {
	// Who is refused reaches no database.
	nobody := context.Background()
	agent := identity.With(nobody, identity.Viewer{UserID: "usr_1", Role: user.RoleAGENT})
	supervisor := identity.With(nobody, identity.Viewer{UserID: "usr_2", Role: user.RoleSUPERVISOR})
	s := catalog.New(nil)
	for _, l := range lists(s, &database.DB{Writer: &db.Client{}}) {
		for _, c := range []struct {
			ctx  context.Context
			want string
		}{{nobody, "UNAUTHENTICATED"}, {agent, "FORBIDDEN"}, {supervisor, "FORBIDDEN"}} {
			_, err := l.create(c.ctx, "Sul", nil, "", "")
			want(t, err, "create "+l.noun, c.want)
			_, err = l.update(c.ctx, "x", 1, nil, nil, "")
			want(t, err, "update "+l.noun, c.want)
			want(t, l.archive(c.ctx, "x", ""), "archive "+l.noun, c.want)
			want(t, l.restore(c.ctx, "x", ""), "restore "+l.noun, c.want)
			_, err = s.Usage(c.ctx, "x")
			want(t, err, "usage", c.want)
		}
	}
}

func TestCreate(t *testing.T) {
	eachList(t, func(t *testing.T, l verbs, parents [2]string, above verbs) {
		id, err := l.create(ctx, "  São \t Paulo ", nil, parents[0], "")
		if err != nil {
			t.Fatal(err)
		}
		if got := l.get(id); got != (row{"São Paulo", "SAO-PAULO", 1, false}) {
			t.Errorf("the entry is %+v", got)
		}
		if id, err = l.create(ctx, "Zona Sul", p(" Zs_1 "), parents[0], ""); err != nil {
			t.Fatal(err)
		}
		if got := l.get(id); got != (row{"Zona Sul", "Zs_1", 1, false}) {
			t.Errorf("the entry is %+v", got)
		}
		for _, c := range []struct {
			name  string
			entry string
			code  *string
			want  []string
		}{
			{"same name", "São Paulo", nil, []string{"ALREADY_EXISTS@name"}},
			{"same name, folded", "SAO  PAULO", nil, []string{"ALREADY_EXISTS@name"}},
			{"same code", "Outra", p("zs_1"), []string{"ALREADY_EXISTS@code"}},
			{"same code, made before", "Outra", p("São-Paulo"), []string{"ALREADY_EXISTS@code"}},
			{"same both, of two entries", "sao paulo", p("ZS_1"), []string{"ALREADY_EXISTS@name", "ALREADY_EXISTS@code"}},
			{"no name", " ", nil, []string{"REQUIRED@name"}},
			{"nothing visible", "\u200b", nil, []string{"REQUIRED@name"}},
			{"no name, bad code", "", p("a b"), []string{"REQUIRED@name", "INVALID@code"}},
			{"no name, taken code", "", p("ZS_1"), []string{"REQUIRED@name", "ALREADY_EXISTS@code"}},
			{"taken name, bad code", "são paulo", p("a/b"), []string{"ALREADY_EXISTS@name", "INVALID@code"}},
			{"long name", strings.Repeat("a", 121), nil, []string{"TOO_LONG@name"}},
			{"name that folds to too much", strings.Repeat("ﷺ", 30), nil, []string{"TOO_LONG@name"}},
			{"NUL in the name", "a\x00b", nil, []string{"INVALID@name"}},
			{"long code", "Outra", p(strings.Repeat("a", 41)), []string{"TOO_LONG@code"}},
			{"letters that no code has", "Outra", p("東"), []string{"INVALID@code"}},
			{"invisible code", "Outra", p("\u200b"), []string{"REQUIRED@code"}},
		} {
			_, err := l.create(ctx, c.entry, c.code, parents[0], "")
			want(t, err, c.name, c.want...)
		}
		id = add(t, l, strings.Repeat("a", 120), parents[0])
		if got := l.get(id); got.Code != strings.Repeat("A", 40) {
			t.Errorf("the code of a long name is %s", got.Code)
		}
		if l.parentField == "" {
			return
		}
		add(t, l, "São Paulo", parents[1])
		_, err = l.create(ctx, "", nil, "xxx_0", "")
		want(t, err, "unknown parent, no name", "NOT_FOUND@"+l.parentField, "REQUIRED@name")
		if err := above.archive(ctx, parents[1], ""); fault.CodeOf(err) != fault.InvalidState {
			t.Errorf("a parent with active entries: %v", err)
		}
	})
}

func TestCodesAreMadeFree(t *testing.T) {
	eachList(t, func(t *testing.T, l verbs, parents [2]string, _ verbs) {
		long := strings.Repeat("Zona ", 10)
		for _, c := range []struct{ name, want string }{
			{"Sul", "SUL"},
			{"Sul!", "SUL-2"},
			{"(Sul)", "SUL-3"},
			{"Sul 2", "SUL-2-2"},
			{"Ação & Reação: 1º", "ACAO-REACAO-1O"},
			{"a_b", "A_B"},
			{"axb", "AXB"},
			{"a_b!", "A_B-2"},
			{"axb!", "AXB-2"},
			{"東京", strings.ToUpper(l.noun)},
			{"京都", strings.ToUpper(l.noun) + "-2"},
			{long, "ZONA-ZONA-ZONA-ZONA-ZONA-ZONA-ZONA-ZONA"},
			{long + "!", "ZONA-ZONA-ZONA-ZONA-ZONA-ZONA-ZONA-ZON-2"},
		} {
			if got := l.get(add(t, l, c.name, parents[0])).Code; got != c.want {
				t.Errorf("the code of %q is %s, want %s", c.name, got, c.want)
			}
		}
	})
}

func TestUpdate(t *testing.T) {
	eachList(t, func(t *testing.T, l verbs, parents [2]string, _ verbs) {
		id, other := add(t, l, "Sul", parents[0]), add(t, l, "Norte", parents[0])
		version := 0
		update := func(name, code *string) row {
			t.Helper()
			version++
			got, err := l.update(ctx, id, version, name, code, "")
			if err != nil || got != id {
				t.Fatalf("got %s, %v", got, err)
			}
			return l.get(id)
		}
		if got := update(p(" SÚL "), nil); got != (row{"SÚL", "SUL", 2, false}) {
			t.Errorf("after its own name in other letters: %+v", got)
		}
		if got := update(nil, p("S-1")); got != (row{"SÚL", "S-1", 3, false}) {
			t.Errorf("after a code: %+v", got)
		}
		if got := update(nil, nil); got != (row{"SÚL", "S-1", 4, false}) {
			t.Errorf("after nothing: %+v", got)
		}
		for _, c := range []struct {
			what, id   string
			version    int
			name, code *string
			want       []string
		}{
			{"stale", id, 3, p("X"), nil, []string{"CONFLICT@version"}},
			{"unknown", "xxx_0", 1, p("X"), nil, []string{"NOT_FOUND@id"}},
			{"taken", id, 4, p("NORTE"), p("norte"), []string{"ALREADY_EXISTS@name", "ALREADY_EXISTS@code"}},
			{"empty", id, 4, p(""), p(" "), []string{"REQUIRED@name", "REQUIRED@code"}},
		} {
			_, err := l.update(ctx, c.id, c.version, c.name, c.code, "")
			want(t, err, c.what, c.want...)
		}
		if got := l.get(id); got.Version != 4 || l.get(other).Name != "Norte" {
			t.Errorf("a refused update left %+v and %+v", got, l.get(other))
		}
	})
}

func TestArchiveAndRestore(t *testing.T) {
	eachList(t, func(t *testing.T, l verbs, parents [2]string, above verbs) {
		id := add(t, l, "Sul", parents[0])
		for _, step := range []struct {
			what string
			do   func(context.Context, string, string) error
			want row
		}{
			{"restore what is in use", l.restore, row{"Sul", "SUL", 1, false}},
			{"archive", l.archive, row{"Sul", "SUL", 2, true}},
			{"archive again", l.archive, row{"Sul", "SUL", 2, true}},
			{"restore", l.restore, row{"Sul", "SUL", 3, false}},
			{"restore again", l.restore, row{"Sul", "SUL", 3, false}},
		} {
			want(t, step.do(ctx, id, ""), step.what)
			if got := l.get(id); got != step.want {
				t.Errorf("%s: %+v, want %+v", step.what, got, step.want)
			}
		}
		want(t, l.archive(ctx, "xxx_0", ""), "unknown", "NOT_FOUND@id")
		want(t, l.restore(ctx, "xxx_0", ""), "unknown", "NOT_FOUND@id")
		// An archived entry keeps its name, so that it can be restored.
		want(t, l.archive(ctx, id, ""), "archive")
		_, err := l.create(ctx, "sul", nil, parents[0], "")
		want(t, err, "the name of an archived entry", "ALREADY_EXISTS@name")
		if l.parentField == "" {
			return
		}
		child := add(t, l, "Norte", parents[1])
		want(t, above.archive(ctx, parents[1], ""), "over an active entry", "INVALID_STATE@id")
		want(t, l.archive(ctx, child, ""), "the entry")
		want(t, above.archive(ctx, parents[1], ""), "over an archived entry")
		want(t, l.restore(ctx, child, ""), "under an archived one", "ARCHIVED@id")
		_, err = l.create(ctx, "Leste", nil, parents[1], "")
		want(t, err, "a new one under it", "ARCHIVED@"+l.parentField)
		want(t, above.restore(ctx, parents[1], ""), "the parent again")
		want(t, l.restore(ctx, child, ""), "the entry again")
	})
}

func TestVerbsHappenOnceForAKey(t *testing.T) {
	eachList(t, func(t *testing.T, l verbs, parents [2]string, _ verbs) {
		id, err := l.create(ctx, "Sul", nil, parents[0], "k")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := l.create(ctx, "Sul", nil, parents[0], "k"); err != nil || again != id {
			t.Errorf("the repeat gave %s, %v", again, err)
		}
		_, err = l.create(ctx, "Norte", nil, parents[0], "k")
		want(t, err, "the key with another name", "IDEMPOTENCY_KEY_REUSED@idempotencyKey")
		for range 2 {
			if _, err := l.update(ctx, id, 1, p("Leste"), nil, "k"); err != nil {
				t.Errorf("update: %v", err)
			}
		}
		want(t, l.archive(ctx, id, "k"), "archive")
		want(t, l.restore(ctx, id, "k"), "restore")
		want(t, l.archive(ctx, id, "k"), "the repeat of the archiving")
		if got := l.get(id); got != (row{"Leste", "SUL", 4, false}) {
			t.Errorf("the entry is %+v", got)
		}
	})
}
