package ticket

import (
	"slices"
	"strings"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/server/reclameaqui"
)

// absence is how far apart two reads must be that do not show a message before it counts as
// never sent (rule T5): Reclame Aqui may show a post late.
const absence = 2 * time.Minute

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

// settle says what a thread read from Reclame Aqui proves of the attempts on it. It is pure.
// attempts are those not yet linked, oldest first; claimed are the interactions that earlier
// attempts already became.
//
// An attempt became the first company message with its text that was not known before it:
// identical texts are told apart by counting, and the newest attempt chooses first, for it knew
// most: what one before it could still be is left for that one. It never was sent when two reads far enough
// apart show no new company message at all; a new one with another text may be it, altered
// by Reclame Aqui, so it stays unknown.
func settle(attempts []*db.OutboundAttempt, thread []*db.Interaction, claimed []string, readAt time.Time) []verdict {
	taken := map[string]bool{}
	for _, id := range claimed {
		taken[id] = true
	}
	var verdicts []verdict
	for _, a := range slices.Backward(attempts) {
		v := verdict{attempt: a, state: a.State, firstAbsent: a.FirstAbsentAt}
		match, anyNew := findMessage(a, thread, taken)
		switch {
		case match != nil:
			taken[match.ID] = true
			v.state, v.interactionID = outboundattempt.StateSENT, match.ID
		case a.State != outboundattempt.StateUNKNOWN || anyNew:
			// In flight, or sent and not shown yet, or perhaps altered: nothing is proved.
		case a.FirstAbsentAt == nil:
			if readAt.After(a.UpdatedAt) { // a read that began while the call was under way proves nothing
				v.firstAbsent = &readAt
			}
		case readAt.Sub(*a.FirstAbsentAt) >= absence:
			v.state = outboundattempt.StateFAILED
		}
		verdicts = append(verdicts, v)
	}
	return verdicts
}

func findMessage(a *db.OutboundAttempt, thread []*db.Interaction, taken map[string]bool) (match *db.Interaction, anyNew bool) {
	want := essence(a.Text)
	for _, in := range slices.Backward(thread) {
		if in.AuthorKind != interaction.AuthorKindCOMPANY || in.Kind != interaction.KindPUBLIC_REPLY ||
			taken[in.ID] || slices.Contains(a.KnownTwins, in.SourceID) {
			continue
		}
		anyNew = true
		if essence(in.Body) == want {
			return in, true
		}
	}
	return nil, anyNew
}

// essence ignores what a site may change without changing the words: line ends and runs of space.
func essence(s string) string {
	return strings.Join(strings.Fields(reclameaqui.NormalizeText(s)), " ")
}

// recheck is when to read again a complaint that did not settle an attempt made at began: soon
// at first, then ever later, up to every ten minutes.
func recheck(began, now time.Time) time.Time {
	return now.Add(min(max(now.Sub(began)/2, 5*time.Second), 10*time.Minute))
}
