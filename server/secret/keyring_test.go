package secret

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var (
	keyA = bytes.Repeat([]byte{0xA1}, KeySize)
	keyB = bytes.Repeat([]byte{0xB2}, KeySize)
	keyC = bytes.Repeat([]byte{0xC3}, KeySize)
)

func ring(t testing.TB, current []byte, previous ...[]byte) *Keyring {
	t.Helper()
	k, err := NewKeyring(current, previous...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealAndOpen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, err := NewKeyring(keyA, keyB)
		if err != nil {
			t.Fatal(err)
		}
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		table, column, row := rapid.String().Draw(t, "table"), rapid.String().Draw(t, "column"), rapid.String().Draw(t, "row")
		sealed := k.Seal(plain, table, column, row)
		opened, err := k.Open(sealed, table, column, row)
		if err != nil || !bytes.Equal(opened, plain) {
			t.Fatalf("opened %x (%v), want %x", opened, err, plain)
		}
		if bytes.Equal(sealed, k.Seal(plain, table, column, row)) {
			t.Fatal("sealed twice alike")
		}
		if len(plain) >= 8 && bytes.Contains(sealed, plain) {
			t.Fatal("the plain value shows")
		}
		i := rapid.IntRange(0, len(sealed)-1).Draw(t, "changed byte")
		sealed[i] ^= rapid.ByteRange(1, 255).Draw(t, "change")
		if _, err := k.Open(sealed, table, column, row); err == nil {
			t.Fatalf("opens with byte %d changed", i)
		}
	})
}

func TestEveryByteCounts(t *testing.T) {
	k := ring(t, keyA, keyB)
	sealed := k.Seal([]byte("demo-password"), "integrations", "api_password", "int_1")
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			if _, err := k.Open(changed, "integrations", "api_password", "int_1"); err == nil {
				t.Errorf("opens with bit %d of byte %d changed", bit, i)
			}
		}
		if _, err := k.Open(sealed[:i], "integrations", "api_password", "int_1"); err == nil {
			t.Errorf("opens when cut to %d bytes", i)
		}
	}
	if _, err := k.Open(append(bytes.Clone(sealed), 0), "integrations", "api_password", "int_1"); err == nil {
		t.Error("opens with a byte more")
	}
}

func TestBoundToItsPlace(t *testing.T) {
	k := ring(t, keyA)
	sealed := k.Seal([]byte("demo-password"), "ab", "c", "d")
	for _, place := range [][3]string{{"ab", "c", "e"}, {"ab", "x", "d"}, {"x", "c", "d"}, {"a", "bc", "d"}, {"ab", "", "cd"}, {"abcd", "", ""}} {
		if _, err := k.Open(sealed, place[0], place[1], place[2]); err == nil {
			t.Errorf("opens at %q", place)
		}
	}
}

func TestRotation(t *testing.T) {
	old := ring(t, keyA).Seal([]byte("demo-password"), "t", "c", "r")
	k := ring(t, keyB, keyA, keyB)
	if !k.NeedsRotation(old) {
		t.Error("a value of the previous key needs no rotation")
	}
	plain, err := k.Open(old, "t", "c", "r")
	if err != nil {
		t.Fatal(err)
	}
	fresh := k.Seal(plain, "t", "c", "r")
	if k.NeedsRotation(fresh) {
		t.Error("a fresh value needs rotation")
	}
	if _, err := ring(t, keyB).Open(fresh, "t", "c", "r"); err != nil {
		t.Errorf("without the previous key: %v", err)
	}
	for name, foreign := range map[string][]byte{
		"of a key that the ring lacks": ring(t, keyC).Seal(plain, "t", "c", "r"), "empty": nil, "noise": []byte("demo"),
	} {
		if k.NeedsRotation(foreign) {
			t.Errorf("what is %s cannot be rotated", name)
		}
	}
}

func TestOpenErrorSaysWhereAndNothingElse(t *testing.T) {
	sealed := ring(t, keyA).Seal([]byte("demo-password"), "integrations", "api_password", "int_1")
	_, err := ring(t, keyB).Open(sealed, "integrations", "api_password", "int_1")
	var open *OpenError
	if !errors.As(err, &open) || open.Table != "integrations" || open.Column != "api_password" {
		t.Fatalf("got %v", err)
	}
	for _, hidden := range []string{"int_1", "demo-password", base64.StdEncoding.EncodeToString(sealed)} {
		if strings.Contains(err.Error(), hidden) {
			t.Errorf("%q shows %q", err, hidden)
		}
	}
}

func TestNewKeyringRefuses(t *testing.T) {
	for name, keys := range map[string][][]byte{
		"no key": {nil}, "a short key": {keyA[:31]}, "a long key": {append(bytes.Clone(keyA), 0)}, "a short previous key": {keyA, keyB[:16]},
	} {
		if _, err := NewKeyring(keys[0], keys[1:]...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestKeyringKeepsItsOwnCopy(t *testing.T) {
	mine := bytes.Clone(keyA)
	k := ring(t, mine)
	before := k.Derive("access token")
	mine[0]++
	if !bytes.Equal(before, k.Derive("access token")) {
		t.Error("changing the caller's bytes changed the ring")
	}
}

func TestParseKey(t *testing.T) {
	key := append(bytes.Repeat([]byte{0xFB, 0xFF}, 15), 1, 2) // + and / in base64
	for name, encoding := range map[string]*base64.Encoding{
		"standard": base64.StdEncoding, "standard, bare": base64.RawStdEncoding,
		"URL": base64.URLEncoding, "URL, bare": base64.RawURLEncoding,
	} {
		if got, err := ParseKey(" " + encoding.EncodeToString(key) + "\n"); err != nil || !bytes.Equal(got, key) {
			t.Errorf("%s: %x (%v)", name, got, err)
		}
	}
	for name, text := range map[string]string{
		"empty": "", "no base64": "this is no key!", "31 bytes": base64.StdEncoding.EncodeToString(key[:31]),
		"33 bytes": base64.StdEncoding.EncodeToString(append(key, 0)), "hex": strings.Repeat("a1", KeySize),
	} {
		if _, err := ParseKey(text); err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNewKey(t *testing.T) {
	one, other := NewKey(), NewKey()
	if one == other {
		t.Error("two keys are alike")
	}
	if _, err := ParseKey(one); err != nil {
		t.Error(err)
	}
}

func TestDerive(t *testing.T) {
	k := ring(t, keyA, keyB)
	token := k.Derive("access token")
	if len(token) != KeySize || !bytes.Equal(token, ring(t, keyA).Derive("access token")) {
		t.Errorf("derived %x, want the same %d bytes each time", token, KeySize)
	}
	for name, other := range map[string][]byte{
		"another purpose": k.Derive("refresh token"), "another key": ring(t, keyB).Derive("access token"),
		"the master key": keyA, "the sealing key": derive(keyA, domainSealing),
	} {
		if bytes.Equal(token, other) {
			t.Errorf("the same as %s", name)
		}
	}
	want := [][]byte{token, ring(t, keyB).Derive("access token")}
	if all := k.DeriveAll("access token"); !slices.EqualFunc(all, want, bytes.Equal) {
		t.Errorf("derived for all keys: %x", all)
	}
}

// The layout is what the databases hold: this value was sealed by the first version.
func TestStoredValueStaysReadable(t *testing.T) {
	sealed, err := base64.StdEncoding.DecodeString("AZlXi816SripdVSiMgzArrpTJISW1rp2NlL/t0W3w5NpNZw3x7czaL3Szap90Y4CTLA=")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := ring(t, keyB, keyA).Open(sealed, "integrations", "api_password", "int_1")
	if err != nil || string(plain) != "demo-password" {
		t.Errorf("opened %q (%v)", plain, err)
	}
}

func FuzzOpen(f *testing.F) {
	k := ring(f, keyA, keyB)
	f.Add([]byte(nil))
	f.Add([]byte{format})
	f.Add(k.Seal(nil, "t", "c", "r")[:headerSize])
	f.Add(k.Seal([]byte("demo-password"), "t", "c", "other"))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if plain, err := k.Open(sealed, "t", "c", "r"); err == nil {
			t.Errorf("opened a forgery: %x", plain)
		}
		k.NeedsRotation(sealed)
	})
}

func FuzzParseKey(f *testing.F) {
	f.Add(NewKey())
	f.Add("====")
	f.Fuzz(func(t *testing.T, text string) {
		if key, err := ParseKey(text); (err == nil) != (len(key) == KeySize) {
			t.Errorf("%d bytes and %v", len(key), err)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	k := ring(b, keyA)
	sealed := k.Seal([]byte("demo-password"), "integrations", "api_password", "int_1")
	for b.Loop() {
		if _, err := k.Open(sealed, "integrations", "api_password", "int_1"); err != nil {
			b.Fatal(err)
		}
	}
}
