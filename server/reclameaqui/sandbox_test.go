package reclameaqui

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"citrus.cx/channel/server/reclameaqui/sandbox"
)

// simulator is the sandbox in process, driven over HTTP as anybody would.
type simulator struct {
	*httptest.Server
	t *testing.T
}

func newSimulator(t *testing.T, switches string) *simulator {
	t.Helper()
	server, err := sandbox.New(sandbox.Config{Rate: 100_000, Complaints: 30})
	if err != nil {
		t.Fatal(err)
	}
	s := &simulator{httptest.NewServer(server.Handler()), t}
	t.Cleanup(func() {
		s.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	if switches != "" {
		s.admin("PUT", "/switches", switches)
	}
	return s
}

// admin does a verb of the simulator's own side and returns its answer.
func (s *simulator) admin(method, path, body string) []byte {
	s.t.Helper()
	req := must[*http.Request](s.t)(http.NewRequestWithContext(s.t.Context(), method, s.URL+"/__sandbox"+path, strings.NewReader(body)))
	res := must[*http.Response](s.t)(http.DefaultClient.Do(req))
	defer func() { _ = res.Body.Close() }()
	answer := must[[]byte](s.t)(io.ReadAll(res.Body))
	if res.StatusCode > 299 {
		s.t.Fatalf("%s %s %s: %d %s", method, path, body, res.StatusCode, answer)
	}
	return answer
}

// complaint has a consumer complain and returns the complaint's id.
func (s *simulator) complaint() int64 {
	s.t.Helper()
	c := must[Complaint](s.t)(ReadComplaint(s.admin("POST", "/complaints", `{"customer":{"name":"Consumidora Exemplo","email":"consumidora@example.com"}}`)))
	return c.ID
}

func (s *simulator) client(opts ...Option) *Client {
	return New(s.URL+"/api", Credentials{ClientID: "demo-client", ClientSecret: "demo-secret"}, opts...)
}

// read reads one complaint through the API.
func (s *simulator) read(c *Client, id int64) Complaint {
	s.t.Helper()
	page := must[Page](s.t)(c.Read(s.t.Context(), id))
	if len(page.Complaints) != 1 {
		s.t.Fatalf("complaint %d is not there", id)
	}
	return page.Complaints[0]
}

// TestEverythingAnAgentCanDo goes through all endpoints against the simulator, once for each way in which the real RA may differ.
func TestEverythingAnAgentCanDo(t *testing.T) {
	for switches, opts := range map[string][]Option{
		``:                                 nil,
		`{"emptySuccess":true}`:            nil,
		`{"noContentSuccess":true}`:        nil,
		`{"messageEncoding":"json"}`:       {WithPublicMessages(EncodingJSON)},
		`{"messageEncoding":"urlencoded"}`: {WithPublicMessages(EncodingURL)},
		`{"messageEncoding":"multipart"}`:  nil,
		`{"linkField":"url","targetsBody":"array","companiesWrapped":true}`:             nil,
		`{"linkField":"link","targetsBody":"content","countText":true,"idText":true}`:   nil,
		`{"privacyText":true,"placeText":true,"moderationNull":true,"ratingNull":true}`: nil,
		`{"unknownFields":true,"unknownIds":true,"interactionOrder":"mixed"}`:           nil,
		`{"availabilityNeedsToken":true,"tokenTypeLower":true,"licenceDates":"brazil"}`: nil,
		`{"expiresInAbsent":true,"rateLimitAbsent":true,"errorForm":"bare"}`:            nil,
		`{"authorsAbsent":true,"attachmentValue":"name","metaSizeReturned":true}`:       nil,
	} {
		t.Run(switches, func(t *testing.T) {
			t.Parallel()
			s := newSimulator(t, switches)
			c := s.client(opts...)
			s.reads(c)
			s.conversation(c, s.complaint())
			s.moderation(c, s.complaint())
			s.company(c)
		})
	}
}

func (s *simulator) reads(c *Client) {
	t := s.t
	equal(t, "auth", c.AuthAvailable(t.Context()), nil)
	equal(t, "tickets", c.TicketsAvailable(t.Context()), nil)
	token := must[Token](t)(c.Token(t.Context()))
	equal(t, "token", token.AccessToken != "" && token.ExpiresAt.After(token.LicenceStart), true)
	id := s.complaint()
	count := must[Count](t)(c.Count(t.Context(), Query{}))
	equal(t, "count", count.Total, 31)
	seen := map[int64]bool{}
	for number := 1; number <= 2; number++ {
		page := must[Page](t)(c.List(t.Context(), Query{Page: number, Size: 20, Sort: SortIDAsc}))
		equal(t, "total", page.Total, 31)
		equal(t, "malformed", len(page.Malformed), 0)
		for _, complaint := range page.Complaints {
			seen[complaint.ID] = true
			equal(t, fmt.Sprint(complaint.ID, " odd"), fmt.Sprint(complaint.Odd), "[]")
		}
	}
	equal(t, "listed", len(seen), 31)
	page := must[Page](t)(c.ReadBySource(t.Context(), s.read(c, id).SourceID))
	equal(t, "by source", fmt.Sprint(ids(page.Complaints)), fmt.Sprint([]int64{id}))
}

func (s *simulator) conversation(c *Client, id int64) {
	t := s.t
	equal(t, "nothing to evaluate", mustFail(t, c.RequestEvaluation(t.Context(), id)).Retry(), RetryLater)
	s.ok(c.ReplyPublicly(t.Context(), id, longText))
	equal(t, "the same again", Outcome(c.ReplyPublicly(t.Context(), id, longText)), Accepted)
	content := bytes.Repeat([]byte("%PDF-1.7\n\x00"), 290_000)
	s.ok(c.SendPrivateMessage(t.Context(), PrivateMessage{ComplaintID: id, Text: "Segue o recibo", Email: "consumidora@example.com", Files: []File{
		{Name: "recibo março.pdf", ContentType: "application/pdf", Size: int64(len(content)), Open: func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(content)), nil
		}},
		textFile("nota.csv", "text/csv", "a,b"),
	}}))
	complaint := s.read(c, id)
	thread := complaint.Thread()
	equal(t, "reply", slices.ContainsFunc(thread, func(i Interaction) bool {
		return i.Message == longText && !i.Privacy && i.Author() == AuthorCompany
	}), true)
	equal(t, "private message", slices.ContainsFunc(thread, func(i Interaction) bool {
		return i.Message == "Segue o recibo" && i.Privacy && i.Author() == AuthorCompany
	}), true)
	s.attachment(c, complaint, content)
	s.ok(c.EndPrivateConversation(t.Context(), id))
	err := c.EndPrivateConversation(t.Context(), id)
	equal(t, "ended before", mustFail(t, err).Code, codeNotOpen)
	equal(t, "is ended", Outcome(err), Accepted)
	s.ok(c.RequestEvaluation(t.Context(), id))
	equal(t, "asked", s.read(c, id).FavorableAssessment.ID, 1)
}

// attachment fetches what was sent, by a link asked for.
func (s *simulator) attachment(c *Client, complaint Complaint, content []byte) {
	t := s.t
	var sent []string
	for _, a := range complaint.Attached {
		if !a.Private {
			continue
		}
		link := must[AttachmentLink](t)(c.AttachmentLink(t.Context(), a.ID))
		sent = append(sent, link.Name)
		req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), "GET", link.URL, nil))
		res := must[*http.Response](t)(http.DefaultClient.Do(req))
		got := must[[]byte](t)(io.ReadAll(res.Body))
		_ = res.Body.Close()
		if link.Name == "recibo março.pdf" {
			equal(t, "the same bytes", bytes.Equal(got, content), true)
		}
	}
	slices.Sort(sent)
	equal(t, "attachments", fmt.Sprint(sent), "[nota.csv recibo março.pdf]")
	_, err := c.AttachmentLink(t.Context(), "1")
	equal(t, "no such attachment", mustFail(t, err).Kind, KindNotFound)
}

func (s *simulator) moderation(c *Client, id int64) {
	t := s.t
	page := must[CompanyPage](t)(c.ModerationCompanies(t.Context(), "moveis hor", 1, 15))
	equal(t, "target", fmt.Sprint(page.Companies), "[{910002 Móveis Horizonte}]")
	err := c.RequestModeration(t.Context(), ModerationRequest{ComplaintID: id, Reason: ReasonOtherCompany, Text: "Não somos nós"})
	equal(t, "without a target", Outcome(err), Rejected)
	m := ModerationRequest{
		ComplaintID: id, Reason: ReasonOtherCompany, Text: "Não somos nós", MigrateTo: page.Companies[0].ID,
		Files: []File{textFile("prova.png", "image/png", "\x89PNG\r\n\x1a\n")},
	}
	s.ok(c.RequestModeration(t.Context(), m))
	equal(t, "requested", s.read(c, id).Moderation.RequestedAt != nil, true)
	e := mustFail(t, c.RequestModeration(t.Context(), m))
	equal(t, "pending", e.Code+" "+string(e.Retry())+" "+string(Outcome(e)), "40916 after a change rejected")
	m.Files = slices.Repeat(m.Files, 7)
	m.ComplaintID = s.complaint()
	equal(t, "seven files", mustFail(t, c.RequestModeration(t.Context(), m)).Code, "4098")
}

func (s *simulator) company(c *Client) {
	t := s.t
	companies := must[[]Company](t)(c.Companies(t.Context()))
	equal(t, "companies", len(companies), 2)
	periods := must[[]Reputation](t)(c.Reputation(t.Context(), companies[0].ID))
	equal(t, "periods", len(periods), 5)
	for _, p := range periods {
		equal(t, p.Period.Alias+" is whole", p.FinalGrade != nil && p.ComplaintsCount != nil && p.Code != "" && p.Period.Alias != "", true)
	}
	consumption := must[Consumption](t)(c.WhatsAppConsumption(t.Context()))
	equal(t, "consumption", len(consumption), 2)
}

func (s *simulator) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("got %v, cause %v", err, mustFail(s.t, err).Cause)
	}
}

// TestTheTableOfEndpointsIsTheSimulators holds the package comment to the simulator, which takes faults by the names of its endpoints.
func TestTheTableOfEndpointsIsTheSimulators(t *testing.T) {
	s := newSimulator(t, "")
	for _, e := range documentedEndpoints(t) {
		s.admin("POST", "/faults", fmt.Sprintf(`{"endpoint":%q,"kind":"delay","delayMs":1}`, e.sandbox))
	}
}

// TestTheSimulatorAnswersEveryCode arms each code at each post that may get it.
func TestTheSimulatorAnswersEveryCode(t *testing.T) {
	s := newSimulator(t, "")
	endpoint := map[string]string{}
	methods := map[string]string{
		opReplyPublicly: "ReplyPublicly", opPrivateMessage: "SendPrivateMessage", opEndPrivate: "EndPrivateConversation",
		opEvaluation: "RequestEvaluation", opModeration: "RequestModeration",
	}
	for _, e := range documentedEndpoints(t) {
		endpoint[e.method] = e.sandbox
	}
	c, id := s.client(), s.complaint()
	for _, code := range Codes() {
		for _, p := range posts {
			if code.At != nil && !slices.Contains(code.At, p.op) {
				continue
			}
			times := 1
			if code.Retry == RetryAfterAuth {
				times = 2 // the client tries once more with a new token
			}
			s.admin("POST", "/faults", fmt.Sprintf(`{"endpoint":%q,"kind":"code","code":%s,"times":%d}`, endpoint[methods[p.op]], code.Code, times))
			err := p.make(t.Context(), c, id)
			e := mustFail(t, err)
			name := code.Code + " to " + p.op
			equal(t, name, e.Code+" "+string(e.Retry())+" "+string(Outcome(err)), code.Code+" "+string(code.Retry)+" "+string(code.Outcome))
		}
	}
}

func TestWhatTheSimulatorAddsIsFound(t *testing.T) {
	s := newSimulator(t, `{"unknownFields":true}`)
	c := s.read(s.client(), s.complaint())
	equal(t, "odd", fmt.Sprint(c.Odd), "[]")
	depth := map[int]bool{}
	for path := range c.Unknown {
		depth[strings.Count(path, ".")] = true
	}
	equal(t, "depths", len(depth), 3)
	t.Log(slices.Sorted(maps.Keys(c.Unknown)))
}
