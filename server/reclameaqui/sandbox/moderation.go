package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Reasons of a moderation, section 4.5.
const (
	reasonOtherCompany = 1
	reasonDuplicate    = 4
	reasonImproper     = 5
	reasonThirdParties = 15
	reasonLabour       = 16
	reasonNoViolation  = 17
	reasonFraud        = 19
)

var reasonNames = map[int64]string{
	reasonOtherCompany: "A reclamação é de outra empresa", reasonDuplicate: "Reclamação em duplicidade", reasonImproper: "Conteúdo impróprio",
	reasonThirdParties: "Reclamação de terceiros", reasonLabour: "Questão trabalhista", reasonNoViolation: "A empresa não violou o direito do consumidor",
	reasonFraud: "Caso de fraude",
}

// reasonAge is how long after the complaint the reasons "other company" and "labour" may be given: fifteen days, by RA's
// manual.
const reasonAge = 15 * 24 * time.Hour

// The words of moderation.status are unknown; these are invented, in two variants.
var moderationWords = map[string][3]string{
	"":        {"PENDENTE", "ACEITA", "NEGADA"},
	"english": {"PENDING", "ACCEPTED", "REFUSED"},
}

// ModerationCase is one moderation that was asked for, and what became of it.
type ModerationCase struct {
	Number   string   `json:"number"`
	Reason   int64    `json:"reason"`
	Message  string   `json:"message"`
	Target   Named    `json:"target"` // of reason 1
	Asked    Instant  `json:"asked"`
	Decided  *Instant `json:"decided"`
	Accepted bool     `json:"accepted"`
	Decision string   `json:"decision"`
}

// moderationRequest is what the company asks of RA.
type moderationRequest struct {
	by      person
	reason  int64
	message string
	target  Named
	files   []File
}

func (a *act) askModeration(m moderationRequest) error {
	if err := a.moderationRefusal(m); err != nil {
		return err
	}
	t, number := a.t, "M"+strconv.FormatInt(next(&a.ids.History), 10)
	details := []Detail{
		detail(detailModeration, "Motivo", reasonNames[m.reason]), detail(detailModerationID, "Motivo ID", strconv.FormatInt(m.reason, 10)),
		detail(detailCase, "Número do caso", number),
	}
	if m.target.ID != 0 {
		details = append(details, detail(detailMigrate, "Empresa de destino", strconv.FormatInt(m.target.ID, 10)))
	}
	a.entry(typeModerationRequest, &m.by, m.message, !a.sw.ModerationPublic, details...)
	a.attach(m.files)
	a.did(PostModeration, m.by, m.message)
	t.own.Moderations = append(t.own.Moderations, ModerationCase{
		Number: number, Reason: m.reason, Message: m.message, Target: m.target, Asked: Instant{a.at},
	})
	words := moderationWords[a.sw.ModerationWords]
	t.Moderation = Moderation{User: MaybeNamed{m.by.id, &m.by.name}, Status: &words[0], Reason: &m.reason, Requested: a.instant()}
	t.ModerationsCount++
	a.restate()
	a.allow(false)
	return nil
}

// moderationRefusal gives the code that a request meets now. Which reasons need what is RA's manual's (1, 16) or
// invented (4, 17).
func (a *act) moderationRefusal(m moderationRequest) error {
	t := a.t
	old := a.at.Sub(t.Created.Time) >= reasonAge
	again := slices.ContainsFunc(t.own.Moderations, func(c ModerationCase) bool { return c.Reason == m.reason })
	switch {
	case !t.Active, t.Frozen:
		return refuse(4090, "O ticket está inativo.")
	case !t.isRA():
		return refuse(40915, "O ticket não é do Reclame Aqui.")
	case t.own.pendingModeration() != nil:
		return refuse(40916, "Já há uma moderação pendente.")
	case reasonNames[m.reason] == "", m.reason == reasonOtherCompany && (old || t.Responded != nil), m.reason == reasonLabour && old:
		return refuse(40914, "Motivo não permitido para este ticket.")
	case m.target.ID == t.Company.ID:
		return refuse(4220, "O campo migrateTO deve ser o id de outra empresa.")
	case len(t.own.Moderations) >= a.sw.moderationsPerComplaint():
		return refuse(40910, "Limite de moderações do ticket atingido.")
	case again:
		return refuse(40917, "A moderação já foi solicitada por este motivo.")
	case a.moderatedToday >= a.sw.moderationsPerDay():
		return refuse(4099, "Limite diário de moderações atingido.")
	case m.reason == reasonDuplicate && t.lastPublicIsCompany():
		return refuse(40912, "A última resposta é da empresa: não é possível moderar por duplicidade.")
	case m.reason == reasonNoViolation && (t.Responded == nil || !t.evaluated()):
		return refuse(40913, "O motivo exige uma resposta pública e a avaliação do consumidor.")
	}
	return nil
}

// Decision is RA's answer to a moderation.
type Decision struct {
	Accept bool
	// Why is what RA writes; "" makes it up.
	Why string
	// Effect of an accepted one: redistribute, deactivate, text or none. "" follows from the reason.
	Effect string
	// Text and Title replace the complaint's where the effect is text; "" masks a word.
	Text, Title string
}

// The effects of an accepted moderation.
const (
	effectRedistribute = "redistribute"
	effectDeactivate   = "deactivate"
	effectText         = "text"
	effectNone         = "none"
)

var effects = []string{effectRedistribute, effectDeactivate, effectText, effectNone}

func (a *act) decide(d Decision) error {
	c := a.t.own.pendingModeration()
	if c == nil {
		return refuse(4040, "Não há moderação pendente.")
	}
	words, word := moderationWords[a.sw.ModerationWords], 2
	if d.Accept {
		word = 1
	}
	if d.Why == "" {
		d.Why = map[bool]string{true: "Pedido aceito após análise.", false: "O pedido não se enquadra nos critérios de moderação."}[d.Accept]
	}
	c.Decided, c.Accepted, c.Decision = a.instant(), d.Accept, d.Why
	a.t.Moderation.Status, a.t.Moderation.Responded = &words[word], a.instant()
	details := []Detail{
		detail(detailCase, "Número do caso", c.Number), detail(detailDecision, "Decisão", d.Why), detail(detailAccepted, "Aceita", a.sw.yesNo(d.Accept)),
	}
	if d.Accept && c.Target.ID != 0 {
		details = append(details, detail(detailMigrate, "Empresa de destino", strconv.FormatInt(c.Target.ID, 10)))
	}
	a.entry(typeModerationResponse, nobody, d.Why, !a.sw.ModerationPublic, details...)
	a.restate()
	a.allow(a.t.HugmeStatus.ID == hugmeAwaiting.ID)
	if !d.Accept {
		return nil
	}
	return a.effect(*c, d)
}

func (a *act) effect(c ModerationCase, d Decision) error {
	if d.Effect == "" {
		d.Effect = effectDeactivate
		switch c.Reason {
		case reasonOtherCompany:
			d.Effect = effectRedistribute
		case reasonImproper:
			d.Effect = effectText
		}
	}
	switch d.Effect {
	case effectRedistribute:
		target := c.Target
		if target.ID == 0 {
			target = targets[0]
		}
		return a.redistribute(target, reasonNames[reasonOtherCompany])
	case effectDeactivate:
		return a.close(raInactive, "Moderação aceita: "+reasonNames[c.Reason])
	case effectText:
		a.editComplaint(d.Text, d.Title)
	}
	return nil
}

// editComplaint has RA alter what the consumer wrote; "" masks a word of the text.
func (a *act) editComplaint(text, title string) {
	if text == "" {
		text = mask(a.t.Content)
	}
	if title != "" {
		a.t.Title = title
		a.describe(detail(detailModeratedTitle, "Título moderado", title))
	}
	a.rewrite(slices.IndexFunc(a.t.Interactions, func(in Interaction) bool { return in.TypeID == typeComplaint }), text)
	a.t.Content = text
}

// autoModerate has RA's machine alter the complaint by itself.
func (a *act) autoModerate(text string) error {
	if !a.t.Active {
		return refuse(4090, "O ticket está inativo.")
	}
	a.entry(typeAutoModeration, nobody, "Texto alterado pela moderação automática.", false)
	a.editComplaint(text, "")
	return nil
}

// edit has RA alter the text of any interaction; "" masks a word.
func (a *act) edit(interactionID, text string) error {
	i := slices.IndexFunc(a.t.Interactions, func(in Interaction) bool { return in.ID == interactionID })
	if i < 0 {
		return &InputError{"interactionId", "não é de uma interação desta reclamação"}
	}
	in := a.t.Interactions[i]
	if text == "" {
		text = mask(in.Message)
	}
	if in.TypeID == typeComplaint && in.Message == a.t.Content {
		a.t.Content = text
	}
	if a.t.Response != nil && in.TypeID == typeReply && in.Message == *a.t.Response {
		a.t.Response = &text
	}
	a.rewrite(i, text)
	return nil
}

func (a *act) rewrite(i int, text string) {
	in := &a.t.Interactions[i]
	a.t.own.Edits = append(a.t.own.Edits, Edit{in.ID, in.Message, Instant{a.at}})
	for j, p := range a.t.own.Posts {
		if p.InteractionID == in.ID {
			a.t.own.Posts[j].Shown = text
		}
	}
	in.Message, in.Modified = text, a.instant()
}

// mask hides the longest word of a text, as RA hides names and telephone numbers.
func mask(text string) string {
	longest := ""
	for _, word := range strings.Fields(text) {
		if len(word) > len(longest) {
			longest = word
		}
	}
	if longest == "" {
		return "[Editado pelo Reclame Aqui]"
	}
	return strings.Replace(text, longest, "[Editado pelo Reclame Aqui]", 1)
}
