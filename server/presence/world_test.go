package presence

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/replyclaim"
	tickets "citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/inbox"
	_ "citrus.cx/channel/server/seeded"
	"citrus.cx/channel/server/ticket"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var began = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// house is a process: who listens to it, and its claims.
type house struct {
	*Service
	people *identity.Service
}

// world is two processes on one database with a ticket in SAC. Ana and Bia are agents of SAC, Caio is one of Vendas,
// Elis supervises.
type world struct {
	t        *testing.T
	d        *database.DB
	store    *ticket.Store
	passed   atomic.Int64 // of time since the world began
	a, b     *house
	id       map[string]string // by name
	ticketID string
}

func each(t *testing.T, run func(t *testing.T, w *world)) {
	t.Helper()
	databasetest.Each(t, func(t *testing.T, d *database.DB) { run(t, newWorld(t, d)) })
}

func newWorld(t *testing.T, d *database.DB) *world {
	t.Helper()
	identity.Guard(d.Reader)
	w := &world{t: t, d: d, id: map[string]string{}}
	log := event.NewLog(d, event.Options{Now: w.now, AsSystem: identity.System})
	in := inbox.New(d, inbox.Options{Now: w.now, AsSystem: identity.System})
	w.store = ticket.NewStore(d, log, in, w.now, time.UTC, slog.New(slog.DiscardHandler))
	w.a, w.b = w.house(), w.house()
	ctx, c := context.Background(), d.Writer
	for _, name := range []string{"SAC", "Vendas"} {
		w.id[name] = c.Sector.Create().SetName(name).SetNameFolded(name).SetCode(name).SetCodeFolded(name).SaveX(ctx).ID
	}
	w.person("Ana", user.RoleAGENT, "SAC")
	w.person("Bia", user.RoleAGENT, "SAC")
	w.person("Caio", user.RoleAGENT, "Vendas")
	w.person("Elis", user.RoleSUPERVISOR)
	w.newTicket()
	return w
}

func (w *world) now() time.Time        { return began.Add(time.Duration(w.passed.Load())) }
func (w *world) later(d time.Duration) { w.passed.Add(int64(d)) }

func (w *world) house() *house {
	people, err := identity.New(w.d, identity.Options{SigningKey: []byte(strings.Repeat("k", 32)), Now: w.now})
	if err != nil {
		w.t.Fatal(err)
	}
	return &house{New(w.d, Options{Tickets: w.store, Listening: people.Listening, Now: w.now, Log: slog.New(slog.DiscardHandler)}), people}
}

func (w *world) person(name string, role user.Role, sectors ...string) {
	create := w.d.Writer.User.Create().SetEmail(name + "@example.com").SetEmailFolded(name + "@example.com").SetName(name).SetNameFolded(name).
		SetRole(role).SetPasswordHash("-")
	for _, s := range sectors {
		create.AddSectorIDs(w.id[s])
	}
	w.id[name] = create.SaveX(context.Background()).ID
}

func (w *world) newTicket() {
	ctx, c := context.Background(), w.d.Writer
	kind := c.CustomerType.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	region := c.Region.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(ctx)
	subject := c.OccurrenceType.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetSectorID(w.id["SAC"]).SaveX(ctx)
	detail := c.Occurrence.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SetOccurrenceType(subject).SaveX(ctx)
	consumer := c.Customer.Create().SetCode("x").SetName("Consumidora").SetNameFolded("consumidora").
		SetEmails([]string{}).SetPhones([]string{}).SetDocuments([]string{}).SetCustomerType(kind).SetRegion(region).SaveX(ctx)
	page := c.Integration.Create().SetName("x").SetNameFolded("x").SetChannel(integration.ChannelRECLAME_AQUI).SetKind(integration.KindRECLAME_AQUI).SaveX(ctx)
	w.ticketID = c.Ticket.Create().SetProtocol("202600000001").SetStatus(tickets.StatusIN_PROGRESS).SetOpenedAt(began).SetOccurredAt(began).
		SetLastChangedAt(began).SetIntegration(page).SetCustomer(consumer).SetCreatorID(w.id["Elis"]).SetSectorID(w.id["SAC"]).
		SetOccurrenceType(subject).SetOccurrence(detail).SetTitle("t").SetDescription("d").SetComplaintID(1).
		SetSourceID("1").SetRaStatusID(5).SetRaStatusName("x").SetRaModifiedAt(began).SetReadAt(began).SaveX(ctx).ID
}

// as gives the context of somebody; his session is named as he is.
func (w *world) as(name string) context.Context {
	w.t.Helper()
	u := w.d.Writer.User.Query().Where(user.ID(w.id[name])).WithSectors().OnlyX(context.Background())
	v := identity.Viewer{UserID: u.ID, Name: u.Name, Role: u.Role, SessionID: name}
	for _, s := range u.Edges.Sectors {
		v.SectorIDs = append(v.SectorIDs, s.ID)
	}
	return identity.With(context.Background(), v)
}

// listens opens a socket.
func (w *world) listens(h *house, name string) *identity.Hold {
	hold, ok := h.people.Listen(w.as(name), func() {})
	if !ok {
		w.t.Fatal("nobody listens")
	}
	return hold
}

// claims wants a claim to succeed, over whom ("" for nobody).
func (w *world) claims(h *house, name, over string) {
	w.t.Helper()
	from, err := h.Claim(w.as(name), w.ticketID, "")
	if err != nil || from != w.id[over] {
		w.t.Errorf("%s claims it over %q, %v, want over %q", name, w.name(from), err, over)
	}
}

// turns has processes look at the claims, every second for so long.
func (w *world) turns(d time.Duration, houses ...*house) {
	w.t.Helper()
	for range int(d / turnEvery) {
		w.later(turnEvery)
		for _, h := range houses {
			if err := h.turn(context.Background()); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

// holder is whose claim is shown; "" for nobody's.
func (w *world) holder() string {
	c, err := w.d.Reader.ReplyClaim.Query().Where(replyclaim.TicketID(w.ticketID), Living(w.now())).Only(w.as("Ana"))
	if db.IsNotFound(err) {
		return ""
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return w.name(c.UserID)
}

func (w *world) shows(when, name string) {
	w.t.Helper()
	if got := w.holder(); got != name {
		w.t.Errorf("%s: %q is answering, want %q", when, got, name)
	}
}

func (w *world) name(id string) string {
	for name, known := range w.id {
		if known == id {
			return name
		}
	}
	return id
}

// told wants the ticket's events to be these: "CLAIMED Ana: Bia → Ana". The ticket itself must be as it was.
func (w *world) told(want ...string) {
	w.t.Helper()
	ctx := context.Background()
	var got []string
	for _, e := range w.d.Writer.TicketEvent.Query().Where(ticketevent.TicketID(w.ticketID)).Order(ticketevent.ByID()).AllX(ctx) {
		by, cause, said := string(e.ActorKind), ticketevent.CauseCLAIM_LAPSED, e.Changes[0]
		if e.ActorID != nil {
			by, cause = w.name(*e.ActorID), ticketevent.CauseAGENT_ACTION
		}
		if e.Cause != cause {
			w.t.Errorf("%s by %s is because of %s", e.Kind, by, e.Cause)
		}
		if len(e.Changes) != 1 || said.Field != "replyClaim" || e.TicketVersion != 1 {
			w.t.Errorf("an event %v of version %d", e.Changes, e.TicketVersion)
		}
		got = append(got, fmt.Sprintf("%s %s: %s → %s", strings.TrimPrefix(string(e.Kind), "REPLY_"), by, w.nameOr(said.Old), w.nameOr(said.New)))
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if row := w.d.Writer.Ticket.GetX(ctx, w.ticketID); row.Version != 1 || !row.LastChangedAt.Equal(began) {
		w.t.Errorf("the ticket has become version %d, changed at %s", row.Version, row.LastChangedAt)
	}
}

func (w *world) nameOr(id *string) string {
	if id == nil {
		return "–"
	}
	return w.name(*id)
}

// want compares the faults of an error with "CODE@field".
func want(t *testing.T, err error, what, expected string) {
	t.Helper()
	list, ok := fault.All(err)
	if err != nil && !ok {
		t.Errorf("%s: %v", what, err)
		return
	}
	var got []string
	for _, f := range list {
		got = append(got, string(f.Code)+"@"+strings.Join(f.Field, "."))
	}
	if s := strings.Join(got, " "); s != expected {
		t.Errorf("%s: %q, want %q", what, s, expected)
	}
}

// together runs work n times at once and gives the errors.
func together(n int, work func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = work(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}
