package fault

import (
	"fmt"
	"strings"
)

// Code is the closed list of expected failures; the contract's enum ErrorCode has the same values.
type Code string

// What can go wrong. The meaning of each, and what an app should do about it, stands in schema.graphql.
const (
	Unauthenticated      Code = "UNAUTHENTICATED"
	InvalidCredentials   Code = "INVALID_CREDENTIALS"
	Forbidden            Code = "FORBIDDEN"
	NotFound             Code = "NOT_FOUND"
	Required             Code = "REQUIRED"
	Invalid              Code = "INVALID"
	OutOfRange           Code = "OUT_OF_RANGE"
	TooLong              Code = "TOO_LONG"
	AlreadyExists        Code = "ALREADY_EXISTS"
	WrongParent          Code = "WRONG_PARENT"
	Archived             Code = "ARCHIVED"
	InUse                Code = "IN_USE"
	Conflict             Code = "CONFLICT"
	Incomplete           Code = "INCOMPLETE"
	PageInUse            Code = "PAGE_IN_USE"
	InvalidState         Code = "INVALID_STATE"
	IdempotencyKeyReused Code = "IDEMPOTENCY_KEY_REUSED"
	StaleThread          Code = "STALE_THREAD"
	RateLimited          Code = "RATE_LIMITED"
	UpstreamUnavailable  Code = "UPSTREAM_UNAVAILABLE"
	UpstreamRefused      Code = "UPSTREAM_REFUSED"
	UpstreamCredentials  Code = "UPSTREAM_CREDENTIALS"
	UpstreamLicence      Code = "UPSTREAM_LICENCE"
	UpstreamNoCompany    Code = "UPSTREAM_NO_COMPANY"
	PayloadTooLarge      Code = "PAYLOAD_TOO_LARGE"
	UnsupportedFile      Code = "UNSUPPORTED_FILE"
	TooManyFiles         Code = "TOO_MANY_FILES"
	TooManyRequests      Code = "TOO_MANY_REQUESTS"
	Internal             Code = "INTERNAL"
)

type text struct {
	pt, en    string
	retryable bool
}

var texts = map[Code]text{
	Unauthenticated:      {"Entre novamente para continuar.", "Sign in again to continue.", false},
	InvalidCredentials:   {"E-mail ou senha incorretos.", "Wrong e-mail or password.", false},
	Forbidden:            {"Seu perfil não permite esta ação.", "Your role does not allow this action.", false},
	NotFound:             {"Não encontrado: pode ter sido removido ou não estar visível para você.", "Not found: it may be gone or not visible to you.", false},
	Required:             {"Preencha este campo.", "This field is required.", false},
	Invalid:              {"Valor inválido: {reason}.", "Invalid value: {reason}.", false},
	OutOfRange:           {"Deve estar entre {min} e {max}.", "Must be between {min} and {max}.", false},
	TooLong:              {"No máximo {max} caracteres.", "At most {max} characters.", false},
	AlreadyExists:        {"Já existe um registro com este valor.", "An entry with this value already exists.", false},
	WrongParent:          {"A opção escolhida não pertence a: {parent}.", "The chosen option does not belong to: {parent}.", false},
	Archived:             {"A opção escolhida está arquivada.", "The chosen option is archived.", false},
	InUse:                {"Em uso por {count} configuração(ões).", "In use by {count} integration(s).", false},
	Conflict:             {"Alterado por outra pessoa. Revise o estado atual e salve de novo.", "Somebody else changed it. Review the current state and save again.", false},
	Incomplete:           {"Falta preencher: {missing}.", "Still missing: {missing}.", false},
	PageInUse:            {"Esta página já é usada por outra configuração.", "Another integration already uses this page.", false},
	InvalidState:         {"A ação não é possível no estado atual: {state}.", "Not possible in the current state: {state}.", false},
	IdempotencyKeyReused: {"Esta chave de idempotência já foi usada com outros dados.", "This idempotency key was already used with other input.", false},
	StaleThread:          {"Há mensagens mais novas. Leia-as antes de responder.", "There are newer messages. Read them before you answer.", false},
	RateLimited:          {"O limite de chamadas do Reclame Aqui foi atingido. Tente novamente em instantes.", "Reclame Aqui's call limit is reached. Try again shortly.", true},
	UpstreamUnavailable:  {"O Reclame Aqui não respondeu. Tente novamente.", "Reclame Aqui did not answer. Try again.", true},
	UpstreamRefused:      {"O Reclame Aqui recusou: {reason}", "Reclame Aqui refused: {reason}", false},
	UpstreamCredentials:  {"O Reclame Aqui não aceitou o usuário e a senha da API.", "Reclame Aqui did not accept the API user and password.", false},
	UpstreamLicence:      {"A licença da API do Reclame Aqui não está vigente.", "The licence of the Reclame Aqui API is not in force.", false},
	UpstreamNoCompany:    {"A conta do Reclame Aqui não tem nenhuma página.", "The Reclame Aqui account has no page.", false},
	PayloadTooLarge:      {"O conteúdo enviado passa do limite de {max} MB.", "What was sent exceeds the limit of {max} MB.", false},
	UnsupportedFile:      {"Arquivo não aceito: {reason}.", "File not accepted: {reason}.", false},
	TooManyFiles:         {"No máximo {max} arquivos por mensagem.", "At most {max} files a message.", false},
	TooManyRequests:      {"Muitas tentativas. Aguarde um pouco.", "Too many attempts. Wait a little.", true},
	Internal:             {"Erro interno. Informe o código da requisição ao suporte.", "Internal error. Tell support the request id.", false},
}

// Codes lists every code, so that tests can hold the contract to it.
func Codes() []Code {
	list := make([]Code, 0, len(texts))
	for c := range texts {
		list = append(list, c)
	}
	return list
}

// Retryable says whether the same request may succeed later without a change.
func (e *Error) Retryable() bool {
	if e.Again != nil {
		return *e.Again
	}
	return texts[e.Code].retryable
}

// Message is the public text of a fault in a language. A param may be a Text, which has both languages.
func (e *Error) Message(lang Language) string {
	t, ok := texts[e.Code]
	if !ok {
		t = texts[Internal]
	}
	s := t.pt
	if lang == English {
		s = t.en
	}
	for k, v := range e.Params {
		if both, ok := v.(Text); ok {
			v = both.In(lang)
		}
		s = strings.ReplaceAll(s, "{"+k+"}", fmt.Sprint(v))
	}
	return s
}

// Text is a phrase in both languages, for the placeholders of a message.
type Text struct{ PT, EN string }

// In chooses the language.
func (t Text) In(lang Language) string {
	if lang == English {
		return t.EN
	}
	return t.PT
}
