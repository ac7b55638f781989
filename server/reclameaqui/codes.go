package reclameaqui

// The operations, as Error.Op names them. RA's codes are tied to those that post.
const (
	opReplyPublicly    = "reply publicly"
	opPrivateMessage   = "send private message"
	opEndPrivate       = "end private conversation"
	opEvaluation       = "request evaluation"
	opModeration       = "request moderation"
	opToken            = "token"
	opAuthAvailable    = "auth available"
	opTicketsAvailable = "tickets available"
)

var (
	anyOp    []string
	messages = []string{opReplyPublicly, opPrivateMessage}
	uploads  = []string{opPrivateMessage, opModeration}
	writes   = []string{opReplyPublicly, opPrivateMessage, opEndPrivate, opEvaluation, opModeration}
	evaluate = []string{opEvaluation}
	moderate = []string{opModeration}
)

// Code is what is known of one of RA's error codes.
type Code struct {
	Code    string // RA's number, as text
	Meaning string
	// At are the operations (Error.Op) that are known to answer it; nil = any.
	At []string
	// Retry is the advice where the code decides, which is where the status alone does not.
	Retry Retry
	// Outcome is what the code, with a status of 4xx, says of the post that it answers. An Accepted holds at those of At alone.
	Outcome PostOutcome
}

// codes is section 5 of the wire contract, whole. Three columns are judgements:
//
// Retry follows "permanent" and "retry" there. What depends on the state of the complaint is RetryLater where the contract has
// "retry", and RetryAfterChange where it has "permanent", because giving up for good does not serve the agent.
//
// Outcome is Accepted where what was wanted is there already: 40930, the message was sent a moment ago, and 40925, no private
// conversation is open. It is Unknown where RA itself does not say that nothing happened: 4097, a failure to write the history of an
// action, can follow an action that was carried out, and 40918 is a moderation that failed "unexpectedly".
//
// 4000 to 5030 may be one client's own invention (status × 10).
var codes = []Code{
	{"4000", "bad request", anyOp, RetryNever, Rejected},
	{codeTokenInvalid, "token invalid or expired", anyOp, RetryAfterAuth, Rejected},
	{"4030", "no permission", anyOp, RetryNever, Rejected},
	{"4040", "not found, such as a source id sent as an id", anyOp, RetryNever, Rejected},
	{"4050", "method not allowed", anyOp, RetryNever, Rejected},
	{"4090", "complaint inactive", writes, RetryNever, Rejected},
	{"4091", "not a Reclame Aqui complaint", evaluate, RetryNever, Rejected},
	{"4092", "moderation pending, which blocks the evaluation", evaluate, RetryLater, Rejected},
	{"4093", "complaint not answered yet", evaluate, RetryLater, Rejected},
	{"4094", "no public answer of the company", evaluate, RetryLater, Rejected},
	{"4095", "already evaluated", evaluate, RetryNever, Rejected},
	{"4096", "not eligible for evaluation", evaluate, RetryNever, Rejected},
	{codeHistoryNotKept, "failure writing the action's history", writes, RetrySoon, Unknown},
	{"4098", "too many attachments, 6 at most", uploads, RetryNever, Rejected},
	{"4099", "daily limit of moderations reached", moderate, RetryNotToday, Rejected},
	{"4220", "invalid data", anyOp, RetryNever, Rejected},
	{codeRateLimited, "too many calls, wait a minute", anyOp, RetryAfterWait, Rejected},
	{"5000", "server error", anyOp, RetrySoon, Unknown},
	{"5030", "unavailable", anyOp, RetrySoon, Unknown},
	{"40910", "limit of moderations of this complaint reached", moderate, RetryNever, Rejected},
	{"40912", "not as a duplicate while the last answer is the company's", moderate, RetryAfterChange, Rejected},
	{"40913", "needs a public answer and the consumer's evaluation", moderate, RetryAfterChange, Rejected},
	{"40914", "reason not allowed", moderate, RetryNever, Rejected},
	{"40915", "not a Reclame Aqui complaint", moderate, RetryNever, Rejected},
	{"40916", "moderation already pending", moderate, RetryAfterChange, Rejected},
	{"40917", "moderation already requested", moderate, RetryNever, Rejected},
	{"40918", "unexpected failure of the moderation", moderate, RetrySoon, Unknown},
	{"40919", "source has no private messages", []string{opPrivateMessage}, RetryNever, Rejected},
	{"40920", "complaint closed and the last answer is the company's", []string{opReplyPublicly}, RetryAfterChange, Rejected},
	{"40921", "failure creating the interaction", messages, RetrySoon, Rejected},
	{"40922", "attachment of a type that is not supported", uploads, RetryNever, Rejected},
	{codeNotOpen, "private conversation ended already, or never begun", []string{opEndPrivate}, RetryNever, Accepted},
	{codeDuplicateMessage, "same message sent a moment ago", messages, RetryNever, Accepted},
}

var codesByText = func() map[string]Code {
	index := make(map[string]Code, len(codes))
	for _, c := range codes {
		index[c.Code] = c
	}
	return index
}()

// Codes returns every error code of RA that is known, in the order of the wire contract.
func Codes() []Code {
	list := make([]Code, len(codes))
	for i, c := range codes {
		c.At = append([]string(nil), c.At...)
		list[i] = c
	}
	return list
}
