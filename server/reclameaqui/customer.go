package reclameaqui

import (
	"encoding/json"
	"strings"
)

// Customer is the consumer, as sent by RA: lists may hold junk and repeats, and names may be a single word.
type Customer struct {
	ID             int64
	DuplicateID    int64
	Name           string
	Type           string // seen: "Private Person"
	CompanyName    string
	PendingTickets int
	Emails         []string
	Phones         []string // area code and number, usually 11 digits
	CPF            []string // 11 digits, no mask
	CNPJ           []string
	RG             []string
	Genders        []string
	Photos         []string
	Tags           []string
	Birthday       string // YYYY-MM-DD, "" when not said; a date, never shifted by a zone
	City           string
	State          string
	StateCode      string // two letters, "" when not said
}

func readCustomer(in object) Customer {
	c := Customer{
		ID:             in.id("id"),
		DuplicateID:    in.id("duplicate_id"),
		Name:           in.text("name"),
		Type:           in.text("type"),
		CompanyName:    in.listInText("company_name"),
		PendingTickets: in.count("pending_tickets_count"),
		Emails:         in.texts("email"),
		Phones:         in.texts("phone_numbers"),
		CPF:            in.texts("cpf"),
		CNPJ:           in.texts("cnpj"),
		RG:             in.texts("rg"),
		Genders:        in.texts("gender"),
		Photos:         in.texts("photo"),
		Tags:           in.texts("tags"),
		Birthday:       in.date("birthday"),
	}
	c.City, _ = in.place("city")
	c.State, c.StateCode = in.place("state")
	return c
}

// listInText takes a text that may hold a whole JSON array, such as company_name's "[]".
func (o object) listInText(key string) string {
	text := o.text(key)
	if !isArray([]byte(text)) {
		return text
	}
	if !json.Valid([]byte(text)) {
		return text
	}
	list, _ := o.readTexts(key, json.RawMessage(text))
	return strings.Join(list, ", ")
}

// date takes a day of the calendar out of a list of instants at 00:00Z.
func (o object) date(key string) string {
	texts := o.texts(key)
	if len(texts) == 0 {
		return ""
	}
	t, _, ok := parseTime(texts[0])
	if !ok {
		o.note(key)
		return ""
	}
	return t.Format("2006-01-02")
}

// place takes a city or a state: a text, an object, or an array of either. The code of a state is its fs.
func (o object) place(key string) (name, code string) {
	raw := o.take(key)
	if isArray(raw) {
		list := elements(raw)
		if len(list) == 0 {
			return "", ""
		}
		raw = list[0]
	}
	if isNothing(raw) {
		return "", ""
	}
	if in, ok := o.open(key, raw); ok {
		in.take("id") // RA's number of the place: of no use to anybody else
		name, code = in.text("name"), strings.ToUpper(in.text("fs"))
		in.leave()
		return name, code
	}
	name, ok := readText(raw)
	if !ok {
		o.note(key)
	}
	if len(name) == 2 && name == strings.ToUpper(name) {
		code = name
	}
	return name, code
}
