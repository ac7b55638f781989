package reclameaqui

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// aPost is one of the client's posts, for tests that hold for all of them.
type aPost struct {
	op   string
	make func(ctx context.Context, c *Client, id int64, files ...File) error
}

func (p aPost) send(c *Client, t *testing.T) error {
	t.Helper()
	return p.make(t.Context(), c, 1)
}

var posts = []aPost{
	{opReplyPublicly, func(ctx context.Context, c *Client, id int64, _ ...File) error {
		return c.ReplyPublicly(ctx, id, "Olá")
	}},
	{opPrivateMessage, func(ctx context.Context, c *Client, id int64, files ...File) error {
		return c.SendPrivateMessage(ctx, PrivateMessage{ComplaintID: id, Text: "Olá", Email: "consumidora@example.com", Files: files})
	}},
	{opEndPrivate, func(ctx context.Context, c *Client, id int64, _ ...File) error {
		return c.EndPrivateConversation(ctx, id)
	}},
	{opEvaluation, func(ctx context.Context, c *Client, id int64, _ ...File) error {
		return c.RequestEvaluation(ctx, id)
	}},
	{opModeration, func(ctx context.Context, c *Client, id int64, files ...File) error {
		return c.RequestModeration(ctx, ModerationRequest{ComplaintID: id, Reason: ReasonDuplicate, Text: "Repetida", Files: files})
	}},
}

// sentPart is one part of a form as it came.
type sentPart struct{ name, fileName, contentType, value string }

func sentParts(t *testing.T, r asked) []sentPart {
	t.Helper()
	kind, params, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	equal(t, "content type", kind, "multipart/form-data")
	equal(t, "length is declared", r.length, int64(len(r.body)))
	form := multipart.NewReader(strings.NewReader(r.body), params["boundary"])
	var parts []sentPart
	for {
		p, err := form.NextPart()
		if err == io.EOF {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		value := must[[]byte](t)(io.ReadAll(p))
		parts = append(parts, sentPart{p.FormName(), p.FileName(), p.Header.Get("Content-Type"), string(value)})
	}
}

func wantParts(t *testing.T, r asked, want ...sentPart) {
	t.Helper()
	got := sentParts(t, r)
	equal(t, "parts", len(got), len(want))
	for i := range min(len(got), len(want)) {
		equal(t, want[i].name, got[i], want[i])
	}
}

// textFile is a file that holds a text.
func textFile(name, contentType, text string) File {
	return File{Name: name, ContentType: contentType, Size: int64(len(text)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	}}
}

// done expects no error and one post, and returns it.
func done(t *testing.T, w *world, err error) asked {
	t.Helper()
	if err != nil {
		t.Fatalf("got %v, cause %v", err, mustFail(t, err).Cause)
	}
	equal(t, "posts", len(w.calls()), 1)
	r := w.calls()[0]
	equal(t, "method", r.method, "POST")
	equal(t, "authorization", r.header.Get("Authorization"), "Bearer token-1")
	return r
}

const longText = "Olá, Consumidora!\nO estorno foi concluído: R$ 10 — \"ok\"."

func TestAPrivateMessageIsAForm(t *testing.T) {
	w := newWorld(t, says(200, ""))
	r := done(t, w, w.client().SendPrivateMessage(t.Context(), PrivateMessage{
		ComplaintID: 90000001, Text: longText, Email: "consumidora@example.com", Files: []File{
			textFile("recibo \"nº 1\".pdf", "application/pdf", "%PDF-1"),
			textFile("estorno.png", "", "\x89PNG\r\n--x"),
			textFile("vazio.csv", "text/csv\r\nX-Evil: 1", ""),
		},
	}))
	equal(t, "path", r.path, "/api/ticket/v1/tickets/message/private")
	wantParts(
		t, r,
		sentPart{name: "id", value: "90000001"},
		sentPart{name: "message", value: longText},
		sentPart{name: "email", value: "consumidora@example.com"},
		sentPart{"file", `recibo "nº 1".pdf`, "application/pdf", "%PDF-1"},
		sentPart{"file", "estorno.png", "application/octet-stream", "\x89PNG\r\n--x"},
		sentPart{"file", "vazio.csv", "application/octet-stream", ""},
	)
}

func TestAPrivateMessageNeedsAnEmail(t *testing.T) {
	w := newWorld(t, says(200, ""))
	err := w.client().SendPrivateMessage(t.Context(), PrivateMessage{ComplaintID: 1, Text: "Olá"})
	equal(t, "outcome", Outcome(err), Rejected)
	equal(t, "retry", mustFail(t, err).Retry(), RetryNever)
	equal(t, "calls", len(w.calls()), 0)
}

func TestTheEndOfAPrivateConversationHasNoBody(t *testing.T) {
	w := newWorld(t, says(204, ""))
	r := done(t, w, w.client().EndPrivateConversation(t.Context(), 90000001))
	equal(t, "path", r.path, "/api/ticket/v1/tickets/message/private/90000001/end")
	equal(t, "body", r.body, "")
	equal(t, "length", r.length, 0)
	equal(t, "content type", r.header.Get("Content-Type"), "")
}

func TestAPrivateConversationThatIsNotOpenIsEnded(t *testing.T) {
	w := newWorld(t, says(409, `{"message":"Conversa não iniciada","code":40925,"success":false}`))
	err := w.client().EndPrivateConversation(t.Context(), 1)
	equal(t, "kind", mustFail(t, err).Kind, KindDuplicate)
	equal(t, "outcome", Outcome(err), Accepted)
}

func TestAnEvaluationRequestIsJSONWithTheIDAsText(t *testing.T) {
	w := newWorld(t, says(200, ""))
	r := done(t, w, w.client().RequestEvaluation(t.Context(), 90000001))
	equal(t, "path", r.path, "/api/ticket/v1/tickets/evaluation")
	equal(t, "content type", r.header.Get("Content-Type"), "application/json")
	equal(t, "body", r.body, `{"id":"90000001"}`)
}

func TestAModerationRequestIsAForm(t *testing.T) {
	w := newWorld(t, says(200, ""))
	r := done(t, w, w.client().RequestModeration(t.Context(), ModerationRequest{
		ComplaintID: 90000001, Reason: ReasonOtherCompany, Text: longText, MigrateTo: 900002,
		Files: []File{textFile("nota.pdf", "application/pdf", "%PDF-1")},
	}))
	equal(t, "path", r.path, "/api/ticket/v1/tickets/moderation")
	wantParts(
		t, r,
		sentPart{name: "id", value: "90000001"},
		sentPart{name: "reason", value: "1"},
		sentPart{name: "message", value: longText},
		sentPart{name: "migrateTO", value: "900002"},
		sentPart{"file", "nota.pdf", "application/pdf", "%PDF-1"},
	)
}

func TestAModerationRequestWithoutACompanyHasNoSuchPart(t *testing.T) {
	w := newWorld(t, says(200, ""))
	r := done(t, w, w.client().RequestModeration(t.Context(), ModerationRequest{ComplaintID: 7, Reason: ReasonFraud, Text: "x"}))
	wantParts(t, r, sentPart{name: "id", value: "7"}, sentPart{name: "reason", value: "19"}, sentPart{name: "message", value: "x"})
}

func TestPublicMessagesInEveryEncoding(t *testing.T) {
	for encoding, want := range map[Encoding]string{
		"": "multipart/form-data", EncodingMultipart: "multipart/form-data",
		EncodingURL: "application/x-www-form-urlencoded", EncodingJSON: "application/json",
	} {
		w := newWorld(t, says(200, ""))
		r := done(t, w, w.client(WithPublicMessages(encoding)).ReplyPublicly(t.Context(), 90000001, longText))
		kind, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
		equal(t, string(encoding), kind, want)
		equal(t, "length is declared", r.length, int64(len(r.body)))
		got := map[string]string{}
		switch encoding {
		case EncodingJSON:
			equal(t, "is JSON", json.Unmarshal([]byte(r.body), &got), nil)
		case EncodingURL:
			form := must[url.Values](t)(url.ParseQuery(r.body))
			got["id"], got["message"] = form.Get("id"), form.Get("message")
		default:
			for _, p := range sentParts(t, r) {
				got[p.name] = p.value
			}
		}
		equal(t, "fields", len(got), 2)
		equal(t, "id", got["id"], "90000001")
		equal(t, "message", got["message"], longText)
	}
}

func TestOutcomesOfEveryPost(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   PostOutcome
	}{
		"200 empty":        {says(200, ""), Accepted},
		"200 of any body":  {says(200, `<html>`), Accepted},
		"200, body cut":    {cut(200), Accepted},
		"204":              {says(204, ""), Accepted},
		"400":              {says(400, ""), Rejected},
		"403":              {says(403, `{"code":4030}`), Rejected},
		"404":              {says(404, ""), Rejected},
		"408":              {says(408, ""), Unknown},
		"413":              {says(413, ""), Rejected},
		"429":              {says(429, ""), Rejected},
		"unknown conflict": {says(409, `{"code":40911}`), Rejected},
		"history not kept": {says(409, `{"code":4097}`), Unknown},
		"500":              {says(500, `{"code":5000}`), Unknown},
		"redirect":         {redirect, Unknown},
		"dropped":          {drops, Unknown},
	} {
		for _, p := range posts {
			w := newWorld(t, c.answer)
			equal(t, p.op+": "+name, Outcome(p.send(w.client(), t)), c.want)
			equal(t, p.op+": "+name+": posts", len(w.calls()), 1)
		}
	}
	for _, p := range posts {
		w := newWorld(t, says(200, ""))
		equal(t, p.op+" without an id", Outcome(p.make(t.Context(), w.client(), 0)), Rejected)
		equal(t, "calls", len(w.calls()), 0)
	}
}

func TestEveryPostTakesANewTokenAfterA401(t *testing.T) {
	for _, p := range posts {
		w := newWorld(t, turns(says(401, ""), says(200, "")))
		gate := &gateLog{}
		err := p.make(t.Context(), w.client(WithGate(gate)), 1, textFile("a.csv", "text/csv", "a,b"))
		equal(t, p.op, Outcome(err), Accepted)
		equal(t, p.op+": tokens", w.issued(), 2)
		equal(t, p.op+": passes through the gate", gate.entered, 4)
		equal(t, p.op+": of them over", gate.over, 4)
		equal(t, p.op+": the same body again", len(w.calls()[0].body), len(w.calls()[1].body))
	}
}
