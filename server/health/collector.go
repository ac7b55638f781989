package health

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
)

const (
	// fresh is how old a round may be that is scraped.
	fresh = 10 * time.Second
	// scrape is how long a scrape waits for the database.
	scrape = 5 * time.Second
	// window is Reclame Aqui's, in which calls are counted.
	window = time.Minute
	// pageSize is how many complaints a call of the backfill brings.
	pageSize = 50
)

// What monitoring reads. Labels are ids, codes and fingerprints, never anything of a person.
var (
	integrationStatus = prometheus.NewDesc("citrus_integration_health",
		"1 for the status that an integration has now.", []string{"integration", "status"}, nil)
	integrationProblem = prometheus.NewDesc("citrus_integration_problem",
		"1 for each problem that an integration has now.", []string{"integration", "code", "severity"}, nil)
	silentChanges = prometheus.NewDesc("citrus_callbacks_silent_changes",
		"Changes found by asking since the last one that a callback announced.", []string{"integration"}, nil)
	callbackAge = prometheus.NewDesc("citrus_callback_last_seconds",
		"Seconds since Reclame Aqui last called, to the minute; absent where it never has.", []string{"integration"}, nil)
	quarantined = prometheus.NewDesc("citrus_quarantined_complaints",
		"Complaints that could not be read or merged and are tried again.", []string{"integration"}, nil)
	syncLag = prometheus.NewDesc("citrus_sync_lag_seconds",
		"Seconds since an active integration last caught up, or since it was activated where it never has.", []string{"integration"}, nil)
	backfillLeft = prometheus.NewDesc("citrus_backfill_calls_left",
		"Calls that the first sync still needs, at 50 complaints a call; absent until Reclame Aqui has counted.", []string{"integration"}, nil)
	budgetLimit = prometheus.NewDesc("citrus_call_budget_limit",
		"Calls a minute that Reclame Aqui allows a credential (by its fingerprint).", []string{"credential"}, nil)
	budgetUsed = prometheus.NewDesc("citrus_call_budget_used",
		"Calls of a credential in the last minute.", []string{"credential"}, nil)
)

// Collector gives the figures of all integrations in use, as they are when monitoring asks.
func (s *Service) Collector() prometheus.Collector { return collector{s} }

type collector struct{ *Service }

// Describe names the figures.
func (collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		integrationStatus, integrationProblem, silentChanges, callbackAge, quarantined, syncLag, backfillLeft, budgetLimit, budgetUsed,
	} {
		to <- d
	}
}

// Collect reads them. Where the database does not answer they are absent, and the process's own figures stay.
func (c collector) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrape)
	defer cancel()
	r, err := c.recent(ctx)
	if err != nil {
		c.options.Log.WarnContext(ctx, "health not scraped", "error", err)
		return
	}
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	budgets := map[string]*db.CallBudget{}
	for _, f := range r.facts {
		if state := f.Integration.State; state != integration.StateACTIVE && state != integration.StatePAUSED {
			continue
		}
		if f.Budget != nil {
			budgets[f.Budget.ID] = f.Budget
		}
		figures(f, r.reports[f.Integration.ID], gauge)
	}
	for id, b := range budgets {
		gauge(budgetLimit, float64(b.CallsPerMinute), id)
		gauge(budgetUsed, float64(used(b, r.at)), id)
	}
}

// figures are those of one integration.
func figures(f Facts, r Report, gauge func(*prometheus.Desc, float64, ...string)) {
	id := r.IntegrationID
	gauge(integrationStatus, 1, id, string(r.Status))
	for _, p := range r.Problems {
		gauge(integrationProblem, 1, id, string(p.Code), string(p.Severity))
	}
	gauge(silentChanges, float64(r.Callbacks.Silent), id)
	if at := r.Callbacks.LastAt; at != nil {
		gauge(callbackAge, r.CheckedAt.Sub(*at).Seconds(), id)
	}
	gauge(quarantined, float64(r.Quarantined), id)
	if last := f.caughtUp(); last != nil && f.Integration.State == integration.StateACTIVE {
		gauge(syncLag, r.CheckedAt.Sub(*last).Seconds(), id)
	}
	if left, known := f.backfillCalls(); known {
		gauge(backfillLeft, float64(left), id)
	}
}

// backfillCalls is how many calls the first sync still needs.
func (f Facts) backfillCalls() (left int, known bool) {
	s := f.Sync
	switch {
	case s == nil:
		return 0, false
	case s.BackfillDoneAt != nil, s.BackfillCancelledAt != nil:
		return 0, true
	case s.BackfillTotal == nil:
		return 0, false
	}
	return (max(*s.BackfillTotal-s.BackfillRead, 0) + pageSize - 1) / pageSize, true
}

// used counts the calls in the window that ends now.
func used(b *db.CallBudget, now time.Time) (n int) {
	for _, c := range b.Calls.Calls {
		if c.At.After(now.Add(-window)) {
			n += c.N
		}
	}
	return n
}

// recent is the latest round, or a new one where that is too old. Scrapes at one moment may each make one.
func (s *Service) recent(ctx context.Context) (*round, error) {
	if r := s.present(); s.options.Now().Sub(r.at) < fresh {
		return r, nil
	}
	r, err := s.judged(ctx)
	if err == nil {
		s.publish(r)
	}
	return r, err
}
