package outbound

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/inbox"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/secret"
	"citrus.cx/channel/server/ticket"
	"citrus.cx/channel/server/upload"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const complaintID = 31007

// ra is a small Reclame Aqui with one complaint.
type ra struct {
	mu sync.Mutex
	// posts are the texts that it took.
	posts []string
	// show says what the thread shows of a post; "" = nothing (yet).
	show func(text string) string
	answer
	reads   int
	unread  bool // it cannot be read
	replica bool // the consumer has written again
	posting func()
}

// answer is what a post is answered; status 0 = 200. A transport error takes its place when there is one.
type answer struct {
	status int
	body   string
	broken error
	// refuses: the post is not taken.
	refuses bool
}

// RoundTrip answers without a socket.
func (r *ra) RoundTrip(req *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	switch {
	case strings.HasSuffix(req.URL.Path, "/oauth/token"):
		fmt.Fprint(w, `{"access_token":"t","token_type":"bearer","expires_in":86400,"rate_limit":100000}`)
	case req.Method == http.MethodPost:
		if r.posting != nil {
			r.posting()
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		id, text := form(req)
		if id != fmt.Sprint(complaintID) {
			w.WriteHeader(404)
			break
		}
		if !r.refuses {
			r.posts = append(r.posts, text)
		}
		if r.broken != nil {
			return nil, r.broken
		}
		if r.status != 0 {
			w.WriteHeader(r.status)
		}
		fmt.Fprint(w, r.body)
	default:
		r.mu.Lock()
		defer r.mu.Unlock()
		r.reads++
		if r.unread {
			w.WriteHeader(503)
			break
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"data": []any{r.complaint()}, "meta": map[string]any{"total": 1}})
	}
	return w.Result(), nil
}

// form reads the multipart of a post (section 2.4 of the wire contract).
func form(req *http.Request) (id, text string) {
	_, params, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	reader := multipart.NewReader(req.Body, params["boundary"])
	for {
		part, err := reader.NextPart()
		if err != nil {
			return id, text
		}
		value, _ := io.ReadAll(part)
		switch part.FormName() {
		case "id":
			id = string(value)
		case "message":
			text = string(value)
		}
	}
}

// complaint is the one that there is, as it stands.
func (r *ra) complaint() map[string]any {
	const layout = "2006-01-02T15:04:05.000Z"
	at := func(n int) string { return began.Add(time.Duration(n-100) * time.Minute).Format(layout) }
	thread := []any{map[string]any{"ticket_interaction_id": "1", "ticket_interaction_type_id": 1, "customer_id": "7", "message": "x", "creation_date": at(0)}}
	changes := 0
	for i, text := range r.posts {
		if r.show != nil {
			text = r.show(text)
		}
		if text != "" {
			changes++
			thread = append(thread, map[string]any{"ticket_interaction_id": fmt.Sprint(10 + i), "ticket_interaction_type_id": 2, "responsible_id": 5, "message": text, "creation_date": at(i + 1)})
		}
	}
	status := 5
	if changes > 0 {
		status = 6
	}
	if r.replica {
		changes, status = changes+1, 7
		thread = append(thread, map[string]any{"ticket_interaction_id": "90", "ticket_interaction_type_id": 2, "customer_id": "7", "message": "E então?", "creation_date": at(90)})
	}
	return map[string]any{
		"id": complaintID, "source_external_id": "55", "creation_date": at(0), "last_modification_date": at(changes), "complaint_title": "x",
		"complaint_content": "x", "ra_status": map[string]any{"id": status, "name": "x"}, "company": map[string]any{"id": 7, "name": "Loja Aurora"},
		"customer": map[string]any{"id": 7, "name": "Maria"}, "interactions": thread,
	}
}

// began is when the tests begin: ahead of the machine's clock, which stamps rows.
var began = time.Now().UTC().Add(time.Hour).Truncate(time.Second)

// world is a ticket, two agents, and the clock.
type world struct {
	*Service
	d        *database.DB
	ra       *ra
	mu       sync.Mutex
	now      time.Time
	ana, bia context.Context
	ticketID string
	row      *db.Integration
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t *testing.T, d *database.DB) *world {
	t.Helper()
	w := &world{d: d, now: began, ra: &ra{}}
	keys, err := secret.NewKeyring(bytes.Repeat([]byte{7}, secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	silent := slog.New(slog.DiscardHandler)
	in := inbox.New(d, inbox.Options{Now: w.clock, AsSystem: identity.System})
	accounts := account.New(d, account.Options{
		Keys: keys, Budgets: quota.New(d, quota.Options{DefaultLimit: 100000}), ReclameAquiURL: "http://ra.example.com/api",
		HTTP: &http.Client{Transport: w.ra}, Now: w.clock, Zone: time.UTC,
	})
	folder, err := upload.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w.Service = New(d, Options{
		Accounts: accounts, Tickets: ticket.NewStore(d, event.NewLog(d, event.Options{Now: w.clock}), in, w.clock, time.UTC, silent),
		Inbox: in, Uploads: upload.New(d, upload.Options{Store: folder, Now: w.clock, Log: silent}), Defaults: accounts.Defaults, Now: w.clock, Log: silent,
	})
	w.seed(keys)
	identity.Guard(d.Reader)
	w.read(t)
	w.ra.reads = 0
	w.ticketID = d.Writer.Ticket.Query().OnlyIDX(context.Background())
	return w
}

func (w *world) seed(keys *secret.Keyring) {
	ctx, c := context.Background(), w.d.Writer
	sector := c.Sector.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	agent := func(name string) context.Context {
		u := c.User.Create().SetEmail(name + "@example.com").SetEmailFolded(name + "@example.com").SetName(name).SetNameFolded(name).
			SetRole(user.RoleAGENT).SetPasswordHash("-").SaveX(ctx)
		return identity.With(ctx, identity.Viewer{UserID: u.ID, Role: user.RoleAGENT, SectorIDs: []string{sector.ID}})
	}
	w.ana, w.bia = agent("ana"), agent("bia")
	ana, _ := identity.From(w.ana)
	kind := c.CustomerType.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	region := c.Region.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	subject := c.OccurrenceType.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetSector(sector).SaveX(ctx)
	detail := c.Occurrence.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetOccurrenceType(subject).SaveX(ctx)
	row := c.Integration.Create().SetName("x").SetNameFolded("x").SetChannel(integration.ChannelRECLAME_AQUI).
		SetKind(integration.KindRECLAME_AQUI).SetState(integration.StateACTIVE).SetAPIUsername("client").SetPageID(7).
		SetCustomerType(kind).SetRegion(region).SetCreatorID(ana.UserID).SetSector(sector).SetOccurrenceType(subject).SetOccurrence(detail).SaveX(ctx)
	c.Integration.UpdateOne(row).SetAPIPassword(keys.Seal([]byte("p"), "integrations", "api_password", row.ID)).ExecX(ctx)
	w.row = row
}

// read is what the syncer does: it merges the complaint as it is at Reclame Aqui.
func (w *world) read(t *testing.T) {
	t.Helper()
	client, err := w.Accounts.Client(w.d.Writer.Integration.GetX(context.Background(), w.row.ID), quota.Callback)
	if err != nil {
		t.Fatal(err)
	}
	at := w.clock()
	page, err := client.Read(context.Background(), complaintID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Tickets.Merge(context.Background(), ticket.Read{
		Defaults: w.Defaults(w.row), Cause: ticketevent.CauseSETTLEMENT, Complaints: page.Complaints, At: at,
	}); err != nil {
		t.Fatal(err)
	}
}

// newest is the last interaction that somebody who looks now sees.
func (w *world) newest() string {
	return w.d.Writer.Interaction.Query().Order(db.Desc(interaction.FieldID)).FirstIDX(context.Background())
}

// answer is the order of a public answer.
func (w *world) answer(text, seen, key string) Order {
	return Order{Kind: outboundattempt.KindPUBLIC_REPLY, TicketID: w.ticketID, Text: text, LastSeenID: seen, Key: key}
}

func (w *world) reply(ctx context.Context, text, key string) (string, error) {
	return w.Send(ctx, w.answer(text, w.newest(), key))
}

func (w *world) attempt(id string) *db.OutboundAttempt {
	return w.d.Writer.OutboundAttempt.GetX(context.Background(), id)
}

func (w *world) ticket() *db.Ticket {
	return w.d.Writer.Ticket.GetX(context.Background(), w.ticketID)
}

// story is the states that the events of sending tell.
func (w *world) story() string {
	var s []string
	for _, e := range w.d.Writer.TicketEvent.Query().Where(ticketevent.KindEQ(ticketevent.KindOUTBOUND_CHANGED)).Order(ticketevent.ByID()).AllX(context.Background()) {
		for _, c := range e.Changes {
			if c.Field == "outboundAttempts" {
				s = append(s, *c.New)
			}
		}
	}
	return strings.Join(s, " ")
}

func each(t *testing.T, run func(t *testing.T, w *world)) {
	t.Helper()
	databasetest.Each(t, func(t *testing.T, d *database.DB) { run(t, newWorld(t, d)) })
}

func onSQLite(t *testing.T, run func(t *testing.T, w *world)) {
	t.Helper()
	run(t, newWorld(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{})))
}

func code(t *testing.T, what string, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("%s: %q (%v), want %q", what, got, err, want)
	}
}

const (
	pending = outboundattempt.StatePENDING
	unknown = outboundattempt.StateUNKNOWN
	sent    = outboundattempt.StateSENT
	failed  = outboundattempt.StateFAILED
)
