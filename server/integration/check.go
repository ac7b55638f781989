package integration

import (
	"strings"
	"unicode/utf8"

	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// Limits of the form (rule A4).
const (
	minInterval, maxInterval = 10, 1440
	maxMonths                = 120
	maxAPIUsername           = 200
	maxAPIPassword           = 500
	maxCompanyName           = 200
	maxReclameAquiID         = 40
)

// check trims the change and finds what is wrong with it by itself.
func (c *Change) check(problems *fault.List) {
	if c.Name.Given {
		name := ""
		if c.Name.Value != nil {
			name = *c.Name.Value
		}
		name = checkName(name, problems)
		c.Name.Value = &name
	}
	trim(&c.CompanyEmail)
	if e := c.CompanyEmail.Value; e != nil && !identity.ValidEmail(*e) {
		problems.Add(fault.Invalid, "companyEmail").With("reason", fault.Text{PT: "informe um e-mail, como nome@empresa.com.br", EN: "give an e-mail address, as name@company.com"})
	}
	checkLength(&c.APIUsername, "apiUsername", maxAPIUsername, problems)
	checkLength(&c.CompanyName, "companyName", maxCompanyName, problems)
	checkLength(&c.ReclameAquiID, "reclameAquiId", maxReclameAquiID, problems)
	if p := c.APIPassword.Value; p != nil {
		switch {
		case p.Reveal() == "":
			problems.Add(fault.Required, "apiPassword")
		case len(p.Reveal()) > maxAPIPassword:
			problems.Add(fault.TooLong, "apiPassword").With("max", maxAPIPassword)
		}
	}
	checkRange(c.SyncIntervalMinutes, "syncIntervalMinutes", minInterval, maxInterval, problems)
	checkRange(c.RetroactiveMonths, "retroactiveMonths", 0, maxMonths, problems)
}

// trim takes spaces off; nothing left means emptied.
func trim(f *Set[string]) {
	if f.Value == nil {
		return
	}
	s := strings.TrimSpace(*f.Value)
	f.Value = &s
	if s == "" {
		f.Value = nil
	}
}

func checkLength(f *Set[string], field string, longest int, problems *fault.List) {
	trim(f)
	if f.Value != nil && utf8.RuneCountInString(*f.Value) > longest {
		problems.Add(fault.TooLong, field).With("max", longest)
	}
	if f.Value != nil {
		checkCharacters(*f.Value, field, problems)
	}
}

// checkCharacters refuses the null character, which PostgreSQL cannot keep.
func checkCharacters(s, field string, problems *fault.List) {
	if strings.ContainsRune(s, 0) {
		problems.Add(fault.Invalid, field).With("reason", fault.Text{PT: "contém um caractere nulo", EN: "it has a null character"})
	}
}

func checkRange(f Set[int], field string, from, to int, problems *fault.List) {
	if f.Value != nil && (*f.Value < from || *f.Value > to) {
		problems.Add(fault.OutOfRange, field).With("min", from).With("max", to)
	}
}

// clip cuts to a number of bytes at the edge of a character.
func clip(s string, bytes int) string {
	if len(s) <= bytes {
		return s
	}
	for bytes > 0 && !utf8.RuneStart(s[bytes]) {
		bytes--
	}
	return s[:bytes]
}
