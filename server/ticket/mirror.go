package ticket

import (
	"time"

	"citrus.cx/channel/ent/db"
)

// into sets the fields that a ticket repeats of its complaint.
func (m mirror) into(t *db.TicketMutation) {
	t.SetTitle(m.title)
	t.SetDescription(m.description)
	t.SetSourceID(m.sourceID)
	t.SetRaStatusID(m.raStatusID)
	t.SetRaStatusName(m.raStatusName)
	t.SetRaModifiedAt(m.modifiedAt)
	t.SetFrozen(m.frozen)
	t.SetActive(m.active)
	t.SetMayRequestEvaluation(m.mayRequestEvaluation)
	t.SetMayRequestModeration(m.mayRequestModeration)
	set(m.rating, t.SetRating, t.ClearRating)
	set(m.ratedAt, t.SetRatedAt, t.ClearRatedAt)
	set(m.resolved, t.SetResolved, t.ClearResolved)
	set(m.wouldReturn, t.SetWouldReturn, t.ClearWouldReturn)
	set(m.consumerWords, t.SetConsumerConsideration, t.ClearConsumerConsideration)
	set(m.companyWords, t.SetCompanyConsideration, t.ClearCompanyConsideration)
	set(m.moderationStatus, t.SetModerationStatus, t.ClearModerationStatus)
	set(m.moderationReason, t.SetModerationReason, t.ClearModerationReason)
	set[time.Time](m.moderationAsked, t.SetModerationRequestedAt, t.ClearModerationRequestedAt)
	set[time.Time](m.moderationDecided, t.SetModerationAnsweredAt, t.ClearModerationAnsweredAt)
}

// set writes a value that may be absent: what Reclame Aqui took back is taken back here.
func set[T any](value *T, write func(T), clear func()) {
	if value == nil {
		clear()
		return
	}
	write(*value)
}
