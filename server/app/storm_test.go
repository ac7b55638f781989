package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/reclameaqui/sandbox"
)

// storm is a Reclame Aqui that lives on while the product is killed, and all who use both meanwhile.
type storm struct {
	t      *testing.T
	site   *sandbox.Server
	w      *simulated
	limit  int
	places []*place
	// startTime is how long the last start took.
	startTime time.Duration

	hook   string // the path of the callback's address
	office office
	admin  *person

	// planning are the syncer's calls under way, together the most that there were at a time.
	planning, together, plannedSoFar atomic.Int64

	queue chan int64 // complaints that somebody is to be told of

	mu         sync.Mutex
	complaints []int64
	changes    map[int64]int // by complaint: how often it was changed
	tries      int           // callbacks sent, answered or not
	told       map[string]announcement
	answers    map[string]*answered
	redone     int      // answers that were asked for again after a connection broke
	followed   []string // what whoever watches was pushed: ticket and kind of change
	cursor     string   // where it goes on
}

// announcement is a callback that was acknowledged: what it was about, and how many changes of that it told of.
type announcement struct {
	complaint int64
	changes   int
}

// answered is what an agent was told of an answer that he sent.
type answered struct{ complaint, attempt, state, code string }

// place is where a process of the product runs, again and again.
type place struct {
	settings
	base string
	*program
}

func newStorm(t *testing.T, s settings, places, complaints, limit int) *storm {
	t.Helper()
	site, err := sandbox.New(sandbox.Config{Complaints: complaints, Rate: limit})
	if err != nil {
		t.Fatal(err)
	}
	x := &storm{
		t: t, site: site, limit: limit, queue: make(chan int64, 10_000),
		changes: map[int64]int{}, told: map[string]announcement{}, answers: map[string]*answered{},
	}
	for _, c := range site.Complaints(0) {
		x.complaints = append(x.complaints, c.ID)
	}
	front := httptest.NewServer(x.street(site.Handler()))
	t.Cleanup(func() {
		front.Close()
		if err := site.Close(); err != nil {
			t.Error(err)
		}
	})
	x.w = world(t, front.URL)
	s = s.with(settings{"RECLAME_AQUI_URL": front.URL + "/api"})
	first, admin := server(t, s)
	x.places = append(x.places, &place{s.with(settings{"LISTEN": first.listen()}), first.graphql, first})
	for range places - 1 {
		p := start(t, s, "serve")
		x.places = append(x.places, &place{s.with(settings{"LISTEN": p.listen()}), p.graphql, p})
	}
	x.admin, x.office = admin, admin.register()
	admin.make("user", map[string]any{
		"email": "bruno@example.com", "name": "Bruno", "role": "AGENT", "password": agentPassword, "sectorIds": []string{x.office.sector},
	})
	x.cursor = admin.ask(`{ eventCursor }`, nil).at("eventCursor").text()
	admin.activate(&x.office)
	address, err := url.Parse(x.office.callbackURL)
	if err != nil {
		t.Fatal(err)
	}
	x.hook = address.Path
	return x
}

// street has calls of Reclame Aqui's API take their time before and after they are served, so that a kill finds them there.
func (x *storm) street(site http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			site.ServeHTTP(w, r)
			return
		}
		if plans(r) {
			defer x.planned(r.Context())()
		}
		<-time.After(rand.N(60 * time.Millisecond))
		answer := httptest.NewRecorder()
		site.ServeHTTP(answer, r)
		<-time.After(rand.N(60 * time.Millisecond))
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // who was killed does not hear it
	})
}

// plans tells the syncer's calls from those that an agent waits for.
func plans(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, "/count") || strings.Contains(r.URL.RawQuery, "sort%5B") || strings.Contains(r.URL.RawQuery, "&id%5Bin") || strings.HasPrefix(r.URL.RawQuery, "id%5Bin")
}

// planned counts a call until it ends or its caller is no more.
func (x *storm) planned(ctx context.Context) (end func()) {
	n := x.planning.Add(1)
	x.plannedSoFar.Add(1)
	for most := x.together.Load(); n > most && !x.together.CompareAndSwap(most, n); most = x.together.Load() {
	}
	var once sync.Once
	done := func() { once.Do(func() { x.planning.Add(-1) }) }
	left := context.AfterFunc(ctx, done)
	return func() {
		left()
		done()
	}
}

// rage has people and Reclame Aqui at work until the returned function is called, which waits for them.
func (x *storm) rage() (calm func()) {
	ctx, stop := context.WithCancel(x.t.Context())
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() { x.edit(ctx) })
	}
	for range 8 {
		all.Go(func() { x.tell(ctx) })
	}
	for _, email := range []string{"alice@example.com", "bruno@example.com"} {
		agent := signIn(x.t, x.places[0].base, email, agentPassword)
		all.Go(func() { x.work(ctx, agent) })
	}
	all.Go(func() { x.look(ctx) })
	all.Go(func() { x.follow(ctx) })
	return func() {
		stop()
		all.Wait()
	}
}

// pause waits up to a while; false says that it is over.
func pause(ctx context.Context, least, most time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(least + rand.N(most-least)):
		return true
	}
}

// edit has things happen at Reclame Aqui. What its rules refuse does not happen.
func (x *storm) edit(ctx context.Context) {
	for pause(ctx, 20*time.Millisecond, 120*time.Millisecond) {
		x.mu.Lock()
		id := x.complaints[rand.IntN(len(x.complaints))]
		x.mu.Unlock()
		text := fmt.Sprint("texto ", letters(rand.IntN(1_000_000)))
		var err error
		var made *sandbox.Ticket
		switch rand.IntN(8) { // no answer on Reclame Aqui's own site: an answer of unknown fate could be that one, altered
		case 0:
			if made, err = x.site.CreateComplaint(sandbox.NewComplaint{Title: text}); err == nil {
				id = made.ID
			}
		case 1, 2, 3:
			_, err = x.site.Replica(id, text)
		case 4, 5:
			_, err = x.site.Comment(id, text)
		case 6:
			_, err = x.site.ConsumerMessage(id, text)
		case 7:
			_, err = x.site.Evaluate(id, sandbox.Evaluation{Rating: rand.IntN(11), Consideration: text})
		}
		if err != nil {
			continue
		}
		x.mu.Lock()
		if made != nil {
			x.complaints = append(x.complaints, id)
		}
		x.changes[id]++
		x.mu.Unlock()
		x.queue <- id
	}
}

// tell sends callbacks as they come; one that is not acknowledged is sent again some times, then given up.
func (x *storm) tell(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-x.queue:
			for range 4 {
				if x.callback(id) || !pause(ctx, 50*time.Millisecond, 300*time.Millisecond) {
					break
				}
			}
		}
	}
}

// flood is 64 callbacks at the same time.
func (x *storm) flood() (wait func()) {
	var all sync.WaitGroup
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range 64 {
		id := x.complaints[len(x.complaints)-1-i%20]
		all.Go(func() { x.callback(id) })
	}
	return all.Wait
}

// callback tells of a complaint, and remembers it when that was acknowledged.
func (x *storm) callback(id int64) bool {
	x.mu.Lock()
	x.tries++
	mark, about := "mark"+letters(x.tries)+"mark", announcement{id, x.changes[id]}
	x.mu.Unlock()
	body := [...]string{
		`{"id":%d,"note":"%s"}`, `{"data":[{"ticket_id":"%d"}],"note":"%s"}`, `ticket_id=%d&note=%s`, `{"ticket":{"id":%d,"text":"%s"}}`,
	}[rand.IntN(4)]
	status, _, err := x.post(x.base()+x.hook, http.Header{}, fmt.Appendf(nil, body, id, mark))
	if err != nil {
		return false
	}
	if status/100 != 2 {
		x.t.Errorf("a callback is answered %d", status)
		return false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.told[mark] = about
	return true
}

// letters writes a number without digits, which the product could take for an id.
func letters(n int) string {
	return strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprint(n))
}

// base is where somebody tries to reach the product.
func (x *storm) base() string { return x.places[rand.IntN(len(x.places))].base }

// post is fetch for who reckons with a connection that breaks.
func (x *storm) post(url string, header http.Header, body []byte) (status int, answer []byte, err error) {
	r, err := http.NewRequestWithContext(x.t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header = header
	res, err := web.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	return res.StatusCode, answer, err
}

// ask is a person's question for who reckons with a connection that breaks; any other trouble is one.
func (x *storm) ask(p *person, query string, variables map[string]any) (node, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return node{}, err
	}
	status, raw, err := x.post(x.base()+"/graphql", p.header(), body)
	if err != nil {
		return node{}, err
	}
	var n node
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&n.value); err != nil || status != http.StatusOK || !n.at("errors").null() {
		x.t.Errorf("%s\nanswered %d %s", query, status, raw)
		return node{}, errors.Join(err, errors.New("refused"))
	}
	return n.at("data"), nil
}

const workQuery = `{ tickets(first: 100, filter: {statuses: [IN_PROGRESS]}) { edges { node { id availableActions { action allowed }
	interactions(last: 1) { edges { node { id } } } reclameAqui { complaintId } } } } }`

// work has an agent answer what can be answered.
func (x *storm) work(ctx context.Context, agent *person) {
	for n := 0; pause(ctx, 20*time.Millisecond, 200*time.Millisecond); n++ {
		data, err := x.ask(agent, workQuery, nil)
		if err != nil {
			continue
		}
		var open []node
		for _, ticket := range data.at("tickets").nodes() {
			if ticket.at("availableActions", 0, "allowed").truth() {
				open = append(open, ticket)
			}
		}
		if len(open) > 0 {
			x.answer(agent, open[rand.IntN(len(open))])
		}
	}
}

const answerMutation = `mutation($input: ReplyPubliclyInput!) { replyPublicly(input: $input) { reply { id state } errors { code } } }`

// answer sends one and asks again under its key until it knows; what was sent once is sometimes asked for once more.
func (x *storm) answer(agent *person, ticket node) {
	once := key()
	a := &answered{complaint: ticket.at("reclameAqui", "complaintId").text()}
	text := "Resposta " + letters(int(a.number())) + " " + once
	input := map[string]any{"ticketId": ticket.at("id").text(), "text": text, "idempotencyKey": once}
	if last := ticket.at("interactions").nodes(); len(last) > 0 {
		input["lastSeenInteractionId"] = last[0].at("id").text()
	}
	for began := time.Now(); ; {
		data, err := x.ask(agent, answerMutation, map[string]any{"input": input})
		if err == nil {
			out := data.at("replyPublicly")
			a.attempt, a.state, a.code = out.at("reply", "id").text(), out.at("reply", "state").text(), out.at("errors", 0, "code").text()
			break
		}
		if time.Since(began) > patience || !pause(x.t.Context(), 50*time.Millisecond, 300*time.Millisecond) {
			a.code = "given up"
			break
		}
		x.mu.Lock()
		x.redone++
		x.mu.Unlock()
	}
	x.mu.Lock()
	x.answers[text] = a
	x.mu.Unlock()
	if a.attempt != "" && rand.IntN(4) == 0 {
		if data, err := x.ask(agent, answerMutation, map[string]any{"input": input}); err == nil && data.at("replyPublicly", "reply", "id").text() != a.attempt {
			x.t.Errorf("the same key again: %s, first it was %s", data, a.attempt)
		}
	}
}

func (a *answered) number() (n int64) {
	_, _ = fmt.Sscan(a.complaint, &n) // 0 will do
	return n
}

const lookQuery = `{ integrations(first: 1) { edges { node { backfill { done } } } } syncRuns(first: 100, filter: {states: [RUNNING]}) { edges { node { id kind } } } }`

// look has an administrator watch the mirror: a first sync never loses ground, and of each kind one run is under way.
func (x *storm) look(ctx context.Context) {
	done := 0
	for pause(ctx, 50*time.Millisecond, 250*time.Millisecond) {
		data, err := x.ask(x.admin, lookQuery, nil)
		if err != nil {
			continue
		}
		if now := data.at("integrations").nodes()[0].at("backfill", "done").number(); now < done {
			x.t.Errorf("the first sync had read %d complaints, now it has read %d", done, now)
		} else {
			done = now
		}
		running := map[string]int{}
		for _, run := range data.at("syncRuns").nodes() {
			if kind := run.at("kind").text(); running[kind] > 0 {
				x.t.Errorf("two runs are under way at a time: %s", data)
			} else {
				running[kind]++
			}
		}
	}
}

// follow watches all that happens, and after each kill goes on behind the last change that it was pushed.
func (x *storm) follow(ctx context.Context) {
	for pause(ctx, 20*time.Millisecond, 100*time.Millisecond) {
		x.watch(ctx, func() bool { return false })
	}
}

// watch takes what is pushed until the connection breaks or it is enough.
func (x *storm) watch(ctx context.Context, enough func() bool) {
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: patience}
	conn, res, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(x.base(), "http")+"/graphql", nil)
	if err != nil {
		return // being killed, or starting
	}
	res.Body.Close()
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	_ = conn.WriteJSON(map[string]any{"type": "connection_init", "payload": map[string]any{"Authorization": "Bearer " + x.admin.token}})
	_ = conn.WriteJSON(map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{
		"query":     `subscription($after: Cursor) { ticketChanges(after: $after) { __typename cursor ... on TicketChange { kind ticket { id } } } }`,
		"variables": map[string]any{"after": x.cursor},
	}}) // a connection that broke ends the first read
	for !enough() {
		var message map[string]any
		if err := conn.ReadJSON(&message); err != nil {
			return
		}
		switch change := (node{message}).at("payload", "data", "ticketChanges"); message["type"] {
		case "next":
			if change.at("__typename").text() != "TicketChange" {
				x.t.Errorf("pushed was %s", node{message})
			}
			x.cursor = change.at("cursor").text()
			x.followed = append(x.followed, change.at("ticket", "id").text()+" "+change.at("kind").text())
		case "ping":
			_ = conn.WriteJSON(map[string]string{"type": "pong"}) // the same
		case "error", "complete":
			x.t.Errorf("the subscription ended: %s", node{message})
			return
		}
	}
}

// pushed: whoever watched was pushed all that happened, in its order and once, across all kills.
func (x *storm) pushed(d *database.DB) {
	x.t.Helper()
	var all []string
	for _, e := range d.Reader.TicketEvent.Query().Order(ticketevent.ByPosition()).AllX(x.t.Context()) {
		all = append(all, e.TicketID+" "+e.Kind.String())
	}
	ctx, cancel := context.WithTimeout(x.t.Context(), patience)
	defer cancel()
	x.watch(ctx, func() bool { return len(x.followed) >= len(all) })
	for i := range all {
		if i >= len(x.followed) || x.followed[i] != all[i] {
			x.t.Errorf("of %d changes %d were pushed, the first wrong one is %d", len(all), len(x.followed), i)
			return
		}
	}
}
