package ticket

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/reclameaqui"
)

// BenchmarkIngest merges pages of 50 complaints on SQLite. The reference writes the very same rows into a second file
// with statements that were prepared before, in one transaction a page and as durably. It looks up nothing, converts,
// encodes and compares nothing: it is given the rows as the merge left them. Of an unchanged page it reads the
// fingerprints and notes the read. Its checkpoints are SQLite's own, inside of its commits.
func BenchmarkIngest(b *testing.B) {
	url := databasetest.SQLite(b)
	w := newWorld(b, databasetest.Open(b, url, database.Options{}))
	bare := newPrepared(b, strings.TrimPrefix(url, "sqlite:"))
	complaints := newPrinter(b, 0)
	known := complaints.page(b)
	w.ingest(b, known)
	bare.run(b, bare.added(b))
	b.Run("new", func(b *testing.B) {
		beside(b, func() (ours, theirs time.Duration) {
			ours = w.ingest(b, complaints.page(b))
			return ours, bare.run(b, bare.added(b))
		})
	})
	b.Run("unchanged", func(b *testing.B) {
		beside(b, func() (ours, theirs time.Duration) {
			ours = w.ingest(b, known)
			return ours, bare.same(b, known, w.defaults.IntegrationID, w.now)
		})
	})
	b.Run("changed", func(b *testing.B) {
		beside(b, func() (ours, theirs time.Duration) {
			page := complaints.page(b)
			w.ingest(b, page)
			bare.run(b, bare.added(b))
			for i, c := range page {
				page[i] = replied(b, c)
			}
			ours = w.ingest(b, page)
			return ours, bare.run(b, bare.changed(b, page))
		})
	})
}

// ingest merges a page as the backfill and says how long that took.
func (w *world) ingest(b *testing.B, page []reclameaqui.Complaint) time.Duration {
	b.Helper()
	w.now = w.now.Add(time.Second)
	began := time.Now()
	r, err := w.store.Merge(context.Background(), Read{Defaults: w.defaults, Cause: ticketevent.CauseBACKFILL, Complaints: page, At: w.now})
	spent := time.Since(began)
	if err != nil || len(r.Failed) > 0 {
		b.Fatal(r, err)
	}
	return spent
}

// beside reports pages beside their reference; the two take turns, so that both meet the same machine.
func beside(b *testing.B, page func() (ours, theirs time.Duration)) {
	b.Helper()
	var pages, references []time.Duration
	var ours, theirs time.Duration
	for b.Loop() {
		mine, reference := page()
		pages, references = append(pages, mine), append(references, reference)
		ours, theirs = ours+mine, theirs+reference
	}
	report(b, pages)
	slices.Sort(references)
	b.ReportMetric(milliseconds(references, 50), "ms-p50-prepared")
	b.ReportMetric(milliseconds(references, 99), "ms-p99-prepared")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "of-prepared-SQL")
}

// report says how long pages took.
func report(b *testing.B, pages []time.Duration) {
	b.Helper()
	slices.Sort(pages)
	b.ReportMetric(0, "ns/op") // the loop makes pages as well
	b.ReportMetric(milliseconds(pages, 50), "ms-p50")
	b.ReportMetric(milliseconds(pages, 99), "ms-p99")
	b.ReportMetric(milliseconds(pages, 100), "ms-max")
}

func milliseconds(sorted []time.Duration, percentile int) float64 {
	return float64(sorted[(len(sorted)-1)*percentile/100].Microseconds()) / 1000
}
