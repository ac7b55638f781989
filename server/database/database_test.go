package database_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

func region(c *db.RegionClient, name string) *db.RegionCreate {
	return c.Create().SetName(name).SetNameFolded(name).SetCode(name).SetCodeFolded(name)
}

func TestReaderCannotWrite(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx := context.Background()
		if err := region(d.Reader.Region, "sul").Exec(ctx); err == nil {
			t.Fatal("the reader wrote a row")
		}
		if n := d.Writer.Region.Query().CountX(ctx); n != 0 {
			t.Fatalf("%d rows are there", n)
		}
	})
}

func TestWriteRollsBack(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx := context.Background()
		broken := errors.New("broken")
		err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			region(tx.Region, "norte").ExecX(ctx)
			return broken
		})
		if !errors.Is(err, broken) {
			t.Fatalf("got %v", err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				region(tx.Region, "norte").ExecX(ctx)
				panic("broken")
			})
		}()
		if n := d.Reader.Region.Query().CountX(ctx); n != 0 {
			t.Fatalf("%d rows survived a rollback", n)
		}
	})
}

func TestUniqueAndTimes(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx := context.Background()
		at := time.Date(2026, 3, 2, 12, 18, 30, 123456000, time.FixedZone("BRT", -3*3600)).UTC()
		region(d.Writer.Region, "leste").SetArchivedAt(at).ExecX(ctx)
		if err := region(d.Writer.Region, "leste").Exec(ctx); !database.IsUnique(err) {
			t.Fatalf("a second row of the same name gave %v", err)
		}
		got := d.Reader.Region.Query().OnlyX(ctx).ArchivedAt
		if !got.Equal(at) || got.Location() != time.UTC && got.Format(time.RFC3339Nano) != at.Format(time.RFC3339Nano) {
			t.Fatalf("wrote %v, read %v", at, got)
		}
	})
}

func TestMigrateTwiceDoesNothing(t *testing.T) {
	databasetest.EachURL(t, func(t *testing.T, url string) {
		ran, err := database.Migrate(context.Background(), url)
		if err != nil || len(ran) != 0 {
			t.Fatalf("ran %v, %v", ran, err)
		}
	})
}

func TestOpenRefusesOtherURLs(t *testing.T) {
	for _, url := range []string{"", "mysql://x", "sqlite:", "sqlite:a?b", "postgres://%zz"} {
		if d, err := database.Open(context.Background(), url, database.Options{}); err == nil {
			d.Close()
			t.Errorf("%q was opened", url)
		}
	}
}
