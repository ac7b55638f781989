package sandbox

import (
	"strconv"
)

// Evaluation is what the consumer says at the end.
type Evaluation struct {
	Rating            int // 0 to 10
	Resolved          bool
	BackDoingBusiness bool
	Consideration     string
}

// byCompany says whether the company wrote an interaction, also where its author is not told.
func (in Interaction) byCompany() bool {
	if in.ResponsibleID != nil {
		return true
	}
	company := in.TypeID == typeReply || in.TypeID == typeCompanyPrivate || in.TypeID == typeModerationRequest
	return company && in.CustomerID == nil
}

// public says whether an interaction is part of the public conversation of consumer and company.
func (in Interaction) public() bool {
	return in.TypeID == typeComplaint || in.TypeID == typeReply || in.TypeID == typeEvaluation
}

func (t *Ticket) lastPublicIsCompany() bool {
	for i := len(t.Interactions) - 1; i >= 0; i-- {
		if in := t.Interactions[i]; in.public() {
			return in.byCompany()
		}
	}
	return false
}

func (t *Ticket) evaluated() bool { return t.Rated != nil }

// restate gives an active complaint the ra_status that follows from what was said.
func (a *act) restate() {
	t := a.t
	switch {
	case !t.Active:
	case t.own.pendingModeration() != nil && a.sw.ModerationStatus11:
		t.RAStatus = raModeration
	case t.Frozen && !a.sw.FrozenKeepsStatus:
		t.RAStatus = raFrozen
	case t.evaluated() && a.sw.EvaluatedStatus9:
		t.RAStatus = raEvaluated
	case t.evaluated() && t.ResolvedIssue:
		t.RAStatus = raResolved
	case t.evaluated():
		t.RAStatus = raUnresolved
	case t.Responded == nil:
		t.RAStatus = raUnanswered
	case !t.lastPublicIsCompany() && a.sw.ReplicaStatus20:
		t.RAStatus = raReplicaToo
	case !t.lastPublicIsCompany():
		t.RAStatus = raReplica
	case t.RA.Replicas > 0:
		t.RAStatus = raCompanyAgain
	default:
		t.RAStatus = raAnswered
	}
}

// allow sets the two flags that say what may be asked for now; asked is whether an evaluation was asked for since the
// company's last answer.
func (a *act) allow(asked bool) {
	t := a.t
	open := t.Active && !t.Frozen && t.isRA() && t.own.pendingModeration() == nil
	t.MayModerate = open && len(t.own.Moderations) < a.sw.moderationsPerComplaint()
	t.MayAskEvaluation = open && !asked && !t.evaluated() && t.Responded != nil && t.lastPublicIsCompany()
}

func (a *act) assign(by person) {
	if a.t.User.ID != -1 || by.id == apiUser.id {
		return
	}
	a.t.User = Assignee{by.id, &by.name, a.instant()}
	a.t.AssignmentCount++
}

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
func (a *act) replica(text string, files ...File) error {
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
	a.attach(files)
	t.HugmeStatus = hugmePending
	t.RA.Replicas++
	t.LastReplica = a.instant()
	a.restate()
	a.allow(false)
	return nil
}

// evaluate closes the complaint with the consumer's judgement, also one that was never answered.
func (a *act) evaluate(e Evaluation) error {
	t := a.t
	if err := t.consumerBlocked(); err != nil {
		return err
	}
	a.entry(typeEvaluation, nil, e.Consideration, false,
		detail(detailResolved, "Resolvida", a.sw.yesNo(e.Resolved)),
		detail(detailBack, "Voltaria a fazer negócio", a.sw.yesNo(e.BackDoingBusiness)),
		detail(detailRating, "Nota", strconv.Itoa(e.Rating)))
	t.Rating, t.Rated, t.RatingTime = strconv.Itoa(e.Rating), a.instant(), a.timeSince()
	t.ResolvedIssue, t.BackDoingBusiness = e.Resolved, e.BackDoingBusiness
	if e.Consideration != "" {
		t.ConsumerWords, t.ConsumerWordsAt = &e.Consideration, a.instant()
	}
	if t.Whatsapp != nil {
		t.Whatsapp = &Whatsapp{t.Whatsapp.Sent, true}
	}
	t.RatedUnanswered = t.Responded == nil
	t.HugmeStatus, t.Closed = hugmeClosed, a.instant()
	a.restate()
	a.allow(false)
	return nil
}

// consider changes what the consumer said with the rating.
func (a *act) consider(text string) error {
	if !a.t.Active {
		return refuse(4090, "O ticket está inativo.")
	}
	if !a.t.evaluated() {
		return refuse(4093, "O ticket ainda não foi avaliado.")
	}
	a.t.ConsumerWords, a.t.ConsumerWordsAt = &text, a.instant()
	return nil
}

// comment is what a third party writes under a complaint.
func (a *act) comment(text string) error {
	if !a.t.Active {
		return refuse(4090, "O ticket está inativo.")
	}
	a.entry(typeComment, nobody, text, false)
	a.t.CommentsCount++
	a.t.Commentary = true
	return nil
}

// consumerMessage is a private message from the consumer.
func (a *act) consumerMessage(text string, files ...File) error {
	if err := a.t.consumerBlocked(); err != nil {
		return err
	}
	if err := a.writeToThread(); err != nil {
		return err
	}
	a.entry(typeConsumerPrivate, nil, text, true)
	a.attach(files)
	a.t.HugmeStatus = hugmePending
	return nil
}

// deactivate takes the complaint back.
func (a *act) deactivate() error {
	return a.close(raDeactivated, "Desativada a pedido do consumidor")
}

// close makes a complaint inactive: by its consumer, by RA, or because it went to another company.
func (a *act) close(status Named, reason string) error {
	t := a.t
	if !t.Active {
		return refuse(4090, "O ticket está inativo.")
	}
	t.Active = false
	t.HugmeStatus, t.RAStatus = hugmeInactive, status
	t.RA.Deactivated, t.RA.DeactivationReason = a.instant(), &reason
	t.Closed = a.instant()
	a.allow(false)
	return nil
}

// freeze ends the time in which either side may write.
func (a *act) freeze() {
	a.t.Frozen, a.t.HugmeStatus, a.t.Closed = true, hugmeClosed, a.instant()
	a.restate()
	a.allow(false)
}

// redistribute hands the complaint to the company that it is about.
func (a *act) redistribute(target Named, reason string) error {
	if !a.t.Active {
		return refuse(4090, "O ticket está inativo.")
	}
	a.entry(typeRedistribution, nobody, reason, false, detail(detailMigrate, "Empresa de destino", target.Name))
	t := a.t
	t.RedistributedFor = &reason
	t.Redistributions++
	t.Active, t.Closed = false, a.instant()
	t.HugmeStatus, t.RAStatus = hugmeMoved, raMoved
	a.allow(false)
	return nil
}
