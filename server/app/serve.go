package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"citrus.cx/channel/graph"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/origin"
	"citrus.cx/channel/server/upload"
)

type serveCommand struct{}

// Run serves the API until it is told to end.
func (serveCommand) Run(p *process) error {
	listener, err := net.Listen("tcp", p.config.Listen)
	if err != nil {
		return err
	}
	d, s, err := p.open("citrus.db", p.config.public(listener.Addr().String()))
	if err != nil {
		listener.Close()
		return err
	}
	h := newHouse(p, d, s, p.config.GraphiQL)
	fmt.Fprintf(p.stdout, "GraphQL  http://%s/graphql\n", listener.Addr())
	return h.run(p.ctx, listener)
}

// house is a running server: the doors, and the goroutines behind them.
type house struct {
	process  *process
	database *database.DB
	*services
	graph   *graph.Handler
	files   *upload.Handler
	http    *http.Server
	started time.Time
}

func newHouse(p *process, d *database.DB, s *services, console bool) *house {
	h := &house{process: p, database: d, services: s, started: time.Now()}
	h.graph = graph.New(graph.Services{
		Reader: d.Reader, Identity: s.identity, Catalog: s.catalog, Integration: s.integration,
		Desk: s.desk, Outbound: s.outbound, Presence: s.presence, Inquiry: s.inquiry, Health: s.health, Mirror: s.mirror, Deliveries: s.deliveries, Log: s.log, Logger: p.log, Now: time.Now, Zone: s.zone,
	}, graph.Options{AllowedOrigins: p.config.AllowedOrigins, SocketsPerUser: p.config.SocketsPerUser, Introspection: console})
	h.files = upload.NewHandler(s.uploads, s.identity, origin.New(p.config.AllowedOrigins))
	h.http = &http.Server{
		Handler:           h.routes(console),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	return h
}

// shutdownPatience is how long requests under way may take to end.
const shutdownPatience = 25 * time.Second

// run serves until ctx ends, then closes in order: no new requests, sockets sent away, requests
// under way finished (a reply on its way to Reclame Aqui among them), then what works behind
// them, last the database.
func (h *house) run(ctx context.Context, listener net.Listener) error {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	if err := h.outbound.Recover(working, h.started); err != nil {
		return errors.Join(err, listener.Close(), h.database.Close())
	}
	var workers sync.WaitGroup
	failed := make(chan error, 16) // more than there are workers: none waits to tell
	work := func(name string, run func(context.Context) error) {
		workers.Go(func() {
			if err := run(working); err != nil && working.Err() == nil {
				failed <- fmt.Errorf("%s: %w", name, err)
			}
		})
	}
	work("event log", h.log.Run)
	work("subscriptions", h.graph.Run)
	work("callbacks", h.callback.Run)
	work("syncer", h.syncer.Run)
	work("uploads", h.uploads.Run)
	work("outbound", h.outbound.Run)
	// Claims are left to the next process before the sockets of those who hold them close.
	told, rest := context.WithCancel(ctx)
	defer rest()
	work("presence", func(context.Context) error { return h.presence.Run(told) })
	work("health", h.health.Run)
	work("retention", h.retention.Run)
	workers.Go(func() {
		if err := h.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	})
	h.process.log.Info("ready", "address", listener.Addr().String(), "database", h.database.Dialect)

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	rest()
	return errors.Join(err, h.close(stop, &workers))
}

func (h *house) close(stop context.CancelFunc, workers *sync.WaitGroup) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownPatience)
	defer cancel()
	// Sockets first: http.Server does not know them and waits for streams.
	sockets := h.graph.Stop()
	requests := h.http.Shutdown(ctx)
	stop()
	workers.Wait()
	return errors.Join(sockets, requests, h.database.Close())
}
