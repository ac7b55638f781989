package callback

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// counts are what the operator sees of the route. No label carries anything of a request.
type counts struct {
	durable  prometheus.Histogram
	rejected *prometheus.CounterVec
	// byStatus are the counters of rejected, looked up once.
	byStatus map[int]prometheus.Counter
}

// reasons of a refusal, by its status.
var reasons = map[int]string{
	http.StatusNotFound:              "token",
	http.StatusMethodNotAllowed:      "method",
	http.StatusRequestEntityTooLarge: "size",
	http.StatusBadRequest:            "cut_off",
	http.StatusServiceUnavailable:    "unavailable",
}

func newCounts() *counts {
	c := &counts{
		durable: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "citrus_callback_durable_seconds",
			Help:    "From the request of a callback to its durable commit; the count is that of accepted callbacks.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "citrus_callback_rejected_total",
			Help: "Callbacks that were not kept, by reason.",
		}, []string{"reason"}),
		byStatus: map[int]prometheus.Counter{},
	}
	for status, reason := range reasons {
		c.byStatus[status] = c.rejected.WithLabelValues(reason)
	}
	return c
}

func (c *counts) kept(after time.Duration) { c.durable.Observe(after.Seconds()) }

func (c *counts) refused(status int) { c.byStatus[status].Inc() }

// Collectors are the route's metrics, for package app to register.
func (h *Handler) Collectors() []prometheus.Collector {
	return []prometheus.Collector{h.counts.durable, h.counts.rejected}
}
