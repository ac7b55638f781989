package ticket

import (
	"strconv"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/schema"
)

// Defaults is what an integration gives to the tickets that it makes (rules A10 and A11).
type Defaults struct {
	IntegrationID     string
	CustomerTypeID    string
	RegionID          string
	CreatorID         string
	SectorID          string
	OccurrenceTypeID  string
	OccurrenceID      string
	DefaultSolutionID string
	// SLA is how long a ticket may take from the complaint on; 0 = no limit.
	SLA time.Duration
	// WindowFrom is the start of the retroactive months: older complaints are marked (rule S1).
	WindowFrom time.Time
}

// decision is what a merge changes.
type decision struct {
	kind    ticketevent.Kind
	changes []schema.FieldChange
	status  ticket.Status
	// solution is the new solution; nil takes it away.
	solution *string
	unread   bool
	added    []entry
	// replaced are entries whose text Reclame Aqui changed, by the id of the interaction.
	replaced map[string]entry
}

// unchanged says that there is nothing to write but the time of the read.
func (d decision) unchanged() bool { return len(d.changes) == 0 }

// merge decides what a complaint read again changes on a ticket. It is pure.
func merge(t *db.Ticket, thread []*db.Interaction, m mirror, d Defaults) decision {
	out := decision{kind: ticketevent.KindUPDATED, status: t.Status, solution: t.SolutionID, unread: t.Unread, replaced: map[string]entry{}}
	out.fields(t, m)
	spoke := out.thread(thread, m)
	out.decideStatus(t, m, d, spoke)
	if out.status != t.Status {
		out.change("status", text(t.Status), text(out.status))
	}
	if deref(out.solution) != deref(t.SolutionID) {
		out.change("solution", t.SolutionID, out.solution)
	}
	if spoke && !t.Unread {
		out.unread = true
		out.change("unread", text("false"), text("true"))
	}
	return out
}

// decideStatus is rule T3: the status moves when RA's moves; else a consumer who writes on a finished ticket reopens it.
func (out *decision) decideStatus(t *db.Ticket, m mirror, d Defaults, spoke bool) {
	mapped, known := statusOf(m.raStatusID)
	moved := known && m.raStatusID != t.RaStatusID
	switch {
	case moved && mapped != t.Status:
		out.status = mapped
		if out.kind == ticketevent.KindUPDATED {
			out.kind = ticketevent.KindSTATUS_CHANGED
		}
		if t.Status == ticket.StatusFINISHED && spoke {
			out.kind = ticketevent.KindREOPENED
		}
	case !moved && spoke && t.Status == ticket.StatusFINISHED:
		out.status = ticket.StatusIN_PROGRESS
		out.kind = ticketevent.KindREOPENED
	}
	if out.status == t.Status {
		return
	}
	out.solution = nil
	if out.status == ticket.StatusFINISHED && d.DefaultSolutionID != "" {
		out.solution = &d.DefaultSolutionID
	}
}

// thread finds new and altered entries; spoke says whether the consumer wrote (a replica or a private message).
func (out *decision) thread(known []*db.Interaction, m mirror) (spoke bool) {
	bySource := make(map[string]*db.Interaction, len(known))
	for _, in := range known {
		bySource[in.SourceID] = in
	}
	for _, e := range m.entries {
		old, ok := bySource[e.sourceID]
		if !ok {
			out.added = append(out.added, e)
			out.kind = ticketevent.KindINTERACTION_ADDED
			spoke = spoke || consumerSpeaks(e)
			continue
		}
		if old.Body != e.body || old.Private != e.private || old.TypeID != e.typeID || len(e.files) != len(old.Edges.Attachments) {
			out.replaced[old.ID] = e
			out.change("interactions", &old.Body, &e.body)
		}
	}
	if len(out.added) > 0 {
		before, after := strconv.Itoa(len(known)), strconv.Itoa(len(known)+len(out.added))
		out.change("interactions", &before, &after)
	}
	return spoke
}

func consumerSpeaks(e entry) bool {
	return e.author == interaction.AuthorKindCONSUMER &&
		(e.kind == interaction.KindREPLICA || e.kind == interaction.KindPRIVATE_MESSAGE)
}

// fields compares what a ticket repeats of the complaint, by the names of the contract.
func (out *decision) fields(t *db.Ticket, m mirror) {
	out.compare("title", t.Title, m.title)
	out.compare("description", t.Description, m.description)
	out.compare("reclameAqui.sourceId", t.SourceID, m.sourceID)
	out.compare("reclameAqui.status", statusText(t.RaStatusID, t.RaStatusName), statusText(m.raStatusID, m.raStatusName))
	out.compare("reclameAqui.frozen", strconv.FormatBool(t.Frozen), strconv.FormatBool(m.frozen))
	out.compare("reclameAqui.active", strconv.FormatBool(t.Active), strconv.FormatBool(m.active))
	out.compare("availableActions", flags(t.MayRequestEvaluation, t.MayRequestModeration), flags(m.mayRequestEvaluation, m.mayRequestModeration))
	out.compare("reclameAqui.evaluation",
		evaluation(t.Rating, t.Resolved, t.WouldReturn, t.ConsumerConsideration, t.CompanyConsideration),
		evaluation(m.rating, m.resolved, m.wouldReturn, m.consumerWords, m.companyWords))
	out.compare("reclameAqui.moderation",
		moderation(t.ModerationStatus, t.ModerationReason, t.ModerationRequestedAt, t.ModerationAnsweredAt),
		moderation(m.moderationStatus, m.moderationReason, m.moderationAsked, m.moderationDecided))
	out.compare("reclameAqui.modifiedAt", moment(&t.RaModifiedAt), moment(&m.modifiedAt))
}

func (out *decision) compare(field, before, after string) {
	if before != after {
		out.change(field, nonEmpty(before), nonEmpty(after))
	}
}

func (out *decision) change(field string, before, after *string) {
	out.changes = append(out.changes, schema.FieldChange{Field: field, Old: before, New: after})
}

func statusText(id int, name string) string { return strconv.Itoa(id) + " " + name }

func flags(mayEvaluate, mayModerate bool) string {
	return "evaluation " + strconv.FormatBool(mayEvaluate) + ", moderation " + strconv.FormatBool(mayModerate)
}

func evaluation(rating *int, resolved, wouldReturn *bool, consumer, company *string) string {
	if rating == nil && consumer == nil && company == nil {
		return ""
	}
	s := ""
	if rating != nil {
		s = strconv.Itoa(*rating)
	}
	if resolved != nil {
		s += ", resolved " + strconv.FormatBool(*resolved)
	}
	if wouldReturn != nil {
		s += ", would return " + strconv.FormatBool(*wouldReturn)
	}
	return s + "; " + deref(consumer) + "; " + deref(company)
}

func moderation(status, reason *string, asked, decided *time.Time) string {
	if status == nil && reason == nil && asked == nil && decided == nil {
		return ""
	}
	return deref(status) + "; " + deref(reason) + "; " + moment(asked) + "; " + moment(decided)
}

func moment(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func text[S ~string](s S) *string {
	v := string(s)
	return &v
}

func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
