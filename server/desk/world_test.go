package desk

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/occurrence"
	tickets "citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
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

// world is a company with two sectors. The ticket is the first one's, about what the integration names.
//
//	SAC     Reclamação  Entrega (5 days)  Resolvido, Encerrado, Cupom (of these the integration allows the first two), Velho (archived)
//	                    Troca (no SLA)    Trocado
//	Vendas  Pagamento   Boleto (12 hours) Estornado
//
// Ana and Bia are agents of SAC, Caio one of Vendas, Davi one of both, Elis supervises, Zeca is archived.
type world struct {
	*Service
	t  *testing.T
	d  *database.DB
	id map[string]string // of all of the above, by name
	// ticketID is the ticket's.
	ticketID string
}

func each(t *testing.T, run func(t *testing.T, w *world)) {
	t.Helper()
	databasetest.Each(t, func(t *testing.T, d *database.DB) { run(t, newWorld(t, d)) })
}

func newWorld(t *testing.T, d *database.DB) *world {
	t.Helper()
	identity.Guard(d.Reader)
	now := func() time.Time { return began.Add(time.Hour) }
	log := event.NewLog(d, event.Options{Now: now, AsSystem: identity.System})
	in := inbox.New(d, inbox.Options{Now: now, AsSystem: identity.System})
	w := &world{t: t, d: d, id: map[string]string{}}
	w.Service = New(d, ticket.NewStore(d, log, in, now, time.UTC, slog.New(slog.DiscardHandler)))
	ctx, c := context.Background(), d.Writer
	for _, name := range []string{"SAC", "Vendas", "Extinto"} {
		w.id[name] = c.Sector.Create().SetName(name).SetNameFolded(name).SetCode(name).SetCodeFolded(name).SaveX(ctx).ID
	}
	c.Sector.UpdateOneID(w.id["Extinto"]).SetArchivedAt(began).ExecX(ctx)
	w.subject("Reclamação", "SAC")
	w.subject("Pagamento", "Vendas")
	w.detail("Entrega", "Reclamação", 5, occurrence.SLAUnitDAYS, "Resolvido", "Encerrado", "Cupom", "Velho")
	w.detail("Troca", "Reclamação", 0, "", "Trocado")
	w.detail("Boleto", "Pagamento", 12, occurrence.SLAUnitHOURS, "Estornado")
	c.Solution.UpdateOneID(w.id["Velho"]).SetArchivedAt(began).ExecX(ctx)
	w.person("Ana", user.RoleAGENT, "SAC")
	w.person("Bia", user.RoleAGENT, "SAC")
	w.person("Caio", user.RoleAGENT, "Vendas")
	w.person("Davi", user.RoleAGENT, "SAC", "Vendas")
	w.person("Elis", user.RoleSUPERVISOR)
	w.person("Zeca", user.RoleAGENT, "SAC")
	c.User.UpdateOneID(w.id["Zeca"]).SetArchivedAt(began).ExecX(ctx)
	page := c.Integration.Create().SetName("x").SetNameFolded("x").SetChannel(integration.ChannelRECLAME_AQUI).SetKind(integration.KindRECLAME_AQUI).
		SetOccurrenceID(w.id["Entrega"]).AddSolutionIDs(w.id["Resolvido"], w.id["Encerrado"]).SaveX(ctx)
	w.id["page"] = page.ID
	w.ticketID = w.newTicket(1)
	return w
}

func (w *world) subject(name, sector string) {
	w.id[name] = w.d.Writer.OccurrenceType.Create().SetName(name).SetNameFolded(name).SetCode(name).SetCodeFolded(name).
		SetSectorID(w.id[sector]).SaveX(context.Background()).ID
}

func (w *world) detail(name, subject string, sla int, unit occurrence.SLAUnit, solutions ...string) {
	ctx, c := context.Background(), w.d.Writer
	create := c.Occurrence.Create().SetName(name).SetNameFolded(name).SetCode(name).SetCodeFolded(name).SetOccurrenceTypeID(w.id[subject])
	if sla > 0 {
		create.SetSLAValue(sla).SetSLAUnit(unit)
	}
	w.id[name] = create.SaveX(ctx).ID
	for _, s := range solutions {
		w.id[s] = c.Solution.Create().SetName(s).SetNameFolded(strings.ToLower(s)).SetCode(s).SetCodeFolded(s).SetOccurrenceID(w.id[name]).SaveX(ctx).ID
	}
}

func (w *world) person(name string, role user.Role, sectors ...string) {
	create := w.d.Writer.User.Create().SetEmail(name + "@example.com").SetEmailFolded(name + "@example.com").SetName(name).SetNameFolded(name).
		SetRole(role).SetPasswordHash("-")
	for _, s := range sectors {
		create.AddSectorIDs(w.id[s])
	}
	w.id[name] = create.SaveX(context.Background()).ID
}

// newTicket makes one in SAC, about Entrega.
func (w *world) newTicket(number int64) string {
	ctx, c, name := context.Background(), w.d.Writer, fmt.Sprint("x", number)
	kind := c.CustomerType.Create().SetName(name).SetNameFolded(name).SetCode(name).SetCodeFolded(name).SaveX(ctx)
	region := c.Region.Create().SetName(name).SetNameFolded(name).SetCode(name).SetCodeFolded(name).SaveX(ctx)
	consumer := c.Customer.Create().SetCode(name).SetName("Consumidora").SetNameFolded("consumidora").
		SetEmails([]string{}).SetPhones([]string{}).SetDocuments([]string{}).SetCustomerType(kind).SetRegion(region).SaveX(ctx)
	create := c.Ticket.Create().SetProtocol(fmt.Sprintf("2026%08d", number)).SetStatus(tickets.StatusIN_PROGRESS).SetOpenedAt(began).SetOccurredAt(began).
		SetLastChangedAt(began).SetIntegrationID(w.id["page"]).SetCustomer(consumer).SetCreatorID(w.id["Elis"]).SetSectorID(w.id["SAC"]).
		SetOccurrenceTypeID(w.id["Reclamação"]).SetOccurrenceID(w.id["Entrega"]).SetTitle("t").SetDescription("d").SetComplaintID(number).
		SetSourceID("1").SetRaStatusID(5).SetRaStatusName("x").SetRaModifiedAt(began).SetReadAt(began)
	ticket.SetDue(create.Mutation(), ticket.Due(began, 5*24*time.Hour))
	return create.SaveX(ctx).ID
}

// as gives the context of somebody, with the role and the sectors that he has now.
func (w *world) as(name string) context.Context {
	w.t.Helper()
	u := w.d.Writer.User.Query().Where(user.ID(w.id[name])).WithSectors().OnlyX(context.Background())
	v := identity.Viewer{UserID: u.ID, Name: u.Name, Role: u.Role}
	for _, s := range u.Edges.Sectors {
		v.SectorIDs = append(v.SectorIDs, s.ID)
	}
	return identity.With(context.Background(), v)
}

// one gives the id of an entry as a pointer, nil for "".
func (w *world) one(name string) *string {
	if name == "" {
		return nil
	}
	id, ok := w.id[name]
	if !ok {
		id = name
	}
	return &id
}

// on is the ticket, whatever its version.
func (w *world) on() Target { return Target{TicketID: w.ticketID} }

func (w *world) ticket() *db.Ticket {
	return w.d.Writer.Ticket.GetX(context.Background(), w.ticketID)
}

// transfer goes where the last one of its names is.
func (w *world) transfer(sector, subject, detail string) Transfer {
	return Transfer{Target: w.on(), SectorID: *w.one(sector), OccurrenceTypeID: *w.one(subject), OccurrenceID: *w.one(detail)}
}

// events are the ticket's, which must be one a version.
func (w *world) events() []*db.TicketEvent {
	w.t.Helper()
	list := w.d.Writer.TicketEvent.Query().Where(ticketevent.TicketID(w.ticketID)).Order(ticketevent.ByID()).AllX(context.Background())
	for i, e := range list {
		if e.TicketVersion != i+2 {
			w.t.Errorf("event %d is of version %d", i+1, e.TicketVersion)
		}
	}
	if row := w.ticket(); row.Version != len(list)+1 {
		w.t.Errorf("version %d after %d events", row.Version, len(list))
	}
	return list
}

// told is what the last event says: "KIND field: old → new, …", entries by their names.
func (w *world) told() string {
	w.t.Helper()
	list := w.events()
	if len(list) == 0 {
		return ""
	}
	e := list[len(list)-1]
	var said []string
	for _, c := range e.Changes {
		said = append(said, c.Field+": "+w.name(c.Old)+" → "+w.name(c.New))
	}
	return string(e.Kind) + " " + strings.Join(said, ", ")
}

func (w *world) name(id *string) string {
	if id == nil {
		return "–"
	}
	for name, known := range w.id {
		if known == *id {
			return name
		}
	}
	if schema.PrefixOf(*id) == schema.PrefixInternalNote {
		return "a note"
	}
	return *id
}

// allowed are the names of the solutions that may end the ticket.
func (w *world) allowed() (names []string) {
	of := SettingOf(w.ticket())
	list, err := AllowedSolutions(w.as("Ana"), w.d.Reader, []Setting{of})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range list[of] {
		names = append(names, s.Name)
	}
	return names
}

// want compares the faults of an error with "CODE@field CODE@field".
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

func same(t *testing.T, what string, got, expected []string) {
	t.Helper()
	if !slices.Equal(got, expected) {
		t.Errorf("%s: %q, want %q", what, got, expected)
	}
}
