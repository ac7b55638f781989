// Package fold owns the forms of a short text: the one in which it is kept, on one line, and
// the one in which it is compared: two texts that differ in
// case, accents, ligatures, width or spacing alone fold to the same one. Uniqueness and search use
// it on both databases, because SQLite folds the case of ASCII alone ("São" ≠ "SÃO").
//
// It refuses to know what a text means; it is called by every package that keeps a
// *_folded column or searches in one. Changing the result means folding those columns anew.
package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// invisible is what a reader cannot tell apart: combining marks (accents, once letters are
// decomposed) and format characters such as the zero-width space and the soft hyphen.
var invisible = runes.Predicate(func(r rune) bool { return unicode.In(r, unicode.Mn, unicode.Cf) })

// Text folds a text: compatibility decomposition (NFKD), without combining marks and format
// characters, in folded case (ß as ss), with single spaces inside and none around.
// Folding a folded text changes nothing. A text with nothing visible in it folds to "".
func Text(s string) string {
	if isASCII(s) {
		return strings.Join(strings.Fields(strings.ToLower(s)), " ")
	}
	// Folding a case may yield letters that decompose once more, so the letters settle on both sides of it.
	// A chain keeps state while it runs: each call has its own.
	// Small letters first, because cases.Fold turns Cherokee's large ones small and its small ones large.
	chain := transform.Chain(
		norm.NFKD, runes.Remove(invisible), runes.Map(unicode.ToLower), cases.Fold(), norm.NFKD, runes.Remove(invisible),
	)
	folded, _, err := transform.String(chain, s)
	if err != nil {
		// None of them can fail on a whole string; bytes that are no UTF-8 become U+FFFD.
		folded = strings.ToLower(s)
	}
	return strings.Join(strings.Fields(folded), " ")
}

// isASCII: such texts, most of them, need only small letters.
func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// Line gives a text as it is kept, on one line: single spaces inside and none around. ok is
// false when it has other control characters (PostgreSQL keeps no NUL) or is no UTF-8.
func Line(s string) (line string, ok bool) {
	line = strings.Join(strings.Fields(s), " ")
	return line, utf8.ValidString(line) && !strings.ContainsFunc(line, unicode.IsControl)
}
