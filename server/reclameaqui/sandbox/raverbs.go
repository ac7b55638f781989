package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Decide is RA's answer to the moderation that is pending.
func (s *Server) Decide(id int64, d Decision) (*Ticket, error) {
	if d.Effect != "" && !slices.Contains(effects, d.Effect) {
		return nil, &InputError{"effect", fmt.Sprintf("deve ser vazio ou um de %v", effects)}
	}
	if err := checkText("title", d.Title, maxTitle); err != nil {
		return nil, err
	}
	if err := checkText("why", d.Why, maxText); err != nil {
		return nil, err
	}
	t, err := s.write(id, d.Text, nil, func(a *act, _ string, _ []File) error { return a.decide(d) })
	return t, s.arrive(t, err)
}

// AutoModerate has RA's machine alter the complaint's text; "" masks a word.
func (s *Server) AutoModerate(id int64, text string) (*Ticket, error) {
	return s.write(id, text, nil, func(a *act, text string, _ []File) error { return a.autoModerate(text) })
}

// Redistribute hands the complaint to another company; 0 is the first of those that are not of the licence. One of the
// licence gets it as a complaint of its own, with the same source_external_id.
func (s *Server) Redistribute(id, companyID int64, reason string) (*Ticket, error) {
	if companyID == 0 {
		companyID = targets[0].ID
	}
	target, known := targetOf(companyID)
	if !known {
		return nil, &InputError{"companyId", "deve ser o id de uma empresa"}
	}
	if reason == "" {
		reason = reasonNames[reasonOtherCompany]
	}
	t, err := s.write(id, reason, nil, func(a *act, text string, _ []File) error {
		if a.t.Company.ID == target.ID {
			return &InputError{"companyId", "a reclamação já é desta empresa"}
		}
		return a.redistribute(target, text)
	})
	return t, s.arrive(t, err)
}

// arrive makes the complaint of the company of the licence to which t has just gone, if it went to one.
func (s *Server) arrive(t *Ticket, err error) error {
	if err != nil || t.RAStatus.ID != raMoved.ID {
		return err
	}
	last := t.Interactions[len(t.Interactions)-1]
	i := slices.IndexFunc(companies, func(c Named) bool {
		return len(last.Details) > 0 && last.Details[0].Value == c.Name && c.ID != t.Company.ID
	})
	if i < 0 {
		return nil
	}
	_, err = s.ledger.create(func(a *act) error {
		a.born(t.again(companies[i], s.ledger.pen, t.SourceExternalID))
		return nil
	})
	return err
}

// again is the same complaint once more.
func (t *Ticket) again(company Named, p *pen, sourceID string) birth {
	story := p.storyOf(t)
	return birth{
		company: company, customer: t.Customer, subject: story.Named, title: t.Title, text: t.Content, form: p.form(story, t.Customer),
		ip: "203.0.113.9", siteID: p.siteID(), created: t.Created.Time, source: t.Source, sourceID: sourceID,
	}
}

// Freeze ends the time in which either side may write, before the six months are over.
func (s *Server) Freeze(id int64) (*Ticket, error) {
	return s.ledger.change(id, func(a *act) error {
		if err := a.t.consumerBlocked(); err != nil {
			return err
		}
		a.freeze()
		return nil
	})
}

// Inactivate takes the complaint off the site, by RA itself.
func (s *Server) Inactivate(id int64, why string) (*Ticket, error) {
	if why == "" {
		why = "Inativada pelo Reclame Aqui"
	}
	return s.write(id, why, nil, func(a *act, text string, _ []File) error { return a.close(raInactive, text) })
}

// Edit has RA alter the text of an interaction; "" masks a word. An empty interactionID is
// the last message of the company.
func (s *Server) Edit(id int64, interactionID, text string) (*Ticket, error) {
	return s.write(id, text, nil, func(a *act, text string, _ []File) error {
		if interactionID != "" {
			return a.edit(interactionID, text)
		}
		for _, in := range slices.Backward(a.t.Interactions) {
			if in.byCompany() && in.TypeID != typeModerationRequest {
				return a.edit(in.ID, text)
			}
		}
		return &InputError{"interactionId", "a empresa ainda não escreveu"}
	})
}

// duplicateRef is how a complaint names another of the same words; the real shape is unknown.
type duplicateRef struct {
	ID               int64  `json:"id"`
	SourceExternalID string `json:"source_external_id"`
}

func (t *Ticket) duplicateOf(other *Ticket) error {
	raw, err := json.Marshal(duplicateRef{other.ID, other.SourceExternalID})
	if err == nil {
		t.DuplicateTicket = append(slices.Clone(t.DuplicateTicket), raw)
		t.DuplicateTiqt = append(slices.Clone(t.DuplicateTiqt), raw)
	}
	return err
}

// Duplicate has the consumer file the same complaint once more; each names the other. The new one is returned.
func (s *Server) Duplicate(id int64) (*Ticket, error) {
	first, err := s.Complaint(id)
	if err != nil {
		return nil, err
	}
	second, err := s.ledger.create(func(a *act) error {
		a.born(first.again(first.Company, s.ledger.pen, ""))
		a.backdate(a.at)
		a.t.Created = Instant{a.at}
		return a.t.duplicateOf(first)
	})
	if err != nil {
		return nil, err
	}
	_, err = s.ledger.change(id, func(a *act) error { return a.t.duplicateOf(second) })
	return second, err
}

// Hide takes a complaint out of all lists of the API, or puts it back; writes still reach it.
func (s *Server) Hide(id int64, hidden bool) (*Ticket, error) {
	return s.ledger.change(id, func(a *act) error {
		a.t.own.Hidden = hidden
		return nil
	})
}

// Malform has one complaint written in a broken shape, or heals it.
func (s *Server) Malform(id int64, broken bool) (*Ticket, error) {
	return s.ledger.change(id, func(a *act) error {
		a.t.own.Malformed, a.t.own.Way = broken, 0
		return nil
	})
}

// Desk is what the company's staff keeps about a complaint in RA's own panel; the shapes of tags and notes are invented.
type Desk struct {
	Tag      string `json:"tag"`
	Note     string `json:"note"`
	Category string `json:"category"`
	Assign   bool   `json:"assign"` // to the first of the staff
	Filed    *bool  `json:"filed"`
}

// Keep changes what the company's staff keeps about a complaint; what is left out stays.
func (s *Server) Keep(id int64, d Desk) (*Ticket, error) {
	return s.ledger.change(id, func(a *act) error {
		t := a.t
		if tag := strings.TrimSpace(d.Tag); tag != "" {
			t.Tags = append(t.Tags, ok(Named{int64(len(t.Tags) + 1), tag}).body)
		}
		if d.Note != "" {
			t.StickyNotes = append(t.StickyNotes, ok(map[string]any{"id": len(t.StickyNotes) + 1, "text": d.Note, "creation_date": Instant{a.at}}).body)
		}
		if d.Category != "" {
			t.Categories = append(t.Categories, Category{int64(1000 + len(t.Categories)), int64(len(t.Categories) + 1), d.Category, Instant{a.at}})
		}
		if d.Assign {
			a.assign(staff[0])
		}
		if d.Filed != nil {
			t.Filed = *d.Filed
			if t.Filed {
				t.HugmeStatus = hugmeArchived
			}
		}
		return nil
	})
}
