package ticket

import (
	"slices"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/server/fault"
)

// Facts is what the actions on a ticket depend on beside the ticket itself.
type Facts struct {
	// Thread is its interactions, oldest first: kind, type, author and source id are enough.
	Thread []*db.Interaction
	// Attempts are those that did not fail.
	Attempts []*db.OutboundAttempt
	// HasAddress: the consumer has an e-mail address.
	HasAddress bool
	// InUse: the integration is neither a draft nor archived.
	InUse bool
	// Zone is where calendar days and months are counted.
	Zone *time.Location
}

// Permission says whether something can be done now, as far as Reclame Aqui's last word and its known rules
// go (section 7 of the wire contract); it decides in the end.
type Permission struct {
	// Blocked is why not, nil when it can be done.
	Blocked *fault.Text
	// Until is when it cannot be done any more unless something changes; nil when no end is known.
	Until *time.Time
}

// NoAddress is why a private message cannot be sent to somebody without an e-mail address.
var NoAddress = fault.Text{
	PT: "o consumidor não tem e-mail no Reclame Aqui, e a mensagem privada precisa de um",
	EN: "the consumer has no e-mail address at Reclame Aqui, which a private message needs",
}

var (
	notInUse   = fault.Text{PT: "a integração deste atendimento não está em uso", EN: "the integration of this ticket is not in use"}
	inactive   = fault.Text{PT: "a reclamação foi desativada no Reclame Aqui", EN: "the complaint was deactivated at Reclame Aqui"}
	vanished   = fault.Text{PT: "o Reclame Aqui não mostra mais a reclamação", EN: "Reclame Aqui does not show the complaint any more"}
	frozen     = fault.Text{PT: "a reclamação está congelada no Reclame Aqui", EN: "the complaint is frozen at Reclame Aqui"}
	overdue    = fault.Text{PT: "passaram seis meses da primeira resposta pública", EN: "six months have passed since the first public answer"}
	otherSite  = fault.Text{PT: "a reclamação não é do site Reclame Aqui", EN: "the complaint is not from the Reclame Aqui site"}
	closed     = fault.Text{PT: "a reclamação está encerrada e a última palavra é da empresa", EN: "the complaint is closed and the company has the last word"}
	checking   = fault.Text{PT: "um envio anterior ainda está sendo verificado", EN: "something sent before is still being checked"}
	notBegun   = fault.Text{PT: "não há conversa privada aberta", EN: "no private conversation is open"}
	rated      = fault.Text{PT: "o consumidor já avaliou", EN: "the consumer has rated already"}
	unanswered = fault.Text{PT: "ainda não há resposta pública da empresa", EN: "the company has not answered in public yet"}
	pendingAsk = fault.Text{PT: "há uma moderação pendente", EN: "a moderation is pending"}
	notNow     = fault.Text{PT: "o Reclame Aqui não permite agora", EN: "Reclame Aqui does not allow it now"}
)

// Permit says whether an agent may send something of a kind now. It is pure.
func Permit(kind outboundattempt.Kind, t *db.Ticket, f Facts, now time.Time) Permission {
	end := interactionEnd(t, f.Zone)
	p := Permission{Until: end}
	if kind == outboundattempt.KindMODERATION_REQUEST {
		p.Until = nil
	}
	switch late := end != nil && !now.Before(*end); {
	case !f.InUse:
		p.Blocked = &notInUse
	case !t.Active:
		p.Blocked = &inactive
	case t.VanishedAt != nil:
		p.Blocked = &vanished
	case t.Frozen && kind != outboundattempt.KindPRIVATE_CONVERSATION_END:
		p.Blocked = &frozen
	case late && kind != outboundattempt.KindPRIVATE_CONVERSATION_END && kind != outboundattempt.KindMODERATION_REQUEST:
		p.Blocked = &overdue
	case underWay(kind, f, t.ReadAt):
		p.Blocked = &checking
	default:
		p.Blocked = rules[kind](t, f)
	}
	if p.Blocked != nil {
		p.Until = nil
	}
	return p
}

// rules are those of one kind alone.
var rules = map[outboundattempt.Kind]func(*db.Ticket, Facts) *fault.Text{
	outboundattempt.KindPUBLIC_REPLY: func(t *db.Ticket, f Facts) *fault.Text {
		return first(when(t.HugmeStatusID == hugmeClosed && lastPublicByCompany(f.Thread), &closed)) // 40920
	},
	outboundattempt.KindPRIVATE_MESSAGE: func(t *db.Ticket, f Facts) *fault.Text {
		return first(when(!fromSite(t), &otherSite), when(!f.HasAddress, &NoAddress)) // 40919
	},
	outboundattempt.KindPRIVATE_CONVERSATION_END: func(_ *db.Ticket, f Facts) *fault.Text {
		return first(when(!privateOpen(f), &notBegun)) // 40925
	},
	outboundattempt.KindEVALUATION_REQUEST: func(t *db.Ticket, _ Facts) *fault.Text {
		if t.MayRequestEvaluation {
			return nil
		}
		return first(when(!fromSite(t), &otherSite), when(moderationPending(t), &pendingAsk), when(t.Rating != nil, &rated),
			when(t.FirstAnsweredAt == nil, &unanswered), &notNow) // 4091, 4092, 4095, 4094, 4096
	},
	outboundattempt.KindMODERATION_REQUEST: func(t *db.Ticket, _ Facts) *fault.Text {
		if t.MayRequestModeration {
			return nil
		}
		return first(when(!fromSite(t), &otherSite), when(moderationPending(t), &pendingAsk), &notNow) // 40915, 40916, 40910
	},
}

// first is the first reason that holds.
func first(reasons ...*fault.Text) *fault.Text {
	for _, r := range reasons {
		if r != nil {
			return r
		}
	}
	return nil
}

func when(holds bool, reason *fault.Text) *fault.Text {
	if holds {
		return reason
	}
	return nil
}

// hugmeClosed is the panel's status of a closed complaint (section 4.2 of the wire contract).
const hugmeClosed = 3

// siteReclameAqui is Reclame Aqui's number of its own site; others are Twitter and the like.
const siteReclameAqui = 1

func fromSite(t *db.Ticket) bool { return t.SiteID == siteReclameAqui }

func moderationPending(t *db.Ticket) bool {
	return t.ModerationRequestedAt != nil && t.ModerationAnsweredAt == nil
}

// interactionEnd is when either side loses its word: six months after the first public answer, unless the
// consumer has rated by then (Reclame Aqui's rule since June 2023); nil when that time does not run.
func interactionEnd(t *db.Ticket, zone *time.Location) *time.Time {
	if t.FirstAnsweredAt == nil || t.Rating != nil {
		return nil
	}
	end := t.FirstAnsweredAt.In(zone).AddDate(0, 6, 0).UTC()
	return &end
}

// publicKinds are the public conversation of consumer and company.
var publicKinds = []interaction.Kind{
	interaction.KindCOMPLAINT, interaction.KindPUBLIC_REPLY, interaction.KindREPLICA, interaction.KindEVALUATION,
}

func lastPublicByCompany(thread []*db.Interaction) bool {
	for _, in := range slices.Backward(thread) {
		if !in.Private && slices.Contains(publicKinds, in.Kind) {
			return in.AuthorKind == interaction.AuthorKindCOMPANY
		}
	}
	return false
}

// privateOpen says whether somebody wrote in private since the conversation was last ended from here. That it
// was ended elsewhere shows nowhere.
func privateOpen(f Facts) bool {
	var ended time.Time
	for _, a := range f.Attempts {
		if a.Kind == outboundattempt.KindPRIVATE_CONVERSATION_END && a.State == outboundattempt.StateSENT && a.CreatedAt.After(ended) {
			ended = a.CreatedAt
		}
	}
	if slices.ContainsFunc(f.Thread, func(in *db.Interaction) bool {
		return in.Kind == interaction.KindPRIVATE_MESSAGE && in.OccurredAt.After(ended)
	}) {
		return true
	}
	return slices.ContainsFunc(f.Attempts, func(a *db.OutboundAttempt) bool {
		return a.Kind == outboundattempt.KindPRIVATE_MESSAGE && a.State == outboundattempt.StateSENT && a.CreatedAt.After(ended)
	})
}

// underWay says that something sent before stands in the way of another: its fate is not known.
func underWay(kind outboundattempt.Kind, f Facts, readAt time.Time) bool {
	_, isMessage := Messages[kind]
	return slices.ContainsFunc(f.Attempts, func(a *db.OutboundAttempt) bool {
		if a.State == outboundattempt.StateSENT {
			return false
		}
		if _, message := Messages[a.Kind]; isMessage && message {
			return Hidden(a, f.Thread, readAt)
		}
		return a.Kind == kind
	})
}

// showsWithin is how long Reclame Aqui may take to show what it said yes to.
const showsWithin = 2 * time.Minute

// Hidden says that an attempt may have put a message at Reclame Aqui that the thread does not show
// yet. A company message that was not known before the attempt is taken for it, be it altered. What
// Reclame Aqui said yes to and did not show for long adds nothing: it was a repeat (40930), or it is gone.
func Hidden(a *db.OutboundAttempt, thread []*db.Interaction, readAt time.Time) bool {
	kind, isMessage := Messages[a.Kind]
	if !isMessage || a.InteractionID != nil {
		return false
	}
	if a.State == outboundattempt.StateSENT && a.SettledAt != nil && readAt.Sub(*a.SettledAt) >= showsWithin {
		return false
	}
	return !slices.ContainsFunc(CompanyMessages(thread, kind), func(id string) bool { return !slices.Contains(a.KnownTwins, id) })
}

// CompanyMessages are Reclame Aqui's ids of the company's messages of a kind.
func CompanyMessages(thread []*db.Interaction, kind interaction.Kind) []string {
	ids := []string{}
	for _, in := range thread {
		if in.AuthorKind == interaction.AuthorKindCOMPANY && in.Kind == kind {
			ids = append(ids, in.SourceID)
		}
	}
	return ids
}
