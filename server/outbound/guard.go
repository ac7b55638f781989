package outbound

import (
	"context"
	"slices"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/server/fault"
)

// guard refuses an answer whose author has not seen the newest of the thread, or a colleague's
// attempt that is not in it yet (rule T6). It returns the company messages known so far.
func (s *Service) guard(ctx context.Context, tx *db.Tx, t *db.Ticket, in Reply) (twins []string, err error) {
	thread, err := tx.Interaction.Query().Where(interaction.TicketID(t.ID)).Order(db.Asc(interaction.FieldID)).
		Select(interaction.FieldID, interaction.FieldSourceID, interaction.FieldAuthorKind, interaction.FieldKind).All(ctx)
	if err != nil {
		return nil, err
	}
	newest, seen := "", in.LastSeenID == ""
	twins = []string{}
	for _, entry := range thread {
		newest = entry.ID
		seen = seen || entry.ID == in.LastSeenID
		if entry.AuthorKind == interaction.AuthorKindCOMPANY && entry.Kind == interaction.KindPUBLIC_REPLY {
			twins = append(twins, entry.SourceID)
		}
	}
	if !seen {
		return nil, fault.New(fault.NotFound, "lastSeenInteractionId")
	}
	open, err := tx.OutboundAttempt.Query().Where(
		outboundattempt.TicketID(t.ID), outboundattempt.InteractionIDIsNil(), outboundattempt.StateNEQ(outboundattempt.StateFAILED),
	).All(ctx)
	if err != nil {
		return nil, err
	}
	if newest != in.LastSeenID || slices.ContainsFunc(open, func(a *db.OutboundAttempt) bool { return hidden(a, twins, t.ReadAt) }) {
		return nil, fault.New(fault.StaleThread, "lastSeenInteractionId")
	}
	return twins, nil
}

// shown is how long Reclame Aqui may take to show what it said yes to.
const shown = 2 * time.Minute

// hidden says that an attempt may have put a message at Reclame Aqui that the thread does not show
// yet. A company message that was not known before the attempt is taken for it, be it altered. What
// Reclame Aqui said yes to and did not show for long adds nothing: it was a repeat (40930), or it is gone.
func hidden(a *db.OutboundAttempt, companyMessages []string, readAt time.Time) bool {
	if a.State == outboundattempt.StateSENT && a.SettledAt != nil && readAt.Sub(*a.SettledAt) >= shown {
		return false
	}
	return !slices.ContainsFunc(companyMessages, func(id string) bool { return !slices.Contains(a.KnownTwins, id) })
}
