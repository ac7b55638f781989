package ticket

import (
	"slices"
	"strings"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/schema"
)

// profile is what is known of a customer, while a page is merged.
type profile struct {
	id     string
	person person
	// fresh is made by this page; altered, by this page too.
	fresh, altered bool
}

func profileOf(c *db.Customer) *profile {
	return &profile{id: c.ID, person: person{
		name: c.Name, emails: c.Emails, phones: c.Phones, documents: c.Documents, asSent: c.AsSent,
		companyName: c.CompanyName, birthDate: c.BirthDate, gender: c.Gender, city: c.City, state: c.State,
	}}
}

// trust is what a read may do to what is known of a customer.
type trust int

const (
	// fills what is not there: addresses in common do not make one name of two, and an old complaint that is read
	// late knows no better.
	fills trust = iota
	// replaces what there is only one of, as the name.
	replaces
)

// learn brings what RA says of a consumer into what is known. New addresses, numbers and documents are added, none is
// taken away. The changes are named as in the contract. It is pure but for the profile.
func (p *profile) learn(said person, t trust) (changes []schema.FieldChange) {
	old := p.person
	now := &p.person
	for _, list := range []struct {
		field string
		to    *[]string
		from  []string
	}{
		{"customer.emails", &now.emails, said.emails},
		{"customer.phones", &now.phones, said.phones},
		{"customer.documents", &now.documents, said.documents},
		{"", &now.asSent.Emails, said.asSent.Emails},
		{"", &now.asSent.Phones, said.asSent.Phones},
		{"", &now.asSent.Documents, said.asSent.Documents},
	} {
		was := *list.to
		*list.to = union(was, list.from)
		if len(*list.to) != len(was) {
			p.altered = true
			changes = appendChange(changes, list.field, strings.Join(was, ", "), strings.Join(*list.to, ", "))
		}
	}
	if !said.nameless && (t == replaces || strings.HasPrefix(old.name, nameless)) {
		now.name = said.name
	}
	changes = p.single(changes, "customer.name", old.name, now.name)
	for _, one := range []struct {
		field string
		to    **string
		from  *string
	}{
		{"customer.companyName", &now.companyName, said.companyName},
		{"customer.birthDate", &now.birthDate, said.birthDate},
		{"customer.gender", &now.gender, said.gender},
		{"customer.city", &now.city, said.city},
		{"customer.state", &now.state, said.state},
	} {
		was := deref(*one.to)
		if one.from != nil && (t == replaces || was == "") {
			*one.to = one.from
		}
		changes = p.single(changes, one.field, was, deref(*one.to))
	}
	return changes
}

func (p *profile) single(changes []schema.FieldChange, field, before, after string) []schema.FieldChange {
	if before == after {
		return changes
	}
	p.altered = true
	return appendChange(changes, field, before, after)
}

func appendChange(changes []schema.FieldChange, field, before, after string) []schema.FieldChange {
	if field == "" {
		return changes
	}
	return append(changes, schema.FieldChange{Field: field, Old: nonEmpty(before), New: nonEmpty(after)})
}

func union(list, more []string) []string {
	list = slices.Clone(list)
	for _, v := range more {
		list = with(list, v)
	}
	return list
}

// into sets the fields of a customer.
func (p *profile) into(c *db.CustomerMutation) {
	c.SetName(p.person.name)
	c.SetNameFolded(folded(p.person.name))
	c.SetEmails(p.person.emails)
	c.SetPhones(p.person.phones)
	c.SetDocuments(p.person.documents)
	c.SetAsSent(p.person.asSent)
	set(p.person.companyName, c.SetCompanyName, c.ClearCompanyName)
	set(p.person.birthDate, c.SetBirthDate, c.ClearBirthDate)
	set(p.person.gender, c.SetGender, c.ClearGender)
	set(p.person.city, c.SetCity, c.ClearCity)
	set(p.person.state, c.SetState, c.ClearState)
}
