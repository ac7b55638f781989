package sandbox

import (
	"net/http"
	"strconv"
	"strings"
)

type textBody struct {
	Text string `json:"text"`
}

type messageBody struct {
	Text  string    `json:"text"`
	Files []NewFile `json:"files"`
}

type nothing struct{}

type onBody struct {
	On *bool `json:"on"`
}

const oneComplaint = "/__sandbox/complaints/{id}"

// fileVerbs are those of a consumer or of the company that may carry files.
func (s *Server) fileVerbs() map[string]verb {
	return map[string]verb{
		"POST " + oneComplaint + "/replica":         byID(func(id int64, b *messageBody) (*Ticket, error) { return s.Replica(id, b.Text, b.Files...) }),
		"POST " + oneComplaint + "/private-message": byID(func(id int64, b *messageBody) (*Ticket, error) { return s.ConsumerMessage(id, b.Text, b.Files...) }),
		"POST " + oneComplaint + "/company-message": byID(func(id int64, b *messageBody) (*Ticket, error) { return s.CompanyMessage(id, b.Text, b.Files...) }),
	}
}

func (s *Server) complaintVerbs() map[string]verb {
	return map[string]verb{
		"POST /__sandbox/complaints":     s.adminCreate,
		"GET /__sandbox/complaints":      s.adminList,
		"GET /__sandbox/posts":           s.adminAllPosts,
		"GET " + oneComplaint:            s.adminOne,
		"GET " + oneComplaint + "/posts": s.adminPosts,

		// The consumer and third parties.
		"POST " + oneComplaint + "/evaluation":    byID(s.adminEvaluate),
		"POST " + oneComplaint + "/consideration": byID(func(id int64, b *textBody) (*Ticket, error) { return s.Consider(id, b.Text) }),
		"POST " + oneComplaint + "/comment":       byID(func(id int64, b *textBody) (*Ticket, error) { return s.Comment(id, b.Text) }),
		"POST " + oneComplaint + "/duplicate":     byID(func(id int64, _ *nothing) (*Ticket, error) { return s.Duplicate(id) }),
		"POST " + oneComplaint + "/deactivate":    byID(func(id int64, _ *nothing) (*Ticket, error) { return s.Deactivate(id) }),

		// The company, on RA's own site.
		"POST " + oneComplaint + "/company-reply":  byID(func(id int64, b *textBody) (*Ticket, error) { return s.CompanyReply(id, b.Text) }),
		"POST " + oneComplaint + "/end-thread":     byID(func(id int64, _ *nothing) (*Ticket, error) { return s.EndThread(id) }),
		"POST " + oneComplaint + "/ask-evaluation": byID(func(id int64, _ *nothing) (*Ticket, error) { return s.AskEvaluation(id) }),
		"POST " + oneComplaint + "/ask-moderation": byID(func(id int64, b *NewModeration) (*Ticket, error) { return s.AskModeration(id, *b) }),
		"POST " + oneComplaint + "/desk":           byID(func(id int64, b *Desk) (*Ticket, error) { return s.Keep(id, *b) }),

		// Reclame Aqui.
		"POST " + oneComplaint + "/moderate":      byID(s.adminModerate),
		"POST " + oneComplaint + "/auto-moderate": byID(func(id int64, b *textBody) (*Ticket, error) { return s.AutoModerate(id, b.Text) }),
		"POST " + oneComplaint + "/redistribute":  byID(s.adminRedistribute),
		"POST " + oneComplaint + "/freeze":        byID(func(id int64, _ *nothing) (*Ticket, error) { return s.Freeze(id) }),
		"POST " + oneComplaint + "/inactivate":    byID(func(id int64, b *textBody) (*Ticket, error) { return s.Inactivate(id, b.Text) }),
		"POST " + oneComplaint + "/edit":          byID(s.adminEdit),
		"PUT " + oneComplaint + "/hidden":         byID(func(id int64, b *onBody) (*Ticket, error) { return switched(id, b, s.Hide) }),
		"PUT " + oneComplaint + "/malformed":      byID(func(id int64, b *onBody) (*Ticket, error) { return switched(id, b, s.Malform) }),
		"PUT " + oneComplaint + "/slip":           byID(func(id int64, b *Slip) (*Ticket, error) { return s.Slip(id, *b) }),
	}
}

func switched(id int64, b *onBody, do func(int64, bool) (*Ticket, error)) (*Ticket, error) {
	if b.On == nil {
		return nil, &InputError{"on", "é obrigatório"}
	}
	return do(id, *b.On)
}

func (s *Server) adminCreate(r *http.Request) (int, any, error) {
	body, err := readBody[NewComplaint](r)
	if err != nil {
		return 0, nil, err
	}
	t, err := s.CreateComplaint(*body)
	return http.StatusCreated, t, err
}

// adminList is newest first; q looks into titles, texts, names and ids, status is an ra_status.
func (s *Server) adminList(r *http.Request) (int, any, error) {
	limit, err := limitOf(r, 50, 10_000)
	if err != nil {
		return 0, nil, err
	}
	wanted, status := folded(r.URL.Query().Get("q")), r.URL.Query().Get("status")
	body := pageBody{Data: []*Ticket{}, Meta: meta{Page: metaPage{1, limit}}}
	for _, t := range s.Complaints(0) {
		if status != "" && strconv.FormatInt(t.RAStatus.ID, 10) != status || !t.mentions(wanted) {
			continue
		}
		if body.Meta.Total++; len(body.Data) < limit {
			body.Data = append(body.Data, t)
		}
	}
	return http.StatusOK, body, nil
}

func (t *Ticket) mentions(folds string) bool {
	if folds == "" {
		return true
	}
	for _, text := range []string{t.Title, t.Content, t.Customer.Name, strconv.FormatInt(t.ID, 10), t.SourceExternalID, t.Company.Name} {
		if strings.Contains(folded(text), folds) {
			return true
		}
	}
	return false
}

// wholeBody is a complaint as the API's list has it, with what the list does not show beside it.
type wholeBody struct {
	*Ticket
	Sandbox insideBody `json:"sandbox"`
}

type insideBody struct {
	*behind
	Posts []Post `json:"posts"` // also where there are none
}

func (s *Server) adminOne(r *http.Request) (int, any, error) {
	t, err := s.complaintOf(r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, wholeBody{t, insideBody{t.own, t.Posts()}}, nil
}

func (s *Server) complaintOf(r *http.Request) (*Ticket, error) {
	id, err := idOf(r)
	if err != nil {
		return nil, err
	}
	return s.Complaint(id)
}

func (s *Server) adminPosts(r *http.Request) (int, any, error) {
	t, err := s.complaintOf(r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, map[string]any{"data": t.Posts()}, nil
}

// complaintPost is a post with its complaint.
type complaintPost struct {
	ComplaintID int64 `json:"complaintId"`
	Post
}

// adminAllPosts lists what the company wrote, oldest complaint first; kind and by choose.
func (s *Server) adminAllPosts(r *http.Request) (int, any, error) {
	kind, by := r.URL.Query().Get("kind"), r.URL.Query().Get("by")
	list := []complaintPost{}
	for _, t := range s.ledger.all() {
		for _, p := range t.own.Posts {
			if (kind == "" || p.Kind == kind) && (by == "" || p.By == by) {
				list = append(list, complaintPost{t.ID, p})
			}
		}
	}
	return http.StatusOK, map[string]any{"total": len(list), "data": list}, nil
}

type evaluationBody struct {
	Rating            *int    `json:"rating"`
	Resolved          *bool   `json:"resolved"`
	BackDoingBusiness *bool   `json:"backDoingBusiness"`
	Consideration     *string `json:"consideration"`
}

// adminEvaluate fills what was left out: rating 8, and from 6 up resolved and back; words to match.
func (s *Server) adminEvaluate(id int64, b *evaluationBody) (*Ticket, error) {
	e := Evaluation{Rating: or(b.Rating, 8)}
	e.Resolved = or(b.Resolved, e.Rating >= 6)
	e.BackDoingBusiness = or(b.BackDoingBusiness, e.Resolved)
	words := badWords[0]
	if e.Resolved {
		words = goodWords[0]
	}
	e.Consideration = or(b.Consideration, words)
	return s.Evaluate(id, e)
}

type decisionBody struct {
	Accept *bool  `json:"accept"`
	Why    string `json:"why"`
	Effect string `json:"effect"`
	Text   string `json:"text"`
	Title  string `json:"title"`
}

func (s *Server) adminModerate(id int64, b *decisionBody) (*Ticket, error) {
	if b.Accept == nil {
		return nil, &InputError{"accept", "é obrigatório"}
	}
	return s.Decide(id, Decision{*b.Accept, b.Why, b.Effect, b.Text, b.Title})
}

type redistributionBody struct {
	CompanyID int64  `json:"companyId"`
	Reason    string `json:"reason"`
}

func (s *Server) adminRedistribute(id int64, b *redistributionBody) (*Ticket, error) {
	return s.Redistribute(id, b.CompanyID, b.Reason)
}

type editBody struct {
	InteractionID string `json:"interactionId"`
	Text          string `json:"text"`
}

func (s *Server) adminEdit(id int64, b *editBody) (*Ticket, error) {
	return s.Edit(id, b.InteractionID, b.Text)
}
