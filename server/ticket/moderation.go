package ticket

import (
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/reclameaqui"
)

// moderationAge is how old a complaint may be for the reasons that are bound to a time: fifteen days.
const moderationAge = 15 * 24 * time.Hour

var (
	tooOld     = fault.Text{PT: "a reclamação tem mais de 15 dias", EN: "the complaint is more than 15 days old"}
	answered   = fault.Text{PT: "a empresa já respondeu", EN: "the company has answered already"}
	lastWord   = fault.Text{PT: "a última resposta é da empresa", EN: "the last answer is the company's"}
	notRatedUp = fault.Text{PT: "precisa de resposta pública e da avaliação do consumidor", EN: "it needs a public answer and the consumer's rating"}
)

// PermitReason says whether a moderation may be asked for with a reason, by Reclame Aqui's number, where Permit
// allows one at all: the rules of its manual, as far as they are public (section 7 of the wire contract). It is pure.
func PermitReason(reason int, t *db.Ticket, f Facts, now time.Time) Permission {
	var p Permission
	end := t.OccurredAt.Add(moderationAge)
	late := when(!now.Before(end), &tooOld)
	switch reason {
	case reclameaqui.ReasonOtherCompany:
		p.Blocked = first(when(t.FirstAnsweredAt != nil, &answered), late)
		p.Until = &end
	case reclameaqui.ReasonLabourMatter:
		p.Blocked = late
		p.Until = &end
	case reclameaqui.ReasonDuplicate:
		p.Blocked = when(lastPublicByCompany(f.Thread), &lastWord)
	case reclameaqui.ReasonNoViolation:
		p.Blocked = when(t.FirstAnsweredAt == nil || t.Rating == nil, &notRatedUp)
	}
	if p.Blocked != nil {
		p.Until = nil
	}
	return p
}
