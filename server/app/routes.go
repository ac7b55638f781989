package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"citrus.cx/channel/frontend-contract/console"
	"citrus.cx/channel/graph"
	"citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/upload"
)

// routes are all doors of the house.
func (h *house) routes(withConsole bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/graphql", h.graph)                                                                        // the app: POST, GET, WebSocket, SSE
	mux.HandleFunc("GET /schema.graphql", serveSchema)                                                     // the front-end team's tools
	mux.Handle(integration.CallbackPath+"{token}", h.callback)                                             // Reclame Aqui
	mux.Handle(upload.Path, h.files)                                                                       // the app: a file goes up
	mux.Handle(upload.Path+"/{id}", h.files)                                                               // the app: a file comes back
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }) // the operator: is the process alive
	mux.HandleFunc("GET /readyz", h.ready)                                                                 // the load balancer: may it get requests
	mux.Handle("GET /metrics", metrics(append(h.callback.Collectors(), h.health.Collector())...))          // Prometheus
	if withConsole {
		mux.Handle("/graphiql", console.Handler("/graphql"))
		mux.Handle("/graphiql/", console.Handler("/graphql"))
	}
	return named(mux)
}

func serveSchema(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/graphql; charset=utf-8")
	_, _ = io.WriteString(w, graph.Contract()) // the client has gone: nobody to tell
}

// ready answers 200 when the database does.
func (h *house) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := h.database.Ping(ctx); err != nil {
		http.Error(w, "database does not answer", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// metrics are those of the process and of its rooms; no label carries anything of a person.
func metrics(rooms ...prometheus.Collector) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registry.MustRegister(rooms...)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// named gives every request an id, which its errors and log lines show.
func named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := uuid.Must(uuid.NewV7()).String()
		w.Header().Set("X-Request-Id", id)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r.WithContext(graph.WithRequestID(r.Context(), id)))
	})
}
