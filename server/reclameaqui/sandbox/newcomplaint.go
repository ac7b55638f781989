package sandbox

import (
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// Limits of what the admin side takes, in characters.
const (
	maxTitle = 200
	maxText  = 20_000
	maxName  = 120
)

// maxLate is how late a complaint may be taken in, in seconds: a year.
const maxLate = 365 * 24 * 60 * 60

// NewComplaint is what a consumer writes; what is left out is made up.
type NewComplaint struct {
	Title     string       `json:"title"`
	Text      string       `json:"text"`
	CompanyID int64        `json:"companyId"` // 0: the main company
	Customer  *NewCustomer `json:"customer"`
	// Source is where it was written: "" or ReclameAQUI, Facebook or Twitter. Only the first takes all that RA offers.
	Source string    `json:"source"`
	Files  []NewFile `json:"files"`
	// LateSeconds is how long ago it was made when Reclame Aqui takes it in at last, with the
	// last_modification_date that it had then; 0 is the usual delay. No callback tells of it.
	LateSeconds int `json:"lateSeconds"`
}

// NewCustomer names the consumer. One whose CPF or e-mail is known already is the same customer.
type NewCustomer struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	CPF   string `json:"cpf"`   // with or without its points
	Phone string `json:"phone"` // with DDD; 10 or 11 digits
}

// CreateComplaint files a new complaint. Bad input is an *InputError.
func (s *Server) CreateComplaint(n NewComplaint) (*Ticket, error) {
	company, err := n.check()
	if err != nil {
		return nil, err
	}
	files, err := s.keepNew(n.Files)
	if err != nil {
		return nil, err
	}
	return s.ledger.create(func(a *act) error {
		p := s.ledger.pen
		c := p.consumer()
		if n.Customer != nil {
			c = s.ledger.customer(*n.Customer, c)
		}
		b := p.complaint(company, c, p.story(c), a.at.Add(-p.insertionDelay()))
		if n.Title != "" {
			b.title = n.Title
		}
		if n.Text != "" {
			b.text = n.Text
		}
		if n.Files != nil {
			b.files, b.uploads = nil, files
		}
		b.source, _ = sourceOf(n.Source)
		if n.LateSeconds > 0 {
			b.created = a.at.Add(-time.Duration(n.LateSeconds) * time.Second)
		}
		a.born(b)
		if n.LateSeconds > 0 {
			a.quiet, a.t.Modified = true, Instant{b.created}
		}
		return nil
	})
}

func sourceOf(name string) (Named, bool) {
	if name == "" {
		return sources[0], true
	}
	i := slices.IndexFunc(sources, func(s Named) bool { return s.Name == name })
	if i < 0 {
		return Named{}, false
	}
	return sources[i], true
}

// check validates; it also brings the customer's numbers to bare digits.
func (n *NewComplaint) check() (company Named, err error) {
	if n.CompanyID == 0 {
		n.CompanyID = MainCompanyID
	}
	i := slices.IndexFunc(companies, func(c Named) bool { return c.ID == n.CompanyID })
	if i < 0 {
		return Named{}, &InputError{"companyId", fmt.Sprintf("deve ser %d ou %d", MainCompanyID, SecondCompanyID)}
	}
	if _, known := sourceOf(n.Source); !known {
		return Named{}, &InputError{"source", "deve ser ReclameAQUI, Facebook ou Twitter"}
	}
	if n.LateSeconds < 0 || n.LateSeconds > maxLate {
		return Named{}, &InputError{"lateSeconds", "deve estar entre 0 e " + strconv.Itoa(maxLate)}
	}
	if err := checkText("title", n.Title, maxTitle); err != nil {
		return Named{}, err
	}
	if err := checkText("text", n.Text, maxText); err != nil {
		return Named{}, err
	}
	if n.Customer != nil {
		c := *n.Customer
		if err := c.check(); err != nil {
			return Named{}, err
		}
		n.Customer = &c
	}
	return companies[i], nil
}

func (c *NewCustomer) check() error {
	if err := checkText("customer.name", c.Name, maxName); err != nil {
		return err
	}
	if c.Email != "" {
		if a, err := mail.ParseAddress(c.Email); err != nil || a.Address != c.Email {
			return &InputError{"customer.email", "não é um e-mail"}
		}
	}
	if c.CPF != "" {
		if c.CPF = digits(c.CPF); !validCPF(c.CPF) {
			return &InputError{"customer.cpf", "não é um CPF válido"}
		}
	}
	if c.Phone != "" {
		if c.Phone = digits(c.Phone); len(c.Phone) != 10 && len(c.Phone) != 11 {
			return &InputError{"customer.phone", "deve ter DDD e número, 10 ou 11 dígitos"}
		}
	}
	return nil
}

func checkText(field, text string, limit int) error {
	if !utf8.ValidString(text) {
		return &InputError{field, "não é UTF-8"}
	}
	if utf8.RuneCountInString(text) > limit {
		return &InputError{field, fmt.Sprintf("no máximo %d caracteres", limit)}
	}
	return nil
}

// customer is the consumer of the given facts: the known one of that CPF or e-mail, else madeUp with the facts put in.
// The ledger's lock is held.
func (l *ledger) customer(n NewCustomer, madeUp Customer) Customer {
	c, known := madeUp, false
	if latest := max(l.people[n.CPF], l.people[n.Email]); latest > 0 {
		c, known = l.list[l.index[latest]].Customer, true
	}
	if !known {
		c.ID = 0 // a new person, also where madeUp is one who complained before
	}
	if n.Name != "" {
		c.Name = n.Name
	}
	fact := func(list []string, value string) []string {
		switch {
		case value == "" || slices.Contains(list, value):
			return list
		case known:
			return append(slices.Clone(list), value)
		}
		return []string{value}
	}
	c.Email, c.CPF, c.Phones = fact(c.Email, n.Email), fact(c.CPF, n.CPF), fact(c.Phones, n.Phone)
	return c
}
