package ticket

import (
	"slices"
	"strconv"
	"strings"

	"citrus.cx/channel/ent/db/customerkey"
	"citrus.cx/channel/server/fold"
	"citrus.cx/channel/server/reclameaqui"
)

// person is a consumer in our words.
type person struct {
	raID      int64
	name      string
	folded    string
	emails    []string
	phones    []string
	documents []string
	city      *string
	state     *string
}

// key is one way to know a customer again.
type key struct {
	kind  customerkey.Kind
	value string
}

// maxEmail is the longest address that is kept as a key (RFC 5321).
const maxEmail = 254

func convertPerson(c reclameaqui.Customer) person {
	p := person{
		raID:      c.ID,
		name:      clip(strings.TrimSpace(c.Name), 300),
		phones:    normalised(c.Phones, digits),
		documents: append(normalised(c.CPF, document), normalised(c.CNPJ, document)...),
		emails:    normalised(c.Emails, email),
		city:      clipPointer(&c.City, 200),
		state:     clipPointer(&c.State, 200),
	}
	if p.name == "" {
		p.name = "Consumidor " + strconv.FormatInt(c.ID, 10)
	}
	p.folded = clip(fold.Text(p.name), 400)
	return p
}

// keys in the order of rule T2 after RA's own id: where e-mail and document point at two customers the document wins.
func (p person) keys() []key {
	var keys []key
	if p.raID > 0 {
		keys = append(keys, key{customerkey.KindRECLAME_AQUI_ID, strconv.FormatInt(p.raID, 10)})
	}
	for _, d := range p.documents {
		keys = append(keys, key{customerkey.KindDOCUMENT, d})
	}
	for _, e := range p.emails {
		keys = append(keys, key{customerkey.KindEMAIL, e})
	}
	return keys
}

// normalised applies a form to each value and drops empties and repeats; never nil.
func normalised(values []string, form func(string) string) []string {
	list := []string{}
	for _, v := range values {
		if v = form(clean(v)); v != "" && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

func email(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if at := strings.IndexByte(s, '@'); at < 1 || at == len(s)-1 || len(s) > maxEmail {
		return ""
	}
	return s
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, clip(s, 100))
}

// document keeps the characters of a CPF or a CNPJ, which has letters since July 2026.
func document(s string) string {
	s = strings.Map(func(r rune) rune {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			return -1
		}
		return r
	}, strings.ToUpper(clip(s, 100)))
	if len(s) != 11 && len(s) != 14 {
		return ""
	}
	return s
}
