package sandbox

import (
	"slices"
	"strings"
	"time"
)

// said is a message of the company on its way into a complaint.
type said struct {
	by    person
	text  string
	email string // private messages only
	files []File
	twist twist
}

// twist is what a fault does to a message that is accepted.
type twist struct {
	showAfter time.Duration // 0: shown at once
	alter     func(string) string
	vanish    bool
}

// publicReply is the company's public message: an answer, an answer to a replica, or, after the evaluation, its final
// consideration.
func (a *act) publicReply(by person, text string) error { return a.say(said{by: by, text: text}) }

func (a *act) say(m said) error {
	if a.repeated(PostPublic, m.text) {
		// Told before a closed complaint, because it is what tells a client that its lost first attempt got through.
		return errRepeated
	}
	if err := a.t.closedToCompany(); err != nil {
		return err
	}
	a.post(PostPublic, m)
	return nil
}

// companyMessage is a private message to the consumer. It does not count as the public answer.
func (a *act) companyMessage(by person, email, text string) error {
	return a.tell(said{by: by, email: email, text: text})
}

func (a *act) tell(m said) error {
	switch {
	case a.repeated(PostPrivate, m.text):
		return errRepeated
	case !a.t.Active:
		return refuse(4090, "O ticket está inativo.")
	case !a.t.isRA():
		return refuse(40919, "A origem do ticket não permite mensagens privadas.")
	case a.t.Frozen && !a.sw.FrozenTakesPrivate:
		return refuse(4090, "O prazo de interação terminou: o ticket está congelado.")
	}
	if err := a.writeToThread(); err != nil {
		return err
	}
	a.post(PostPrivate, m)
	return nil
}

var errRepeated = refuse(40930, "Mensagem duplicada: um texto idêntico foi enviado há pouco.")

// closedToCompany says why the company may no longer write in public, nil where it may.
func (t *Ticket) closedToCompany() error {
	closed := t.HugmeStatus.ID == hugmeClosed.ID || t.HugmeStatus.ID == hugmeArchived.ID
	_, late := t.own.waiting(PostPublic)
	switch {
	case !t.Active:
		return refuse(4090, "O ticket está inativo.")
	case t.Frozen, closed && (late || t.lastPublicIsCompany()):
		return refuse(40920, "O ticket está fechado e a última resposta é da empresa.")
	}
	return nil
}

// repeated says whether the same text was accepted a short time ago, whether it is shown yet or not.
func (a *act) repeated(kind, text string) bool {
	if a.sw.RepeatsTaken {
		return false
	}
	key := func(text string) string { return text }
	if a.sw.DuplicateLoose {
		key = func(text string) string { return strings.Join(strings.Fields(strings.ToLower(text)), " ") }
	}
	return slices.ContainsFunc(a.t.own.Posts, func(p Post) bool {
		return p.Kind == kind && key(p.Text) == key(text) && a.at.Sub(p.At.Time) < a.sw.duplicateWindow()
	})
}

// post accepts a message and shows it, unless a twist has it shown later.
func (a *act) post(kind string, m said) {
	p := Post{
		Kind: kind, By: origin(m.by), Text: m.text, Shown: m.text, At: Instant{a.at}, ShowAt: Instant{a.at.Add(m.twist.showAfter)},
		Email: m.email, Files: m.files, Author: m.by.id,
	}
	if m.twist.alter != nil {
		p.Shown = m.twist.alter(m.text)
	}
	a.t.own.Hidden = a.t.own.Hidden || m.twist.vanish
	a.t.own.Posts = append(a.t.own.Posts, p)
	if m.twist.showAfter == 0 {
		a.reveal(len(a.t.own.Posts) - 1)
	}
}

// did notes a write of the company that is no message.
func (a *act) did(kind string, by person, text string) {
	a.t.own.Posts = append(a.t.own.Posts, Post{
		Kind: kind, By: origin(by), Text: text, Shown: text, At: Instant{a.at}, ShowAt: Instant{a.at}, Author: by.id,
	})
}

func origin(by person) string {
	if by.id == apiUser.id {
		return "api"
	}
	return "site"
}

// reveal shows a post in the thread, at the moment at which it was accepted.
func (a *act) reveal(i int) {
	p := &a.t.own.Posts[i]
	by := signer(p.Author)
	if p.Kind == PostPublic {
		p.InteractionID = a.entry(typeReply, &by, p.Shown, false)
	} else {
		p.InteractionID = a.entry(typeCompanyPrivate, &by, p.Shown, true, detail(detailEmail, "Email", p.Email))
		a.attach(p.Files)
	}
	if p.At.Before(a.at) {
		a.backTo(p.At)
	}
	if p.Kind == PostPublic {
		a.answered(p.Shown, p.At)
	} else if a.t.Active && !a.t.evaluated() && !a.t.Frozen {
		a.t.HugmeStatus = hugmeAnswered
	}
	if p.Kind == PostPrivate && a.t.PrivateTime == nil {
		a.t.PrivateTime = a.timeSince()
	}
	a.assign(by)
}

// backTo gives the last interaction an earlier moment and its place in the thread.
func (a *act) backTo(at Instant) {
	a.t.Interactions[len(a.t.Interactions)-1].Created = at
	slices.SortStableFunc(a.t.Interactions, func(x, y Interaction) int {
		return x.Created.Compare(y.Created.Time)
	})
}

// answered is what a public message of the company does to its complaint.
func (a *act) answered(text string, at Instant) {
	t := a.t
	if t.Responded == nil || a.sw.ResponseLatest {
		t.Response, t.Responded = &text, &at
	}
	if t.PublicTime == nil {
		t.PublicTime = a.timeSince()
	}
	if t.evaluated() {
		t.CompanyWords, t.CompanyWordsAt = &text, &at
		return
	}
	if t.Active && !t.Frozen && t.lastPublicIsCompany() {
		t.HugmeStatus = hugmeAnswered
	}
	a.restate()
	a.allow(false)
}

func signer(id int64) person {
	i := slices.IndexFunc(staff, func(p person) bool { return p.id == id })
	if i < 0 {
		return apiUser
	}
	return staff[i]
}

// writeToThread opens the private thread. One that was ended is opened again by a new message, unless a switch keeps
// it ended.
func (a *act) writeToThread() error {
	if a.t.own.Thread == threadEnded && a.sw.EndedThreadStays {
		return refuse(40925, "A conversa privada já foi encerrada.")
	}
	a.t.own.Thread = threadOpen
	return nil
}

// endThread ends the private thread; it leaves no interaction.
func (a *act) endThread(by person) error {
	switch {
	case !a.t.Active:
		return refuse(4090, "O ticket está inativo.")
	case a.t.own.Thread != threadOpen:
		return refuse(40925, "A conversa privada já foi encerrada ou nunca foi iniciada.")
	}
	a.t.own.Thread = threadEnded
	a.did(PostThreadEnd, by, "")
	a.history(historyThreadEnd, HistoryUser{by.id, &by.name, &by.email})
	return nil
}

// askEvaluation asks the consumer to rate; over WhatsApp too, where a telephone is known.
func (a *act) askEvaluation(by person) error {
	t := a.t
	switch {
	case !t.Active:
		return refuse(4090, "O ticket está inativo.")
	case !t.isRA():
		return refuse(4091, "O ticket não é do Reclame Aqui.")
	case t.own.pendingModeration() != nil:
		return refuse(4092, "Há uma moderação pendente.")
	case t.evaluated():
		return refuse(4095, "O ticket já foi avaliado.")
	case t.Responded == nil && !slices.ContainsFunc(t.Interactions, Interaction.byCompany):
		return refuse(4093, "O ticket ainda não foi respondido.")
	case t.Responded == nil:
		return refuse(4094, "Não há resposta pública da empresa.")
	case !t.MayAskEvaluation:
		return refuse(4096, "O ticket não está apto a uma avaliação.")
	}
	t.HugmeStatus = hugmeAwaiting
	t.FavorableAssessment = Described{1, "Solicitado"}
	if len(t.Customer.Phones) > 0 {
		t.Whatsapp = &Whatsapp{Sent: true}
	}
	a.did(PostAsk, by, "")
	a.allow(true)
	return nil
}
