package sandbox

import (
	"slices"
	"strings"
)

// NewFile is an attachment of a verb. Without a content it gets a made-up one.
type NewFile struct {
	Name    string `json:"name"`
	Content []byte `json:"content"` // base64 in JSON
}

// keepNew keeps the files of a verb, by the rules that the API has too.
func (s *Server) keepNew(files []NewFile) ([]File, error) {
	var uploads []upload
	for _, f := range files {
		if f.Content == nil {
			f.Content = madeUp(f.Name)
		}
		uploads = append(uploads, upload{f.Name, f.Content})
	}
	return s.keep(uploads, "")
}

// Replica adds the consumer's public answer; "" makes one up. A *Refusal where Reclame Aqui would not let the consumer
// write: before the company's first answer, after the evaluation, on an inactive or frozen complaint.
func (s *Server) Replica(id int64, text string, files ...NewFile) (*Ticket, error) {
	return s.write(id, text, files, func(a *act, text string, kept []File) error {
		if text == "" {
			p := s.ledger.pen
			text = p.say(p.storyOf(a.t), p.storyOf(a.t).replicas)
		}
		return a.replica(text, kept...)
	})
}

// write does what a text and files are needed for.
func (s *Server) write(id int64, text string, files []NewFile, do func(*act, string, []File) error) (*Ticket, error) {
	if err := checkText("text", text, maxText); err != nil {
		return nil, err
	}
	if _, err := s.Complaint(id); err != nil {
		return nil, err
	}
	kept, err := s.keepNew(files)
	if err != nil {
		return nil, err
	}
	return s.ledger.change(id, func(a *act) error { return do(a, text, kept) })
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

// Consider changes the final words of the consumer of an evaluated complaint. The company's are a public reply after
// the evaluation.
func (s *Server) Consider(id int64, text string) (*Ticket, error) {
	if strings.TrimSpace(text) == "" {
		return nil, &InputError{"text", "é obrigatório"}
	}
	return s.write(id, text, nil, func(a *act, text string, _ []File) error { return a.consider(text) })
}

// ConsumerMessage adds a private message from the consumer; "" makes one up.
func (s *Server) ConsumerMessage(id int64, text string, files ...NewFile) (*Ticket, error) {
	return s.write(id, text, files, func(a *act, text string, kept []File) error {
		if text == "" {
			text = pick(s.ledger.pen, consumerPrivates)
		}
		return a.consumerMessage(text, kept...)
	})
}

// Comment adds what a third party writes under a complaint; "" makes one up.
func (s *Server) Comment(id int64, text string) (*Ticket, error) {
	if text == "" {
		text = "Passei pela mesma situação com esta empresa."
	}
	return s.write(id, text, nil, func(a *act, text string, _ []File) error { return a.comment(text) })
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
	return s.write(id, text, nil, func(a *act, text string, _ []File) error { return a.publicReply(staff[0], text) })
}

// CompanyMessage adds a private message to the consumer as the company's staff, on Reclame Aqui's own site.
func (s *Server) CompanyMessage(id int64, text string, files ...NewFile) (*Ticket, error) {
	if strings.TrimSpace(text) == "" {
		return nil, &InputError{"text", "é obrigatório"}
	}
	return s.write(id, text, files, func(a *act, text string, kept []File) error {
		email := ""
		if len(a.t.Customer.Email) > 0 {
			email = a.t.Customer.Email[0]
		}
		return a.tell(said{by: staff[0], text: text, email: email, files: kept})
	})
}

// EndThread ends the private thread as the company's staff.
func (s *Server) EndThread(id int64) (*Ticket, error) {
	return s.ledger.change(id, func(a *act) error { return a.endThread(staff[0]) })
}

// AskEvaluation asks the consumer to rate, as the company's staff.
func (s *Server) AskEvaluation(id int64) (*Ticket, error) {
	return s.ledger.change(id, func(a *act) error { return a.askEvaluation(staff[0]) })
}

// NewModeration is what the company asks RA to moderate.
type NewModeration struct {
	Reason    int64  `json:"reason"` // 1, 4, 5, 15, 16, 17 or 19
	Text      string `json:"text"`
	CompanyID int64  `json:"companyId"` // the target of reason 1
}

// AskModeration asks RA to moderate, as the company's staff.
func (s *Server) AskModeration(id int64, n NewModeration) (*Ticket, error) {
	target, known := targetOf(n.CompanyID)
	if n.Reason == reasonOtherCompany && !known {
		return nil, &InputError{"companyId", "deve ser o id de uma empresa"}
	}
	if n.Text == "" {
		n.Text = "Pedimos a moderação: " + reasonNames[n.Reason] + "."
	}
	return s.write(id, n.Text, nil, func(a *act, text string, _ []File) error {
		return a.askModeration(moderationRequest{by: staff[0], reason: n.Reason, message: text, target: target})
	})
}

// Complaint is one complaint by its HugMe id, or ErrNoComplaint.
func (s *Server) Complaint(id int64) (*Ticket, error) {
	t, found := s.ledger.find(id)
	if !found {
		return nil, ErrNoComplaint
	}
	return t, nil
}

// Posts are the writes of the company that were accepted, in their order, also those that are not shown
// yet.
func (t *Ticket) Posts() []Post {
	if t.own == nil { // a ticket read from JSON
		return []Post{}
	}
	return append([]Post{}, t.own.Posts...)
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
