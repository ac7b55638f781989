package ticket

import (
	"strings"

	"citrus.cx/channel/ent/db/customer"
	"citrus.cx/channel/ent/db/customerkey"
	"citrus.cx/channel/ent/db/predicate"
)

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
