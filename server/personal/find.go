package personal

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is what was found.
type Kind string

// The kinds, the surest form first: where two overlap the earlier one is named.
const (
	Email Kind = "EMAIL"
	CNPJ  Kind = "CNPJ"
	CPF   Kind = "CPF"
	Phone Kind = "PHONE"
)

// Finding is one place in a text. Start and End are bytes; End is exclusive.
type Finding struct {
	Kind       Kind
	Start, End int
}

// form is one way to write something, and what else must hold for it.
type form struct {
	kind    Kind
	pattern *regexp.Regexp
	holds   func(found string) bool
}

// forms are tried in this order. What is written with its points is recognised by its form alone, since a slip of
// the pen is still somebody's number; bare digits only when the check digits or the area code fit.
var forms = []form{
	{Email, regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`), nil},
	{CNPJ, regexp.MustCompile(`(?i)[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}\s?/\s?[0-9A-Z]{4}\s?[-–]\s?\d{2}`), nil},
	{CNPJ, regexp.MustCompile(`(?i)[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}/?[0-9A-Z]{4}-?\d{2}`), func(s string) bool { return ValidCNPJ(bare(s)) }},
	{CPF, regexp.MustCompile(`\d{3}\s?\.\s?\d{3}\s?\.\s?\d{3}\s?[-–.]\s?\d{2}`), nil},
	{CPF, regexp.MustCompile(`\d{3}[.\s-]?\d{3}[.\s-]?\d{3}[.\s–-]?\d{2}`), func(s string) bool { return ValidCPF(bare(s)) }},
	{Phone, regexp.MustCompile(`(?:\+?55[\s.-]?)?\(?0?[1-9]\d\)?[\s.-]{0,2}9[\s.-]?\d{4}[\s.–-]?\d{4}`), hasAreaCode},
	{Phone, regexp.MustCompile(`(?:\+?55[\s.-]?)?\(?0?[1-9]\d\)?[\s.-]{0,2}[2-5]\d{3}[\s.–-]?\d{4}`), hasAreaCode},
	{Phone, regexp.MustCompile(`9\d{4}[\s.–-]\d{4}`), nil},
	{Phone, regexp.MustCompile(`[2-5]\d{3}[–-]\d{4}`), nil},
}

// Find lists the personal data in a text, in the order of the text. It is a warning and no proof: numbers of
// orders may look like telephones, and whoever wants to hide a number can.
func Find(text string) []Finding {
	var found []Finding
	for _, f := range forms {
		for _, at := range f.pattern.FindAllStringIndex(text, -1) {
			one := Finding{Kind: f.kind, Start: at[0], End: at[1]}
			if f.kind == Email {
				one.End = at[0] + len(strings.TrimRight(text[at[0]:at[1]], ".-"))
			}
			if !standsAlone(text, one) || f.holds != nil && !f.holds(text[one.Start:one.End]) || slices.ContainsFunc(found, one.overlaps) {
				continue
			}
			found = append(found, one)
		}
	}
	slices.SortFunc(found, func(a, b Finding) int { return a.Start - b.Start })
	return found
}

func (f Finding) overlaps(other Finding) bool { return f.Start < other.End && other.Start < f.End }

// standsAlone says that a finding is no part of a longer word or number.
func standsAlone(text string, f Finding) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:f.Start])
	after, _ := utf8.DecodeRuneInString(text[f.End:])
	return !wordly(before) && !wordly(after)
}

func wordly(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 0x7f || !wordly(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
}

// areaCodes are the DDDs that are in use (Anatel, Plano Geral de Códigos Nacionais).
var areaCodes = strings.Fields(`11 12 13 14 15 16 17 18 19 21 22 24 27 28 31 32 33 34 35 37 38 41 42 43 44 45 46 47 48 49
	51 53 54 55 61 62 63 64 65 66 67 68 69 71 73 74 75 77 79 81 82 83 84 85 86 87 88 89 91 92 93 94 95 96 97 98 99`)

func hasAreaCode(s string) bool {
	d := bare(s)
	if len(d) > 11 {
		d = strings.TrimPrefix(d, "55")
	}
	d = strings.TrimPrefix(d, "0")
	return (len(d) == 10 || len(d) == 11) && slices.Contains(areaCodes, d[:2])
}
