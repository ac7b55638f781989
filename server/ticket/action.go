package ticket

import (
	"strings"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/customer"
	"citrus.cx/channel/ent/db/customerkey"
	"citrus.cx/channel/ent/db/predicate"
	"citrus.cx/channel/server/fault"
)

// ReplyBlocked says why a ticket cannot be answered in public, as far as Reclame Aqui's last word
// goes (section 7 of the wire contract); it decides in the end.
func ReplyBlocked(t *db.Ticket) (reason fault.Text, blocked bool) {
	switch {
	case !t.Active:
		return fault.Text{PT: "A reclamação foi desativada no Reclame Aqui.", EN: "The complaint was deactivated at Reclame Aqui."}, true
	case t.Frozen:
		return fault.Text{PT: "A reclamação está congelada no Reclame Aqui.", EN: "The complaint is frozen at Reclame Aqui."}, true
	}
	return fault.Text{}, false
}

// CustomerKnownBy finds customers by a whole e-mail address, CPF or CNPJ, however it is written.
func CustomerKnownBy(search string) predicate.Customer {
	values := []string{strings.TrimSpace(search)}
	for _, form := range []func(string) string{email, document} {
		if v := form(search); v != "" {
			values = append(values, v)
		}
	}
	return customer.HasKeysWith(customerkey.ValueIn(values...), customerkey.KindIn(customerkey.KindEMAIL, customerkey.KindDOCUMENT))
}
