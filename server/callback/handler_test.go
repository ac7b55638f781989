package callback

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"citrus.cx/channel/ent/db/callbackdelivery"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

func TestKeepsBeforeItAnswers(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		r := serve(t, d)
		tests := []struct{ method, contentType, body, references string }{
			{"POST", js, `{"id":90000001,"customer":{"id":5}}`, "COMPLAINT:90000001"},
			{"PUT", form, "id=90000002", "COMPLAINT:90000002"},
			{"POST", js, `{"id": broken`, "POLL"},
			{"POST", "", "", "POLL"},
			{"POST", "weird/\xff" + strings.Repeat("x", 300), "\x00\xff", "POLL"},
			{"PUT", js, `{"data":[{"id":1},{"id":2}]}` + strings.Repeat(" ", maxBody-28), "COMPLAINT:1 COMPLAINT:2"},
		}
		for i, test := range tests {
			response, text := r.send(t, test.method, token, test.contentType, strings.NewReader(test.body))
			if response.StatusCode != 200 || text != "{}" || response.Header.Get("Content-Type") != js {
				t.Fatalf("%d: %d %q", i, response.StatusCode, text)
			}
			got := d.Reader.CallbackDelivery.Query().Order(callbackdelivery.ByID()).AllX(context.Background())
			if len(got) != i+1 {
				t.Fatalf("%d: %d rows when the answer is there", i, len(got))
			}
			row := got[i]
			if string(row.Body) != test.body || row.Method != test.method || row.IntegrationID != r.integrationID ||
				strings.Join(row.References, " ") != test.references || !row.ReceivedAt.Equal(*r.now.Load()) {
				t.Errorf("%d: kept %v %v", i, row, row.References)
			}
			if len(row.ContentType) > 200 || !strings.HasPrefix(test.contentType, row.ContentType[:min(len(row.ContentType), 6)]) {
				t.Errorf("%d: content type %q", i, row.ContentType)
			}
		}
		if _, hints := r.rows(t); hints != 5 {
			t.Errorf("%d hints, want 4 complaints and a poll", hints)
		}
	})
}

func TestRefusalsCostNoRow(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		r := serve(t, d)
		big := strings.Repeat("x", maxBody+1)
		tests := []struct {
			name, method, token string
			body                io.Reader
			want                int
		}{
			{"wrong token", "POST", "wrong", strings.NewReader(`{"id":1}`), 404},
			{"wrong token, PUT", "PUT", "wrong", strings.NewReader(`{"id":1}`), 404},
			{"wrong token, large body", "POST", "wrong", strings.NewReader(big), 404},
			{"very long token", "POST", strings.Repeat("x", 5000), nil, 404},
			{"the token's hash", "POST", Hash(token), nil, 404},
			{"probe of a wrong token", "GET", "wrong", nil, 404},
			{"one byte too many", "POST", token, strings.NewReader(big), 413},
			{"too many, length unknown", "POST", token, io.MultiReader(strings.NewReader(big)), 413},
			{"DELETE", "DELETE", token, nil, 405},
			{"PATCH", "PATCH", token, strings.NewReader("{}"), 405},
			{"probe", "GET", token, nil, 200},
			{"probe, HEAD", "HEAD", token, nil, 200},
		}
		for _, test := range tests {
			response, _ := r.send(t, test.method, test.token, js, test.body)
			if response.StatusCode != test.want {
				t.Errorf("%s: %d, want %d", test.name, response.StatusCode, test.want)
			}
			if allow := response.Header.Get("Allow"); (test.want == 405) != (allow == "GET, HEAD, POST, PUT") {
				t.Errorf("%s: Allow %q", test.name, allow)
			}
		}
		if deliveries, hints := r.rows(t); deliveries+hints != 0 {
			t.Errorf("%d deliveries, %d hints", deliveries, hints)
		}
	})
}

// unreadable fails the test when somebody reads it.
type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestWhatIsReadOfABody(t *testing.T) {
	r := serve(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
	tests := []struct {
		name, token string
		body        io.Reader
		length      int64
		want        int
	}{
		{"nothing for a wrong token", "wrong", unreadable{t}, 10, 404},
		{"nothing when it is announced as too large", token, unreadable{t}, maxBody + 1, 413},
		{"a body cut off is not kept", token, cutOff{}, 10, 400},
		{"nor one of unknown length", token, cutOff{}, -1, 400},
		{"a lie about the length", token, strings.NewReader("{}"), 10, 400},
	}
	for _, test := range tests {
		request := httptest.NewRequest("POST", "/", test.body)
		request.SetPathValue("token", test.token)
		request.ContentLength = test.length
		answer := httptest.NewRecorder()
		r.handler.ServeHTTP(answer, request)
		if answer.Code != test.want {
			t.Errorf("%s: %d, want %d", test.name, answer.Code, test.want)
		}
	}
	if deliveries, _ := r.rows(t); deliveries != 0 {
		t.Errorf("%d deliveries", deliveries)
	}
}

func TestConcurrentDeliveriesAreAllKept(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		r := serve(t, d)
		const clients, each = 64, 4
		var all sync.WaitGroup
		for c := range clients {
			all.Go(func() {
				for n := range each {
					id := 1 + (c*each+n)%20
					if got := r.status(t, "POST", token, fmt.Sprintf(`{"id":%d,"n":%d}`, id, c*each+n)); got != 200 {
						t.Errorf("status %d", got)
					}
				}
			})
		}
		all.Wait()
		bodies := map[string]bool{}
		for _, row := range d.Reader.CallbackDelivery.Query().AllX(context.Background()) {
			bodies[string(row.Body)] = true
		}
		if deliveries, hints := r.rows(t); len(bodies) != clients*each || deliveries != clients*each || hints != 20 {
			t.Errorf("%d deliveries, %d distinct, %d hints", deliveries, len(bodies), hints)
		}
	})
}

// fill makes every insert of a delivery fail, until the disk is cleared again.
func fill(t *testing.T, d *database.DB) (clear func()) {
	t.Helper()
	full, cleared := []string{
		"CREATE TRIGGER full BEFORE INSERT ON callback_deliveries BEGIN SELECT RAISE(ABORT, 'disk full'); END",
	}, "DROP TRIGGER full"
	if d.Dialect == dialect.Postgres {
		full = []string{
			"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk full'; END $$",
			"CREATE TRIGGER full_disk BEFORE INSERT ON callback_deliveries FOR EACH ROW EXECUTE FUNCTION full_disk()",
		}
		cleared = "DROP TRIGGER full_disk ON callback_deliveries"
	}
	run := func(statement string) {
		if _, err := d.Writer.ExecContext(context.Background(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for _, statement := range full {
		run(statement)
	}
	return func() { run(cleared) }
}

func TestWhatCannotBeKeptIsNotAnswered2xx(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		r := serve(t, d)
		clear := fill(t, d)
		const secret = "consumidora@example.com"
		response, text := r.send(t, "POST", token, js, strings.NewReader(`{"id":1,"email":"`+secret+`"}`))
		if response.StatusCode != 503 || response.Header.Get("Retry-After") == "" {
			t.Errorf("%d %v", response.StatusCode, response.Header)
		}
		if deliveries, hints := r.rows(t); deliveries+hints != 0 {
			t.Errorf("%d deliveries, %d hints", deliveries, hints)
		}
		clear()
		if got := r.status(t, "POST", token, `{"id":1}`); got != 200 {
			t.Errorf("after the failure: %d", got)
		}
		r.stop()
		if response, _ = r.send(t, "POST", token, js, nil); response.StatusCode != 503 || response.Header.Get("Retry-After") == "" {
			t.Errorf("after the stop: %d %v", response.StatusCode, response.Header)
		}
		d.Close()
		r.pass(time.Minute)
		if got := r.status(t, "POST", token, `{"id":1}`); got != 503 {
			t.Errorf("without a database: %d", got)
		}
		for _, hidden := range []string{secret, token, Hash(token), r.integrationID, "disk"} {
			if strings.Contains(text, hidden) || hidden != "disk" && strings.Contains(r.log.String(), hidden) {
				t.Errorf("%q leaked: %s %s", hidden, text, r.log.String())
			}
		}
		if !strings.Contains(r.log.String(), "disk full") {
			t.Errorf("the log does not say why: %s", r.log.String())
		}
	})
}

// A stop finishes the group under way: its sender gets 200 and the row is there.
func TestStopFinishesTheGroupUnderWay(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		r := serve(t, d)
		begun, stopping := make(chan struct{}), make(chan struct{})
		r.committing.Store(new(sync.OnceFunc(func() {
			close(begun)
			<-stopping
		})))
		var got int
		var sender sync.WaitGroup
		sender.Go(func() { got = r.status(t, "POST", token, `{"id":1}`) })
		<-begun
		r.cancel()
		close(stopping)
		sender.Wait()
		r.stop()
		if deliveries, _ := r.rows(t); got != 200 || deliveries != 1 {
			t.Errorf("status %d, %d rows", got, deliveries)
		}
	})
}

func TestGroupsAreBounded(t *testing.T) {
	h := New(nil, nil, Options{})
	for range maxGroup {
		h.queue <- &delivery{}
	}
	if got := len(h.group(&delivery{})); got != maxGroup || len(h.queue) != 1 {
		t.Errorf("a group of %d, %d left", got, len(h.queue))
	}
	if got := len(h.group(&delivery{})); got != 2 {
		t.Errorf("all that wait: a group of %d", got)
	}
	large := make([]byte, maxBody)
	for range 20 {
		h.queue <- &delivery{body: large}
	}
	if got := len(h.group(&delivery{body: large})); got != maxGroupBytes/maxBody {
		t.Errorf("a group of %d large bodies", got)
	}
}
