package ticket

import "citrus.cx/channel/server/fault"

// moderationReasons are the reasons that a moderation is asked for, by Reclame Aqui's numbers (section 4.5 of
// the wire contract).
var moderationReasons = map[int]fault.Text{
	1:  {PT: "A reclamação é de outra empresa", EN: "The complaint is another company's"},
	4:  {PT: "Reclamação em duplicidade", EN: "Duplicate complaint"},
	5:  {PT: "Conteúdo impróprio", EN: "Improper content"},
	15: {PT: "Reclamação de terceiros", EN: "Complaint of a third party"},
	16: {PT: "Caso trabalhista", EN: "Labour matter"},
	17: {PT: "A empresa não violou o direito do consumidor", EN: "The company did not violate the consumer's rights"},
	19: {PT: "Caso de fraude", EN: "Fraud"},
}

// ModerationReason is our text for a reason of Reclame Aqui's; ok is false for one that we do not know.
func ModerationReason(id int) (text fault.Text, ok bool) {
	text, ok = moderationReasons[id]
	return text, ok
}
