package app

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"
	_ "time/tzdata" // São Paulo's time also where the machine has no zone files

	"citrus.cx/channel/server/callback"
	"citrus.cx/channel/server/catalog"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/delivery"
	"citrus.cx/channel/server/desk"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/health"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/inbox"
	"citrus.cx/channel/server/inquiry"
	"citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/mirror"
	"citrus.cx/channel/server/outbound"
	"citrus.cx/channel/server/presence"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/retention"
	"citrus.cx/channel/server/secret"
	"citrus.cx/channel/server/syncer"
	"citrus.cx/channel/server/ticket"
	"citrus.cx/channel/server/upload"
)

// services are the rooms of the house, wired.
type services struct {
	zone        *time.Location
	keys        *secret.Keyring
	identity    *identity.Service
	catalog     *catalog.Service
	budgets     *quota.Budgets
	inbox       *inbox.Inbox
	log         *event.Log
	tickets     *ticket.Store
	integration *integration.Service
	uploads     *upload.Service
	desk        *desk.Service
	outbound    *outbound.Service
	presence    *presence.Service
	inquiry     *inquiry.Service
	health      *health.Service
	syncer      *syncer.Syncer
	mirror      *mirror.Service
	callback    *callback.Handler
	deliveries  *delivery.Service
	retention   *retention.Sweeper
}

// open brings the database up to date, opens it and wires everything that stands on it. Read
// from top to bottom, each line uses what stands above it.
func (p *process) open(file, public string) (*database.DB, *services, error) {
	url := p.config.database(file)
	keys, err := p.config.keyring(p.log)
	if err != nil {
		return nil, nil, err
	}
	if _, err := database.Migrate(p.ctx, url); err != nil {
		return nil, nil, err
	}
	d, err := database.Open(p.ctx, url, database.Options{})
	if err != nil {
		return nil, nil, err
	}
	s, err := wire(d, keys, p.config, public, p.log)
	if err != nil {
		d.Close()
		return nil, nil, err
	}
	return d, s, nil
}

func wire(d *database.DB, keys *secret.Keyring, c Config, public string, log *slog.Logger) (*services, error) {
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		return nil, err
	}
	now := func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
	identity.Guard(d.Reader)
	s := &services{zone: zone, keys: keys}
	s.identity, err = identity.New(d, identity.Options{SigningKey: keys.Derive("access tokens"), Now: now})
	if err != nil {
		return nil, err
	}
	s.catalog = catalog.New(d)
	s.budgets = quota.New(d, quota.Options{})
	s.inbox = inbox.New(d, inbox.Options{Now: now, AsSystem: asSystem})
	s.log = event.NewLog(d, event.Options{Now: now, AsSystem: asSystem, Log: log, Keep: c.replayed()})
	s.tickets = ticket.NewStore(d, s.log, s.inbox, now, zone, log)
	s.integration = integration.New(d, integration.Options{
		Keys: keys, Budgets: s.budgets, ReclameAquiURL: c.reclameAqui(), PublicURL: public, Now: now, Zone: zone,
		Changed: func() { s.syncer.Wake() },
	})
	folder, err := upload.OpenFolder(filepath.Join(c.DataDir, "uploads"))
	if err != nil {
		return nil, err
	}
	s.uploads = upload.New(d, upload.Options{Store: folder, Now: now, Log: log})
	s.desk = desk.New(d, s.tickets)
	s.outbound = outbound.New(d, outbound.Options{
		Accounts: s.integration, Tickets: s.tickets, Inbox: s.inbox, Uploads: s.uploads, Defaults: s.integration.Defaults, Now: now, Log: log,
	})
	s.presence = presence.New(d, presence.Options{Tickets: s.tickets, Listening: s.identity.Listening, Now: now, Log: log})
	s.inquiry = inquiry.New(d, s.integration, now)
	s.health = health.New(d, health.Options{
		Credential: s.integration.Credential, Opens: s.integration.Opens, Now: now, AsSystem: asSystem, Log: log,
	})
	s.syncer = syncer.New(d, syncer.Options{
		Accounts: s.integration, Tickets: s.tickets, Inbox: s.inbox, Budgets: s.budgets, Now: now, AsSystem: asSystem, Log: log,
	})
	s.mirror = mirror.New(d, mirror.Options{
		Accounts: s.integration, Budgets: s.budgets, Inbox: s.inbox, Now: now, Changed: s.syncer.Wake, Log: log,
	})
	s.callback = callback.New(d, s.inbox, callback.Options{Now: now, Log: log, AsSystem: asSystem})
	s.deliveries = delivery.New(d, s.inbox, now)
	s.retention = retention.New(d, retention.Options{Deliveries: time.Duration(c.KeepDeliveries) * 24 * time.Hour, Now: now, Log: log})
	return s, nil
}

// replayedEvents is how many updates are replayed at most to who was away: some minutes of reading.
const replayedEvents = 1_000_000

func (c Config) replayed() event.Keep {
	return event.Keep{Age: time.Duration(c.KeepEvents) * 24 * time.Hour, Count: replayedEvents}
}

func asSystem(ctx context.Context) context.Context { return identity.System(ctx) }

func (c Config) reclameAqui() string {
	if c.ReclameAquiURL != "" {
		return c.ReclameAquiURL
	}
	return reclameAquiAPI
}
