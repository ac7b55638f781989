package ticket

import (
	"math"
	"slices"
	"time"

	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/reclameaqui"
)

// mirror is a complaint in our words: what a ticket repeats of it.
type mirror struct {
	complaintID int64
	sourceID    string
	occurredAt  time.Time
	modifiedAt  time.Time
	// dated says that Reclame Aqui told when it was modified; else modifiedAt stands in.
	dated bool
	// siteID is the site that it was made at; 0 when Reclame Aqui does not say.
	siteID      int
	title       string
	description string

	raStatusID      int // 0 when Reclame Aqui does not say
	raStatusName    string
	panelStatusID   int
	panelStatusName string

	closedAt, lastReplicaAt *time.Time
	// firstAnsweredAt is the company's first answer in public.
	firstAnsweredAt *time.Time
	reason, feeling *string

	frozen, active                             bool
	deactivatedAt                              *time.Time
	deactivationReason                         *string
	mayRequestEvaluation, mayRequestModeration bool
	evaluationRequestID                        int
	evaluationRequestName                      *string

	rating                          *int
	ratedAt                         *time.Time
	resolved, wouldReturn           *bool
	ratedUnanswered                 bool
	consumerWords, companyWords     *string
	consumerWordsAt, companyWordsAt *time.Time

	moderationStatus, moderationReason *string
	moderationAsked, moderationDecided *time.Time

	entries []entry
	person  person
	details schema.ComplaintDetails
	// strange is what of it we have no word for.
	strange []strange
	// odd are the keys whose value could not be read.
	odd  []string
	raw  []byte
	hash string // of the reading
}

// convert says a complaint in our words. now stands in for a creation time that RA does not give.
func convert(c reclameaqui.Complaint, now time.Time) mirror {
	m := mirror{
		complaintID:     c.ID,
		sourceID:        clip(c.SourceID, 40),
		occurredAt:      firstTime(now, c.CreatedAt, c.InsertedAt, c.ModifiedAt),
		modifiedAt:      modifiedOf(c, now),
		dated:           !c.ModifiedAt.IsZero(),
		siteID:          small(c.Source.ID),
		title:           clean(c.Title),
		description:     clean(c.Content),
		raStatusID:      small(c.RAStatus.ID),
		raStatusName:    clip(c.RAStatus.Name, 200),
		panelStatusID:   small(c.HugmeStatus.ID),
		panelStatusName: clip(c.HugmeStatus.Name, 200),
		person:          convertPerson(c.Customer),
		odd:             c.Odd,
		raw:             c.Raw,
	}
	m.state(c)
	m.verdicts(c)
	m.entries = convertThread(c, m.occurredAt, m.modifiedAt)
	m.firstAnsweredAt = firstAnswer(m.entries, c.ResponseAt)
	m.reason = firstText(500, c.Reason, detailOf(c, detailReason))
	m.feeling = firstText(200, c.Feeling, detailOf(c, detailFeeling))
	m.strange = strangeOf(c)
	m.details = convertDetails(c, m)
	return m
}

// state is what the site allows and refuses.
func (m *mirror) state(c reclameaqui.Complaint) {
	m.closedAt, m.lastReplicaAt = instant(c.ClosedAt), instant(c.LastReplicaAt)
	m.frozen, m.active = c.Frozen, c.Active
	m.deactivatedAt, m.deactivationReason = instant(c.RA.DeactivatedAt), clipPointer(&c.RA.DeactivationReason, 500)
	m.mayRequestEvaluation, m.mayRequestModeration = c.RequestEvaluation, c.RequestModeration
	m.evaluationRequestID = small(c.FavorableAssessment.ID)
	m.evaluationRequestName = clipPointer(&c.FavorableAssessment.Description, 200)
}

// verdicts are the consumer's, with the closing words of both sides, and Reclame Aqui's.
func (m *mirror) verdicts(c reclameaqui.Complaint) {
	if e := c.Evaluation(); e != nil {
		m.rating, m.resolved, m.wouldReturn = &e.Rating, &e.Resolved, &e.WouldReturn
		m.ratedAt = instant(&e.At)
		m.ratedUnanswered = c.RatingWithoutResponse
	}
	m.consumerWords, m.consumerWordsAt = cleanPointer(c.ConsumerConsideration), instant(c.ConsumerConsiderationAt)
	m.companyWords, m.companyWordsAt = cleanPointer(c.CompanyConsideration), instant(c.CompanyConsiderationAt)
	m.moderationStatus = clipPointer(c.Moderation.Status, 200)
	m.moderationReason = clipPointer(c.Moderation.Reason, 200)
	m.moderationAsked, m.moderationDecided = instant(c.Moderation.RequestedAt), instant(c.Moderation.AnsweredAt)
}

// small is a number of Reclame Aqui's that fits the contract's 32 bits; what does not is no number of a list.
func small[T int | int64](n T) int {
	if int64(n) > math.MaxInt32 || int64(n) < 0 {
		return 0
	}
	return int(n)
}

// unreadable says that Reclame Aqui sent a key in a shape that could not be read.
func (m mirror) unreadable(key string) bool { return slices.Contains(m.odd, key) }

// statusOf is rule T3; ok is false for 11 (moderation) and for numbers that we do not know: they leave a ticket as it is.
func statusOf(raStatusID int) (s ticket.Status, ok bool) {
	switch raStatusID {
	case 5, 7, 20:
		return ticket.StatusIN_PROGRESS, true
	case 6, 8:
		return ticket.StatusAWAITING_RETURN, true
	case 9, 10, 12, 13, 17, 18, 19:
		return ticket.StatusFINISHED, true
	}
	return "", false
}
