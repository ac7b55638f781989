package event_test

import (
	"context"
	"sync"
	"testing"

	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/event"
)

// BenchmarkFanOut: from one Append to the last of 1,000 followers that have it.
func BenchmarkFanOut(b *testing.B) {
	const followers = 1000
	d := databasetest.Open(b, databasetest.SQLite(b), database.Options{})
	l := running(b, event.NewLog(d, event.Options{}))
	draft := seeded(b, d)
	ctx, cancel := context.WithCancel(context.Background())
	var all, round sync.WaitGroup
	for range followers {
		f := l.Follow(nil)
		all.Go(func() {
			for {
				events, err := f.Next(ctx)
				if err != nil {
					return
				}
				for range events {
					round.Done()
				}
			}
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		round.Add(followers)
		mustAdd(b, d, l, draft, 1)
		round.Wait()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*followers), "ns/delivery")
	cancel()
	all.Wait()
}

// BenchmarkAppend: one event a transaction, 16 writers.
func BenchmarkAppend(b *testing.B) {
	for name, open := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLite, "postgres": databasetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			d := databasetest.Open(b, open(b), database.Options{})
			l := event.NewLog(d, event.Options{})
			draft := seeded(b, d)
			b.SetParallelism(8)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := add(context.Background(), d, l, draft, 1); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
