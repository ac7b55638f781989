package event_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/schema"
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

// BenchmarkAppend: one event a transaction, 16 writers, on SQLite.
func BenchmarkAppend(b *testing.B) {
	d := databasetest.Open(b, databasetest.SQLite(b), database.Options{})
	l := event.NewLog(d, event.Options{})
	draft := seeded(b, d)
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := add(context.Background(), d, l, draft, 1); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkPositions: one event a transaction, 16 writers, PostgreSQL, three ways to number:
// ours until the last event has its position, a counter's row locked until the commit, and a
// column that counts by itself (bigserial), whose readers lose events. They take turns, so that
// a busy machine is busy for all.
func BenchmarkPositions(b *testing.B) {
	ways := []struct {
		name  string
		write func(context.Context, *way) error
	}{
		{"sequencer", func(ctx context.Context, w *way) error { return add(ctx, w.d, w.log, w.draft, 1) }},
		{"counter", byCounter},
		{"bigserial", func(ctx context.Context, w *way) error { return w.insert(ctx, nil) }},
	}
	const writers, each = 16, 50
	running := make([]*way, len(ways))
	for i, way := range ways {
		running[i] = newWay(b, way.name)
	}
	took := make([]time.Duration, len(ways))
	for b.Loop() {
		for i, way := range ways {
			began := time.Now()
			var all sync.WaitGroup
			for range writers {
				all.Go(func() {
					for range each {
						if err := way.write(context.Background(), running[i]); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			running[i].settle(b, writers*each)
			took[i] += time.Since(began)
		}
	}
	for i, way := range ways {
		b.ReportMetric(float64(b.N*writers*each)/took[i].Seconds(), way.name+"-commits/s")
	}
	b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "sequencer/counter")
	b.ReportMetric(took[2].Seconds()/took[0].Seconds(), "sequencer/bigserial")
}

// way is a database on which one way of numbering is measured.
type way struct {
	d        *database.DB
	log      *event.Log
	follower *event.Follower
	draft    event.Draft
}

func newWay(b *testing.B, name string) *way {
	ctx := context.Background()
	d := databasetest.Open(b, databasetest.Postgres(b), database.Options{})
	w := &way{d: d, draft: seeded(b, d)}
	switch name {
	case "sequencer":
		w.log = running(b, event.NewLog(d, event.Options{}))
		w.follower = w.log.Follow(nil)
	case "counter":
		d.Writer.Counter.Create().SetID("event_log").SaveX(ctx)
	case "bigserial":
		if _, err := d.Writer.ExecContext(ctx, "ALTER TABLE ticket_events ALTER position SET DEFAULT nextval('ticket_event_order')"); err != nil {
			b.Fatal(err)
		}
	}
	return w
}

// settle waits until n more events have their positions.
func (w *way) settle(b *testing.B, n int64) {
	if w.log == nil {
		return
	}
	if err := follow(context.Background(), w.follower, w.follower.Position().Offset+n); err != nil {
		b.Fatal(err)
	}
}

func byCounter(ctx context.Context, w *way) error {
	return w.insert(ctx, func(tx *db.Tx) (position int64, err error) {
		rows, err := tx.QueryContext(ctx, "UPDATE counters SET value = value + 1 WHERE id = 'event_log' RETURNING value")
		if err != nil {
			return 0, err
		}
		defer rows.Close()
		for rows.Next() {
			err = errors.Join(err, rows.Scan(&position))
		}
		return position, errors.Join(err, rows.Err())
	})
}

// insert writes one event with a position taken in its transaction, or with the column's own.
func (w *way) insert(ctx context.Context, take func(*db.Tx) (int64, error)) error {
	return w.d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		d := w.draft
		create := tx.TicketEvent.Create().SetTicketID(d.TicketID).SetKind(d.Kind).SetOccurredAt(d.OccurredAt).
			SetActorKind(d.ActorKind).SetNillableActorID(d.ActorID).SetCause(d.Cause).SetChanges([]schema.FieldChange{}).
			SetTicketVersion(d.TicketVersion).SetIntegrationID(d.IntegrationID).SetSectorID(d.SectorID).
			SetStatus(d.Status).SetNillableAssigneeID(d.AssigneeID)
		if take != nil {
			position, err := take(tx)
			if err != nil {
				return err
			}
			create.SetPosition(position)
		}
		return create.Exec(ctx)
	})
}

// BenchmarkLatency: from the return of a commit to the follower that has the event, nothing
// else going on, on PostgreSQL, in the process that committed and in another one.
func BenchmarkLatency(b *testing.B) {
	url := databasetest.Postgres(b)
	var logs [2]*event.Log
	var here *database.DB
	for i := range logs {
		here = databasetest.Open(b, url, database.Options{})
		logs[i] = running(b, event.NewLog(here, event.Options{}))
	}
	draft := seeded(b, here)
	for i, name := range []string{"another", "same"} {
		b.Run(name, func(b *testing.B) {
			ctx, f := context.Background(), logs[i].Follow(nil)
			var took []time.Duration
			for b.Loop() {
				mustAdd(b, here, logs[1], draft, 1)
				began := time.Now()
				if err := follow(ctx, f, f.Position().Offset+1); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "median-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}
