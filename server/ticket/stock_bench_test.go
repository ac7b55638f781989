package ticket

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

// stocks are the numbers of stored tickets that pages are measured at. The million takes minutes to fill.
func stocks() []int {
	if os.Getenv("CITRUS_BENCH_BIG") != "" {
		return []int{10_000, 1_000_000}
	}
	return []int{10_000, 100_000}
}

// BenchmarkStock merges pages into databases that hold few and many tickets, while an agent's app reads lists.
// The pages of the large one may cost 1.3 times those of the small one.
func BenchmarkStock(b *testing.B) {
	for _, tickets := range stocks() {
		b.Run(fmt.Sprint(tickets), func(b *testing.B) {
			url := databasetest.SQLite(b)
			w := newWorld(b, databasetest.Open(b, url, database.Options{}))
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
			d := w.defaults
			databasetest.Fill(b, url, databasetest.Stock{
				Tickets: tickets, Integrations: []string{d.IntegrationID}, Until: noon.AddDate(0, 0, -1),
				CustomerType: d.CustomerTypeID, Region: d.RegionID, Creator: d.CreatorID,
				Sector: d.SectorID, OccurrenceType: d.OccurrenceTypeID, Occurrence: d.OccurrenceID,
			})
			w.on(databasetest.Open(b, url, database.Options{}))
			complaints := newPrinter(b, 0)
			stop := w.reading(b)
			var pages []time.Duration
			for b.Loop() {
				page := complaints.page(b)
				pages = append(pages, w.ingest(b, page))
			}
			stop()
			report(b, pages)
			b.ReportMetric(float64(logSize(url))/1e6, "MB-log")
		})
	}
}

// reading reads the first page of the list again and again, until it is told to stop.
func (w *world) reading(b *testing.B) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			_, err := w.Reader.Ticket.Query().Order(ticket.ByLastChangedAt(), db.Desc(ticket.FieldID)).Limit(50).All(ctx)
			if err != nil && ctx.Err() == nil {
				b.Error(err)
			}
		}
	}()
	return func() { cancel(); <-ended }
}

func logSize(url string) int64 {
	info, err := os.Stat(strings.TrimPrefix(url, "sqlite:") + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}
