package ticket

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/schema"
)

// keeping is the mirror with what a read left out, or sent in a shape that could not be read, as the ticket has
// it: a slip of Reclame Aqui's takes nothing back.
func (m mirror) keeping(t *db.Ticket) mirror {
	if m.raStatusID == 0 {
		m.raStatusID, m.raStatusName = t.RaStatusID, t.RaStatusName
	}
	if m.panelStatusID == 0 {
		m.panelStatusID, m.panelStatusName = t.HugmeStatusID, t.HugmeStatusName
	}
	for key, text := range map[string]struct {
		to  *string
		was string
	}{
		"complaint_title": {&m.title, t.Title}, "complaint_content": {&m.description, t.Description},
		"source_external_id": {&m.sourceID, t.SourceID},
	} {
		if m.unreadable(key) {
			*text.to = text.was
		}
	}
	if m.siteID == 0 {
		m.siteID = t.SiteID
	}
	if !m.dated {
		m.modifiedAt = t.RaModifiedAt
	}
	// The first answer stays the first one, also when Reclame Aqui stops showing it.
	if was := t.FirstAnsweredAt; was != nil && (m.firstAnsweredAt == nil || was.Before(*m.firstAnsweredAt)) {
		m.firstAnsweredAt = was
	}
	return m
}

// fields compares what a ticket repeats of the complaint, by the names of the contract.
func (out *decision) fields(t *db.Ticket, m mirror) {
	out.compare("title", t.Title, m.title)
	out.compare("description", t.Description, m.description)
	out.compare("reclameAqui.sourceId", t.SourceID, m.sourceID)
	out.compare("availableActions", "site "+strconv.Itoa(t.SiteID), "site "+strconv.Itoa(m.siteID))
	out.compare("reclameAqui.status", statusText(t.RaStatusID, t.RaStatusName), statusText(m.raStatusID, m.raStatusName))
	out.compare("reclameAqui.panelStatus", statusText(t.HugmeStatusID, t.HugmeStatusName), statusText(m.panelStatusID, m.panelStatusName))
	out.compare("reclameAqui.closedAt", moment(t.RaClosedAt), moment(m.closedAt))
	out.compare("reclameAqui.firstAnsweredAt", moment(t.FirstAnsweredAt), moment(m.firstAnsweredAt))
	out.compare("reclameAqui.lastReplicaAt", moment(t.LastReplicaAt), moment(m.lastReplicaAt))
	out.compare("reclameAqui.reason", deref(t.Reason), deref(m.reason))
	out.compare("reclameAqui.feeling", deref(t.Feeling), deref(m.feeling))
	out.compare("reclameAqui.frozen", strconv.FormatBool(t.Frozen), strconv.FormatBool(m.frozen))
	out.compare("reclameAqui.active", strconv.FormatBool(t.Active), strconv.FormatBool(m.active))
	out.compare("reclameAqui.deactivation", together(moment(t.DeactivatedAt), deref(t.DeactivationReason)),
		together(moment(m.deactivatedAt), deref(m.deactivationReason)))
	out.compare("availableActions", flags(t.MayRequestEvaluation, t.MayRequestModeration), flags(m.mayRequestEvaluation, m.mayRequestModeration))
	out.compare("reclameAqui.evaluationRequest", statusText(t.EvaluationRequestID, deref(t.EvaluationRequestName)),
		statusText(m.evaluationRequestID, deref(m.evaluationRequestName)))
	out.compare("reclameAqui.evaluation",
		evaluation(t.Rating, t.RatedAt, t.Resolved, t.WouldReturn, t.RatedUnanswered),
		evaluation(m.rating, m.ratedAt, m.resolved, m.wouldReturn, m.ratedUnanswered))
	out.compare("reclameAqui.consumerConsideration", together(deref(t.ConsumerConsideration), moment(t.ConsumerConsiderationAt)),
		together(deref(m.consumerWords), moment(m.consumerWordsAt)))
	out.compare("reclameAqui.companyConsideration", together(deref(t.CompanyConsideration), moment(t.CompanyConsiderationAt)),
		together(deref(m.companyWords), moment(m.companyWordsAt)))
	out.compare("reclameAqui.moderation",
		together(deref(t.ModerationStatus), deref(t.ModerationReason), moment(t.ModerationRequestedAt), moment(t.ModerationAnsweredAt)),
		together(deref(m.moderationStatus), deref(m.moderationReason), moment(m.moderationAsked), moment(m.moderationDecided)))
	out.details(t, m)
	out.compare("reclameAqui.modifiedAt", moment(&t.RaModifiedAt), moment(&m.modifiedAt))
}

// details compares what no list asks for. Facts are left out: Reclame Aqui counts and measures, and nobody has
// to be told of every number; they are written with whatever else changes.
func (out *decision) details(t *db.Ticket, m mirror) {
	var was schema.ComplaintDetails
	if t.Edges.RawComplaint != nil {
		was = t.Edges.RawComplaint.Details
	}
	now := m.details
	out.compare("reclameAqui.insertedAt", moment(was.InsertedAt), moment(now.InsertedAt))
	out.compare("reclameAqui.responsible", asText(was.Responsible), asText(now.Responsible))
	out.compare("reclameAqui.tags", strings.Join(was.Tags, ", "), strings.Join(now.Tags, ", "))
	out.compare("reclameAqui.categories", asText(was.Categories), asText(now.Categories))
	out.compare("reclameAqui.formAnswers", asText(was.FormAnswers), asText(now.FormAnswers))
	out.compare("reclameAqui.duplicates", strings.Join(was.Duplicates, ", "), strings.Join(now.Duplicates, ", "))
	out.compare("reclameAqui.whatsApp", asText(was.WhatsApp), asText(now.WhatsApp))
	out.compare("reclameAqui.history", count(was.History), count(now.History))
	out.compare("reclameAqui.unknownFields", count(was.Unknown), count(now.Unknown))
}

func (out *decision) compare(field, before, after string) {
	if before != after {
		out.change(field, nonEmpty(before), nonEmpty(after))
	}
}

func (out *decision) change(field string, before, after *string) {
	out.changes = append(out.changes, schema.FieldChange{Field: field, Old: before, New: after})
}

func statusText(id int, name string) string {
	if id == 0 {
		return name
	}
	return strings.TrimSpace(strconv.Itoa(id) + " " + name)
}

func flags(mayEvaluate, mayModerate bool) string {
	return "evaluation " + strconv.FormatBool(mayEvaluate) + ", moderation " + strconv.FormatBool(mayModerate)
}

func evaluation(rating *int, at *time.Time, resolved, wouldReturn *bool, unanswered bool) string {
	if rating == nil {
		return ""
	}
	s := strconv.Itoa(*rating)
	if resolved != nil {
		s += ", resolved " + strconv.FormatBool(*resolved)
	}
	if wouldReturn != nil {
		s += ", would return " + strconv.FormatBool(*wouldReturn)
	}
	if unanswered {
		s += ", unanswered"
	}
	return together(s, moment(at))
}

// together is what is there of several texts.
func together(parts ...string) string {
	var there []string
	for _, p := range parts {
		if p != "" {
			there = append(there, p)
		}
	}
	return strings.Join(there, "; ")
}

// asText is a value as the history shows it; "" for nothing.
func asText[T any](v T) string {
	b, err := json.Marshal(v)
	if err != nil || string(b) == "null" || string(b) == "[]" || string(b) == "{}" {
		return ""
	}
	return string(b)
}

func count[T any](list []T) string {
	if len(list) == 0 {
		return ""
	}
	return strconv.Itoa(len(list))
}

func moment(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
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
