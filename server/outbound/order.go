package outbound

import (
	"strings"
	"unicode/utf8"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/idempotency"
	"citrus.cx/channel/server/reclameaqui"
	"citrus.cx/channel/server/ticket"
)

// MaxText is the longest text of a message, in characters: ours, Reclame Aqui's is not known.
const MaxText = 20000

// Order is what an agent wants sent. Each kind has its own fields; the others are left empty.
type Order struct {
	Kind     outboundattempt.Kind
	TicketID string
	// Text of a message, or why a moderation is asked for.
	Text string
	// LastSeenID is the last interaction that the author of a message saw; "" says that the thread was empty.
	LastSeenID string
	// UploadIDs are the files of a private message or of a request for moderation, in their order.
	UploadIDs []string
	// Reason of a request for moderation, by Reclame Aqui's number (section 4.5 of the wire contract).
	Reason int
	// TargetCompanyID is whose complaint it is, where the reason is that it is another company's; else 0.
	TargetCompanyID int64
	// Key is the client's key of this order.
	Key string
}

// isMessage says that the order becomes an entry of the thread.
func (o Order) isMessage() bool {
	_, is := ticket.Messages[o.Kind]
	return is
}

// takesText says that the order has words.
func (o Order) takesText() bool {
	return o.isMessage() || o.Kind == outboundattempt.KindMODERATION_REQUEST
}

// check brings the order into form and says all that is wrong with it.
func (o *Order) check() error {
	var problems fault.List
	if o.takesText() {
		o.checkText(&problems)
	}
	if o.Kind == outboundattempt.KindMODERATION_REQUEST {
		o.checkTarget(&problems)
	}
	switch {
	case o.Key == "":
		problems.Add(fault.Required, "idempotencyKey")
	case len(o.Key) > idempotency.MaxKey:
		problems.Add(fault.TooLong, "idempotencyKey").With("max", idempotency.MaxKey)
	}
	return problems.Err()
}

func (o *Order) checkText(problems *fault.List) {
	o.Text = strings.TrimSpace(reclameaqui.NormalizeText(o.Text))
	switch n := utf8.RuneCountInString(o.Text); {
	case n == 0:
		problems.Add(fault.Required, "text")
	case n > MaxText:
		problems.Add(fault.TooLong, "text").With("max", MaxText)
	}
	if strings.ContainsRune(o.Text, 0) {
		problems.Add(fault.Invalid, "text").With("reason", fault.Text{PT: "contém um caractere nulo", EN: "it has a null character"})
	}
}

// checkTarget: another company is named exactly where the complaint is said to be another company's.
func (o *Order) checkTarget(problems *fault.List) {
	switch {
	case o.Reason == reclameaqui.ReasonOtherCompany && o.TargetCompanyID == 0:
		problems.Add(fault.Required, "targetCompanyId")
	case o.TargetCompanyID < 0, o.Reason != reclameaqui.ReasonOtherCompany && o.TargetCompanyID != 0:
		problems.Add(fault.Invalid, "targetCompanyId").
			With("reason", fault.Text{PT: "só se informa quando a reclamação é de outra empresa", EN: "it goes with a complaint of another company alone"})
	}
}

// same refuses another order under a key that was used.
func (o Order) same(a *db.OutboundAttempt) error {
	if a.InputHash != o.hash() {
		return fault.New(fault.IdempotencyKeyReused, "idempotencyKey")
	}
	return nil
}

// hash tells two orders under one key apart; what the author had seen is no part of the order.
func (o Order) hash() string {
	if o.Kind == outboundattempt.KindPUBLIC_REPLY {
		return idempotency.Hash([]string{o.TicketID, o.Text})
	}
	return idempotency.Hash([]any{o.Kind, o.TicketID, o.Text, o.UploadIDs, o.Reason, o.TargetCompanyID})
}
