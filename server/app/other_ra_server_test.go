package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// otherRA is a Reclame Aqui of another hand. It has the wire contract in common with our simulator and nothing
// else, and takes the other side wherever the contract leaves one open: ids as text, numbers as text, pages
// of 25 at most, no Date header, no id[in], no success bodies, 404 for what it does not know, filters by
// company ignored, a replica that has the type of a complaint, keys in another order and keys never heard of.
type otherRA struct {
	*httptest.Server
	rate string // as its token's answer says it

	mu         sync.Mutex
	complaints []*otherComplaint // oldest first
	calls      []call
	spoken     int64 // interactions so far
}

type otherComplaint struct {
	id, company       int64
	status            int
	created, modified time.Time
	thread            []otherEntry
}

type otherEntry struct {
	id      int64
	company bool
	kind    int
	text    string
	at      time.Time
}

const (
	otherPage     = 25
	otherCompany  = 5001
	otherToken    = "opaque/token+of=another-hand"
	otherBase     = "/outra/api"
	secondCompany = 5002
)

// newOtherRA serves until the test ends; every tenth complaint is another company's.
func newOtherRA(t testing.TB, rate string, complaints int) *otherRA {
	o := &otherRA{rate: rate}
	began := time.Now().UTC().Truncate(time.Second).AddDate(0, 0, -20)
	for i := range complaints {
		c := o.complain(began.Add(time.Duration(i) * time.Hour))
		if i%10 == 9 {
			c.company = secondCompany
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+otherBase+"/auth/oauth/token", o.token)
	mux.HandleFunc("GET "+otherBase+"/companies/v1/companies/organization", o.signedIn(o.companies))
	mux.HandleFunc("GET "+otherBase+"/ticket/v1/tickets", o.signedIn(o.list))
	mux.HandleFunc("GET "+otherBase+"/ticket/v1/tickets/count", o.signedIn(o.count))
	mux.HandleFunc("POST "+otherBase+"/ticket/v1/tickets/message/public", o.signedIn(o.reply))
	o.Server = httptest.NewServer(o.logged(mux))
	t.Cleanup(o.Close)
	return o
}

// complain adds a complaint made at a moment. The caller holds the lock, or is alone.
func (o *otherRA) complain(at time.Time) *otherComplaint {
	c := &otherComplaint{id: int64(7_000_001 + len(o.complaints)), company: otherCompany, status: 5, created: at}
	o.complaints = append(o.complaints, c)
	o.speak(c, otherEntry{kind: 1, text: fmt.Sprintf("Reclamação número %d: o produto não chegou.", c.id), at: at})
	return c
}

func (o *otherRA) speak(c *otherComplaint, e otherEntry) {
	o.spoken++
	e.id = o.spoken
	c.thread, c.modified = append(c.thread, e), e.at
}

// change does something to a complaint, now.
func (o *otherRA) change(id int64, do func(c *otherComplaint, now time.Time)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.complaints {
		if c.id == id {
			do(c, time.Now().UTC())
		}
	}
}

// replica is the consumer's second word.
func (o *otherRA) replica(id int64, text string) {
	o.change(id, func(c *otherComplaint, now time.Time) {
		c.status = 20
		o.speak(c, otherEntry{kind: 1, text: text, at: now})
	})
}

func (o *otherRA) log() []call {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.calls)
}

// own are the ids of the first company's complaints.
func (o *otherRA) own() (ids []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.complaints {
		if c.company == otherCompany {
			ids = append(ids, strconv.FormatInt(c.id, 10))
		}
	}
	return ids
}

// thread are the texts of a complaint.
func (o *otherRA) thread(id string) (texts []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.complaints {
		for _, e := range c.thread {
			if strconv.FormatInt(c.id, 10) == id {
				texts = append(texts, e.text)
			}
		}
	}
	return texts
}

// logged notes every call, refuses those over the limit, and hides the clock.
func (o *otherRA) logged(next http.Handler) http.Handler {
	limit, _ := strconv.Atoi(o.rate)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := call{At: time.Now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Counted: true, Status: http.StatusOK}
		o.mu.Lock()
		recent := 0
		for _, b := range o.calls {
			if c.At.Sub(b.At) < time.Minute {
				recent++
			}
		}
		if recent >= limit {
			c.Status = http.StatusTooManyRequests
		}
		o.calls = append(o.calls, c)
		o.mu.Unlock()
		w.Header()["Date"] = nil
		if c.Status != http.StatusOK {
			answerOther(w, c.Status, map[string]any{"code": "4290", "message": "aguarde um minuto"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func answerOther(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that is gone asks again
}

func (o *otherRA) token(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	if r.URL.Query().Get("grant_type") != "client_credentials" || user != "demo-client" || password != apiPassword {
		answerOther(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	answerOther(w, http.StatusOK, map[string]any{"access_token": otherToken, "token_type": "bearer", "rate_limit": o.rate, "jti": "x"})
}

func (o *otherRA) signedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+otherToken {
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
			return
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		next(w, r)
	}
}

func (o *otherRA) companies(w http.ResponseWriter, _ *http.Request) {
	answerOther(w, http.StatusOK, []map[string]any{
		{"name": "Casa Verde", "companyId": strconv.Itoa(otherCompany), "segment": nil},
		{"name": "Casa Azul", "companyId": strconv.Itoa(secondCompany)},
	})
}

// matching filters as the query says; it knows no filter by company, and refuses id[in].
func (o *otherRA) matching(r *http.Request) (found []*otherComplaint, status int) {
	q := r.URL.Query()
	if q.Has("id[in]") {
		return nil, http.StatusBadRequest
	}
	for _, c := range o.complaints {
		if after(q.Get("creation_date[gte]"), c.created) || before(q.Get("creation_date[lte]"), c.created) ||
			after(q.Get("last_modification_date[gte]"), c.modified) ||
			q.Has("id[eq]") && q.Get("id[eq]") != strconv.FormatInt(c.id, 10) ||
			q.Has("source_external_id[eq]") && q.Get("source_external_id[eq]") != strconv.FormatInt(c.id*3, 10) {
			continue
		}
		found = append(found, c)
	}
	if strings.EqualFold(q.Get("sort[creation_date]"), "desc") {
		slices.Reverse(found)
	}
	if len(found) == 0 && (q.Has("id[eq]") || q.Has("source_external_id[eq]")) {
		return nil, http.StatusNotFound
	}
	return found, http.StatusOK
}

func after(bound string, at time.Time) bool {
	t, err := time.Parse(time.RFC3339, bound)
	return err == nil && at.Before(t)
}

func before(bound string, at time.Time) bool {
	t, err := time.Parse(time.RFC3339, bound)
	return err == nil && at.Truncate(time.Second).After(t)
}

func (o *otherRA) count(w http.ResponseWriter, r *http.Request) {
	found, _ := o.matching(r)
	answerOther(w, http.StatusOK, map[string]any{"data": strconv.Itoa(len(found))})
}

func (o *otherRA) list(w http.ResponseWriter, r *http.Request) {
	found, status := o.matching(r)
	switch status {
	case http.StatusBadRequest:
		http.Error(w, "<h1>unsupported operator: in</h1>", status)
		return
	case http.StatusNotFound:
		answerOther(w, status, map[string]any{"message": "não encontrado", "code": 4040, "success": false})
		return
	}
	q := r.URL.Query()
	size, err := strconv.Atoi(q.Get("page[size]"))
	if err != nil || size > otherPage {
		size = otherPage
	}
	number := max(1, node{q.Get("page[number]")}.number())
	first := min((number-1)*size, len(found))
	rows := []map[string]any{}
	for _, c := range found[first:min(first+size, len(found))] {
		rows = append(rows, c.row())
	}
	answerOther(w, http.StatusOK, map[string]any{"meta": map[string]any{"total": strconv.Itoa(len(found))}, "data": rows})
}

func (o *otherRA) reply(w http.ResponseWriter, r *http.Request) {
	id, text := r.FormValue("id"), r.FormValue("message")
	for _, c := range o.complaints {
		if strconv.FormatInt(c.id, 10) == id && text != "" {
			c.status = 6
			o.speak(c, otherEntry{kind: 2, company: true, text: text, at: time.Now().UTC()})
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	answerOther(w, http.StatusNotFound, map[string]any{"message": "não encontrado", "code": 4040})
}

// row is a complaint in this hand's writing: alphabetical keys, no key for what is empty.
func (c *otherComplaint) row() map[string]any {
	thread := []map[string]any{}
	for _, e := range c.thread {
		entry := map[string]any{
			"ticket_interaction_id": e.id, "ticket_interaction_type_id": strconv.Itoa(e.kind), "message": e.text,
			"creation_date": e.at.Format(time.RFC3339Nano), "privacy": "false", "details": nil, "sentiment_score": 0.25,
		}
		if e.company {
			entry["responsible_id"], entry["responsible_name"] = "77", "Casa Verde"
		} else {
			entry["customer_id"] = c.id + 1
		}
		thread = append(thread, entry)
	}
	slices.Reverse(thread) // newest first
	return map[string]any{
		"id": strconv.FormatInt(c.id, 10), "source_external_id": c.id * 3, "company": map[string]any{"id": strconv.FormatInt(c.company, 10)},
		"ra_status":       map[string]any{"id": strconv.Itoa(c.status), "name": "estado " + strconv.Itoa(c.status)},
		"creation_date":   c.created.Format("2006-01-02T15:04:05Z"),
		"complaint_title": fmt.Sprintf("Reclamação %d", c.id), "complaint_content": c.thread[0].text,
		"last_modification_date": c.modified.Format("2006-01-02T15:04:05.000000Z"),
		"active":                 true, "rating": nil, "interactions": thread, "zz_unheard_of": map[string]any{"a": []int{1}},
		"customer": map[string]any{
			"id": strconv.FormatInt(c.id+1, 10), "name": fmt.Sprintf("Consumidora %d", c.id), "city": "Recife", "state": map[string]any{"fs": "PE"},
			"email": []string{fmt.Sprintf("consumidora%d@example.com", c.id)}, "cpf": nil,
		},
	}
}
