package upload

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"citrus.cx/channel/server/fault"
)

// counted is a file that knows how much was read of it.
type counted struct {
	*bytes.Reader
	read int64
}

func (c *counted) ReadAt(p []byte, offset int64) (int, error) {
	n, err := c.Reader.ReadAt(p, offset)
	c.read += int64(n)
	return n, err
}

// Whatever a file holds: no panic, an answer after reading a bounded part of it (an archive says how
// much it would unpack to, and nobody believes it), and nothing of the machine's own programs passes.
func FuzzIdentify(f *testing.F) {
	for name, sample := range Samples {
		f.Add("arquivo."+name, sample)
		for _, to := range []int{len(sample) / 2, len(sample) - 1} {
			f.Add("arquivo", sample[:to])
		}
	}
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		name = cleanName(name)
		file := &counted{Reader: bytes.NewReader(b)}
		is, kept, err := identify(name, file, int64(len(b)))
		if limit := int64(64*len(b) + 1<<20); file.read > limit {
			t.Errorf("%d bytes were read of %d", file.read, len(b))
		}
		var f *fault.Error
		switch {
		case errors.As(err, &f):
		case err != nil && !errors.Is(err, io.EOF):
			t.Errorf("%v", err)
		case err == nil && (bytes.HasPrefix(b, []byte("MZ")) || bytes.HasPrefix(b, []byte("\x7fELF"))) && is.family != table:
			t.Errorf("a program passes as %s", kept)
		case err == nil && !strings.HasSuffix(strings.ToLower(kept), extensionOf(kept)):
			t.Errorf("%q is kept as %q", name, kept)
		case err == nil:
			if k, ok := named(extensionOf(kept)); !ok || k.contentType != is.contentType {
				t.Errorf("%s is kept as %s", is.contentType, kept)
			}
		}
	})
}

// Whatever a name is: what comes of it can be shown, is no path and has a length; and is itself clean.
func FuzzCleanName(f *testing.F) {
	for _, name := range []string{"foto.png", "../a.png", "a\u202eb.png", "\xff", strings.Repeat("ã", 300), ".", "e\u0301.jpg", "\u1100\u1161\u11a8.gif"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		clean := cleanName(name)
		hidden := func(r rune) bool {
			return r == '/' || r == '\\' || unicode.In(r, unicode.Cc, unicode.Cf) || r != ' ' && unicode.IsSpace(r)
		}
		if clean == "" || len(clean) > maxName || !utf8.ValidString(clean) || strings.ContainsFunc(clean, hidden) {
			t.Errorf("%q became %q", name, clean)
		}
		if again := cleanName(clean); again != clean {
			t.Errorf("%q became %q and then %q", name, clean, again)
		}
	})
}
