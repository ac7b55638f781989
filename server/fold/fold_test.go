package fold_test

import (
	"testing"

	"pgregory.net/rapid"

	"citrus.cx/channel/server/fold"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"lower case", "são", "sao"},
		{"title case", "São", "sao"},
		{"upper case", "SÃO", "sao"},
		{"decomposed", "Sa\u0303o", "sao"},
		{"cedilla", "Reclamação", "reclamacao"},
		{"sharp s", "Straße", "strasse"},
		{"capital sharp s", "STRAẞE", "strasse"},
		{"ligatures", "ﬁnal eﬀect ĳ", "final effect ij"},
		{"full width", "ＳＵＬ １", "sul 1"},
		{"ordinals", "1º 2ª", "1o 2a"},
		{"final sigma", "ΣΑΣ ς", "σασ σ"},
		{"dotted capital i", "İ", "i"},
		{"small cherokee", "ꭰ", "Ꭰ"},
		{"large cherokee", "Ꭰ", "Ꭰ"},
		{"spaces", "  Zona \t\n Sul\u00a0\u2003 1 ", "zona sul 1"},
		{"zero width space", "Zo\u200bna", "zona"},
		{"soft hyphen", "Zo\u00adna", "zona"},
		{"nothing", "", ""},
		{"nothing visible", " \u200b\u0301 ", ""},
		{"letters that only look alike stay apart", "ø ł đ", "ø ł đ"},
		{"no UTF-8", "a\xffb", "a\ufffdb"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := fold.Text(c.in); got != c.want {
				t.Errorf("Text(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestLine(t *testing.T) {
	for _, c := range []struct {
		in, want string
		ok       bool
	}{
		{"  Zona \t\n Sul ", "Zona Sul", true},
		{"São Paulo", "São Paulo", true},
		{"", "", true},
		{"a\x00b", "a\x00b", false},
		{"a\x1bb", "a\x1bb", false},
		{"a\xffb", "a\xffb", false},
	} {
		if got, ok := fold.Line(c.in); got != c.want || ok != c.ok {
			t.Errorf("Line(%q) = %q, %v, want %q, %v", c.in, got, ok, c.want, c.ok)
		}
	}
}

func TestTextIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		once := fold.Text(s)
		if twice := fold.Text(once); twice != once {
			t.Fatalf("Text(%q) = %q, folded again %q", s, once, twice)
		}
	})
}

func TestEveryLetterIsStable(t *testing.T) {
	const block = 64
	for first := rune(0); first < 0x20000; first += block {
		var letters []rune
		for r := first; r < first+block; r++ {
			letters = append(letters, r, '|')
		}
		once := fold.Text(string(letters))
		if twice := fold.Text(once); twice != once {
			t.Errorf("the block at %U folds to %q, folded again %q", first, once, twice)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("São Paulo")
	f.Add("ﬃ\u0345ß\xff")
	f.Fuzz(func(t *testing.T, s string) {
		once := fold.Text(s)
		if twice := fold.Text(once); twice != once {
			t.Errorf("%q folds to %q, folded again %q", s, once, twice)
		}
	})
}
