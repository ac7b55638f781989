package ticket

import (
	"strings"

	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqljson"

	"citrus.cx/channel/ent/db/customer"
	"citrus.cx/channel/ent/db/customerkey"
	"citrus.cx/channel/ent/db/predicate"
)

// CustomerKnownBy finds customers by a whole e-mail address, telephone number, CPF or CNPJ, however it is written.
func CustomerKnownBy(search string) predicate.Customer {
	values := []string{strings.TrimSpace(search)}
	for _, form := range []func(string) string{email, document} {
		if v := form(search); v != "" {
			values = append(values, v)
		}
	}
	known := customer.HasKeysWith(customerkey.ValueIn(values...), customerkey.KindIn(customerkey.KindEMAIL, customerkey.KindDOCUMENT))
	number := phone(search)
	if number == "" {
		return known
	}
	// A telephone is no key: families share one.
	return customer.Or(known, func(s *sql.Selector) { s.Where(sqljson.ValueContains(s.C(customer.FieldPhones), number)) })
}
