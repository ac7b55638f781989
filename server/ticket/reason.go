package ticket

import (
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/reclameaqui"
)

// moderationReasons are the reasons that a moderation is asked for, by Reclame Aqui's numbers (section 4.5 of
// the wire contract).
var moderationReasons = map[int]fault.Text{
	reclameaqui.ReasonOtherCompany:    {PT: "Reclamação de outra empresa", EN: "The complaint is about another company"},
	reclameaqui.ReasonDuplicate:       {PT: "Reclamação em duplicidade", EN: "Duplicate complaint"},
	reclameaqui.ReasonImproperContent: {PT: "Conteúdo impróprio", EN: "Improper content"},
	reclameaqui.ReasonThirdParties:    {PT: "Reclamação de terceiros", EN: "Complaint of a third party"},
	reclameaqui.ReasonLabourMatter:    {PT: "Caso trabalhista", EN: "Labour matter"},
	reclameaqui.ReasonNoViolation:     {PT: "A empresa não violou o direito do consumidor", EN: "The company did not violate the consumer's rights"},
	reclameaqui.ReasonFraud:           {PT: "Fraude", EN: "Fraud"},
}

// ModerationReason is our text for a reason of Reclame Aqui's; ok is false for one that we do not know.
func ModerationReason(id int) (text fault.Text, ok bool) {
	text, ok = moderationReasons[id]
	return text, ok
}
