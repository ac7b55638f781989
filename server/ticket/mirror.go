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
	if m.siteID != 0 {
		t.SetSiteID(m.siteID)
	}
	t.SetRaStatusID(m.raStatusID)
	t.SetRaStatusName(m.raStatusName)
	t.SetRaModifiedAt(m.modifiedAt)
	t.SetHugmeStatusID(m.panelStatusID)
	t.SetHugmeStatusName(m.panelStatusName)
	t.SetEvaluationRequestID(m.evaluationRequestID)
	t.SetRatedUnanswered(m.ratedUnanswered)
	t.SetUnknownCount(len(m.details.Unknown))
	t.SetFrozen(m.frozen)
	t.SetActive(m.active)
	t.SetMayRequestEvaluation(m.mayRequestEvaluation)
	t.SetMayRequestModeration(m.mayRequestModeration)
	m.intoOptional(t)
}

// intoOptional sets what may be absent.
func (m mirror) intoOptional(t *db.TicketMutation) {
	set[time.Time](m.closedAt, t.SetRaClosedAt, t.ClearRaClosedAt)
	set[time.Time](m.firstAnsweredAt, t.SetFirstAnsweredAt, t.ClearFirstAnsweredAt)
	set[time.Time](m.lastReplicaAt, t.SetLastReplicaAt, t.ClearLastReplicaAt)
	set(m.reason, t.SetReason, t.ClearReason)
	set(m.feeling, t.SetFeeling, t.ClearFeeling)
	set[time.Time](m.deactivatedAt, t.SetDeactivatedAt, t.ClearDeactivatedAt)
	set(m.deactivationReason, t.SetDeactivationReason, t.ClearDeactivationReason)
	set(m.evaluationRequestName, t.SetEvaluationRequestName, t.ClearEvaluationRequestName)
	set(m.rating, t.SetRating, t.ClearRating)
	set[time.Time](m.ratedAt, t.SetRatedAt, t.ClearRatedAt)
	set(m.resolved, t.SetResolved, t.ClearResolved)
	set(m.wouldReturn, t.SetWouldReturn, t.ClearWouldReturn)
	set(m.consumerWords, t.SetConsumerConsideration, t.ClearConsumerConsideration)
	set(m.companyWords, t.SetCompanyConsideration, t.ClearCompanyConsideration)
	set[time.Time](m.consumerWordsAt, t.SetConsumerConsiderationAt, t.ClearConsumerConsiderationAt)
	set[time.Time](m.companyWordsAt, t.SetCompanyConsiderationAt, t.ClearCompanyConsiderationAt)
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
