package graph

import (
	"context"
	"strconv"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/complaint"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/identity"
	store "citrus.cx/channel/server/ticket"
)

// details reads what no list asks for of the complaints of tickets, which the viewer sees already. What came
// from Reclame Aqui whole stays the system's.
func (r *resolver) details(ctx context.Context, ticketIDs []string) (map[string]schema.ComplaintDetails, error) {
	rows, err := r.Reader.Complaint.Query().Where(complaint.TicketIDIn(ticketIDs...)).
		Select(complaint.FieldTicketID, complaint.FieldDetails).All(identity.System(ctx))
	if err != nil {
		return nil, err
	}
	details := make(map[string]schema.ComplaintDetails, len(ticketIDs))
	for _, id := range ticketIDs {
		details[id] = schema.ComplaintDetails{}
	}
	for _, row := range rows {
		details[row.TicketID] = row.Details
	}
	return details, nil
}

// part gives what a field shows of a complaint's details.
func part[T any](ctx context.Context, t *db.Ticket, show func(schema.ComplaintDetails) T) (T, error) {
	d, err := loadersOf(ctx).details.Load(ctx, t.ID)
	return show(d), err
}

// shown is a list as the contract has it, empty and never null.
func shown[From, To any](list []From, show func(From) *To) []*To {
	out := make([]*To, len(list))
	for i, e := range list {
		out[i] = show(e)
	}
	return out
}

// plain is a list that is never null.
func plain(list []string) []string { return append([]string{}, list...) }

// orNothing is a text that may be absent.
func orNothing(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// orEmpty is a text that may be absent, as one that is not.
func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// ComplaintID is the field of the same name.
func (r complaintResolver) ComplaintID(_ context.Context, t *db.Ticket) (string, error) {
	return strconv.FormatInt(t.ComplaintID, 10), nil
}

// Status is the field of the same name.
func (r complaintResolver) Status(_ context.Context, t *db.Ticket) (*exec.ReclameAquiStatus, error) {
	return &exec.ReclameAquiStatus{ID: t.RaStatusID, Name: t.RaStatusName}, nil
}

// PanelStatus is the field of the same name.
func (r complaintResolver) PanelStatus(_ context.Context, t *db.Ticket) (*exec.ReclameAquiStatus, error) {
	if t.HugmeStatusID == 0 && t.HugmeStatusName == "" {
		return nil, nil
	}
	return &exec.ReclameAquiStatus{ID: t.HugmeStatusID, Name: t.HugmeStatusName}, nil
}

// Evaluation is the field of the same name.
func (r complaintResolver) Evaluation(_ context.Context, t *db.Ticket) (*exec.Evaluation, error) {
	if t.Rating == nil {
		return nil, nil
	}
	return &exec.Evaluation{
		Rating: *t.Rating, RatedAt: t.RatedAt, Resolved: t.Resolved, WouldReturn: t.WouldReturn, RatedUnanswered: t.RatedUnanswered,
		ConsumerConsideration: t.ConsumerConsideration, CompanyConsideration: t.CompanyConsideration,
	}, nil
}

// ConsumerConsideration is the field of the same name.
func (r complaintResolver) ConsumerConsideration(_ context.Context, t *db.Ticket) (*exec.Consideration, error) {
	return consideration(t.ConsumerConsideration, t.ConsumerConsiderationAt), nil
}

// CompanyConsideration is the field of the same name.
func (r complaintResolver) CompanyConsideration(_ context.Context, t *db.Ticket) (*exec.Consideration, error) {
	return consideration(t.CompanyConsideration, t.CompanyConsiderationAt), nil
}

func consideration(words *string, at *time.Time) *exec.Consideration {
	if words == nil {
		return nil
	}
	return &exec.Consideration{Text: *words, At: at}
}

// EvaluationRequest is the field of the same name; Reclame Aqui's 0 says that nobody asked.
func (r complaintResolver) EvaluationRequest(_ context.Context, t *db.Ticket) (*exec.ReclameAquiStatus, error) {
	if t.EvaluationRequestID == 0 {
		return nil, nil
	}
	return &exec.ReclameAquiStatus{ID: t.EvaluationRequestID, Name: orEmpty(t.EvaluationRequestName)}, nil
}

// WhatsApp is the field of the same name.
func (r complaintResolver) WhatsApp(ctx context.Context, t *db.Ticket) (*exec.WhatsAppEvaluation, error) {
	return part(ctx, t, func(d schema.ComplaintDetails) *exec.WhatsAppEvaluation {
		if d.WhatsApp == nil {
			return nil
		}
		return &exec.WhatsAppEvaluation{Sent: d.WhatsApp.Sent, Evaluated: d.WhatsApp.Evaluated}
	})
}

// Moderation is the field of the same name.
func (r complaintResolver) Moderation(ctx context.Context, t *db.Ticket) (*exec.Moderation, error) {
	if t.ModerationRequestedAt == nil && t.ModerationAnsweredAt == nil && t.ModerationStatus == nil && t.ModerationReason == nil {
		return nil, nil
	}
	out := &exec.Moderation{
		Status: t.ModerationStatus, Reason: t.ModerationReason, RequestedAt: t.ModerationRequestedAt, AnsweredAt: t.ModerationAnsweredAt,
	}
	if id, err := strconv.ParseInt(orEmpty(t.ModerationReason), 10, 32); err == nil {
		number := int(id)
		out.ReasonID = &number
		if ours, ok := store.ModerationReason(number); ok {
			words := ours.In(languageOf(ctx))
			out.Reason = &words
		}
	}
	var err error
	out.RequestedBy, err = part(ctx, t, func(d schema.ComplaintDetails) *exec.ReclameAquiUser { return panelUser(d.ModeratedBy) })
	return out, err
}

// InsertedAt is the field of the same name.
func (r complaintResolver) InsertedAt(ctx context.Context, t *db.Ticket) (*time.Time, error) {
	return part(ctx, t, func(d schema.ComplaintDetails) *time.Time { return d.InsertedAt })
}

// Responsible is the field of the same name.
func (r complaintResolver) Responsible(ctx context.Context, t *db.Ticket) (*exec.ReclameAquiUser, error) {
	return part(ctx, t, func(d schema.ComplaintDetails) *exec.ReclameAquiUser { return panelUser(d.Responsible) })
}

// ResponsibleSince is the field of the same name.
func (r complaintResolver) ResponsibleSince(ctx context.Context, t *db.Ticket) (*time.Time, error) {
	return part(ctx, t, func(d schema.ComplaintDetails) *time.Time {
		if d.Responsible == nil {
			return nil
		}
		return d.Responsible.Since
	})
}

func panelUser(u *schema.PanelUser) *exec.ReclameAquiUser {
	if u == nil {
		return nil
	}
	return &exec.ReclameAquiUser{ID: strconv.FormatInt(u.ID, 10), Name: orNothing(u.Name), Email: orNothing(u.Email)}
}

// FormAnswers is the field of the same name.
func (r complaintResolver) FormAnswers(ctx context.Context, t *db.Ticket) ([]*exec.FormAnswer, error) {
	return part(ctx, t, func(d schema.ComplaintDetails) []*exec.FormAnswer {
		return shown(d.FormAnswers, func(a schema.FormAnswer) *exec.FormAnswer {
			return &exec.FormAnswer{Question: a.Question, Answer: a.Answer}
		})
	})
}

// Tags is the field of the same name.
func (r complaintResolver) Tags(ctx context.Context, t *db.Ticket) ([]string, error) {
	return part(ctx, t, func(d schema.ComplaintDetails) []string { return plain(d.Tags) })
}

// Categories is the field of the same name.
func (r complaintResolver) Categories(ctx context.Context, t *db.Ticket) ([]*exec.ComplaintCategory, error) {
	return part(ctx, t, func(d schema.ComplaintDetails) []*exec.ComplaintCategory {
		return shown(d.Categories, func(c schema.ComplaintCategory) *exec.ComplaintCategory {
			out := &exec.ComplaintCategory{Name: c.Name, At: c.At}
			if c.Code != 0 {
				out.Code = orNothing(strconv.FormatInt(c.Code, 10))
			}
			return out
		})
	})
}

// Duplicates is the field of the same name.
func (r complaintResolver) Duplicates(ctx context.Context, t *db.Ticket) ([]string, error) {
	return part(ctx, t, func(d schema.ComplaintDetails) []string { return plain(d.Duplicates) })
}

// History is the field of the same name.
func (r complaintResolver) History(ctx context.Context, t *db.Ticket) ([]*exec.ComplaintHistoryEntry, error) {
	return part(ctx, t, func(d schema.ComplaintDetails) []*exec.ComplaintHistoryEntry {
		return shown(d.History, func(h schema.ComplaintHistory) *exec.ComplaintHistoryEntry {
			return &exec.ComplaintHistoryEntry{
				Type: exec.ReclameAquiKind{ID: h.TypeID, Name: orNothing(h.TypeName)}, At: h.At,
				User: panelUser(h.User), Automation: orNothing(h.Automation),
			}
		})
	})
}

// Facts is the field of the same name.
func (r complaintResolver) Facts(ctx context.Context, t *db.Ticket) ([]*exec.ReclameAquiFact, error) {
	return part(ctx, t, func(d schema.ComplaintDetails) []*exec.ReclameAquiFact { return shown(d.Facts, fact) })
}

func fact(f schema.Fact) *exec.ReclameAquiFact {
	return &exec.ReclameAquiFact{Name: f.Name, Value: f.Value}
}

// UnknownFields is the field of the same name.
func (r complaintResolver) UnknownFields(ctx context.Context, t *db.Ticket) ([]*exec.UnknownField, error) {
	return part(ctx, t, func(d schema.ComplaintDetails) []*exec.UnknownField {
		return shown(d.Unknown, func(u schema.UnknownField) *exec.UnknownField {
			return &exec.UnknownField{Path: u.Path, Value: u.Value}
		})
	})
}
