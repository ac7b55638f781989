package simulation

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// kind is what a call was for, as Reclame Aqui sees it.
type kind string

const (
	tokenCall       kind = "token"
	countCall       kind = "count"
	backfillCall    kind = "backfill"
	incrementalCall kind = "incremental"
	hintCall        kind = "hints"
	agentRead       kind = "agent's read"
	postCall        kind = "post"
)

// call is one that arrived.
type call struct {
	at   time.Time
	kind kind
}

// model is Reclame Aqui to scale: complaints are arithmetic, so that millions cost no memory, and it
// keeps its own book of the calls of each credential.
type model struct {
	mu        sync.Mutex
	rand      *rand.Rand
	limit     int
	shops     map[int64]*shop
	calls     map[string][]call // by client
	refused   int               // calls beyond the limit
	answering map[int64]*reply  // complaints that an agent is answering
}

// shop is a company's page. Complaint i was made i steps after the first one, and the next ones will be.
type shop struct {
	id     int64
	first  time.Time
	step   time.Duration
	edits  map[int64]*edit
	begun  bool  // a backfill was given complaints
	lowest int64 // of them
}

// edit is what happened to a complaint after it was made.
type edit struct {
	at      time.Time
	posts   []string
	replica bool
	version int // of its title
}

// reply is one of an agent on its way.
type reply struct{ ordered, called, posted time.Time }

// scale is how large a model is.
type scale struct {
	credentials, integrations int // integrations of each credential
	limit                     int // calls a minute
	complaints                int64
	step                      time.Duration // between two complaints of a page
}

// newModel makes the pages and says how they are reached.
func newModel(s scale, seed uint64) (*model, []page) {
	m := &model{
		rand: rand.New(rand.NewPCG(seed, 1)), limit: s.limit, shops: map[int64]*shop{}, calls: map[string][]call{}, answering: map[int64]*reply{},
	}
	var pages []page
	for n := range s.credentials * s.integrations {
		made := &shop{
			id: int64(n + 1), first: time.Now().UTC().Add(-time.Duration(s.complaints-1) * s.step), step: s.step,
			edits: map[int64]*edit{}, lowest: s.complaints,
		}
		m.shops[made.id] = made
		pages = append(pages, page{id: made.id, client: fmt.Sprint("client", n%s.credentials), secret: "p", from: made.first})
	}
	return m, pages
}

const perShop = 100_000_000 // ids of a page

func idOf(s *shop, i int64) int64 { return s.id*perShop + i }

// at is when complaint i was made.
func (s *shop) at(i int64) time.Time { return s.first.Add(time.Duration(i) * s.step) }

// last is the youngest complaint that is not younger than a moment, −1 when there is none.
func (s *shop) last(t time.Time) int64 {
	if t.Before(s.first) {
		return -1
	}
	return int64(t.Sub(s.first) / s.step)
}

// oldest is the oldest complaint that is not older than a moment.
func (s *shop) oldest(t time.Time) int64 {
	return max(0, int64((t.Sub(s.first)+s.step-1)/s.step))
}

func (s *shop) modified(i int64) time.Time {
	if e := s.edits[i]; e != nil {
		return e.at
	}
	return s.at(i)
}

// edit changes a complaint.
func (m *model) edit(s *shop, i int64, change func(*edit)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := s.edits[i]
	if e == nil {
		e = &edit{}
		s.edits[i] = e
	}
	e.at = time.Now().UTC().Truncate(time.Millisecond)
	change(e)
}

// travel is one way through the network; the answer's context ends it.
func (m *model) travel(r *http.Request) error {
	m.mu.Lock()
	d := time.Duration(20+m.rand.IntN(130)) * time.Millisecond
	m.mu.Unlock()
	select {
	case <-time.After(d):
		return nil
	case <-r.Context().Done():
		return r.Context().Err()
	}
}

// RoundTrip answers without a socket.
func (m *model) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		if err := r.Body.Close(); err != nil {
			return nil, err
		}
	}
	if err := m.travel(r); err != nil {
		return nil, err
	}
	status, answer := m.answer(r, body)
	header := http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}, "Content-Type": {"application/json"}}
	if err := m.travel(r); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: io.NopCloser(bytes.NewReader(answer)), ContentLength: int64(len(answer)), Request: r,
	}, nil
}

func (m *model) answer(r *http.Request, body []byte) (int, []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	client, _, ok := r.BasicAuth()
	if !ok {
		client = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer of-")
	}
	q := r.URL.Query()
	k := m.kindOf(r, q)
	if !m.count(client, k) {
		return http.StatusTooManyRequests, []byte(`{"code":4290,"message":"wait one minute"}`)
	}
	switch {
	case k == tokenCall:
		return http.StatusOK, fmt.Appendf(nil, `{"access_token":"of-%s","token_type":"bearer","expires_in":86400,"rate_limit":%d}`, client, m.limit)
	case k == postCall:
		return m.post(r, body)
	case strings.HasSuffix(r.URL.Path, "/count"):
		_, total := m.find(q)
		return http.StatusOK, fmt.Appendf(nil, `{"data":%d}`, total)
	}
	return http.StatusOK, m.list(q, k)
}

func (m *model) kindOf(r *http.Request, q url.Values) kind {
	switch {
	case strings.HasSuffix(r.URL.Path, "/oauth/token"):
		return tokenCall
	case r.Method == http.MethodPost:
		return postCall
	case strings.HasSuffix(r.URL.Path, "/count") && m.unread(q):
		return countCall
	case strings.HasSuffix(r.URL.Path, "/count"), q.Get("last_modification_date[gte]") != "":
		return incrementalCall
	case q.Get("id[in]") != "" || q.Get("id[eq]") != "":
		id, _ := strconv.ParseInt(q.Get("id[eq]"), 10, 64)
		if a := m.answering[id]; a != nil && a.called.IsZero() {
			a.called = time.Now()
			return agentRead
		}
		return hintCall
	}
	return backfillCall
}

// unread says that a page's first sync has not begun.
func (m *model) unread(q url.Values) bool {
	id, _ := strconv.ParseInt(q.Get("company.id[eq]"), 10, 64)
	s := m.shops[id]
	return s != nil && !s.begun
}

// count books a call; false when it is one too many for the 60 s before it.
func (m *model) count(client string, k kind) bool {
	now, calls := time.Now(), m.calls[client]
	ok := len(calls) < m.limit || now.Sub(calls[len(calls)-m.limit].at) >= time.Minute
	if !ok {
		m.refused++
	}
	m.calls[client] = append(calls, call{now, k})
	return ok
}

func (m *model) post(r *http.Request, body []byte) (int, []byte) {
	fields, err := form(r, body)
	id, _ := strconv.ParseInt(fields["id"], 10, 64)
	s := m.shops[id/perShop]
	if err != nil || s == nil {
		return http.StatusNotFound, []byte(`{"code":4040,"message":"x"}`)
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	e := s.edits[id%perShop]
	if e == nil {
		e = &edit{}
		s.edits[id%perShop] = e
	}
	e.at, e.posts = now, append(e.posts, fields["message"])
	if a := m.answering[id]; a != nil {
		a.posted = now
	}
	return http.StatusOK, []byte(`{}`)
}

// form reads the multipart of a post (section 2.4 of the wire contract).
func form(r *http.Request, body []byte) (map[string]string, error) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	fields, parts := map[string]string{}, multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return fields, nil
		}
		if err != nil {
			return nil, err
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		fields[part.FormName()] = string(value)
	}
}

// span is a row of complaints from one to another, in the order of an answer.
type span struct {
	shop     *shop
	from, to int64 // from > to: newest first
	some     []int64
}

func (s span) len() int {
	if s.some != nil {
		return len(s.some)
	}
	return int(max(s.to-s.from, s.from-s.to)) + 1
}

func (s span) at(n int) int64 {
	switch {
	case s.some != nil:
		return s.some[n]
	case s.from > s.to:
		return s.from - int64(n)
	}
	return s.from + int64(n)
}

// find gives what matches a query.
func (m *model) find(q url.Values) (span, int) {
	company, _ := strconv.ParseInt(q.Get("company.id[eq]"), 10, 64)
	s := m.shops[company]
	now := time.Now().UTC()
	if ids := cmp.Or(q.Get("id[in]"), q.Get("id[eq]")); ids != "" {
		return m.byID(strings.Split(ids, ","), now)
	}
	if s == nil {
		return span{some: []int64{}}, 0
	}
	if since := q.Get("last_modification_date[gte]"); since != "" {
		found := s.since(moment(since), moment(q.Get("last_modification_date[lte]")), now)
		return found, found.len()
	}
	youngest, oldest := s.last(now), int64(0)
	if to := q.Get("creation_date[lte]"); to != "" {
		youngest = min(youngest, s.last(moment(to)))
	}
	if from := q.Get("creation_date[gte]"); from != "" {
		oldest = s.oldest(moment(from))
	}
	if youngest < oldest {
		return span{shop: s, some: []int64{}}, 0
	}
	found := span{shop: s, from: oldest, to: youngest}
	if q.Get("sort[creation_date]") == "desc" {
		found = span{shop: s, from: youngest, to: oldest}
	}
	if youngest == oldest {
		found.some = []int64{youngest}
	}
	return found, found.len()
}

func (m *model) byID(ids []string, now time.Time) (span, int) {
	found := span{some: []int64{}}
	for _, text := range ids {
		id, _ := strconv.ParseInt(text, 10, 64)
		if s := m.shops[id/perShop]; s != nil && id%perShop <= s.last(now) {
			found.shop, found.some = s, append(found.some, id%perShop)
		}
	}
	slices.Sort(found.some)
	return found, len(found.some)
}

// since is what was made or edited since a moment, by id.
func (s *shop) since(from, to, now time.Time) span {
	if to.IsZero() {
		to = now
	}
	ids := []int64{}
	for i := s.oldest(from); i <= s.last(now); i++ {
		if s.edits[i] == nil && !s.at(i).After(to) {
			ids = append(ids, i)
		}
	}
	for i, e := range s.edits {
		if !e.at.Before(from) && !e.at.After(to) {
			ids = append(ids, i)
		}
	}
	slices.Sort(ids)
	return span{shop: s, some: ids}
}

func moment(text string) time.Time {
	t, _ := time.Parse(time.RFC3339, text)
	return t
}

func (m *model) list(q url.Values, k kind) []byte {
	found, total := m.find(q)
	size, _ := strconv.Atoi(cmp.Or(q.Get("page[size]"), "50"))
	number, _ := strconv.Atoi(cmp.Or(q.Get("page[number]"), "1"))
	b := []byte(`{"data":[`)
	for n := min((number-1)*size, total); n < min(number*size, total); n++ {
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		i := found.at(n)
		b = found.shop.appendRow(b, i)
		if k == backfillCall {
			found.shop.begun, found.shop.lowest = true, min(found.shop.lowest, i)
		}
	}
	return fmt.Appendf(b, `],"meta":{"page":{"number":%d,"size":%d},"total":%d}}`, number, size, total)
}

// appendRow is a complaint in the words of Reclame Aqui, shorter than a real one.
func (s *shop) appendRow(b []byte, i int64) []byte {
	const layout = "2006-01-02T15:04:05.000Z"
	made, id := s.at(i).Format(layout), idOf(s, i)
	status, name, version := 5, "Não respondido", 0
	thread := fmt.Appendf(nil, `{"ticket_interaction_id":"%d0","ticket_interaction_type_id":1,"ticket_interaction_name":"Manifestação",`+
		`"customer_id":"%d","responsible_id":null,"message":"O produto %d não chegou no prazo combinado.","privacy":false,"creation_date":"%s","details":[]}`,
		id, id, i, made)
	if e := s.edits[i]; e != nil {
		version = e.version
		for n, text := range e.posts {
			quoted, _ := json.Marshal(text)
			thread = fmt.Appendf(thread, `,{"ticket_interaction_id":"%d%d","ticket_interaction_type_id":2,"customer_id":null,"responsible_id":5,`+
				`"message":%s,"privacy":false,"creation_date":"%s","details":[]}`, id, n+1, quoted, e.at.Format(layout))
			status, name = 6, "Respondido"
		}
		if e.replica {
			thread = fmt.Appendf(thread, `,{"ticket_interaction_id":"%d9","ticket_interaction_type_id":2,"customer_id":"%d","responsible_id":null,`+
				`"message":"E então?","privacy":false,"creation_date":"%s","details":[]}`, id, id, e.at.Format(layout))
			status, name = 7, "Réplica do consumidor"
		}
	}
	return fmt.Appendf(b, `{"id":%d,"source_external_id":"1%d","creation_date":"%s","insertion_date":"%s","last_modification_date":"%s",`+
		`"hugme_status":{"id":21,"name":"Novo"},"ra_status":{"id":%d,"name":"%s"},"company":{"id":%d,"name":"Loja Aurora"},`+
		`"source":{"id":1,"name":"ReclameAQUI"},"ra":{"replicas_count":0,"source_id":1,"internal_process":true},`+
		`"customer":{"id":%d,"name":"Maria %d","email":["m%d@example.com"],"cpf":[],"phone_numbers":["11900000001"],"type":"Private Person"},`+
		`"complaint_title":"Produto %d não entregue (%d)","complaint_content":"O produto %d não chegou no prazo combinado.","ra_reason":"Atraso na entrega",`+
		`"request_moderation":true,"request_evaluation":false,"frozen":false,"interactions_count":1,"resolved_issue":false,"rating":"-1","interactions":[%s]}`,
		id, id, made, made, s.modified(i).Format(layout), status, name, s.id, id, id, id, i, version, i, thread)
}
