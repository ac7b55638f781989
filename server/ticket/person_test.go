package ticket

import (
	"slices"
	"testing"

	"citrus.cx/channel/server/reclameaqui"
)

// Rule T2: the ways to know a customer again, in their order, normalised; what was sent stays beside them.
func TestPersonKeys(t *testing.T) {
	p := convertPerson(reclameaqui.Customer{
		ID: 7, Name: "  ", CPF: []string{"529.982.247-25", "52998224725", "123", "111.111.111-11", "529.982.247-26"}, CNPJ: []string{"12.abc.345/01de-35"},
		Emails: []string{" Ana@Example.COM ", "ana@example.com", "no address", "@example.com", "a@"}, Phones: []string{"(11) 90000-0001", "x"},
		StateCode: "PE", Birthday: "1990-01-31", Genders: []string{"", "Feminino"}, CompanyName: "Padaria", DuplicateID: 7,
	})
	var got []string
	for _, k := range p.keys() {
		got = append(got, string(k.kind)+" "+k.value)
	}
	want := []string{"RECLAME_AQUI_ID 7", "DOCUMENT 52998224725", "DOCUMENT 12ABC34501DE35", "EMAIL ana@example.com"}
	if !slices.Equal(got, want) {
		t.Errorf("keys %q", got)
	}
	if p.name != "Consumidor 7" || !p.nameless || !slices.Equal(p.phones, []string{"11900000001"}) || p.duplicateID != 0 {
		t.Errorf("%+v", p)
	}
	if s := p.asSent; !slices.Equal(s.Emails, []string{"Ana@Example.COM", "no address", "@example.com", "a@"}) || !slices.Equal(s.Phones, []string{"(11) 90000-0001", "x"}) ||
		!slices.Equal(s.Documents, []string{"529.982.247-25", "123", "111.111.111-11", "529.982.247-26", "12.abc.345/01de-35"}) {
		t.Errorf("as sent %q", s)
	}
	if deref(p.state) != "PE" || deref(p.birthDate) != "1990-01-31" || deref(p.gender) != "Feminino" || deref(p.companyName) != "Padaria" || p.city != nil {
		t.Errorf("%+v", p)
	}
	if keys := convertPerson(reclameaqui.Customer{}).keys(); len(keys) != 0 {
		t.Errorf("nobody has the keys %v", keys)
	}
}

// Telephone numbers are area code and number; +55 and the long-distance 0 are not a part of them.
func TestPhone(t *testing.T) {
	for sent, want := range map[string]string{
		"11900000001": "11900000001", "(11) 90000-0001": "11900000001", "+55 11 90000-0001": "11900000001", "5511900000001": "11900000001",
		"551130000001": "1130000001", "1130000001": "1130000001", "55912345678": "55912345678", "0 11 90000-0001": "11900000001", "01130000001": "1130000001",
		"900000001": "", "": "", "x": "", "00000000000": "", "0800 123 4567": "", "10 90000-0001": "", "123456789012345": "", "+1 212 555 0100 99": "",
	} {
		if got := phone(sent); got != want {
			t.Errorf("%q is %q, want %q", sent, got, want)
		}
	}
}

// A slip of RA's, or an attack, does not make a customer of a thousand addresses.
func TestContactsAreCapped(t *testing.T) {
	var many []string
	for n := range int64(1000) {
		many = append(many, cpf(n))
	}
	p := convertPerson(reclameaqui.Customer{CPF: many})
	if len(p.documents) != maxContacts || len(p.keys()) != maxContacts {
		t.Errorf("%d documents, %d keys", len(p.documents), len(p.keys()))
	}
}
