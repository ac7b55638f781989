package audit

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/secret"
)

func TestDiff(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 500_000_000, time.FixedZone("", -3*60*60))
	same := at.UTC()
	word, none := "Sul", (*string)(nil)
	number := 7
	for _, c := range []struct {
		name        string
		before, now Field
		want        string // "" where nothing is different
	}{
		{"a text", Value("f", "Norte"), Value("f", "Sul"), "Norte → Sul"},
		{"the same text", Value("f", "Sul"), Value("f", "Sul"), ""},
		{"another case", Value("f", "sul"), Value("f", "Sul"), "sul → Sul"},
		{"no text any more", Value("f", "Sul"), Value("f", ""), "Sul → -"},
		{"the same from a pointer", Value("f", "Sul"), Optional("f", &word), ""},
		{"nil is the empty text", Value("f", ""), Optional("f", none), ""},
		{"filled", Optional("f", none), Optional("f", &word), "- → Sul"},
		{"emptied", Optional("f", &word), Optional("f", none), "Sul → -"},
		{"a number", Value("f", 0), Optional("f", &number), "0 → 7"},
		{"a long number", Value("f", int64(1)), Value("f", int64(1)<<40), "1 → 1099511627776"},
		{"a switch", Value("f", false), Value("f", true), "false → true"},
		{"a choice", Value("f", user.RoleADMIN), Value("f", user.RoleAGENT), "ADMIN → AGENT"},
		{"a list", List("f", []string{"b", "a"}), List("f", []string{"c", "a"}), "a, b → a, c"},
		{"a list in other order", List("f", []string{"b", "a"}), List("f", []string{"a", "b"}), ""},
		{"an empty list", List("f", []string{"a"}), List("f", []string{}), "a → -"},
		{"no list", List("f", nil), List("f", []string{}), ""},
		{"a moment", Time("f", nil), Time("f", &at), "- → 2026-03-02T12:00:00.5Z"},
		{"the same moment elsewhere", Time("f", &same), Time("f", &at), ""},
		{"a secret set", Secret("f", nil), Secret("f", []byte("1")), "- → •••"},
		{"another secret", Secret("f", []byte("1")), Secret("f", []byte("2")), "••• → •••"},
		{"the same secret", Secret("f", []byte("1")), Secret("f", []byte("1")), ""},
		{"a secret taken away", Secret("f", []byte("1")), Secret("f", nil), "••• → -"},
		{"a text that was a secret", Secret("f", []byte("1")), Value("f", "1"), "••• → 1"},
		{"a secret given as a text", Value("f", ""), Value("f", secret.Text("hush")), "- → <redacted>"},
		{"what was not there", Value("g", "Norte"), Value("f", "Sul"), "- → Sul"},
	} {
		if got := written(Diff([]Field{c.before}, []Field{c.now})); got != strings.TrimSuffix("f "+c.want, "f ") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	fields := []Field{Value("b", "1"), Value("empty", ""), Value("a", false)}
	if got := written(Diff(nil, fields)); got != "b - → 1; a - → false" {
		t.Errorf("of what is new: %s", got)
	}
}

func written(changes []schema.FieldChange) string {
	of := func(s *string) string {
		if s == nil {
			return "-"
		}
		return *s
	}
	all := make([]string, len(changes))
	for i, c := range changes {
		all[i] = fmt.Sprintf("%s %s → %s", c.Field, of(c.Old), of(c.New))
	}
	return strings.Join(all, "; ")
}

// A field of a secret may be printed by mistake: it holds nothing to read.
func TestASecretIsNotInItsField(t *testing.T) {
	f := Secret("password", []byte("hush-hush"))
	if s := fmt.Sprintf("%v %+v %#v %s %s", f, f, f, *f.text, f.mark[:]); strings.Contains(s, "hush") {
		t.Errorf("it prints as %s", s)
	}
}
