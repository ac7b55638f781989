package ticket

import (
	"slices"
	"strconv"
	"strings"

	"citrus.cx/channel/ent/db/customerkey"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fold"
	"citrus.cx/channel/server/personal"
	"citrus.cx/channel/server/reclameaqui"
)

// person is a consumer in our words.
type person struct {
	raID int64
	// duplicateID is RA's id of somebody else whom RA takes for the same person; 0 = nobody.
	duplicateID int64
	name        string
	// nameless says that RA gives no name: then another one stands in.
	nameless  bool
	emails    []string
	phones    []string
	documents []string
	asSent    schema.CustomerAsSent

	companyName, birthDate, gender, city, state *string
}

// key is one way to know a customer again.
type key struct {
	kind  customerkey.Kind
	value string
}

// nameless begins the name of somebody of whom RA gives none; RA's id follows.
const nameless = "Consumidor "

const (
	// maxEmail is the longest address that is kept as a key (RFC 5321).
	maxEmail = 254
	// maxContacts is how many addresses, numbers or documents of one kind a customer has: more are a slip of RA's, or of
	// somebody who tries what happens.
	maxContacts = 50
)

func convertPerson(c reclameaqui.Customer) person {
	p := person{
		raID:        c.ID,
		duplicateID: c.DuplicateID,
		name:        clip(strings.TrimSpace(c.Name), 300),
		companyName: clipPointer(&c.CompanyName, 300),
		birthDate:   clipPointer(&c.Birthday, 10),
		gender:      clipPointer(firstText(50, c.Genders...), 50),
		city:        clipPointer(&c.City, 200),
		state:       firstText(200, c.State, c.StateCode),
	}
	if p.duplicateID == p.raID {
		p.duplicateID = 0
	}
	if p.name == "" {
		p.name, p.nameless = nameless+strconv.FormatInt(c.ID, 10), true
	}
	p.emails, p.asSent.Emails = contacts(c.Emails, email)
	p.phones, p.asSent.Phones = contacts(c.Phones, phone)
	p.documents, p.asSent.Documents = contacts(slices.Concat(c.CPF, c.CNPJ), document)
	return p
}

// keys in the order of rule T2 after RA's own id: where e-mail and document point at two customers the document wins.
func (p person) keys() []key {
	var keys []key
	if p.raID > 0 {
		keys = append(keys, raKey(customerkey.KindRECLAME_AQUI_ID, p.raID))
	}
	for _, d := range p.documents {
		keys = append(keys, key{customerkey.KindDOCUMENT, d})
	}
	for _, e := range p.emails {
		keys = append(keys, key{customerkey.KindEMAIL, e})
	}
	return keys
}

func raKey(kind customerkey.Kind, id int64) key { return key{kind, strconv.FormatInt(id, 10)} }

// contacts gives values in their normal form, without repeats, and beside them what was sent in another one or
// has none. forms is never nil: a list column holds a list.
func contacts(values []string, form func(string) string) (forms, sent []string) {
	forms = []string{}
	for _, v := range values {
		v = strings.TrimSpace(clip(v, maxEmail))
		f := form(v)
		forms = with(forms, f)
		if f != v {
			sent = with(sent, v)
		}
	}
	return forms, sent
}

// with adds what is not there yet, as long as there is room.
func with(list []string, v string) []string {
	if v == "" || len(list) >= maxContacts || slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

// normalised applies a form to each value and drops empties and repeats.
func normalised(values []string, form func(string) string) []string {
	var list []string
	for _, v := range values {
		list = with(list, form(clean(v)))
	}
	return list
}

// email is an address in lower case; "" for what cannot be one.
func email(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	local, host, _ := strings.Cut(s, "@")
	if local == "" || host == "" || len(s) > maxEmail || strings.ContainsAny(s, " \t\n,;<>") || strings.Contains(host, "@") {
		return ""
	}
	return s
}

// phone is area code and number, ten or eleven digits, without Brazil's own code and the long-distance 0; ""
// for what cannot be a Brazilian number.
func phone(s string) string {
	d := digits(s)
	if len(d) >= 12 {
		d = strings.TrimPrefix(d, "55")
	}
	if len(d) >= 11 {
		d = strings.TrimPrefix(d, "0")
	}
	if len(d) < 10 || len(d) > 11 || d[0] == '0' || d[1] == '0' {
		return ""
	}
	return d
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, clip(s, 100))
}

// document is a CPF or a CNPJ, which has letters since July 2026, without its points; "" for what does not fit
// its check digits, which would make strangers one person.
func document(s string) string {
	s = strings.Map(func(r rune) rune {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			return -1
		}
		return r
	}, strings.ToUpper(clip(s, 100)))
	if personal.ValidCPF(s) || personal.ValidCNPJ(s) {
		return s
	}
	return ""
}

// folded is the name for searching and ordering.
func folded(name string) string { return clip(fold.Text(name), 400) }
