package sandbox

import (
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of what the admin side takes, in characters.
const (
	maxTitle = 200
	maxText  = 20_000
	maxName  = 120
)

// NewComplaint is what a consumer writes; what is left out is made up.
type NewComplaint struct {
	Title     string       `json:"title"`
	Text      string       `json:"text"`
	CompanyID int64        `json:"companyId"` // 0: the main company
	Customer  *NewCustomer `json:"customer"`
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
		a.born(b)
		return nil
	})
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

// Replica adds the consumer's public answer; "" makes one up. A *Refusal where Reclame Aqui would not let the consumer
// write: before the company's first answer, after the evaluation, on an inactive or frozen complaint.
func (s *Server) Replica(id int64, text string) (*Ticket, error) {
	if err := checkText("text", text, maxText); err != nil {
		return nil, err
	}
	return s.ledger.change(id, func(a *act) error {
		if text == "" {
			p := s.ledger.pen
			text = p.say(p.storyOf(a.t), p.storyOf(a.t).replicas)
		}
		return a.replica(text)
	})
}

// Evaluate ends a complaint with the consumer's judgement, also one that was never answered.
func (s *Server) Evaluate(id int64, e Evaluation) (*Ticket, error) {
	if e.Rating < 0 || e.Rating > 10 {
		return nil, &InputError{"rating", "deve estar entre 0 e 10"}
	}
	if err := checkText("consideration", e.Consideration, maxText); err != nil {
		return nil, err
	}
	return s.ledger.change(id, func(a *act) error { return a.evaluate(e) })
}

// ConsumerMessage adds a private message from the consumer; "" makes one up.
func (s *Server) ConsumerMessage(id int64, text string) (*Ticket, error) {
	if err := checkText("text", text, maxText); err != nil {
		return nil, err
	}
	return s.ledger.change(id, func(a *act) error {
		if text == "" {
			text = pick(s.ledger.pen, consumerPrivates)
		}
		return a.consumerMessage(text)
	})
}

// Deactivate takes the complaint back, as its consumer.
func (s *Server) Deactivate(id int64) (*Ticket, error) {
	return s.ledger.change(id, (*act).deactivate)
}

// CompanyReply adds a public reply as if the company's staff had written it on Reclame Aqui's own site.
func (s *Server) CompanyReply(id int64, text string) (*Ticket, error) {
	if strings.TrimSpace(text) == "" {
		return nil, &InputError{"text", "é obrigatório"}
	}
	if err := checkText("text", text, maxText); err != nil {
		return nil, err
	}
	return s.ledger.change(id, func(a *act) error { return a.publicReply(staff[0], text) })
}

// Complaint is one complaint by its HugMe id, or ErrNoComplaint.
func (s *Server) Complaint(id int64) (*Ticket, error) {
	t, found := s.ledger.find(id)
	if !found {
		return nil, ErrNoComplaint
	}
	return t, nil
}

// Complaints are the newest complaints, newest first; limit below 1 means all.
func (s *Server) Complaints(limit int) []*Ticket {
	all := s.ledger.all()
	slices.Reverse(all)
	if limit < 1 || limit > len(all) {
		return all
	}
	return all[:limit]
}

// SetCallback says where callbacks go from now on; "" means nowhere. It is kept in the state file; that it could not be
// is logged, and then nothing changes.
func (s *Server) SetCallback(address string) {
	s.logged(s.setCallback(address, ""))
}

// setCallback also chooses the bodies; "" leaves them.
func (s *Server) setCallback(address, body string) error {
	if address != "" {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return &InputError{"url", "deve ser um endereço http(s) completo, ou vazio"}
		}
	}
	if body != "" && body != bodyRotate && !slices.Contains(callbackBodies, body) {
		return &InputError{"body", fmt.Sprintf("deve ser %s ou um de %v", bodyRotate, callbackBodies)}
	}
	return s.ledger.set(func(set *settings) {
		set.CallbackURL = address
		if body != "" {
			set.CallbackBody = body
		}
	})
}

// SetLife switches life on or off, from now on and, with a state file, after a restart. It is off at first.
func (s *Server) SetLife(on bool) { s.logged(s.setLife(on)) }

func (s *Server) setLife(on bool) error {
	err := s.ledger.set(func(set *settings) { set.Life = on })
	select {
	case s.lifeSet <- struct{}{}:
	default:
	}
	return err
}

// SetRate changes how many calls a client may make in any 60 s; new tokens tell the new figure.
func (s *Server) SetRate(rate int) error {
	if rate < 1 || rate > maxRate {
		return &InputError{"rate", fmt.Sprintf("deve estar entre 1 e %d", maxRate)}
	}
	return s.ledger.set(func(set *settings) { set.Rate, set.RateInstead = rate, s.cfg.Rate })
}

// AddFault arms a fault.
func (s *Server) AddFault(f Fault) error {
	f, err := f.check()
	if err != nil {
		return err
	}
	return s.faults.add(f)
}

// ClearFaults disarms all faults.
func (s *Server) ClearFaults() { s.faults.clear() }

// Faults are the faults still to come.
func (s *Server) Faults() []Fault { return s.faults.all() }

// Calls are the last 10,000 calls of the API side, oldest first.
func (s *Server) Calls() []Call { return s.calls.all() }

func (s *Server) logged(err error) {
	if err != nil {
		s.cfg.Log.Error("sandbox: setting not changed", "error", err)
	}
}
