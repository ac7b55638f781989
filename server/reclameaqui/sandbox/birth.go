package sandbox

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// birth is what a consumer and the site give for a new complaint.
type birth struct {
	company     Named
	customer    Customer // ID 0: a person not seen before
	subject     Named
	title, text string
	form        []Detail // answers to the company's own questions
	ip          string
	files       []string // addresses of attachments
	siteID      string
	source      Named     // the zero value is Reclame Aqui
	uploads     []File    // attachments with a content of their own
	sourceID    string    // "" for a new one
	created     time.Time // before the act's time, which is when HugMe took it in
}

// sources are where a complaint may come from. Only the first is known from a real answer; the codes 4091, 40915 and
// 40919 presuppose others, whose ids are invented.
var sources = []Named{{1, "ReclameAQUI"}, {2, "Facebook"}, {3, "Twitter"}}

// isRA is what evaluation, moderation and private messages ask for.
func (t *Ticket) isRA() bool { return t.Source.ID == sources[0].ID }

// born makes the ticket of a new complaint: ra_status 5, hugme_status 21, moderation possible, evaluation not.
func (a *act) born(b birth) {
	if b.customer.ID == 0 {
		b.customer.ID = next(&a.ids.Customer)
	}
	if b.source.ID == 0 {
		b.source = sources[0]
	}
	if b.sourceID == "" {
		b.sourceID = strconv.FormatInt(next(&a.ids.Source), 10)
	}
	id := next(&a.ids.Ticket)
	a.t = &Ticket{
		HugmeStatus: hugmeNew, RAStatus: raUnanswered,
		FavorableAssessment: Described{0, "Não Solicitado"},
		InformationSource:   Named{1, "RA Reclamação"}, Source: b.source, Company: b.company,
		LastFeeling: MaybeNamed{ID: -1}, FeedType: MaybeNamed{ID: -1}, Account: MaybeNamed{ID: -1},
		Moderation: Moderation{User: MaybeNamed{ID: -1}},
		RA:         RA{SourceID: 1, SourceName: "Site", InternalProcess: true},
		Customer:   b.customer, User: Assignee{ID: -1}, Rafone: Rafone{StatusID: -1},
		ObjectID: objectID(a.at.Add(12*time.Second), id), ID: id,
		SourceExternalID: b.sourceID,
		Created:          Instant{b.created}, Inserted: Instant{a.at},
		Title: b.title, Content: b.text, Reason: &b.subject.Name, MayModerate: b.source.ID == sources[0].ID, Rating: "-1", RuleID: 9001,
		DuplicateTicket: []json.RawMessage{}, Tags: []json.RawMessage{}, ExtraData: map[string]any{},
		StickyNotes: []json.RawMessage{}, Autos: []json.RawMessage{}, PersonalizedFields: []json.RawMessage{},
		Attached: []Attachment{}, Categories: []Category{}, Historical: []History{}, Interactions: []Interaction{},
		Active: true, DuplicateTiqt: []json.RawMessage{}, own: &behind{},
	}
	a.entry(typeComplaint, nil, b.text, false, b.details()...)
	a.attach(b.uploads)
	a.backdate(b.created)
	a.history(historyCreation, HistoryUser{ID: -1})
}

// details are the attributes of the first interaction, in the order of the contract's example.
func (b birth) details() []Detail {
	list := []Detail{
		detail(detailReason, "Assunto", b.subject.Name),
		detail(detailReasonID, "Assunto ID", strconv.FormatInt(b.subject.ID, 10)),
		detail(detailIP, "IP", b.ip),
	}
	list = append(list, b.form...)
	for i, phone := range b.customer.Phones {
		list = append(list, detail(detailContact, "Contato "+strconv.Itoa(i+1), phone))
	}
	for _, address := range b.files {
		list = append(list, detail(detailAttachment, "Anexo", address))
	}
	return append(list, detail(detailSiteID, "ID Site RA", b.siteID))
}

// backdate gives the first interaction the moment at which the consumer wrote it; only the site's own id was added
// when HugMe took the complaint in.
func (a *act) backdate(created time.Time) {
	in := &a.t.Interactions[0]
	in.Created = Instant{created}
	for i := range in.Details {
		if in.Details[i].TypeID != detailSiteID {
			in.Details[i].Created = Instant{created}
		}
	}
	for i := range a.t.Attached {
		a.t.Attached[i].Created = Instant{created}
	}
}

// digits keeps the digits of a document or a telephone number.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// validCPF checks form and check digits; eleven equal digits are no CPF.
func validCPF(cpf string) bool {
	if len(cpf) != 11 || digits(cpf) != cpf || strings.Count(cpf, cpf[:1]) == 11 {
		return false
	}
	return cpf == withCheckDigits(cpf[:9])
}

// withCheckDigits completes the nine digits of a CPF.
func withCheckDigits(nine string) string {
	cpf := nine
	for len(cpf) < 11 {
		sum := 0
		for i, d := range cpf {
			sum += int(d-'0') * (len(cpf) + 1 - i)
		}
		check := sum * 10 % 11 % 10
		cpf += strconv.Itoa(check)
	}
	return cpf
}
