package integration

import (
	"errors"
	"fmt"

	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/reclameaqui"
)

// Upstream says a failure of Reclame Aqui in the contract's words. Anything else passes unchanged.
func Upstream(err error) error {
	var limited *fault.Error
	if errors.As(err, &limited) && limited.Code == fault.RateLimited {
		return limited
	}
	var e *reclameaqui.Error
	if !errors.As(err, &e) {
		return err
	}
	f := fault.New(upstreamCodes[e.Kind]).From(e.Code).After(e.RetryAfter).Because(err)
	switch {
	case f.Code == "":
		f.Code = fault.UpstreamUnavailable
	case f.Code == fault.UpstreamRefused:
		f.With("reason", refusal(e)).Retry(again(e.Retry()))
	}
	return f
}

// Known puts a code of Reclame Aqui's that was kept back on its fault, with what it means and whether the same may succeed later.
func Known(f *fault.Error, code string) *fault.Error {
	f.From(code)
	if f.Code == fault.UpstreamRefused {
		f.With("reason", meanings[code]).Retry(again((&reclameaqui.Error{Kind: reclameaqui.KindRefused, Code: code, Sent: true}).Retry()))
	}
	return f
}

// again says in one word what the advice means for an agent: whether the same may succeed without anybody's doing.
func again(advice reclameaqui.Retry) bool {
	return advice == reclameaqui.RetrySoon || advice == reclameaqui.RetryAfterWait || advice == reclameaqui.RetryLater
}

var upstreamCodes = map[reclameaqui.Kind]fault.Code{
	reclameaqui.KindBadCredentials: fault.UpstreamCredentials,
	reclameaqui.KindLicenceEnded:   fault.UpstreamLicence,
	reclameaqui.KindRateLimited:    fault.RateLimited,
	reclameaqui.KindRefused:        fault.UpstreamRefused,
	reclameaqui.KindNotFound:       fault.UpstreamRefused,
	reclameaqui.KindDuplicate:      fault.UpstreamRefused,
	reclameaqui.KindUnavailable:    fault.UpstreamUnavailable,
	reclameaqui.KindMalformed:      fault.UpstreamUnavailable,
	reclameaqui.KindFile:           fault.Internal, // a file of ours is not what it was when it came up
}

// refusal is Reclame Aqui's own reason; where it gives none, what its code is known to mean.
func refusal(e *reclameaqui.Error) any {
	if e.Message != "" {
		return e.Message
	}
	if meaning, known := meanings[e.Code]; known {
		return meaning
	}
	return fmt.Sprintf("HTTP %d", e.Status)
}

// meanings are those of Reclame Aqui's codes that an agent may meet (section 5 of the wire contract).
var meanings = map[string]fault.Text{
	"4030":  {PT: "a conta não tem permissão para isto", EN: "the account may not do this"},
	"4040":  {PT: "a reclamação não existe", EN: "there is no such complaint"},
	"4090":  {PT: "a reclamação está inativa", EN: "the complaint is inactive"},
	"4091":  {PT: "a reclamação não é do site Reclame Aqui", EN: "the complaint is not from the Reclame Aqui site"},
	"4092":  {PT: "há uma moderação pendente, que impede a avaliação", EN: "a moderation is pending, which blocks the evaluation"},
	"4093":  {PT: "a reclamação ainda não foi respondida", EN: "the complaint has not been answered yet"},
	"4094":  {PT: "ainda não há resposta pública da empresa", EN: "the company has not answered in public yet"},
	"4095":  {PT: "o consumidor já avaliou", EN: "the consumer has rated already"},
	"4096":  {PT: "a reclamação não está apta a uma avaliação", EN: "the complaint cannot be rated"},
	"4098":  {PT: "são no máximo 6 anexos", EN: "6 attachments at most"},
	"4099":  {PT: "o limite diário de moderações foi atingido", EN: "the daily limit of moderations is reached"},
	"4220":  {PT: "os dados são inválidos", EN: "the data are not valid"},
	"40910": {PT: "o limite de moderações desta reclamação foi atingido", EN: "the limit of moderations of this complaint is reached"},
	"40912": {PT: "a última resposta é da empresa: não é possível moderar por duplicidade", EN: "the last answer is the company's: it cannot be moderated as a duplicate"},
	"40913": {PT: "precisa de resposta pública e da avaliação do consumidor", EN: "it needs a public answer and the consumer's rating"},
	"40914": {PT: "o motivo não é permitido", EN: "the reason is not allowed"},
	"40915": {PT: "a reclamação não é do site Reclame Aqui", EN: "the complaint is not from the Reclame Aqui site"},
	"40916": {PT: "já há uma moderação pendente", EN: "a moderation is pending already"},
	"40917": {PT: "a moderação já foi pedida", EN: "the moderation was requested already"},
	"40919": {PT: "a origem da reclamação não tem mensagens privadas", EN: "the complaint's source has no private messages"},
	"40920": {PT: "a reclamação está fechada e a última resposta é da empresa", EN: "the complaint is closed and the last answer is the company's"},
	"40921": {PT: "a mensagem não pôde ser criada", EN: "the message could not be created"},
	"40922": {PT: "um anexo é de um tipo que não é aceito", EN: "an attachment is of a type that is not accepted"},
}
