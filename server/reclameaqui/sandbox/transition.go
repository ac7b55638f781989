package sandbox

import (
	"strconv"
	"time"
)

// duplicateWindow is how long an identical text is refused as a repetition (code 40930). The real window is unknown.
const duplicateWindow = 10 * time.Minute

// Evaluation is what the consumer says at the end.
type Evaluation struct {
	Rating            int // 0 to 10
	Resolved          bool
	BackDoingBusiness bool
	Consideration     string
}

// publicReply is the company's public message: an answer, an answer to a replica, or, after the evaluation, its final
// consideration.
func (a *act) publicReply(by person, text string) error {
	if err := a.replyRefusal(text); err != nil {
		return err
	}
	t := a.t
	a.entry(typeReply, &by, text, false)
	if t.Responded == nil {
		t.Response, t.Responded, t.PublicTime = &text, a.instant(), a.hoursSince()
	}
	if t.evaluated() {
		t.CompanyWords, t.CompanyWordsAt = &text, a.instant()
		return nil
	}
	t.HugmeStatus, t.RAStatus, t.MayAskEvaluation = hugmeAnswered, raAnswered, true
	if t.RA.Replicas > 0 {
		t.RAStatus = raCompanyAgain
	}
	a.assign(by)
	return nil
}

// replyRefusal gives the business error that a public reply meets now. A repetition is told before a closed complaint,
// because it is what tells a client that its lost first attempt got through.
func (a *act) replyRefusal(text string) error {
	if a.repeated(typeReply, text) {
		return refuse(40930, "Mensagem duplicada: um texto idêntico foi enviado há pouco.")
	}
	return a.t.closedToCompany()
}

// closedToCompany says why the company may no longer write in public, nil where it may.
func (t *Ticket) closedToCompany() error {
	switch {
	case !t.Active:
		return refuse(4090, "O ticket está inativo.")
	case t.Frozen, t.HugmeStatus.ID == hugmeClosed.ID && t.lastPublicIsCompany():
		return refuse(40920, "O ticket está fechado e a última resposta é da empresa.")
	}
	return nil
}

func (a *act) repeated(typeID int, text string) bool {
	for _, in := range a.t.Interactions {
		if in.ResponsibleID != nil && in.TypeID == typeID && in.Message == text && a.at.Sub(in.Created.Time) < duplicateWindow {
			return true
		}
	}
	return false
}

func (a *act) assign(by person) {
	if a.t.User.ID != -1 || by.id == apiUser.id {
		return
	}
	a.t.User = Assignee{by.id, &by.name, a.instant()}
	a.t.AssignmentCount++
}

func (t *Ticket) lastPublicIsCompany() bool {
	for i := len(t.Interactions) - 1; i >= 0; i-- {
		if in := t.Interactions[i]; !in.Privacy {
			return in.ResponsibleID != nil
		}
	}
	return false
}

func (t *Ticket) evaluated() bool { return t.Rated != nil }

// consumerBlocked says why the consumer can do nothing more in public, nil where it can.
func (t *Ticket) consumerBlocked() error {
	switch {
	case !t.Active:
		return refuse(4090, "O ticket está inativo.")
	case t.Frozen:
		return refuse(40920, "O prazo de interação terminou: o ticket está congelado.")
	case t.evaluated():
		return refuse(4095, "O ticket já foi avaliado.")
	}
	return nil
}

// replica is the consumer's public answer to the company's; there is none before the company has answered.
func (a *act) replica(text string) error {
	t := a.t
	if err := t.consumerBlocked(); err != nil {
		return err
	}
	if t.Responded == nil {
		return refuse(4094, "Não há réplica antes de uma resposta pública da empresa.")
	}
	typeID := typeReply
	if a.sw.ReplicaAsComplaint {
		typeID = typeComplaint
	}
	a.entry(typeID, nil, text, false)
	t.HugmeStatus, t.RAStatus, t.MayAskEvaluation = hugmePending, raReplica, false
	if a.sw.ReplicaStatus20 {
		t.RAStatus = raReplicaToo
	}
	t.RA.Replicas++
	t.LastReplica = a.instant()
	return nil
}

// evaluate closes the complaint with the consumer's judgement, also one that was never answered.
func (a *act) evaluate(e Evaluation) error {
	t := a.t
	if err := t.consumerBlocked(); err != nil {
		return err
	}
	a.entry(typeEvaluation, nil, e.Consideration, false,
		detail(detailResolved, "Resolvida", yesNo(e.Resolved)),
		detail(detailBack, "Voltaria a fazer negócio", yesNo(e.BackDoingBusiness)),
		detail(detailRating, "Nota", strconv.Itoa(e.Rating)))
	t.HugmeStatus, t.RAStatus, t.MayAskEvaluation = hugmeClosed, raUnresolved, false
	if e.Resolved {
		t.RAStatus = raResolved
	}
	if a.sw.EvaluatedStatus9 {
		t.RAStatus = raEvaluated
	}
	t.Rating, t.Rated, t.RatingTime = strconv.Itoa(e.Rating), a.instant(), a.hoursSince()
	t.ResolvedIssue, t.BackDoingBusiness = e.Resolved, e.BackDoingBusiness
	if e.Consideration != "" {
		t.ConsumerWords, t.ConsumerWordsAt = &e.Consideration, a.instant()
	}
	t.RatedUnanswered = t.Responded == nil
	t.Closed = a.instant()
	return nil
}

func yesNo(b bool) string {
	if b {
		return "Sim"
	}
	return "Não"
}

// consumerMessage is a private message from the consumer.
func (a *act) consumerMessage(text string) error {
	if err := a.t.consumerBlocked(); err != nil {
		return err
	}
	a.entry(typeConsumerPrivate, nil, text, true)
	a.t.HugmeStatus = hugmePending
	return nil
}

// deactivate takes the complaint back.
func (a *act) deactivate() error {
	t := a.t
	if !t.Active {
		return refuse(4090, "O ticket está inativo.")
	}
	reason := "Desativada a pedido do consumidor"
	t.Active, t.MayModerate, t.MayAskEvaluation = false, false, false
	t.HugmeStatus, t.RAStatus = hugmeInactive, raDeactivated
	t.RA.Deactivated, t.RA.DeactivationReason = a.instant(), &reason
	t.Closed = a.instant()
	return nil
}

// freeze ends the time in which either side may write.
func (a *act) freeze() {
	t := a.t
	t.Frozen, t.MayModerate, t.MayAskEvaluation = true, false, false
	t.HugmeStatus, t.RAStatus, t.Closed = hugmeClosed, raFrozen, a.instant()
}

// companyMessage is a private message to the consumer. It does not count as the public answer.
func (a *act) companyMessage(by person, email, text string) error {
	if !a.t.Active {
		return refuse(4090, "O ticket está inativo.")
	}
	if a.repeated(typeCompanyPrivate, text) {
		return refuse(40930, "Mensagem duplicada: um texto idêntico foi enviado há pouco.")
	}
	a.entry(typeCompanyPrivate, &by, text, true, detail(detailEmail, "Email", email))
	if a.t.PrivateTime == nil {
		a.t.PrivateTime = a.hoursSince()
	}
	if !a.t.evaluated() && !a.t.Frozen {
		a.t.HugmeStatus = hugmeAnswered
	}
	a.assign(by)
	return nil
}

// askEvaluation asks the consumer to rate.
func (a *act) askEvaluation() error {
	t := a.t
	switch {
	case !t.Active:
		return refuse(4090, "O ticket está inativo.")
	case t.Moderation.Requested != nil && t.Moderation.Responded == nil:
		return refuse(4092, "Há uma moderação pendente.")
	case t.evaluated():
		return refuse(4095, "O ticket já foi avaliado.")
	case t.HugmeStatus.ID == hugmeNew.ID || t.HugmeStatus.ID == hugmeQueued.ID:
		return refuse(4093, "O ticket ainda não foi respondido.")
	case t.Responded == nil:
		return refuse(4094, "Não há resposta pública da empresa.")
	case !t.MayAskEvaluation:
		return refuse(4096, "O ticket não está apto a uma avaliação.")
	}
	t.HugmeStatus, t.MayAskEvaluation = hugmeAwaiting, false
	t.FavorableAssessment = Described{1, "Solicitado"}
	return nil
}
