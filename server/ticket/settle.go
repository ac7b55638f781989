package ticket

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/outboundattempt"
)

// absence is how far apart two reads must be that do not show a message before it counts as never sent (rule T5).
const absence = 2 * time.Minute

// Lag is how long after its writing a message may not show and be there all the same: the second of those reads
// comes no earlier. Reclame Aqui may show a post minutes late, and what is written again because we gave up too
// soon is in public twice.
const Lag = 5 * time.Minute

// verdict is what a read says of one attempt.
type verdict struct {
	attempt *db.OutboundAttempt
	// state is the new state, or the present one.
	state outboundattempt.State
	// interactionID is what it became; "" when unknown.
	interactionID string
	// firstAbsent is set by the first read without it.
	firstAbsent *time.Time
}

// settle says what a complaint read from Reclame Aqui proves of the attempts on it. It is pure.
// attempts are those not yet linked, oldest first; claimed are the interactions that earlier
// attempts already became.
//
// A message became the first company message of its kind with its text that was not known before it:
// identical texts are told apart by counting, and the newest attempt chooses first, for it knew
// most: what one before it could still be is left for that one. Only when every attempt has looked for its
// own words may one take a new message that is like it, but altered by Reclame Aqui. It never was sent when two
// reads far enough apart show no new company message at all; a new one with other words may be it, altered
// beyond recognition, so it stays unknown. One that failed for its absence and shows up after all was sent.
//
// What is no message is proved by what it changes on the complaint (Trace).
func settle(attempts []*db.OutboundAttempt, t *db.Ticket, thread []*db.Interaction, claimed []string, readAt time.Time) []verdict {
	taken := map[string]bool{}
	for _, id := range claimed {
		taken[id] = true
	}
	became := map[string]string{} // interaction by attempt
	match := func(like func(sent, shown string) bool, chooses func(outboundattempt.State) bool) {
		for _, a := range slices.Backward(attempts) {
			if became[a.ID] == "" && chooses(a.State) {
				if in := findMessage(a, thread, taken, like); in != nil {
					taken[in.ID], became[a.ID] = true, in.ID
				}
			}
		}
	}
	match(same, open)
	match(same, given(outboundattempt.StateFAILED))
	match(altered, given(outboundattempt.StateUNKNOWN, outboundattempt.StateSENT))
	var verdicts []verdict
	for _, a := range slices.Backward(attempts) {
		v := verdict{attempt: a, state: a.State, firstAbsent: a.FirstAbsentAt, interactionID: became[a.ID]}
		switch {
		case v.interactionID != "", a.State == outboundattempt.StateUNKNOWN && changed(a, t):
			v.state = outboundattempt.StateSENT
		case a.State != outboundattempt.StateUNKNOWN || findMessage(a, thread, taken, anything) != nil:
			// In flight, or sent and not shown yet, or perhaps altered: nothing is proved.
		default:
			v.absent(readAt)
		}
		verdicts = append(verdicts, v)
	}
	return verdicts
}

// absent counts a read that does not show the attempt.
func (v *verdict) absent(readAt time.Time) {
	switch a := v.attempt; {
	case a.FirstAbsentAt == nil:
		if readAt.After(a.UpdatedAt) { // a read that began while the call was under way proves nothing
			v.firstAbsent = &readAt
		}
	case readAt.Sub(*a.FirstAbsentAt) >= absence && readAt.Sub(a.CreatedAt) >= Lag:
		v.state = outboundattempt.StateFAILED
	}
}

// Messages are the kinds of attempts that show in the thread, by the kind of interaction that they become.
var Messages = map[outboundattempt.Kind]interaction.Kind{
	outboundattempt.KindPUBLIC_REPLY:    interaction.KindPUBLIC_REPLY,
	outboundattempt.KindPRIVATE_MESSAGE: interaction.KindPRIVATE_MESSAGE,
}

// findMessage is the newest message that an attempt may be: of the company, of its kind, not there before it, nobody else's.
func findMessage(
	a *db.OutboundAttempt, thread []*db.Interaction, taken map[string]bool, like func(sent, shown string) bool,
) *db.Interaction {
	kind, isMessage := Messages[a.Kind]
	if !isMessage {
		return nil
	}
	for _, in := range slices.Backward(thread) {
		if in.AuthorKind == interaction.AuthorKindCOMPANY && in.Kind == kind && !taken[in.ID] &&
			!slices.Contains(a.KnownTwins, in.SourceID) && like(a.Text, in.Body) {
			return in
		}
	}
	return nil
}

func same(sent, shown string) bool { return essence(sent) == essence(shown) }

func anything(string, string) bool { return true }

func open(s outboundattempt.State) bool { return s != outboundattempt.StateFAILED }

func given(states ...outboundattempt.State) func(outboundattempt.State) bool {
	return func(s outboundattempt.State) bool { return slices.Contains(states, s) }
}

// Trace is what of a complaint an attempt changes that is no message; "" when nothing shows. An attempt keeps
// the trace that it found: a later read that shows another proves that it arrived.
func Trace(kind outboundattempt.Kind, t *db.Ticket) string {
	switch {
	case kind == outboundattempt.KindEVALUATION_REQUEST && t.HugmeStatusID == hugmeAwaitsRating:
		return strconv.Itoa(t.EvaluationRequestID) + waiting
	case kind == outboundattempt.KindEVALUATION_REQUEST && t.EvaluationRequestID != 0:
		return strconv.Itoa(t.EvaluationRequestID)
	case kind == outboundattempt.KindMODERATION_REQUEST && t.ModerationRequestedAt != nil:
		return moment(t.ModerationRequestedAt) + " " + deref(t.ModerationReason)
	}
	return ""
}

const (
	// hugmeAwaitsRating is the status of a complaint whose consumer was asked to rate (section 4.2 of the wire contract).
	hugmeAwaitsRating = 22
	waiting           = " waiting"
)

// changed says that a complaint shows the attempt. That it waits no longer shows nothing: the consumer may have written.
func changed(a *db.OutboundAttempt, t *db.Ticket) bool {
	trace := Trace(a.Kind, t)
	return trace != "" && trace != a.KnownState && trace != strings.TrimSuffix(a.KnownState, waiting)
}

// recheck is when to read again a complaint that did not settle an attempt made at began: soon
// at first, then ever later, when the lag is over, and then up to every ten minutes.
func recheck(began, now time.Time) time.Time {
	next := now.Add(min(max(now.Sub(began), 5*time.Second), 10*time.Minute))
	if over := began.Add(Lag); now.Before(over) && next.After(over) {
		return over
	}
	return next
}
