package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/occurrence"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/catalog"
	"citrus.cx/channel/server/identity"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/secret"
)

type demoCommand struct{}

// demoPassword is every demo login's.
const demoPassword = "demo-demo-demo"

// Run serves the demo: the simulator as Reclame Aqui, data and logins made at the first start.
func (demoCommand) Run(p *process) error {
	if !loopback(p.config.Listen) {
		return fmt.Errorf("the demo's passwords are public: it listens on loopback alone, not on %s", p.config.Listen)
	}
	listener, err := net.Listen("tcp", p.config.Listen)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(p.ctx)
	defer stop()
	p.ctx = ctx
	var simulated *simulator
	if p.config.ReclameAquiURL == "" {
		if simulated, err = startSandbox(p.config, p.log); err != nil {
			return errors.Join(err, listener.Close())
		}
		p.config.ReclameAquiURL = "http://" + simulated.address + "/api"
	}
	var others sync.WaitGroup
	if simulated != nil {
		others.Go(func() { // a simulator that cannot go on ends the demo
			defer stop()
			if err := simulated.run(ctx); err != nil {
				p.log.Error("simulator", "error", err)
			}
		})
	}
	err = p.demo(listener, simulated)
	stop()
	others.Wait()
	return err
}

func (p *process) demo(listener net.Listener, simulated *simulator) error {
	d, s, err := p.open("demo.db", p.config.public(listener.Addr().String()))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	h := newHouse(p, d, s, true)
	id, err := seedUsersAndLists(p.ctx, d.Writer, s)
	if err != nil {
		return errors.Join(explain(err), listener.Close(), d.Close())
	}
	announce(p.stdout, listener.Addr().String(), simulated)
	var seeding sync.WaitGroup
	defer seeding.Wait()
	// Pages are fetched through the front door's own services while it is open already.
	seeding.Go(func() { p.connect(s, id, simulated) })
	return h.run(p.ctx, listener)
}

// connect completes and activates the demo's integration, as an administrator would, and lets life into the simulator.
func (p *process) connect(s *services, id string, simulated *simulator) {
	ctx := identity.System(p.ctx)
	if err := connect(ctx, s, id); err != nil {
		if p.ctx.Err() == nil {
			p.log.Error("the demo's integration could not be activated; do it in GraphiQL", "error", explain(err))
		}
		return
	}
	if simulated == nil {
		return
	}
	callbacks, err := s.integration.Callbacks(ctx, []string{id})
	if err != nil {
		p.log.Error("callback url", "error", err)
		return
	}
	simulated.SetCallback(callbacks[id].URL)
	if !simulated.Restored() {
		simulated.SetLife(true)
	}
}

func connect(ctx context.Context, s *services, id string) error {
	row, err := whole(ctx, s, id)
	if err != nil || row.State != integration.StateDRAFT {
		return err
	}
	if _, err := s.integration.FetchPages(ctx, id, ""); err != nil {
		return err
	}
	if row, err = whole(ctx, s, id); err != nil {
		return err
	}
	page := fmt.Sprint(row.AvailablePages[0].ID)
	if _, err := s.integration.Update(ctx, id, row.Version, account.Change{PageID: give(page)}, ""); err != nil {
		return err
	}
	_, err = s.integration.Activate(ctx, id, "")
	return err
}

func whole(ctx context.Context, s *services, id string) (*db.Integration, error) {
	rows, err := s.integration.Wholes(ctx, []string{id})
	return rows[id], err
}

func give[T any](v T) account.Set[T] { return account.Set[T]{Given: true, Value: &v} }

func announce(w io.Writer, address string, simulated *simulator) {
	fmt.Fprintf(w, `
  GraphiQL      http://%[1]s/graphiql
  GraphQL       http://%[1]s/graphql        (WebSocket: ws://%[1]s/graphql)
  Contract      http://%[1]s/schema.graphql
`, address)
	if simulated != nil {
		fmt.Fprintf(w, "  Reclame Aqui  http://%s/               (simulator: make complaints, play the consumer)\n", simulated.address)
	}
	fmt.Fprintf(w, `
  Logins        admin@demo.test  supervisor@demo.test  agent@demo.test  agent2@demo.test
  Password      %s

`, demoPassword)
}

// seedUsersAndLists makes the demo's data at the first start and returns the integration's id. A
// database that is in use already but has no demo is left alone.
func seedUsersAndLists(ctx context.Context, w *db.Client, s *services) (string, error) {
	ctx = identity.System(ctx)
	known, err := w.User.Query().Where(user.EmailFolded("admin@demo.test")).Exist(ctx)
	if err != nil {
		return "", err
	}
	if n, err := w.User.Query().Count(ctx); err != nil || (n > 0 && !known) {
		return "", errors.Join(err, errors.New("this database is in use and is no demo's; give the demo one of its own"))
	}
	id, err := w.Integration.Query().Order(db.Asc(integration.FieldID)).FirstID(ctx)
	if err == nil {
		return id, nil
	}
	if !db.IsNotFound(err) {
		return "", err
	}
	return seed(ctx, s)
}

// sower makes entries one after another, each once: what a start that was cut off has made is found again by its key.
type sower struct {
	ctx context.Context
	s   *services
	err error
}

func (g *sower) must(id string, err error) string {
	if err != nil && g.err == nil {
		g.err = err
	}
	return id
}

func seed(ctx context.Context, s *services) (string, error) {
	g := &sower{ctx: ctx, s: s}
	c := s.catalog
	customers := g.must(c.CreateCustomerType(ctx, catalog.CustomerTypeInput{Name: "Pessoa física"}, "demo-1"))
	g.must(c.CreateCustomerType(ctx, catalog.CustomerTypeInput{Name: "Pessoa jurídica"}, "demo-2"))
	region := g.must(c.CreateRegion(ctx, catalog.RegionInput{Name: "Sudeste"}, "demo-1"))
	g.must(c.CreateRegion(ctx, catalog.RegionInput{Name: "São Paulo e região"}, "demo-2"))
	group := g.must(c.CreateSyncGroup(ctx, catalog.SyncGroupInput{Name: "Prioritário"}, "demo-1"))
	service := g.must(c.CreateSector(ctx, catalog.SectorInput{Name: "Atendimento"}, "demo-1"))
	finance := g.must(c.CreateSector(ctx, catalog.SectorInput{Name: "Financeiro"}, "demo-2"))
	kind := g.must(c.CreateOccurrenceType(ctx, catalog.OccurrenceTypeInput{Name: "Reclamação", SectorID: service}, "demo-1"))
	days, unit := 5, occurrence.SLAUnitDAYS
	what := g.must(c.CreateOccurrence(ctx, catalog.OccurrenceInput{Name: "Reclame Aqui", OccurrenceTypeID: kind, SLAValue: &days, SLAUnit: &unit}, "demo-1"))
	solved := g.must(c.CreateSolution(ctx, catalog.SolutionInput{Name: "Resolvido com o cliente", OccurrenceID: what}, "demo-1"))
	closed := g.must(c.CreateSolution(ctx, catalog.SolutionInput{Name: "Encerrado pelo Reclame Aqui", OccurrenceID: what}, "demo-2"))
	g.elsewhere(kind, finance)
	admin := g.user("admin@demo.test", "Ana Administradora", user.RoleADMIN)
	g.user("supervisor@demo.test", "Sérgio Supervisor", user.RoleSUPERVISOR)
	g.user("agent@demo.test", "Alice Atendente", user.RoleAGENT, service)
	g.user("agent2@demo.test", "Bruno Atendente", user.RoleAGENT, service)
	if g.err != nil {
		return "", g.err
	}
	id, err := s.integration.Create(ctx, account.Draft{
		Name: "Loja Aurora no Reclame Aqui", Channel: integration.ChannelRECLAME_AQUI, Kind: integration.KindRECLAME_AQUI,
	}, "demo-1")
	if err != nil {
		return "", err
	}
	password := secret.Text("demo-secret")
	_, err = s.integration.Update(ctx, id, 1, account.Change{
		CompanyEmail: give("reclameaqui@loja-aurora.example.com"), APIUsername: give("demo-client"), APIPassword: give(password),
		SyncIntervalMinutes: give(10), RetroactiveMonths: give(12), SyncGroupID: give(group), AutoConversion: give(true),
		CustomerTypeID: give(customers), RegionID: give(region), CreatorID: give(admin), SectorID: give(service),
		OccurrenceTypeID: give(kind), OccurrenceID: give(what),
		SolutionIDs: give([]string{solved, closed}), DefaultSolutionID: give(closed),
	}, "demo-1")
	return id, err
}

// elsewhere makes what tickets can be transferred to: another sub-subject of a subject, and another sector.
func (g *sower) elsewhere(kind, sector string) {
	c, hours, unit := g.s.catalog, 48, occurrence.SLAUnitHOURS
	exchange := g.must(c.CreateOccurrence(g.ctx, catalog.OccurrenceInput{Name: "Troca ou devolução", OccurrenceTypeID: kind}, "demo-2"))
	g.must(c.CreateSolution(g.ctx, catalog.SolutionInput{Name: "Produto trocado", OccurrenceID: exchange}, "demo-3"))
	billing := g.must(c.CreateOccurrenceType(g.ctx, catalog.OccurrenceTypeInput{Name: "Cobrança", SectorID: sector}, "demo-2"))
	wrong := g.must(c.CreateOccurrence(g.ctx, catalog.OccurrenceInput{Name: "Cobrança indevida", OccurrenceTypeID: billing, SLAValue: &hours, SLAUnit: &unit}, "demo-3"))
	g.must(c.CreateSolution(g.ctx, catalog.SolutionInput{Name: "Valor estornado", OccurrenceID: wrong}, "demo-4"))
}

func (g *sower) user(email, name string, role user.Role, sectors ...string) string {
	return g.must(g.s.identity.CreateUser(g.ctx, identity.NewUser{
		Email: email, Name: name, Role: role, SectorIDs: sectors, Password: demoPassword,
	}, "demo-"+email))
}
