package health

import (
	"context"
	"fmt"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

// A round over 500 integrations that each have a week of tallies: what it takes while somebody watches, every other second.
func BenchmarkRound(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": databasetest.SQLite, "postgres": databasetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			d := databasetest.Open(b, url(b), database.Options{})
			w := newWorld(b, d, 500)
			err := d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
				for _, id := range w.ids {
					rows := make([]*db.ChangeTallyCreate, 7*24)
					for i := range rows {
						rows[i] = tx.ChangeTally.Create().SetIntegrationID(id).SetHour(noon.Add(-time.Duration(i) * time.Hour)).SetAnnounced(i)
					}
					if err := tx.ChangeTally.CreateBulk(rows...).Exec(ctx); err != nil {
						return fmt.Errorf("tallies: %w", err)
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for b.Loop() {
				if err := w.Service.look(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
