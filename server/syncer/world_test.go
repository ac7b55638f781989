package syncer

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/syncstate"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/inbox"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/secret"
	"citrus.cx/channel/server/ticket"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const pageID = 900001

// entry is a complaint at the small Reclame Aqui of these tests.
type entry struct {
	id                int64
	created, modified time.Time
	status            int
	title             string
	broken            bool // its id has no readable form
	undated           bool // its creation date has none
	company           int64
}

// ra is a small Reclame Aqui: token, list, count and read by ids, with the page size that it likes.
type ra struct {
	mu      sync.Mutex
	entries map[int64]*entry
	now     func() time.Time
	clamp   int
	// mixes says that it ignores the filter by company.
	mixes bool
	// single says that it takes no id[in], strict that it answers 404 for a number that it does not know.
	single, strict bool
	// fail is what the next calls answer instead, by status.
	fail []int
	// down are accounts whose calls fail, by status; 200 is a body that cannot be read.
	down map[string]int
	// calls are the queries that came.
	calls []url.Values
	// lie changes the totals that are told.
	lie func(total int) int
	// limit is the calls a minute that it tells of.
	limit int
	// during runs while a list is answered, before it is read.
	during func(call int)
}

func (r *ra) put(e entry) {
	if e.status == 0 {
		e.status = 5
	}
	if e.company == 0 {
		e.company = pageID
	}
	r.entries[e.id] = &e
}

// RoundTrip answers without a socket.
func (r *ra) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := httptest.NewRecorder()
	w.Header().Set("Date", r.now().UTC().Format(http.TimeFormat))
	who := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
	switch status := r.down[who]; {
	case strings.HasSuffix(req.URL.Path, "/oauth/token"):
		who, _, _ = req.BasicAuth()
		fmt.Fprint(w, `{"access_token":"`+who+`","token_type":"bearer","expires_in":86400,"rate_limit":`+strconv.Itoa(cmp.Or(r.limit, 100000))+`}`)
	case status != 0:
		w.WriteHeader(status)
		fmt.Fprint(w, `{"data":[`)
	case len(r.fail) > 0:
		w.WriteHeader(r.fail[0])
		fmt.Fprint(w, `{"message":"x","code":`+strconv.Itoa(r.fail[0]*10)+`}`)
		r.fail = r.fail[1:]
	default:
		r.list(w, req.URL)
	}
	return w.Result(), nil
}

func (r *ra) list(w http.ResponseWriter, u *url.URL) {
	q := u.Query()
	r.calls = append(r.calls, q)
	if r.during != nil {
		r.during(len(r.calls))
	}
	if r.single && strings.Contains(q.Get("id[in]"), ",") {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"message":"x","code":4000}`)
		return
	}
	rows := r.matching(q)
	if r.strict && q.Get("id[eq]") != "" && len(rows) == 0 {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"message":"x","code":4040}`)
		return
	}
	total := len(rows)
	if r.lie != nil {
		total = r.lie(total)
	}
	if strings.HasSuffix(u.Path, "/count") {
		fmt.Fprintf(w, `{"data":%d}`, total)
		return
	}
	number, _ := strconv.Atoi(cmp.Or(q.Get("page[number]"), "1"))
	first := min((number-1)*r.clamp, len(rows))
	var data []json.RawMessage
	for _, e := range rows[first:min(first+r.clamp, len(rows))] {
		data = append(data, e.row())
	}
	if data == nil {
		data = []json.RawMessage{}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data, "meta": map[string]any{
		"page": map[string]any{"number": number, "size": 50}, "total": total,
	}})
}

func (r *ra) matching(q url.Values) (rows []*entry) {
	is := func(key string, ok func(time.Time) bool) bool {
		if q.Get(key) == "" {
			return true
		}
		at, err := time.Parse(time.RFC3339, q.Get(key))
		return err == nil && ok(at)
	}
	for _, e := range r.entries {
		ids := q.Get("id[in]") + q.Get("id[eq]")
		if (q.Get("company.id[eq]") == "" || r.mixes || q.Get("company.id[eq]") == fmt.Sprint(e.company)) &&
			is("creation_date[gte]", func(t time.Time) bool { return !e.created.Before(t) }) &&
			is("creation_date[lte]", func(t time.Time) bool { return !e.created.After(t) }) &&
			is("last_modification_date[gte]", func(t time.Time) bool { return !e.modified.Before(t) }) &&
			is("last_modification_date[lte]", func(t time.Time) bool { return !e.modified.After(t) }) &&
			(ids == "" || slices.Contains(strings.Split(ids, ","), fmt.Sprint(e.id))) &&
			(q.Get("source_external_id[eq]") == "" || q.Get("source_external_id[eq]") == fmt.Sprint(e.id+1000000)) {
			rows = append(rows, e)
		}
	}
	slices.SortFunc(rows, func(a, b *entry) int {
		if q.Get("sort[creation_date]") == "desc" {
			return cmp.Or(b.created.Compare(a.created), cmp.Compare(a.id, b.id))
		}
		return cmp.Compare(a.id, b.id)
	})
	return rows
}

func (e *entry) row() json.RawMessage {
	if e.broken {
		return json.RawMessage(fmt.Sprintf(`{"id":"%d x"}`, e.id))
	}
	var b bytes.Buffer
	const layout = "2006-01-02T15:04:05.000Z"
	created := e.created.Format(layout)
	if e.undated {
		created = "ontem à tarde"
	}
	_ = json.NewEncoder(&b).Encode(map[string]any{
		"id": e.id, "source_external_id": fmt.Sprint(e.id + 1000000), "creation_date": created,
		"last_modification_date": e.modified.Format(layout), "complaint_title": e.title, "complaint_content": "x",
		"ra_status": map[string]any{"id": e.status, "name": "x"}, "company": map[string]any{"id": e.company, "name": "Loja Aurora"},
		"customer": map[string]any{"id": e.id, "name": "Maria", "email": []string{fmt.Sprintf("m%d@example.com", e.id)}},
	})
	return b.Bytes()
}

// world is a syncer with an active integration, stepped by hand, on a clock that a test moves.
type world struct {
	*database.DB
	*Syncer
	ra  *ra
	now time.Time
	id  string

	keys     *secret.Keyring
	template *db.Integration
	userID   string
}

func newWorld(t *testing.T, d *database.DB) *world {
	t.Helper()
	w := &world{DB: d, now: noon}
	w.ra = &ra{entries: map[int64]*entry{}, now: func() time.Time { return w.now }, clamp: 50, mixes: true}
	w.build(t, w.ra, quota.Options{Now: w.ra.now, DefaultLimit: 100000, Held: -1, Margin: -1, Window: time.Microsecond})
	w.id = w.activate(w.keys, 30*24*time.Hour)
	return w
}

// serial numbers the worlds.
var serial atomic.Int64

func (w *world) build(t *testing.T, reclameAqui http.RoundTripper, o quota.Options) {
	t.Helper()
	d, clock := w.DB, o.Now
	// An address of its own: what is found out of a Reclame Aqui is remembered by it.
	base := fmt.Sprintf("http://ra%d.example.com/api", serial.Add(1))
	keys, err := secret.NewKeyring(bytes.Repeat([]byte{7}, secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	w.keys = keys
	budgets := quota.New(d, o)
	in := inbox.New(d, inbox.Options{Now: clock, AsSystem: identity.System})
	accounts := account.New(d, account.Options{
		Keys: keys, Budgets: budgets, ReclameAquiURL: base, HTTP: &http.Client{Transport: reclameAqui}, Now: clock, Zone: time.UTC,
	})
	silent := slog.New(slog.DiscardHandler)
	w.Syncer = New(d, Options{
		Accounts: accounts, Tickets: ticket.NewStore(d, event.NewLog(d, event.Options{Now: clock}), in, clock, time.UTC, silent),
		Inbox: in, Budgets: budgets, Now: clock, AsSystem: identity.System, Log: silent,
	})
}

func (w *world) activate(keys *secret.Keyring, window time.Duration) string {
	ctx, c := context.Background(), w.Writer
	u := c.User.Create().SetEmail("ana@example.com").SetEmailFolded("ana@example.com").SetName("Ana").SetNameFolded("ana").
		SetRole(user.RoleAGENT).SetPasswordHash("-").SaveX(ctx)
	kind := c.CustomerType.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	region := c.Region.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	sector := c.Sector.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	subject := c.OccurrenceType.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetSector(sector).SaveX(ctx)
	detail := c.Occurrence.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetOccurrenceType(subject).SaveX(ctx)
	solution := c.Solution.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetOccurrence(detail).SaveX(ctx)
	w.template = c.Integration.Create().SetName("x").SetNameFolded("x").SetChannel(integration.ChannelRECLAME_AQUI).
		SetKind(integration.KindRECLAME_AQUI).SetState(integration.StateACTIVE).SetAPIUsername("client").
		SetSyncIntervalMinutes(10).SetRetroactiveMonths(1).SetPageID(pageID).SetAutoConversion(true).
		SetCustomerType(kind).SetRegion(region).SetCreator(u).SetSector(sector).SetOccurrenceType(subject).SetOccurrence(detail).
		SetDefaultSolution(solution).SaveX(ctx)
	w.userID = u.ID
	w.begin(keys, w.template, window)
	return w.template.ID
}

func (w *world) begin(keys *secret.Keyring, row *db.Integration, window time.Duration) {
	ctx, c := context.Background(), w.Writer
	c.Integration.UpdateOne(row).SetAPIPassword(keys.Seal([]byte("p"), "integrations", "api_password", row.ID)).ExecX(ctx)
	c.SyncState.Create().SetIntegrationID(row.ID).SetWindowFrom(w.now.Add(-window)).SetNextSyncAt(w.now.Add(10 * time.Minute)).ExecX(ctx)
}

// another is an integration of another page, of some account.
func (w *world) another(username string, page int64) string {
	x := w.template
	row := w.Writer.Integration.Create().SetName(fmt.Sprint(page)).SetNameFolded(fmt.Sprint(page)).SetChannel(x.Channel).
		SetKind(x.Kind).SetState(x.State).SetAPIUsername(username).
		SetSyncIntervalMinutes(10).SetRetroactiveMonths(1).SetPageID(page).SetAutoConversion(true).
		SetCustomerTypeID(*x.CustomerTypeID).SetRegionID(*x.RegionID).SetCreatorID(*x.CreatorID).SetSectorID(*x.SectorID).
		SetOccurrenceTypeID(*x.OccurrenceTypeID).SetOccurrenceID(*x.OccurrenceID).SetDefaultSolutionID(*x.DefaultSolutionID).
		SaveX(context.Background())
	w.begin(w.keys, row, 30*24*time.Hour)
	return row.ID
}

// step does the next task of each credential, if there is one that may be done now. The clock stands still meanwhile.
func (w *world) step(t *testing.T) bool {
	t.Helper()
	w.now = w.now.Add(time.Millisecond)
	if _, err := w.round(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(w.busy) == 0 {
		return false
	}
	for len(w.busy) > 0 {
		w.finish(<-w.done)
	}
	return true
}

// settle does all that may be done now, and says how many calls it was.
func (w *world) settle(t *testing.T) int {
	t.Helper()
	before := len(w.ra.calls)
	w.view.forget() // as Wake does: a test may have changed what is configured
	for steps := 0; w.step(t); steps++ {
		if steps > 200 {
			t.Fatal("it never ends")
		}
	}
	return len(w.ra.calls) - before
}

func (w *world) state() *db.SyncState {
	return w.Reader.SyncState.Query().Where(syncstate.IntegrationID(w.id)).OnlyX(context.Background())
}

func (w *world) titles() map[int64]string {
	titles := map[int64]string{}
	for _, row := range w.Reader.Ticket.Query().AllX(context.Background()) {
		titles[row.ComplaintID] = row.Title
	}
	return titles
}

func (w *world) breaker(t *testing.T) quota.Breaker {
	t.Helper()
	all, err := w.Budgets.Breakers(w.AsSystem(context.Background()))
	if err != nil {
		t.Fatal(err)
	}
	return all[w.Accounts.Credential(w.template)]
}

func each(t *testing.T, run func(t *testing.T, w *world)) {
	t.Helper()
	databasetest.Each(t, func(t *testing.T, d *database.DB) { run(t, newWorld(t, d)) })
}
